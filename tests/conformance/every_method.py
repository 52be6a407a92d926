"""Every method of `IB` (ib_insync, ib_async) that asks something: does it come back? Prints one JSON object.

Runs in the environment of the library. Arguments: library, port, client id. Methods are found by
looking at the library; one
that is in none of the tables ends the run.
"""

import asyncio
import importlib
import inspect
import json
import logging
import re
import sys
import time
from typing import Any

LIBRARY, PORT, CLIENT_ID = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
SECONDS = 2.0
lib = importlib.import_module(LIBRARY)
logging.disable(logging.CRITICAL)

# Reads of what the library keeps, and control of its loop: nothing is sent.
LOCAL = {
    "accountSummary",
    "accountValues",
    "bracketOrder",
    "connect",
    "connectAsync",
    "disconnect",
    "executions",
    "fills",
    "isConnected",
    "loopUntil",
    "managedAccounts",
    "newsBulletins",
    "newsTicks",
    "oneCancelsAll",
    "openOrders",
    "openTrades",
    "orders",
    "pendingTickers",
    "pnl",
    "pnlSingle",
    "portfolio",
    "positions",
    "realtimeBars",
    "run",
    "schedule",
    "setTimeout",
    "sleep",
    "ticker",
    "tickers",
    "timeRange",
    "timeRangeAsync",
    "trades",
    "waitOnUpdate",
    "waitUntil",
}


def questions(ib: Any, stock: Any, option: Any) -> dict[str, tuple[Any, ...]]:
    """Methods that wait for an answer."""
    account = ib.managedAccounts()[0]
    return {
        "accountSummary": (),
        "calculateImpliedVolatility": (option, 5.0, 250.0),
        "calculateOptionPrice": (option, 0.3, 250.0),
        "getWshMetaData": (),
        "getWshEventData": (lib.WshEventData() if hasattr(lib, "WshEventData") else lib.objects.WshEventData(),),
        "qualifyContracts": (lib.Stock("MSFT", "SMART", "USD"),),
        "reqAccountSummary": (),
        "reqAccountUpdates": (account,),
        "reqAccountUpdatesMulti": (account,),
        "reqAllOpenOrders": (),
        "reqCompletedOrders": (False,),
        "reqContractDetails": (stock,),
        "reqCurrentTime": (),
        "reqExecutions": (),
        "reqFundamentalData": (stock, "ReportSnapshot"),
        "reqHeadTimeStamp": (stock, "TRADES", True, 1),
        "reqHistogramData": (stock, True, "3 days"),
        "reqHistoricalData": (stock, "", "1 D", "1 hour", "TRADES", True),
        "reqHistoricalNews": (265598, "SIM", "", "", 5),
        "reqHistoricalSchedule": (stock, 5),
        "reqHistoricalTicks": (stock, "20260601 14:00:00 UTC", "", 10, "TRADES", True),
        "reqMarketRule": (26,),
        "reqMatchingSymbols": ("AAPL",),
        "reqMktDepthExchanges": (),
        "reqNewsArticle": ("SIM", "SIM$1"),
        "reqNewsProviders": (),
        "reqOpenOrders": (),
        "reqPositions": (),
        "reqScannerData": (lib.ScannerSubscription(100, "STK", "STK.US.MAJOR", "MOST_ACTIVE"),),
        "reqScannerParameters": (),
        "reqSecDefOptParams": ("AAPL", "", "STK", 265598),
        "reqSmartComponents": ("9c0001",),
        "reqTickers": (stock,),
        "reqUserInfo": (),
        "requestFA": (1,),
        "whatIfOrder": (stock, lib.LimitOrder("BUY", 1, 1.0)),
    }


