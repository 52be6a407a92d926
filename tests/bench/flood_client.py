"""Takes quotes as fast as a client library can, and says how fast that was.

Runs in the environment of the library. Arguments: library, port, subscriptions, quotes to wait for. Prints `ready`
when everything is subscribed, then one JSON object.
"""

import asyncio
import contextlib
import json
import sys
import time

LIBRARY, PORT, SUBSCRIPTIONS, WANTED = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
LIMIT = 60  # seconds
CONTRACTS = [
    (265598, "AAPL"), (272093, "MSFT"), (3691937, "AMZN"), (76792991, "TSLA"), (4815747, "NVDA"),
    (756733, "SPY"), (320227571, "QQQ"), (8314, "IBM"), (208813719, "GOOGL"), (107113386, "META"),
][:SUBSCRIPTIONS]  # fmt: skip


class Count:
    """Quotes seen, and the time and CPU time between the first and the last."""

    def __init__(self) -> None:
        self.seen = 0
        self._first = self._last = (0.0, 0.0)

    def add(self, count: int) -> bool:
        """Count; returns whether all have come."""
        self._last = time.perf_counter(), time.process_time()
        if not self.seen:
            self._first = self._last
            count = 1  # the first lot may have been on its way for long
        self.seen += count
        return self.seen >= WANTED

    def tell(self) -> None:
        """Print the figures."""
        seconds, cpu = self._last[0] - self._first[0], self._last[1] - self._first[1]
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
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(done.wait(), LIMIT)
    count.tell()
    ib.disconnect()


def with_callbacks() -> None:
    """The official client."""
    import threading

    from ibapi.client import EClient
    from ibapi.contract import Contract
    from ibapi.wrapper import EWrapper

    count, done, started = Count(), threading.Event(), threading.Event()
    seen = 0

    class App(EWrapper, EClient):
        def __init__(self) -> None:
            EClient.__init__(self, self)

        def nextValidId(self, order_id: int) -> None:
            started.set()

        def tickPrice(self, *fields: object) -> None:
            nonlocal seen
            seen += 1
            if seen % 500 == 0 and not done.is_set() and count.add(500):
                done.set()

    def run(app: App) -> None:
        with contextlib.suppress(TypeError):  # the client's own, when it is disconnected while it works
            app.run()

    app = App()
    app.connect("127.0.0.1", PORT, 901)
    threading.Thread(target=run, args=(app,), daemon=True).start()
    started.wait(10)
    for number, (_, symbol) in enumerate(CONTRACTS):
        contract = Contract()
        contract.symbol, contract.secType, contract.exchange, contract.currency = symbol, "STK", "SMART", "USD"
        app.reqMktData(100 + number, contract, "", False, False, [])
    time.sleep(1)
    print("ready", flush=True)
    done.wait(LIMIT)
    count.tell()
    app.disconnect()


if LIBRARY == "ibapi":
    with_callbacks()
else:
    asyncio.run(with_events())
