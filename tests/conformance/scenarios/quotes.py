"""Streams, snapshots, kinds of data, bars."""

from typing import Any

from control import Control
from face import Face

EXPECTED: dict[str, Any] = {
    "pinned": [189.99, 190.01, True, True],
    "moved": True,
    "runs_on": True,
    "snapshot": True,
    "delayed": True,
    "pair": True,
    "future": True,
    "future_on_tick": 0.0,
    "option": True,
    "greeks": [True, True, True],
    "open_interest": True,
    "hours": [16, True],
    "days": ["2026-06-03", "2026-06-04", "2026-06-05"],
}


def live_through(face: Face, control: Control, seen: dict[str, Any]) -> None:
    """Watch markets of every kind."""
    apple = face.contract(symbol="AAPL", secType="STK", exchange="SMART", currency="USD", conId=265598)
    streams(face, control, apple, seen)
    kinds_of_data(face, apple, seen)
    derivatives(face, seen)
    bars(face, seen)


def streams(face: Face, control: Control, apple: Any, seen: dict[str, Any]) -> None:
    control.pin("AAPL", "189.99", "190.01", "700")
    number = face.watch(apple)
    face.until(lambda: {"bid", "ask", "last", "close"} <= set(face.quote(number)))
    quote = face.quote(number)
    seen["pinned"] = [quote["bid"], quote["ask"], quote["bidSize"] > 0, quote["low"] <= quote["high"]]
    control.pin("AAPL", "190.49", "190.51")
    seen["moved"] = face.until(lambda: face.quote(number)["bid"] == 190.49)
    control.post("/prices", symbol="AAPL", frozen=False)
    seen["runs_on"] = face.until(lambda: face.quote(number)["bid"] != 190.49, 8)
    face.unwatch(number)
    microsoft = face.contract(symbol="MSFT", secType="STK", exchange="SMART", currency="USD", conId=272093)
    once = face.watch(microsoft, snapshot=True)
    seen["snapshot"] = face.until(lambda: face.quote(once).get("bid", 0) < face.quote(once).get("ask", 0))


def kinds_of_data(face: Face, apple: Any, seen: dict[str, Any]) -> None:
    face.data_type(3)
    number = face.watch(apple)
    seen["delayed"] = face.until(lambda: face.quote(number).get("bid", 0) > 0)
    face.unwatch(number)
    face.data_type(1)


def derivatives(face: Face, seen: dict[str, Any]) -> None:
    euro = face.details(face.contract(symbol="EUR", secType="CASH", exchange="IDEALPRO", currency="USD"))[0].contract
    number = face.watch(euro)
    seen["pair"] = face.until(lambda: 0 < face.quote(number).get("bid", 0) < face.quote(number).get("ask", 0) < 2)
    face.unwatch(number)
    months = face.details(face.contract(symbol="ES", secType="FUT", exchange="CME", currency="USD"))
    number = face.watch(min(months, key=lambda row: row.contract.lastTradeDateOrContractMonth).contract)
    seen["future"] = face.until(lambda: 1000 < face.quote(number).get("bid", 0) < face.quote(number).get("ask", 0))
    seen["future_on_tick"] = face.quote(number)["bid"] * 4 % 1
    face.unwatch(number)
    (chain,) = [row for row in face.chains("AAPL", 265598) if row["exchange"] == "SMART" and row["class"] == "AAPL"]
    expiry = next(day for day in chain["expirations"] if day >= chain["expirations"][2])
    strike = min(chain["strikes"], key=lambda price: abs(price - 250))
    wanted = face.contract(
        symbol="AAPL", secType="OPT", exchange="SMART", currency="USD", right="C",
        lastTradeDateOrContractMonth=expiry, strike=strike,
    )  # fmt: skip
    number = face.watch(face.details(wanted)[0].contract, "101")
    seen["option"] = face.until(lambda: {"bid", "ask", "delta", "impliedVol"} <= set(face.quote(number)))
    quote = face.quote(number)
    seen["greeks"] = [0 < quote.get("delta", 0) < 1, quote.get("gamma", 0) > 0, quote.get("theta", 0) < 0]
    seen["open_interest"] = face.until(lambda: face.quote(number).get("callOpenInterest", -1) >= 0, 2)
    face.unwatch(number)


def bars(face: Face, seen: dict[str, Any]) -> None:
    ibm = face.contract(symbol="IBM", secType="STK", exchange="SMART", currency="USD", conId=8314)
    hours = face.bars(ibm, "20260602 16:00:00 US/Eastern", "1 D", "1 hour", "TRADES")
    seen["hours"] = [len(hours), all(low <= min(begin, end) for _, begin, _, low, end, _ in hours)]
    days = face.bars(ibm, "20260605 16:00:00 US/Eastern", "3 D", "1 day", "MIDPOINT")
    seen["days"] = [row[0] for row in days]
    seen["same_prices"] = [row[1:5] for row in days]
