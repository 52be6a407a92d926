"""Options, futures and currencies are traded and held."""

from typing import Any

from control import Control
from face import Face

EXPECTED: dict[str, Any] = {
    "future": ["Filled", 2.0, True, True],
    "option": ["Filled", 3.0, True, True],
    "pair": ["Filled", 25000.0, True, True],
    "option_tick": 110,
    "future_tick": 110,
    "index": 412,
    "symbols_held": ["AAPL", "ES", "EUR"],
}


def live_through(face: Face, control: Control, seen: dict[str, Any]) -> None:
    """Buy one of each and look at the position."""
    seen["future"] = trade(face, front_future(face), 2, seen, "ES")
    seen["option"] = trade(face, option(face), 3, seen, "AAPL")
    euro = face.details(face.contract(symbol="EUR", secType="CASH", exchange="IDEALPRO", currency="USD"))[0].contract
    seen["pair"] = trade(face, euro, 25_000, seen, "EUR")
    seen["option_tick"] = face.refusal(option(face), face.order("BUY", 1, "LMT", lmtPrice=5.003))
    seen["future_tick"] = face.refusal(front_future(face), face.order("BUY", 1, "LMT", lmtPrice=6000.1))
    seen["index"] = face.refusal(
        face.contract(symbol="SPX", secType="IND", exchange="CBOE", currency="USD"), face.order("BUY", 1, "MKT")
    )
    seen["symbols_held"] = sorted(row[1] for row in face.positions() if row[2])


def front_future(face: Face) -> Any:
    """The first month of the E-mini."""
    months = face.details(face.contract(symbol="ES", secType="FUT", exchange="CME", currency="USD"))
    return min(months, key=lambda row: row.contract.lastTradeDateOrContractMonth).contract


def option(face: Face) -> Any:
    """A call near the money with some time to live."""
    (chain,) = [row for row in face.chains("AAPL", 265598) if row["exchange"] == "SMART" and row["class"] == "AAPL"]
    strike = min(chain["strikes"], key=lambda price: abs(price - 250))
    wanted = face.contract(
        symbol="AAPL", secType="OPT", exchange="SMART", currency="USD", right="C",
        lastTradeDateOrContractMonth=chain["expirations"][3], strike=strike,
    )  # fmt: skip
    return face.details(wanted)[0].contract


def trade(face: Face, contract: Any, quantity: float, seen: dict[str, Any], symbol: str) -> list[Any]:
    """Buy at the market: filled at the ask, with commission, and held."""
    number = face.watch(contract)
    face.until(lambda: face.quote(number).get("ask", 0) > 0)
    face.unwatch(number)
    view = face.settled(face.place(contract, face.order("BUY", quantity, "MKT")))
    bought = sum(shares for shares, _ in view.fills)
    return [view.status, bought, all(price > 0 for _, price in view.fills), sum(view.commissions) > 0]
