"""Every request a client library can send, and what came back. Prints one JSON object.

Runs in the environment of the library. Arguments: library, port, control port. The methods are found by looking at
the library, so that none is forgotten: one that is not in the tables below ends the run.
"""

import inspect
import json
import re
import sys
import time
from collections.abc import Callable
from typing import Any

from control import Control
from every_request_clients import Adapter, adapter_of

LIBRARY, PORT, CONTROL_PORT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
CLIENT_ID = 17
SECONDS = 2.0
PATIENCE = 0.1  # for what is silent by nature, or is not sent at all
UNSENT = 0.5
control = Control(CONTROL_PORT)

# Methods that send nothing, or belong to the connection itself.
LOCAL = {
    "connect",
    "connectAsync",
    "connectionStats",
    "disconnect",
    "getAccounts",
    "getReqId",
    "isConnected",
    "isReady",
    "reset",
    "run",
    "send",
    "sendMsg",
    "sendMsgProtoBuf",
    "serverVersion",
    "setConnectOptions",
    "startApi",
    "updateReqId",
    "checkConnected",
    "keyboardInterrupt",
    "keyboardInterruptHard",
    "logRequest",
    "msgLoopRec",
    "msgLoopTmo",
    "setConnState",
    "setOptionalCapabilities",
    "twsConnectionTime",
    "useProtoBuf",
    "validateAttachedOrdersParameters",
    "validateInvalidSymbols",
    "validateOrderParameters",
}
# Requests above version 178 of the protocol; the library itself answers that the server is too old.
ABOVE = {"cancelContractData", "cancelHistoricalTicks", "reqCurrentTimeInMillis"}

Call = Callable[[Adapter], tuple[Any, ...]]


def table() -> list[tuple[str, Call]]:
    """All requests in the order in which they are sent; a cancel follows what it cancels."""
    stock, option = (lambda c: c.stock), (lambda c: c.option)
    now, account = "", (lambda c: c.account)
    return [
        ("reqCurrentTime", lambda c: ()),
        ("reqIds", lambda c: (1,)),
        ("reqManagedAccts", lambda c: ()),
        ("reqFamilyCodes", lambda c: ()),
        ("reqUserInfo", lambda c: (1,)),
        ("setServerLogLevel", lambda c: (2,)),
        ("reqMarketDataType", lambda c: (1,)),
        ("reqContractDetails", lambda c: (10, stock(c))),
        ("reqMatchingSymbols", lambda c: (11, "AAPL")),
        ("reqMarketRule", lambda c: (26,)),
        ("reqSecDefOptParams", lambda c: (12, "AAPL", "", "STK", 265598)),
        ("reqSmartComponents", lambda c: (13, "9c0001")),
        ("reqMktDepthExchanges", lambda c: ()),
        ("reqMktData", lambda c: (20, stock(c), "", False, False, [])),
        ("cancelMktData", lambda c: (20,)),
        ("reqMktDepth", lambda c: (21, stock(c), 5, True, [])),
        ("cancelMktDepth", lambda c: (21, True)),
        ("reqTickByTickData", lambda c: (22, stock(c), "BidAsk", 0, False)),
        ("cancelTickByTickData", lambda c: (22,)),
        ("reqRealTimeBars", lambda c: (23, stock(c), 5, "TRADES", False, [])),
        ("cancelRealTimeBars", lambda c: (23,)),
        ("reqHistoricalData", lambda c: (24, stock(c), now, "1 D", "1 hour", "TRADES", 1, 1, False, [])),
        ("cancelHistoricalData", lambda c: (24,)),
        ("reqHeadTimeStamp", lambda c: (25, stock(c), "TRADES", 1, 1)),
        ("cancelHeadTimeStamp", lambda c: (25,)),
        ("reqHistogramData", lambda c: (26, stock(c), True, "3 days")),
        ("cancelHistogramData", lambda c: (26,)),
        ("reqHistoricalTicks", lambda c: (27, stock(c), "20260601 10:00:00 US/Eastern", "", 10, "TRADES", 1, True, [])),
        ("reqScannerParameters", lambda c: ()),
        ("reqScannerSubscription", lambda c: (28, c.scanner, [], [])),
        ("cancelScannerSubscription", lambda c: (28,)),
        ("reqFundamentalData", lambda c: (29, stock(c), "ReportSnapshot", [])),
        ("cancelFundamentalData", lambda c: (29,)),
        ("calculateImpliedVolatility", lambda c: (30, option(c), 5.0, 250.0, [])),
        ("cancelCalculateImpliedVolatility", lambda c: (30,)),
        ("calculateOptionPrice", lambda c: (31, option(c), 0.3, 250.0, [])),
        ("cancelCalculateOptionPrice", lambda c: (31,)),
        ("exerciseOptions", lambda c: (32, option(c), 1, 1, account(c), 0, *c.exercise_more)),
        ("reqNewsProviders", lambda c: ()),
        ("reqNewsArticle", lambda c: (33, "SIM", "SIM$1", [])),
        ("reqHistoricalNews", lambda c: (34, 265598, "SIM", "", "", 5, [])),
        ("reqNewsBulletins", lambda c: (True,)),
        ("cancelNewsBulletins", lambda c: ()),
        ("reqWshMetaData", lambda c: (35,)),
        ("cancelWshMetaData", lambda c: (35,)),
        ("reqWshEventData", lambda c: (36, c.wsh)),
        ("cancelWshEventData", lambda c: (36,)),
        ("requestFA", lambda c: (1,)),
        ("replaceFA", lambda c: (37, 1, "<x/>")),
        ("reqSoftDollarTiers", lambda c: (38,)),
        ("queryDisplayGroups", lambda c: (39,)),
        ("subscribeToGroupEvents", lambda c: (40, 1)),
        ("updateDisplayGroup", lambda c: (40, "265598@SMART")),
        ("unsubscribeFromGroupEvents", lambda c: (40,)),
        ("verifyRequest", lambda c: ("name", "1")),
        ("verifyMessage", lambda c: ("data",)),
        ("verifyAndAuthRequest", lambda c: ("name", "1", "key")),
        ("verifyAndAuthMessage", lambda c: ("data", "response")),
        ("placeOrder", lambda c: (c.next_order_id, stock(c), c.limit_order)),
        ("reqOpenOrders", lambda c: ()),
        ("reqAllOpenOrders", lambda c: ()),
        ("reqAutoOpenOrders", lambda c: (False,)),
        ("cancelOrder", lambda c: (c.next_order_id, c.order_cancel)),
        ("reqGlobalCancel", lambda c: c.global_cancel),
        ("reqCompletedOrders", lambda c: (False,)),
        ("reqExecutions", lambda c: (41, c.filter)),
        ("reqAccountUpdates", lambda c: (True, account(c))),
        ("reqAccountUpdatesMulti", lambda c: (42, account(c), "", False)),
        ("cancelAccountUpdatesMulti", lambda c: (42,)),
        ("reqAccountSummary", lambda c: (43, "All", "NetLiquidation")),
        ("cancelAccountSummary", lambda c: (43,)),
        ("reqPositions", lambda c: ()),
        ("cancelPositions", lambda c: ()),
        ("reqPositionsMulti", lambda c: (44, account(c), "")),
        ("cancelPositionsMulti", lambda c: (44,)),
        ("reqPnL", lambda c: (45, account(c), "")),
        ("cancelPnL", lambda c: (45,)),
        ("reqPnLSingle", lambda c: (46, account(c), "", 265598)),
        ("cancelPnLSingle", lambda c: (46,)),
    ]


