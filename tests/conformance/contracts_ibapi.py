"""Contracts of every kind as the official client reads them. Prints JSON. Argument: port."""

import json
import logging
import sys
import threading
import time
from collections import defaultdict

from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.wrapper import EWrapper

PORT = int(sys.argv[1])
logging.disable(logging.CRITICAL)


class App(EWrapper, EClient):
    """Keeps every answer it gets by request id."""

    def __init__(self) -> None:
        EClient.__init__(self, self)
        self.got: dict = defaultdict(list)
        self.ended: set = set()
        self.ready = threading.Event()

    def nextValidId(self, order_id) -> None:
        self.ready.set()

    def error(self, req_id, *rest) -> None:
        # Newer versions put the time of the error before its code.
        numbers = [part for part in rest if isinstance(part, int)]
        self.got["errors"].append(numbers[1] if len(numbers) > 1 else numbers[0])
        self.ended.add(req_id)

    def contractDetails(self, req_id, details) -> None:
        self.got[req_id].append(details)

    def contractDetailsEnd(self, req_id) -> None:
        self.ended.add(req_id)

    def securityDefinitionOptionParameter(self, req_id, *values) -> None:
        self.got[req_id].append(values)

    def securityDefinitionOptionParameterEnd(self, req_id) -> None:
        self.ended.add(req_id)

    def marketRule(self, rule_id, increments) -> None:
        self.got["rule", rule_id] = increments
        self.ended.add(("rule", rule_id))

    def symbolSamples(self, req_id, descriptions) -> None:
        self.got[req_id] = descriptions
        self.ended.add(req_id)

    def historicalData(self, req_id, bar) -> None:
        self.got[req_id].append(bar)

    def historicalDataEnd(self, req_id, start, end) -> None:
        self.ended.add(req_id)


def contract(symbol: str, kind: str, exchange: str, currency: str = "USD", **more) -> Contract:
    made = Contract()
    made.symbol, made.secType, made.exchange, made.currency = symbol, kind, exchange, currency
    for name, value in more.items():
        setattr(made, name, value)
    return made


WANTED = {
    "pair": contract("EUR", "CASH", "IDEALPRO"),
    "index": contract("SPX", "IND", "CBOE"),
    "future": contract("ES", "FUT", "CME", "", lastTradeDateOrContractMonth="202706"),
    "option": contract("AAPL", "OPT", "SMART", lastTradeDateOrContractMonth="20270115", strike=230, right="P"),
    "london": contract("VOD", "STK", "LSE", "GBP"),
    "tokyo": contract("1540", "STK", "TSEJ", "JPY"),
    "frankfurt": contract("SAP", "STK", "SMART", "EUR", primaryExchange="IBIS"),
}
app = App()
app.connect("127.0.0.1", PORT, 32)
threading.Thread(target=app.run, daemon=True).start()
app.ready.wait(8)
request_ids = iter(range(100, 200))


def ask(method: str, *arguments) -> list:
    req_id = next(request_ids)
    getattr(app, method)(req_id, *arguments)
    return wait(req_id)


def wait(key) -> list:
    end = time.monotonic() + 8
    while key not in app.ended and time.monotonic() < end:
        time.sleep(0.005)
    return app.got[key]


def rule(rule_id: int) -> list:
    app.reqMarketRule(rule_id)
    return wait(("rule", rule_id))


def text(value) -> str:
    return f"{float(value):g}"


def described(row) -> list:
    made = row.contract
    return [
        made.conId, made.secType, made.localSymbol, made.lastTradeDateOrContractMonth, text(made.strike), made.right,
        made.multiplier, made.exchange, made.primaryExchange, made.currency, made.tradingClass, row.marketName,
        text(row.minTick), row.contractMonth, row.underSymbol, row.underSecType, row.priceMagnifier, row.timeZoneId,
        row.realExpirationDate, len(row.validExchanges.split(",")) == len(row.marketRuleIds.split(",")),
        row.tradingHours, text(row.minSize),
    ]  # fmt: skip


def history(made: Contract, duration: str, size: str) -> list:
    return ask("reqHistoricalData", made, "", duration, size, "TRADES", 1, 1, False, [])


seen = {name: [described(row) for row in ask("reqContractDetails", made)] for name, made in WANTED.items()}
seen["months"] = [row.contract.localSymbol for row in ask("reqContractDetails", contract("NQ", "FUT", "CME", ""))]
seen["front"] = [
    row.contract.secType + " " + row.contract.localSymbol
    for row in ask("reqContractDetails", contract("ES", "CONTFUT", "CME", ""))
]
seen["chain"] = sorted(
    [exchange, trading_class, multiplier, len(expirations), len(strikes)]
    for exchange, _, trading_class, multiplier, expirations, strikes in ask(
        "reqSecDefOptParams", "SPX", "", "IND", 416904
    )
)
seen["rules"] = [[[text(row.lowEdge), text(row.increment)] for row in rule(rule_id)] for rule_id in (110, 239)]
seen["samples"] = [
    [row.contract.conId, row.contract.currency, sorted(row.derivativeSecTypes)]
    for row in ask("reqMatchingSymbols", "ASML")
]
app.got["errors"].clear()
ask("reqContractDetails", contract("ES", "FUT", "CME", lastTradeDateOrContractMonth="202301"))
history(contract("ES", "FUT", "CME"), "1 D", "1 hour")
seen["errors"] = app.got["errors"]
seen["bars"] = len(history(WANTED["tokyo"], "1 W", "1 day")) > 3
print(json.dumps(seen))
app.disconnect()
