"""Stocks, funds, currency pairs, futures, indices and options, described and found."""

from typing import Any

from control import Control
from face import Face

EXPECTED: dict[str, Any] = {
    "apple": [265598, "NASDAQ", "NMS", "APPLE INC", 0.01],
    "apple_hours": ["US/Eastern", 6],
    "rule": [[0.0, 0.01]],
    "by_con_id": "AAPL",
    "symbols": "AAPL",
    "unknown": [[], 200],
    "london": [["LSE", "GBP", "GB-Eire"]],
    "pair": [12087792, "EUR.USD", 5e-05],
    "index": [416904, "IND"],
    "futures": [True, "50", 0.25, "ES"],
    "future_by_month": True,
    "future_by_local_symbol": True,
    "chain": ["100", True, True, True],
    "option": [[True, "C", "100", 21]],
    "both_rights": ["C", "P"],
}


def live_through(face: Face, control: Control, seen: dict[str, Any]) -> None:
    """Ask for contracts of every kind."""
    stocks(face, seen)
    derivatives(face, seen)
    options(face, seen)


def stocks(face: Face, seen: dict[str, Any]) -> None:
    (apple,) = face.details(face.contract(symbol="AAPL", secType="STK", exchange="SMART", currency="USD"))
    contract = apple.contract
    seen["apple"] = [contract.conId, contract.primaryExchange, contract.tradingClass, apple.longName, apple.minTick]
    seen["apple_hours"] = [apple.timeZoneId, apple.tradingHours.count(";") + 1]
    seen["rule"] = face.rule(int(apple.marketRuleIds.split(",")[0]))
    (by_id,) = face.details(face.contract(conId=265598, exchange="SMART"))
    seen["by_con_id"] = by_id.contract.symbol
    seen["symbols"] = face.symbols("AAPL")[0]
    before = len(face.errors)
    seen["unknown"] = [face.details(face.contract(symbol="NOSUCH", secType="STK", exchange="SMART", currency="USD"))]
    seen["unknown"].append(face.errors[before:][-1][1])
    abroad = face.details(face.contract(symbol="VOD", secType="STK", exchange="SMART", currency="GBP"))
    seen["london"] = [[row.contract.primaryExchange, row.contract.currency, row.timeZoneId] for row in abroad]


def derivatives(face: Face, seen: dict[str, Any]) -> None:
    (euro,) = face.details(face.contract(symbol="EUR", secType="CASH", exchange="IDEALPRO", currency="USD"))
    seen["pair"] = [euro.contract.conId, euro.contract.localSymbol, euro.minTick]
    (index,) = face.details(face.contract(symbol="SPX", secType="IND", exchange="CBOE", currency="USD"))
    seen["index"] = [index.contract.conId, index.contract.secType]
    months = face.details(face.contract(symbol="ES", secType="FUT", exchange="CME", currency="USD"))
    first = min(months, key=lambda row: row.contract.lastTradeDateOrContractMonth)
    seen["futures"] = [len(months) > 3, first.contract.multiplier, first.minTick, first.contract.tradingClass]
    month = first.contract.lastTradeDateOrContractMonth[:6]
    (named,) = face.details(
        face.contract(symbol="ES", secType="FUT", exchange="CME", currency="USD", lastTradeDateOrContractMonth=month)
    )
    seen["future_by_month"] = named.contract.conId == first.contract.conId
    (local,) = face.details(face.contract(localSymbol=first.contract.localSymbol, secType="FUT", exchange="CME"))
    seen["future_by_local_symbol"] = local.contract.conId == first.contract.conId


def options(face: Face, seen: dict[str, Any]) -> None:
    chains = face.chains("AAPL", 265598)
    (smart,) = [row for row in chains if row["exchange"] == "SMART" and row["class"] == "AAPL"]
    seen["chain"] = [smart["multiplier"], len(smart["expirations"]) > 5, len(smart["strikes"]) > 20, len(chains) > 1]
    expiry, strike = smart["expirations"][3], smart["strikes"][len(smart["strikes"]) // 2]
    found = face.details(
        face.contract(
            symbol="AAPL", secType="OPT", exchange="SMART", currency="USD", right="C",
            lastTradeDateOrContractMonth=expiry, strike=strike,
        )
    )  # fmt: skip
    seen["option"] = [
        [row.contract.strike == strike, row.contract.right, row.contract.multiplier, len(row.contract.localSymbol)]
        for row in found
    ]
    both = face.details(
        face.contract(
            symbol="AAPL", secType="OPT", exchange="SMART", currency="USD",
            lastTradeDateOrContractMonth=expiry, strike=strike,
        )
    )  # fmt: skip
    seen["both_rights"] = sorted(row.contract.right for row in both)
