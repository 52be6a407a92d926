"""Price processes, liquidity and market data rights."""

from collections.abc import Callable
from typing import Any

from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import (
    Schema,
    array,
    choice,
    decimal,
    moment,
    number,
    or_null,
    record,
    table,
    text,
    whole,
)
from tws_simulator.control.views import named_instrument
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.processes.base import Process, ProcessError
from tws_simulator.exchange.processes.build import kinds
from tws_simulator.gateway import Gateway
from tws_simulator.session.news import publish
from tws_simulator.session.rights import Right

_SHOWN_TEXT = 200


def _processes(gateway: Gateway, request: HttpRequest) -> Any:
    book, market = gateway.broker.book, gateway.broker.market
    rows = [(book.get(con_id), process) for con_id, process in market.chosen().items()]
    shown = [_row(instrument, process) for instrument, process in rows if instrument is not None]
    return {"processes": shown, "kinds": kinds()}


def _process(gateway: Gateway, request: HttpRequest) -> Any:
    instrument = named_instrument(gateway, request.params["symbol"])
    process = gateway.broker.market.process(instrument)
    if process is None:
        raise HttpError(404, f"{instrument.symbol} has no process of its own: it moves by itself")
    return _row(instrument, process, full=True)


def _row(instrument: Instrument, process: Process, *, full: bool = False) -> dict[str, Any]:
    spec = process.describe()
    if not full and len(spec.get("text", "")) > _SHOWN_TEXT:
        spec = {**spec, "text": spec["text"][:_SHOWN_TEXT] + "…"}
    return {"symbol": instrument.symbol, "con_id": instrument.con_id, **spec}


def _set_processes(gateway: Gateway, request: HttpRequest) -> Any:
    body = request.body
    if ("processes" in body) == ("symbol" in body):
        raise HttpError(400, "send one process with its symbol, or several in processes", field="symbol")
    changes = [_checked(gateway, row) for row in body.get("processes", [body])]
    rows = [_row(instrument, apply()) for instrument, apply in changes]
    _tell(gateway, [instrument for instrument, _ in changes])
    return {"processes": rows, "kinds": kinds()}


def _checked(gateway: Gateway, row: dict[str, Any]) -> tuple[Instrument, Callable[[], Process]]:
    """Check one process; the function returned starts it."""
    instrument = named_instrument(gateway, row["symbol"])
    spec = {key: value for key, value in row.items() if key != "symbol"}
    market, now = gateway.broker.market, gateway.clock.now()
    try:
        market.check_process(instrument, spec, now)
    except ProcessError as error:
        raise HttpError(400, f"{instrument.symbol}: {error}") from None
    return instrument, lambda: market.set_process(instrument, spec, now)


def _end_processes(gateway: Gateway, request: HttpRequest) -> Any:
    name = request.params.get("symbol")
    book, market = gateway.broker.book, gateway.broker.market
    found = [book.get(con_id) for con_id in market.chosen()] if name is None else [named_instrument(gateway, name)]
    ended = [row for row in found if row is not None and market.end_process(row, gateway.clock.now())]
    if name is not None and not ended:
        raise HttpError(404, f"{name[:60]} has no process of its own: it moves by itself")
    _tell(gateway, ended)
    return _processes(gateway, request)


def _set_liquidity(gateway: Gateway, request: HttpRequest) -> Any:
    name, factor = request.body.get("symbol"), request.body["factor"]
    rows = list(gateway.broker.book) if name is None else [named_instrument(gateway, name)]
    for instrument in rows:
        gateway.broker.market.set_liquidity(instrument, factor)
    _tell(gateway, rows)
    return _liquidity(gateway, request)


def _liquidity(gateway: Gateway, request: HttpRequest) -> Any:
    book = gateway.broker.book
    rows = [(book.get(con_id), factor) for con_id, factor in sorted(gateway.broker.market.liquidity.items())]
    return {"liquidity": {row.symbol: factor for row, factor in rows if row is not None and factor != 1}}


def _rights(gateway: Gateway, request: HttpRequest) -> Any:
    data, book = gateway.data, gateway.broker.book
    single = {str(con_id): str(right) for con_id, right in sorted(data.single.items()) if book.get(con_id)}
    return {
        "default": str(data.default),
        "single": single,
        "lines": data.lines,
        "depth_requests": data.depth_requests,
        "tick_by_tick_requests": data.tick_by_tick_requests,
    }


