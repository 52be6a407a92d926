"""Quotes, and setting or freezing them by hand."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import array, decimal, flag, or_null, record, text, whole
from tws_simulator.control.views import named_instrument
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Level, Quote, manual_quote
from tws_simulator.gateway import Gateway

_QUOTE_KEYS = ("bid", "ask", "last", "bid_size", "ask_size", "last_size")


def _prices(gateway: Gateway, request: HttpRequest) -> Any:
    name = request.params.get("symbol")
    rows = [named_instrument(gateway, name)] if name is not None else gateway.broker.book
    return {"prices": [price_row(gateway, row) for row in rows]}


def price_row(gateway: Gateway, instrument: Instrument) -> dict[str, Any]:
    """The quote of an instrument now."""
    market = gateway.broker.market
    quote = market.quote(instrument, gateway.clock.now())
    return {
        "symbol": instrument.symbol,
        "con_id": instrument.con_id,
        "frozen": instrument.con_id in market.pinned,
        **{key: str(getattr(quote, key)) for key in _QUOTE_KEYS},
    }


def _set_prices(gateway: Gateway, request: HttpRequest) -> Any:
    rows = _wanted_rows(request.body)
    changes = [_change(gateway, row) for row in rows]
    for apply in changes:
        apply()
    if gateway.link_is_up:
        for session in list(gateway.sessions.values()):
            session.on_tick()
    gateway.broker.store.commit()
    return {"prices": [price_row(gateway, named_instrument(gateway, row["symbol"])) for row in rows]}


def _wanted_rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    """One change, or several in a list."""
    if "prices" not in body:
        if "symbol" not in body:
            raise HttpError(400, "symbol is missing", field="symbol")
        return [body]
    if len(body) > 1:
        raise HttpError(400, "send one change, or a list of changes in prices, not both", field="prices")
    rows: list[dict[str, Any]] = body["prices"]
    return rows


def _change(gateway: Gateway, row: dict[str, Any]) -> Callable[[], None]:
    """Check one change; the function returned carries it out."""
    instrument = named_instrument(gateway, row["symbol"])
    price = row.get("price")
    given = {key: row[key] for key in _QUOTE_KEYS if row.get(key) is not None}
    quote = _wanted_quote(gateway, instrument, price, given)
    moved = bool(given) or price is not None
    bids, asks = _behind(instrument, row, quote, "bids"), _behind(instrument, row, quote, "asks")

    def apply() -> None:
        broker, now = gateway.broker, gateway.clock.now()
        if row.get("frozen", True):
            replenish = row.get("replenish", True)
            broker.market.pin(instrument, quote, now, replenish=replenish, bids=bids, asks=asks)
        else:
            broker.market.release(instrument, now, quote.mark if moved else None)
        broker.work_instrument(instrument.con_id)

    return apply


def _wanted_quote(gateway: Gateway, instrument: Instrument, price: Decimal | None, given: dict[str, Decimal]) -> Quote:
    now = gateway.clock.now()
    base = gateway.broker.market.quote(instrument, now)
    if price is not None:
        tick = instrument.tick_at(price)
        given = {"bid": price - tick, "ask": price + tick, "last": price, **given}
    elif ("bid" in given) != ("ask" in given):
        # Only one side given: the other keeps its distance, so that the market cannot cross itself.
        width = base.ask - base.bid
        given = {"bid": given.get("bid", given.get("ask", base.ask) - width), **given}
        given = {"ask": given["bid"] + width, **given}
    for key in ("bid", "ask", "last"):
        if key in given and not instrument.is_on_tick(given[key]):
            raise HttpError(
                400, f"{key} {given[key]} is not a whole number of ticks of {instrument.min_tick}", field=key
            )
    try:
        return manual_quote(base, now, **given)
    except ValueError as error:
        raise HttpError(400, str(error)) from None


def _behind(instrument: Instrument, row: dict[str, Any], quote: Quote, side: str) -> tuple[Level, ...]:
    """The levels behind the best price of one side. Raises HttpError when they do not lie there in order."""
    levels: list[Level] = []
    direction, price = (-1, quote.bid) if side == "bids" else (1, quote.ask)
    for given in row.get(side, []):
        step = (given["price"] - price) * direction
        if given["price"] <= 0 or step <= 0 or not instrument.is_on_tick(given["price"]):
            raise HttpError(400, f"{side} must go on behind the quote, tick by tick", field=side)
        price = given["price"]
        levels.append(Level(price, given["size"], instrument.primary_exchange))
    return tuple(levels)


_LEVEL = record("", needs=("price", "size"), price=decimal(), size=decimal(minimum=0, maximum=10**12))
_CHANGE = {
    "symbol": text("symbol or con_id", minLength=1, maxLength=60),
    "price": or_null(decimal("sets bid and ask one tick around it, and last")),
    "bid": or_null(decimal()),
    "ask": or_null(decimal()),
    "last": or_null(decimal("kept between bid and ask unless given")),
    "bid_size": or_null(decimal("shares", maximum=10**12)),
    "ask_size": or_null(decimal("shares", maximum=10**12)),
    "last_size": or_null(decimal("shares", maximum=10**12)),
    "bids": array(_LEVEL, "what stands behind the bid of a held market, best first", maxItems=100),
    "asks": array(_LEVEL, "what stands behind the ask of a held market, best first", maxItems=100),
    "frozen": flag("hold this market (the default); false lets it run on from the price it has or the one given"),
    "replenish": flag("shown size comes back every quarter of a second (the default); false: it can be taken once"),
}
PRICE = record(
    "Price",
    {key: decimal() for key in _QUOTE_KEYS},
    open=True,
    needs=("symbol", "con_id", "frozen", *_QUOTE_KEYS),
    symbol=text(),
    con_id=whole(),
    frozen=flag("whether it is held by hand"),
)
PRICES = record("Prices", needs=("prices",), prices=array(PRICE))

ROUTES = (
    Route(
        "GET",
        "/prices",
        "The quotes now",
        _prices,
        PRICES,
        query={"symbol": text("symbol or con_id; without it, all listed instruments", minLength=1)},
        errors=(404,),
    ),
    Route(
        "POST",
        "/prices",
        "Set or freeze a market, or several at once",
        _set_prices,
        PRICES,
        description="A bid without ask (or the reverse) keeps the spread. Orders meet the new price at once. "
        "Several changes in `prices` are made all together or not at all.",
        body=record(
            "",
            _CHANGE,
            prices=array(record("PriceChange", _CHANGE, needs=("symbol",)), minItems=1, maxItems=1000),
        ),
        example={"symbol": "AAPL", "bid": "189.99", "ask": "190.01", "bid_size": "500", "ask_size": "500"},
        errors=(404,),
    ),
)