def messages(after: int) -> list[dict[str, Any]]:
    """What went in and out since."""
    return control.get(f"/log?after={after}&limit=2000&client_id={CLIENT_ID}")["messages"]


def newest() -> int:
    rows = control.get("/log?limit=1")["messages"]
    return rows[-1]["number"] if rows else 0


def observe(call: Callable[[], None], *, patience: float) -> dict[str, Any]:
    """Send one request; returns the ids of the messages it was answered by, and error codes."""
    before, began = newest(), time.monotonic()
    call()
    while True:
        rows = messages(before)
        sent = [row["number"] for row in rows if row["direction"] == "in"]
        told = [row["fields"] for row in rows if row["direction"] == "out" and sent and row["number"] > sent[0]]
        waited = time.monotonic() - began
        if told or waited > (patience if sent else UNSENT):
            break
        time.sleep(0.01)
    time.sleep(0.02)
    told = [row["fields"] for row in messages(before) if row["direction"] == "out"] if told else told
    return {
        "sent": len(sent),
        "kinds": sorted({int(row[0]) for row in told}),
        "codes": sorted({int(row[3]) for row in told if row[0] == "4"}),
    }


def main() -> None:
    client = adapter_of(LIBRARY, PORT, CLIENT_ID)
    calls = [(name, call) for name, call in table() if client.has(name)]
    public = {name for name, _ in inspect.getmembers(client.kind, callable) if re.match(r"[a-z]", name)}
    unknown = {name for name in public if not name.endswith("ProtoBuf")} - LOCAL - ABOVE - {name for name, _ in calls}
    if unknown:
        raise SystemExit(f"not in the tables: {sorted(unknown)}")
    seen: dict[str, Any] = {"version": client.version, "seen": {}}
    silent = set(sys.argv[4].split(",")) if len(sys.argv) > 4 else set()
    for name, call in calls:
        arguments = call(client)
        patience = PATIENCE if name in silent else SECONDS
        seen["seen"][name] = observe(lambda n=name, a=arguments: client.call(n, *a), patience=patience)
        if name == "reqAccountUpdates":
            client.call("reqAccountUpdates", False, client.account)
    alive = observe(lambda: client.call("reqCurrentTime"), patience=SECONDS)
    seen["alive"] = 49 in alive["kinds"]
    client.close()
    print(json.dumps(seen))


main()