def _set_rights(gateway: Gateway, request: HttpRequest) -> Any:
    data, body = gateway.data, request.body
    single = {named_instrument(gateway, name).con_id: right for name, right in body.get("single", {}).items()}
    for con_id, right in single.items():
        if right is None:
            data.single.pop(con_id, None)
        else:
            data.single[con_id] = Right(right)
    data.default = Right(body.get("default", data.default))
    data.lines = body.get("lines", data.lines)
    data.depth_requests = body.get("depth_requests", data.depth_requests)
    data.tick_by_tick_requests = body.get("tick_by_tick_requests", data.tick_by_tick_requests)
    return _rights(gateway, request)


def _halts(gateway: Gateway, request: HttpRequest) -> Any:
    book = gateway.broker.book
    rows = [(book.get(con_id), kind) for con_id, kind in sorted(gateway.broker.market.halted.items())]
    return {"halted": {row.symbol: kind for row, kind in rows if row is not None}}


def _set_halt(gateway: Gateway, request: HttpRequest) -> Any:
    instrument = named_instrument(gateway, request.body["symbol"])
    kind = request.body["kind"]
    if kind:
        gateway.broker.halt(instrument.con_id, kind)
    else:
        gateway.broker.resume(instrument.con_id)
    _tell(gateway, [instrument])
    return _halts(gateway, request)


def _bulletins(gateway: Gateway, request: HttpRequest) -> Any:
    keys = ("number", "kind", "text", "exchange")
    rows = [{**{key: getattr(row, key) for key in keys}, "at": row.at.isoformat()} for row in gateway.bulletins]
    return {"bulletins": rows}


def _publish(gateway: Gateway, request: HttpRequest) -> Any:
    body = request.body
    publish(gateway, body["text"], body.get("kind", 1), body.get("exchange", ""))
    return _bulletins(gateway, request)


def _tell(gateway: Gateway, rows: list[Instrument]) -> None:
    """Let orders and clients meet the new prices at once."""
    for instrument in rows:
        gateway.broker.work_instrument(instrument.con_id)
    if gateway.link_is_up:
        for session in list(gateway.sessions.values()):
            session.on_tick()
    gateway.broker.store.commit()


_SYMBOL = text("symbol or con_id", minLength=1, maxLength=60)
_FACTOR = {"exclusiveMinimum": 0, "maximum": 1000}
_VALUES = {key: decimal() for key in ("price", "bid", "ask", "last", "bid_size", "ask_size", "last_size")}
_STEP = record("Step", _VALUES, needs=("after",), after=number("seconds after the start", minimum=0))
_SPEC: dict[str, Schema] = {
    "symbol": _SYMBOL,
    "kind": choice("seeded", "constant", "steps", "bars", "quotes"),
    **_VALUES,
    "steps": array(_STEP, "for steps: what the market shows from when on", minItems=1, maxItems=100_000),
    "text": text("for bars: CSV with time, open, high, low, close, volume; for quotes: CSV or JSON lines with time, "
                 "bid, ask, bid_size, ask_size, last, last_size"),
    "speed": number("for bars and quotes: how many times as fast as recorded", exclusiveMinimum=0, maximum=1e6),
    "volatility": number("for seeded: yearly, 0.3 is 30%", exclusiveMinimum=0, maximum=10),
    "spread": number("for seeded and bars: factor on the usual spread", **_FACTOR),
    "size": number("for seeded and bars: factor on the usual sizes", **_FACTOR),
}  # fmt: skip
PROCESS = record("Process", open=True, needs=("symbol", "con_id", "kind"), symbol=text(), con_id=whole(), kind=text())
PROCESSES = record(
    "Processes", needs=("processes", "kinds"), processes=array(PROCESS), kinds=table(array(text()), "keys by kind")
)
LIQUIDITY = record("Liquidity", needs=("liquidity",), liquidity=table(number(), "factors other than 1 by symbol"))
HALTS = record("Halts", needs=("halted",), halted=table(whole(), "kind of halt by symbol"))
BULLETINS = record(
    "Bulletins",
    needs=("bulletins",),
    bulletins=array(
        record("Bulletin", number=whole(), kind=whole(), text=text(), exchange=text(), at=moment("when it was sent"))
    ),
)
_RIGHT = choice(*Right, description="what may be seen; competing: another login has the data (10197)")
_LIMITS: dict[str, Schema] = {
    "lines": whole("market data lines of a client, error 101 beyond", minimum=0, maximum=100_000),
    "depth_requests": whole("order books of a client, error 309 beyond", minimum=0, maximum=1000),
    "tick_by_tick_requests": whole("tick-by-tick streams of a client, error 10190 beyond", minimum=0, maximum=1000),
}
RIGHTS = record(
    "DataRights", _LIMITS, needs=("default", "single", *_LIMITS), default=_RIGHT, single=table(_RIGHT, "by con_id")
)
_ONE = {"symbol": _SYMBOL}

