"""Takes quotes as fast as a client library can, and says how fast that was.

Runs in the environment of the library. Arguments: library, port, subscriptions, quotes to wait for. Prints `ready`
when everything is subscribed, then one JSON object.
"""

import asyncio
import json
import sys
import time

LIBRARY, PORT, SUBSCRIPTIONS, WANTED = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
CONTRACTS = [
    (265598, "AAPL"), (272093, "MSFT"), (3691937, "AMZN"), (76792991, "TSLA"), (4815747, "NVDA"),
    (756733, "SPY"), (320227571, "QQQ"), (8314, "IBM"), (208813719, "GOOGL"), (107113386, "META"),
][:SUBSCRIPTIONS]  # fmt: skip


class Count:
    """Quotes seen, and the time and CPU time between the first and the last."""

    def __init__(self) -> None:
        self.seen = 0
        self.began = self.cpu = 0.0

    def add(self, count: int) -> bool:
        """Count; returns whether all have come."""
        if not self.seen:
            self.began, self.cpu = time.perf_counter(), time.process_time()
            count = 0  # the first lot may have been on its way for long
            self.seen = 1
        self.seen += count
        return self.seen >= WANTED

    def tell(self) -> None:
        """Print the figures."""
        seconds = time.perf_counter() - self.began
        cpu = time.process_time() - self.cpu
        print(json.dumps({"quotes": self.seen, "seconds": seconds, "cpu_seconds": cpu}), flush=True)


async def with_events() -> None:
    """ib_insync and ib_async."""
    import importlib

    lib = importlib.import_module(LIBRARY)
    ib, count, done = lib.IB(), Count(), asyncio.Event()
    ib.client.MaxRequests = 0
    await ib.client.connectAsync("127.0.0.1", PORT, 901, 10)
    for con_id, symbol in CONTRACTS:
        ib.reqMktData(lib.Stock(symbol, "SMART", "USD", conId=con_id))
    flooding = False

    def on_pending(tickers: object) -> None:
        nonlocal flooding
        total = sum(len(ticker.ticks) for ticker in tickers)
        flooding = flooding or total > 200
        if flooding and count.add(total):
            done.set()

    ib.pendingTickersEvent += on_pending
    await asyncio.sleep(1)
    print("ready", flush=True)
    await asyncio.wait_for(done.wait(), 120)
    count.tell()
    ib.disconnect()


def with_callbacks() -> None:
    """The official client."""
    import threading

    from ibapi.client import EClient
    from ibapi.contract import Contract
    from ibapi.wrapper import EWrapper

    count, done, started = Count(), threading.Event(), threading.Event()
    recent: list[int] = [0]

    class App(EWrapper, EClient):
        def __init__(self) -> None:
            EClient.__init__(self, self)

        def nextValidId(self, order_id: int) -> None:
            started.set()

        def tickPrice(self, *fields: object) -> None:
            recent[0] += 1
            if recent[0] > 200 and not done.is_set() and count.add(1):
                count.tell()
                done.set()

    app = App()
    app.connect("127.0.0.1", PORT, 901)
    threading.Thread(target=app.run, daemon=True).start()
    started.wait(10)
    for number, (_, symbol) in enumerate(CONTRACTS):
        contract = Contract()
        contract.symbol, contract.secType, contract.exchange, contract.currency = symbol, "STK", "SMART", "USD"
        app.reqMktData(100 + number, contract, "", False, False, [])
    time.sleep(1)
    print("ready", flush=True)
    done.wait(120)
    app.disconnect()


if LIBRARY == "ibapi":
    with_callbacks()
else:
    asyncio.run(with_events())
