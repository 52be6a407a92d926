"""Contracts of every kind as ib_insync and ib_async read them. Prints JSON. Arguments: library name, port."""

import importlib
import json
import logging
import sys

LIBRARY, PORT = sys.argv[1], int(sys.argv[2])
lib = importlib.import_module(LIBRARY)
logging.disable(logging.CRITICAL)
ib = lib.IB()
errors: list[int] = []
ib.errorEvent += lambda req_id, code, text, contract: errors.append(code)
ib.connect("127.0.0.1", PORT, clientId=31, timeout=8)
ib.client.MaxRequests = 0

WANTED = {
    "pair": lib.Forex("EURUSD"),
    "index": lib.Index("SPX", "CBOE", "USD"),
    "future": lib.Future("ES", "202706", "CME"),
    "option": lib.Option("AAPL", "20270115", 230, "P", "SMART", currency="USD"),
    "london": lib.Stock("VOD", "LSE", "GBP"),
    "tokyo": lib.Stock("1540", "TSEJ", "JPY"),
    "frankfurt": lib.Stock("SAP", "SMART", "EUR", primaryExchange="IBIS"),
}


def text(value) -> str:
    return f"{float(value):g}"


def described(row) -> list:
    contract = row.contract
    return [
        contract.conId, contract.secType, contract.localSymbol, contract.lastTradeDateOrContractMonth,
        text(contract.strike), contract.right, contract.multiplier, contract.exchange, contract.primaryExchange,
        contract.currency, contract.tradingClass, row.marketName, text(row.minTick), row.contractMonth,
        row.underSymbol, row.underSecType, row.priceMagnifier, row.timeZoneId, row.realExpirationDate,
        len(row.validExchanges.split(",")) == len(row.marketRuleIds.split(",")), row.tradingHours, text(row.minSize),
    ]  # fmt: skip


seen = {name: [described(row) for row in ib.reqContractDetails(contract)] for name, contract in WANTED.items()}
seen["months"] = [row.contract.localSymbol for row in ib.reqContractDetails(lib.Future("NQ", exchange="CME"))]
seen["front"] = [
    row.contract.secType + " " + row.contract.localSymbol for row in ib.reqContractDetails(lib.ContFuture("ES", "CME"))
]
seen["chain"] = sorted(
    [row.exchange, row.tradingClass, row.multiplier, len(row.expirations), len(row.strikes)]
    for row in ib.reqSecDefOptParams("SPX", "", "IND", 416904)
)
rules = [ib.reqMarketRule(rule) for rule in (110, 239)]
seen["rules"] = [[[text(row.lowEdge), text(row.increment)] for row in rule] for rule in rules]
seen["samples"] = [
    [row.contract.conId, row.contract.currency, sorted(row.derivativeSecTypes)] for row in ib.reqMatchingSymbols("ASML")
]
del errors[:]
ib.reqContractDetails(lib.Future("ES", "202301", "CME"))
ib.reqHistoricalData(lib.Future("ES", exchange="CME"), "", "1 D", "1 hour", "TRADES", True)
seen["errors"] = errors
bars = ib.reqHistoricalData(lib.Stock("1540", "TSEJ", "JPY"), "", "1 W", "1 day", "TRADES", True)
seen["bars"] = len(bars) > 3
print(json.dumps(seen))
ib.disconnect()