def streams(ib: Any, stock: Any, option: Any) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
    """Methods that return at once, in order, and what they keep for each other."""
    account = ib.managedAccounts()[0]
    kept: dict[str, Any] = {}

    def keep(name: str, value: Any) -> Any:
        kept[name] = value
        return value

    scanner = lib.ScannerSubscription(100, "STK", "STK.US.MAJOR", "MOST_ACTIVE")
    return [
        ("reqMarketDataType", lambda: ib.reqMarketDataType(1)),
        ("reqMktData", lambda: ib.reqMktData(stock)),
        ("cancelMktData", lambda: ib.cancelMktData(stock)),
        ("reqMktDepth", lambda: ib.reqMktDepth(stock)),
        ("cancelMktDepth", lambda: ib.cancelMktDepth(stock)),
        ("reqTickByTickData", lambda: ib.reqTickByTickData(stock, "BidAsk")),
        ("cancelTickByTickData", lambda: ib.cancelTickByTickData(stock, "BidAsk")),
        ("reqRealTimeBars", lambda: keep("bars", ib.reqRealTimeBars(stock, 5, "TRADES", False))),
        ("cancelRealTimeBars", lambda: ib.cancelRealTimeBars(kept["bars"])),
        ("reqScannerSubscription", lambda: keep("scan", ib.reqScannerSubscription(scanner))),
        ("cancelScannerSubscription", lambda: ib.cancelScannerSubscription(kept["scan"])),
        ("cancelHistoricalData", lambda: ib.cancelHistoricalData(kept["history"])),
        ("reqPnL", lambda: ib.reqPnL(account)),
        ("cancelPnL", lambda: ib.cancelPnL(account)),
        ("reqPnLSingle", lambda: ib.reqPnLSingle(account, "", 265598)),
        ("cancelPnLSingle", lambda: ib.cancelPnLSingle(account, "", 265598)),
        ("reqNewsBulletins", lambda: ib.reqNewsBulletins(True)),
        ("cancelNewsBulletins", ib.cancelNewsBulletins),
        ("reqWshMetaData", ib.reqWshMetaData),
        ("cancelWshMetaData", ib.cancelWshMetaData),
        ("reqWshEventData", lambda: ib.reqWshEventData(lib.objects.WshEventData())),
        ("cancelWshEventData", ib.cancelWshEventData),
        ("reqAutoOpenOrders", lambda: ib.reqAutoOpenOrders(False)),
        ("placeOrder", lambda: keep("trade", ib.placeOrder(stock, lib.LimitOrder("BUY", 1, 1.0)))),
        ("cancelOrder", lambda: ib.cancelOrder(kept["trade"].order)),
        ("reqGlobalCancel", ib.reqGlobalCancel),
        ("exerciseOptions", lambda: ib.exerciseOptions(option, 1, 1, account, 0)),
        ("replaceFA", lambda: ib.replaceFA(1, "<x/>")),
    ], kept


async def ask(ib: Any, name: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
    """Wait for the answer of one method."""
    began = time.monotonic()
    try:
        answer = await asyncio.wait_for(getattr(ib, f"{name}Async")(*arguments), SECONDS)
        outcome = "empty" if answer is None or answer == [] or answer == "" else "data"
    except TimeoutError:
        outcome = "nothing"
    except Exception as error:
        outcome = type(error).__name__
    return {"outcome": outcome, "seconds": round(time.monotonic() - began, 2)}


async def main() -> None:
    ib = lib.IB()
    codes: list[int] = []
    ib.errorEvent += lambda req_id, code, text, contract: codes.append(code)
    ib.client.MaxRequests = 0
    await ib.connectAsync("127.0.0.1", PORT, clientId=CLIENT_ID, timeout=8)
    (stock,) = await ib.qualifyContractsAsync(lib.Stock("AAPL", "SMART", "USD"))
    option = lib.Option("AAPL", "20261218", 250, "C", "SMART", currency="USD", conId=1)
    asked, (ordered, kept) = questions(ib, stock, option), streams(ib, stock, option)
    public = {name for name, _ in inspect.getmembers(lib.IB, callable) if re.match(r"[a-z]", name)}
    asynchronous = {name.removesuffix("Async") for name in public if name.endswith("Async")}
    unknown = {name.removesuffix("Async") for name in public} - LOCAL - set(asked) - {name for name, _ in ordered}
    unknown |= asynchronous - set(asked) - LOCAL
    if unknown:
        raise SystemExit(f"not in the tables: {sorted(unknown)}")
    seen: dict[str, Any] = {}
    for name, arguments in asked.items():
        codes.clear()
        seen[name] = {**await ask(ib, name, arguments), "codes": sorted(set(codes))}
    kept["history"] = await ib.reqHistoricalDataAsync(stock, "", "600 S", "1 min", "TRADES", False, keepUpToDate=True)
    for name, method in ordered:
        codes.clear()
        method()
        await asyncio.sleep(0.1)
        seen[name] = {"outcome": "sent", "codes": sorted(set(codes))}
    alive = bool(await asyncio.wait_for(ib.reqCurrentTimeAsync(), SECONDS))
    ib.disconnect()
    print(json.dumps({"alive": alive, "seen": seen}))


asyncio.run(main())
