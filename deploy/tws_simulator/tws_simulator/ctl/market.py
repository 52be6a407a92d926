"""Commands for instruments and prices."""

import argparse
from decimal import Decimal, InvalidOperation
from typing import Any

from tws_simulator.client import SimulatorControl
from tws_simulator.ctl.tables import table
from tws_simulator.ctl.words import Commands, UsageError, add, add_parameters, group, parameters_of, said

_PRICE_COLUMNS = ("symbol", "bid_size", "bid", "ask", "ask_size", "last", "last_size", "frozen")
_INSTRUMENT_COLUMNS = ("con_id", "symbol", "primary_exchange", "min_tick", "name")


def add_commands(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add them."""
    instruments = add(commands, "instruments", "what can be traded", _instruments, common=common,
                      show=lambda rows: table(rows, _INSTRUMENT_COLUMNS))  # fmt: skip
    instruments.add_argument("word", nargs="?", help="only those with this in symbol or name")
    prices = add(commands, "prices", "the quotes now", _prices, common=common, show=_price_table)
    prices.add_argument("symbols", nargs="*", metavar="SYMBOL")
    _add_price(commands, common)
    _add_processes(commands, common)
    liquidity = add(commands, "liquidity", "show or set how deep the books are", _liquidity, common=common,
                    example="liquidity 0.1 --symbol AAPL")  # fmt: skip
    liquidity.add_argument("factor", nargs="?", type=float, help="1 is usual, 0 empties them")
    liquidity.add_argument("--symbol", help="of one instrument only")
    data = add(commands, "data", "show or set which market data clients may see", _data, common=common,
               example="data default=delayed lines=10")  # fmt: skip
    add_parameters(data)
    halt = add(commands, "halt", "show halts, halt an instrument, or let it trade again", _halt, common=common,
               example="halt AAPL --kind 2")  # fmt: skip
    halt.add_argument("symbol", nargs="?")
    halt.add_argument("--kind", type=int, default=1, choices=[0, 1, 2], help="2: by volatility; 0: trade again (1)")
    bulletin = add(commands, "bulletin", "show bulletins, or send one", _bulletin, common=common,
                   example='bulletin "NYSE is unavailable" --kind 2 --exchange NYSE')  # fmt: skip
    bulletin.add_argument("text", nargs="?")
    bulletin.add_argument("--kind", type=int, choices=[1, 2, 3], help="2: an exchange is unavailable, 3: it is back")
    bulletin.add_argument("--exchange")
    flood = add(commands, "flood", "send quotes as fast as clients read them", _flood, common=common)
    flood.add_argument("quotes", type=int, help="how many; 0 ends all floods")
    flood.add_argument("--client", type=int, metavar="ID", help="to this client only")


def _add_price(commands: Commands, common: argparse.ArgumentParser) -> None:
    price = add(commands, "price", "show or set the market of an instrument", _price, common=common, show=_price_table,
                example="price AAPL 190.00 --spread 0.02 --freeze")  # fmt: skip
    price.add_argument("symbol", help="symbol or con_id")
    price.add_argument("price", nargs="?", help="new price; bid and ask stand around it")
    price.add_argument("--spread", help="between bid and ask (two ticks)")
    for name in ("bid", "ask", "last"):
        price.add_argument(f"--{name}")
    price.add_argument("--size", help="shown on both sides")
    held = price.add_mutually_exclusive_group()
    held.add_argument("--freeze", action="store_true", help="hold it there; otherwise it moves on from there")
    held.add_argument("--release", action="store_true", help="let a frozen market move on")
    price.add_argument("--once", action="store_true", help="the size shown can be taken once; needs --freeze")


def _add_processes(commands: Commands, common: argparse.ArgumentParser) -> None:
    inner = group(commands, "process", "where prices come from: seeded, constant, steps, bars, quotes")
    add(inner, "list", "instruments that do not move by themselves", lambda control, _: control.processes(),
        common=common, show=lambda rows: table(rows, _columns(rows)))  # fmt: skip
    show = add(inner, "show", "the configuration of one", lambda control, options: control.process(options.symbol),
               common=common)  # fmt: skip
    show.add_argument("symbol")
    start = add(inner, "set", "give an instrument a process", _set_process, common=common, show=said("set"),
                example="""process set AAPL steps 'steps=[{"after": 5, "price": "180"}]'""")  # fmt: skip
    start.add_argument("symbol")
    start.add_argument("kind", help="seeded, constant, steps, bars or quotes")
    add_parameters(start)
    end = add(inner, "end", "let an instrument, or all, move by themselves", _end_process, common=common,
              show=said("ended"))  # fmt: skip
    end.add_argument("symbol", nargs="?")


def _instruments(control: SimulatorControl, options: argparse.Namespace) -> Any:
    word = (options.word or "").lower()
    rows = control.instruments()
    return [row for row in rows if word in row["symbol"].lower() or word in row["name"].lower()]


def _prices(control: SimulatorControl, options: argparse.Namespace) -> Any:
    return [control.price(symbol) for symbol in options.symbols] if options.symbols else control.prices()


def _price(control: SimulatorControl, options: argparse.Namespace) -> Any:
    wanted = {name: getattr(options, name) for name in ("price", "bid", "ask", "last") if getattr(options, name)}
    if options.spread is not None:
        wanted |= _around(options)
    if options.once and not options.freeze:
        raise UsageError("--once needs --freeze")
    if not (wanted or options.size or options.freeze or options.release):
        return [control.price(options.symbol)]
    return [
        control.set_price(
            options.symbol, **wanted, size=options.size, frozen=options.freeze, replenish=not options.once
        )
    ]


def _around(options: argparse.Namespace) -> dict[str, Any]:
    """Bid and ask around a price."""
    if options.price is None or options.bid or options.ask:
        raise UsageError("--spread goes with a price, and without --bid and --ask")
    try:
        price, half = Decimal(options.price), Decimal(options.spread) / 2
    except InvalidOperation:
        raise UsageError("price and --spread must be numbers") from None
    return {"bid": price - half, "ask": price + half}


def _set_process(control: SimulatorControl, options: argparse.Namespace) -> Any:
    return control.set_process(options.symbol, options.kind, **parameters_of(options))


def _end_process(control: SimulatorControl, options: argparse.Namespace) -> Any:
    if options.symbol:
        control.end_process(options.symbol)
    else:
        control.end_processes()
    return {"status": "ok"}


def _liquidity(control: SimulatorControl, options: argparse.Namespace) -> Any:
    if options.factor is None:
        return control.liquidity()
    return control.set_liquidity(options.factor, options.symbol)


def _halt(control: SimulatorControl, options: argparse.Namespace) -> Any:
    return control.halt(options.symbol, options.kind) if options.symbol else control.halts()


def _bulletin(control: SimulatorControl, options: argparse.Namespace) -> Any:
    if not options.text:
        return control.bulletins()
    return control.publish(options.text, kind=options.kind, exchange=options.exchange)


def _flood(control: SimulatorControl, options: argparse.Namespace) -> Any:
    return control.start_flood(options.quotes, options.client) if options.quotes else control.stop_flood()


def _data(control: SimulatorControl, options: argparse.Namespace) -> Any:
    wanted = parameters_of(options)
    return control.set_data_rights(**wanted) if wanted else control.data_rights()


def _price_table(rows: Any) -> str:
    return table(rows, _PRICE_COLUMNS)


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(rows[0]) if rows else []
