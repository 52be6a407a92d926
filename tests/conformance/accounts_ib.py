"""An account in euros that trades in four currencies, as ib_insync and ib_async see it.

Prints JSON. Arguments: library name, port, control port.
"""

import importlib
import json
import logging
import sys

from control import Control

LIBRARY, PORT, CONTROL = sys.argv[1], int(sys.argv[2]), Control(int(sys.argv[3]))
ACCOUNT = "DU3"
lib = importlib.import_module(LIBRARY)
logging.disable(logging.CRITICAL)
ib = lib.IB()
ib.connect("127.0.0.1", PORT, clientId=41, timeout=8)
ib.client.MaxRequests = 0

pair = lib.Forex("EURUSD")
future = lib.Future("MES", "202612", "CME")
share = lib.Stock("VOD", "LSE", "GBP")
option = lib.Option("AAPL", "20270115", 230, "C", "SMART", currency="USD")
stock = lib.Stock("AAPL", "SMART", "USD")
# Rates that only turn pounds into euros: held too, or the two clients would see them at different moments.
pounds, cross = lib.Forex("GBPUSD"), lib.Forex("EURGBP")
ib.qualifyContracts(pair, future, share, option, stock, pounds, cross)
for contract, bid, ask in (
    (pair, "1.0999", "1.1001"),
    (pounds, "1.2999", "1.3001"),
    (cross, "0.8460", "0.8462"),
    (future, "6000.00", "6000.25"),
    (share, "75.40", "75.50"),
    (option, "12.00", "12.10"),
    (stock, "229.99", "230.01"),
):
    CONTROL.pin(str(contract.conId), bid, ask, "10000000", replenish=True)


def trade(contract, action: str, quantity: float) -> list:
    made = ib.placeOrder(contract, lib.MarketOrder(action, quantity, account=ACCOUNT, tif="DAY"))
    while not (made.isDone() and all(fill.commissionReport.execId for fill in made.fills)):
        ib.waitOnUpdate(timeout=5)
    report = made.fills[-1].commissionReport
    realized = round(report.realizedPNL, 2) if report.realizedPNL < 1e300 else None
    return [made.orderStatus.status, round(report.commission, 4), report.currency, realized]


def what_if(contract, action: str, quantity: float) -> list:
    state = ib.whatIfOrder(contract, lib.MarketOrder(action, quantity, account=ACCOUNT))
    numbers = (state.initMarginChange, state.maintMarginChange, state.equityWithLoanChange)
    return [*(round(float(text), 2) for text in numbers), state.commission, state.commissionCurrency]


seen: dict = {"accounts": ib.managedAccounts()}
seen["what_if"] = [what_if(future, "BUY", 2), what_if(stock, "BUY", 10)]
seen["trades"] = [
    trade(pair, "SELL", 20_000),
    trade(future, "BUY", 2),
    trade(share, "BUY", 1_000),
    trade(option, "BUY", 1),
    trade(stock, "SELL", 10),
    trade(option, "SELL", 1),
]
errors: list = []
ib.errorEvent += lambda req_id, code, text, contract: errors.append([code, text])
ib.placeOrder(stock, lib.MarketOrder("BUY", 100_000, account=ACCOUNT))
while not errors:
    ib.waitOnUpdate(timeout=5)
seen["refused"] = list(errors)
seen["positions"] = sorted(
    [row.contract.secType, row.contract.localSymbol, row.position, round(row.avgCost, 4)]
    for row in ib.reqPositions()
    if row.account == ACCOUNT
)
ib.client.reqAccountUpdates(True, ACCOUNT)
while not ib.portfolio(ACCOUNT):
    ib.waitOnUpdate(timeout=5)
ib.sleep(0.2)
seen["portfolio"] = sorted(
    [row.contract.localSymbol, row.position, round(row.marketPrice, 4), round(row.marketValue, 2),
     round(row.averageCost, 4), round(row.unrealizedPNL, 2), round(row.realizedPNL, 2)]
    for row in ib.portfolio(ACCOUNT)
)  # fmt: skip
values = {(row.tag, row.currency): row.value for row in ib.accountValues(ACCOUNT)}
tags = ("CashBalance", "ExchangeRate", "StockMarketValue", "FuturesPNL", "RealizedPnL")
seen["ledger"] = {f"{tag} {name}": values[tag, name] for tag in tags for name in ("BASE", "EUR", "GBP", "USD")}
seen["values"] = {tag: values[tag, "EUR"] for tag in ("NetLiquidation", "InitMarginReq", "InitMarginReq-C", "SMA")}
summary = {(row.tag, row.currency): row.value for row in ib.accountSummary(ACCOUNT)}
seen["same"] = [summary[tag, "EUR"] == values[tag, "EUR"] for tag in ("NetLiquidation", "BuyingPower", "RegTMargin")]
single = ib.reqPnLSingle(ACCOUNT, "", future.conId)
whole = ib.reqPnL(ACCOUNT, "")
while single.dailyPnL != single.dailyPnL or whole.dailyPnL != whole.dailyPnL:
    ib.waitOnUpdate(timeout=5)
seen["pnl"] = [round(single.dailyPnL, 2), single.position, round(single.value, 2), round(whole.unrealizedPnL, 2)]
ib.disconnect()
print(json.dumps(seen))
