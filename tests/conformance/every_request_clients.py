"""The three libraries' lowest layers under one face: a client that sends requests by the name of the method."""

import importlib
import logging
import threading
from typing import Any


class Adapter:
    """A connected client of a library."""

    kind: type
    version = 0
    account = "DU1234567"
    next_order_id = 0
    stock: Any
    option: Any
    scanner: Any
    filter: Any
    wsh: Any
    limit_order: Any
    order_cancel: Any
    global_cancel: tuple[Any, ...] = ()
    exercise_more: tuple[Any, ...] = ()

    def has(self, name: str) -> bool:
        """Whether the library knows this request."""
        return hasattr(self.kind, name)

    def call(self, name: str, *arguments: Any) -> None:
        """Send a request."""
        raise NotImplementedError

    def close(self) -> None:
        """Disconnect."""
        raise NotImplementedError


class IbAdapter(Adapter):
    """`Client` of ib_insync and ib_async; its event loop runs on a thread of its own."""

    def __init__(self, library: str, port: int, client_id: int) -> None:
        import asyncio

        lib = importlib.import_module(library)
        logging.disable(logging.CRITICAL)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._run, args=(asyncio,), daemon=True).start()
        self.kind = importlib.import_module(f"{library}.client").Client

        async def connect() -> Any:
            ib = lib.IB()
            ib.client.MaxRequests = 0
            await ib.client.connectAsync("127.0.0.1", port, client_id, 5)
            return ib

        self._ib = asyncio.run_coroutine_threadsafe(connect(), self._loop).result(10)
        self.version = self._ib.client.serverVersion()
        self.next_order_id = self._ib.client.getReqId()
        self.stock = lib.Stock("AAPL", "SMART", "USD", conId=265598)
        self.option = lib.Option("AAPL", "20261218", 250, "C", "SMART", currency="USD")
        self.scanner = lib.ScannerSubscription(instrument="STK", locationCode="STK.US.MAJOR", scanCode="MOST_ACTIVE")
        self.filter = lib.ExecutionFilter()
        self.wsh = lib.WshEventData(filter="{}") if hasattr(lib, "WshEventData") else lib.objects.WshEventData()
        self.limit_order = lib.LimitOrder("BUY", 1, 1.0)
        self.order_cancel = ""

    def _run(self, asyncio: Any) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def call(self, name: str, *arguments: Any) -> None:
        done = threading.Event()

        def send() -> None:
            getattr(self._ib.client, name)(*arguments)
            done.set()

        self._loop.call_soon_threadsafe(send)
        if not done.wait(5):
            raise RuntimeError(f"{name} did not return")

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._ib.client.disconnect)


class IbapiAdapter(Adapter):
    """The official client."""

    def __init__(self, port: int, client_id: int) -> None:
        from ibapi.client import EClient
        from ibapi.common import WshEventData
        from ibapi.contract import Contract
        from ibapi.execution import ExecutionFilter
        from ibapi.order import Order
        from ibapi.order_cancel import OrderCancel
        from ibapi.scanner import ScannerSubscription
        from ibapi.wrapper import EWrapper

        logging.disable(logging.CRITICAL)
        ready = threading.Event()
        adapter = self

        class App(EWrapper, EClient):
            def __init__(self) -> None:
                EClient.__init__(self, self)

            def nextValidId(self, order_id: int) -> None:
                adapter.next_order_id = adapter.next_order_id or order_id
                ready.set()

            def error(self, *fields: Any) -> None:
                pass

        self.kind = EClient
        self._app = App()
        self._app.connect("127.0.0.1", port, client_id)
        threading.Thread(target=self._app.run, daemon=True).start()
        if not ready.wait(5):
            raise RuntimeError("no next valid id came")
        self.version = self._app.serverVersion()
        self.stock, self.option = Contract(), Contract()
        for contract in (self.stock, self.option):
            contract.symbol, contract.secType, contract.exchange, contract.currency = "AAPL", "STK", "SMART", "USD"
        self.option.secType, self.option.strike, self.option.right = "OPT", 250, "C"
        self.option.lastTradeDateOrContractMonth = "20261218"
        self.scanner = ScannerSubscription()
        self.scanner.instrument, self.scanner.locationCode = "STK", "STK.US.MAJOR"
        self.scanner.scanCode = "MOST_ACTIVE"
        self.filter, self.wsh = ExecutionFilter(), WshEventData()
        self.limit_order = Order()
        self.limit_order.action, self.limit_order.orderType, self.limit_order.tif = "BUY", "LMT", "DAY"
        self.limit_order.totalQuantity, self.limit_order.lmtPrice = 1, 1.0
        self.order_cancel = OrderCancel()
        self.global_cancel = (OrderCancel(),)
        self.exercise_more = ("", "", False)

    def call(self, name: str, *arguments: Any) -> None:
        getattr(self._app, name)(*arguments)

    def close(self) -> None:
        self._app.disconnect()


def adapter_of(library: str, port: int, client_id: int) -> Adapter:
    """A connected client."""
    return IbapiAdapter(port, client_id) if library == "ibapi" else IbAdapter(library, port, client_id)