ROUTES = (
    Route("GET", "/market/processes", "Instruments that do not move by themselves", _processes, PROCESSES),
    Route(
        "POST",
        "/market/processes",
        "Choose where an instrument's prices come from",
        _set_processes,
        PROCESSES,
        description="seeded (moves by itself, with the volatility, spread and size given), constant, steps (a "
        "script), bars or quotes (played from the text; files are read by --market at the start only). "
        "It begins now and its history stays. A process that "
        "cannot be is refused with the reason; of several, all are started or none.",
        body=record(
            "",
            _SPEC,
            processes=array(record("ProcessChange", _SPEC, needs=("symbol", "kind")), minItems=1, maxItems=1000),
        ),
        example={"symbol": "AAPL", "kind": "steps", "steps": [{"after": 5, "price": "180"}]},
        errors=(404,),
    ),
    Route("DELETE", "/market/processes", "Let all instruments move by themselves", _end_processes, PROCESSES),
    Route(
        "GET", "/market/processes/{symbol}", "The whole configuration of one", _process, PROCESS,
        parameters=_ONE, errors=(404,),
    ),
    Route(
        "DELETE", "/market/processes/{symbol}", "Let one instrument move by itself from its present price",
        _end_processes, PROCESSES, parameters=_ONE, errors=(404,),
    ),
    Route("GET", "/market/liquidity", "Factors on the sizes others show and trade", _liquidity, LIQUIDITY),
    Route(
        "POST", "/market/liquidity", "Make books thinner or deeper", _set_liquidity, LIQUIDITY,
        description="Without a symbol for all listed instruments. 0 empties the books; 1 is usual.",
        body=record("", needs=("factor",), symbol=_SYMBOL, factor=number(minimum=0, maximum=1e6)),
        example={"symbol": "AAPL", "factor": 0.1}, errors=(404,),
    ),
    Route("GET", "/market/halts", "Instruments whose trading is halted", _halts, HALTS),
    Route(
        "POST", "/market/halts", "Halt an instrument, or let it trade again", _set_halt, HALTS,
        description="1: a general halt; 2: a volatility halt; 0: it trades again. Quotes stay, nobody trades, and new "
        "orders are refused (154).",
        body=record("", needs=("symbol", "kind"), symbol=_SYMBOL, kind=whole(minimum=0, maximum=2)),
        example={"symbol": "AAPL", "kind": 2}, errors=(404,),
    ),
    Route("GET", "/market/bulletins", "Bulletins that were sent", _bulletins, BULLETINS),
    Route(
        "POST", "/market/bulletins", "Send a news bulletin to the clients that want them", _publish, BULLETINS,
        description="Kind 1: general; 2: the exchange is unavailable; 3: it is available again.",
        body=record(
            "", needs=("text",), text=text(minLength=1, maxLength=2000), kind=whole(minimum=1, maximum=3),
            exchange=text(maxLength=40),
        ),
        example={"text": "NYSE is unavailable", "kind": 2, "exchange": "NYSE"},
    ),
    Route("GET", "/market/data", "Which market data clients may see", _rights, RIGHTS),
    Route(
        "POST", "/market/data", "Give or take away market data", _set_rights, RIGHTS,
        description="live; delayed (10168 for live requests, delayed data with 10167 for type 3); api_delayed "
        "(10089 for live requests); part and api_part (10090, 10091: no quotes); none (354); competing (10197). "
        "Counts for requests from now on.",
        body=record(
            "", _LIMITS, default=_RIGHT, single=table(or_null(_RIGHT), "by symbol or con_id; null: as the default")
        ),
        example={"default": "live", "single": {"AAPL": "delayed"}}, errors=(404,),
    ),
)  # fmt: skip
