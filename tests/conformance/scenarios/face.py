"""What all scenarios need of a client library, under one face, so that each scenario is written once.

Contracts and orders are the library's own objects (their attributes have the same names everywhere); answers are
brought into plain numbers and texts, so that what three libraries saw can be compared.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class OrderView:
    """Where an order stands as its client knows it."""

    status: str = ""
    filled: float = 0.0
    remaining: float = 0.0
    average: float = 0.0
    why_held: str = ""
    fills: list[list[float]] = field(default_factory=list)
    commissions: list[float] = field(default_factory=list)
    realized: list[float] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Nothing more will come of it."""
        return self.status in {"Filled", "Cancelled", "ApiCancelled", "Inactive"}


class Face:
    """A connected client."""

    library = ""
    version = 0

    def __init__(self, port: int, client_id: int) -> None:
        self.port, self.client_id = port, client_id
        self.errors: list[tuple[int, int]] = []

    # Waiting -----------------------------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Let the library work for a while."""
        raise NotImplementedError

    def until(self, condition: Callable[[], Any], seconds: float = 4) -> bool:
        """Wait until something holds; returns whether it does."""
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            self.wait(0.01)
        return bool(condition())

    def codes(self, number: int) -> list[int]:
        """Error codes that came for an order or request."""
        return [code for owner, code in self.errors if owner == number]

    def settled(self, order_id: int) -> OrderView:
        """The order once it is done and all its fills have commission reports."""

        def is_settled() -> bool:
            view = self.view(order_id)
            return view.is_done and len(view.commissions) == len(view.fills)

        self.until(is_settled)
        return self.view(order_id)

    def reaches(self, order_id: int, status: str, seconds: float = 4) -> bool:
        """Wait for a status."""
        return self.until(lambda: self.view(order_id).status == status, seconds)

    def refusal(self, contract: Any, order: Any) -> int:
        """Place an order that is to be refused; returns the code."""
        order_id = self.place(contract, order)
        self.until(lambda: self.codes(order_id))
        return (self.codes(order_id) or [0])[0]

    # Of each library ---------------------------------------------------------------------------------------------

    def another(self, client_id: int) -> "Face":
        """One more client of the same library."""
        return type(self)(self.port, client_id)

    def close(self) -> None:
        """Disconnect."""
        raise NotImplementedError

    def contract(self, **fields: Any) -> Any:
        """A contract of the library."""
        raise NotImplementedError

    def order(self, action: str, quantity: float, kind: str, **fields: Any) -> Any:
        """An order of the library."""
        raise NotImplementedError

    def price_condition(self, con_id: int, *, above: bool, price: float) -> Any:
        """Holds when the last price is above or below a price."""
        raise NotImplementedError

    def time_condition(self, *, after: bool, moment: str) -> Any:
        """Holds after or before a moment, written as TWS does."""
        raise NotImplementedError

    def place(self, contract: Any, order: Any, order_id: int = 0) -> int:
        """Place an order, or change the one of this id; returns its id."""
        raise NotImplementedError

    def cancel(self, order_id: int) -> None:
        """Ask for a cancel."""
        raise NotImplementedError

    def cancel_all(self) -> None:
        """Ask for the cancel of everything."""
        raise NotImplementedError

    def new_id(self) -> int:
        """An order id not used yet."""
        raise NotImplementedError

    def view(self, order_id: int) -> OrderView:
        """Where an order stands."""
        raise NotImplementedError

    def what_if(self, contract: Any, order: Any) -> dict[str, Any]:
        """Initial margin change, commission and its currency."""
        raise NotImplementedError

    def open_orders(self, *, of_all: bool = False) -> list[dict[str, Any]]:
        """Working orders as told when asked: symbol, action, quantity, type, limit, status, ref."""
        raise NotImplementedError

    def completed(self) -> list[dict[str, Any]]:
        """Orders of the day that are done: symbol, status."""
        raise NotImplementedError

    def executions(self, **filters: Any) -> list[dict[str, Any]]:
        """Fills of the day: symbol, side, shares, price, ref, account."""
        raise NotImplementedError

    def bind(self) -> None:
        """As client 0: have orders made by hand bound to this client."""
        raise NotImplementedError

    def accounts(self) -> list[str]:
        """Account numbers of this login."""
        raise NotImplementedError

    def positions(self) -> list[list[Any]]:
        """Account, symbol, quantity and average cost of each position."""
        raise NotImplementedError

    def values(self, account: str) -> dict[str, str]:
        """Account values in the base currency or without one."""
        raise NotImplementedError

    def summary(self, tags: str) -> dict[str, str]:
        """Account summary as `account tag` to value."""
        raise NotImplementedError

    def pnl(self, account: str, con_id: int = 0) -> dict[str, float]:
        """Realized and unrealized of an account, or also the position of one contract."""
        raise NotImplementedError

    def details(self, contract: Any) -> list[Any]:
        """Contract details."""
        raise NotImplementedError

    def symbols(self, pattern: str) -> list[str]:
        """Symbols that match."""
        raise NotImplementedError

    def chains(self, symbol: str, con_id: int, exchange: str = "", sec_type: str = "STK") -> list[dict[str, Any]]:
        """Option chains: exchange, class, multiplier, expirations, strikes."""
        raise NotImplementedError

    def rule(self, number: int) -> list[list[float]]:
        """A market rule."""
        raise NotImplementedError

    def watch(self, contract: Any, generic: str = "", *, snapshot: bool = False) -> int:
        """Subscribe to quotes."""
        raise NotImplementedError

    def quote(self, number: int) -> dict[str, float]:
        """The newest values by name: bid, ask, last, close, bidSize, delta, …; only those that came."""
        raise NotImplementedError

    def unwatch(self, number: int) -> None:
        """End quotes."""
        raise NotImplementedError

    def data_type(self, number: int) -> None:
        """Ask for live (1), frozen (2), delayed (3) or delayed frozen (4) quotes."""
        raise NotImplementedError

    def depth(self, contract: Any, rows: int, *, smart: bool = False) -> int:
        """Subscribe to market depth."""
        raise NotImplementedError

    def book(self, number: int) -> tuple[list[list[float]], list[list[float]]]:
        """Bids and asks, best first, each price and size."""
        raise NotImplementedError

    def each_tick(self, contract: Any, kind: str) -> int:
        """Subscribe to tick-by-tick data."""
        raise NotImplementedError

    def ticks(self, number: int) -> list[list[float]]:
        """What came: price and size, or bid and ask."""
        raise NotImplementedError

    def bars(self, contract: Any, end: str, duration: str, size: str, what: str, *, rth: bool = True) -> list[Any]:
        """Historical bars: date, open, high, low, close, volume."""
        raise NotImplementedError

    def past_ticks(self, contract: Any, start: str, count: int, what: str) -> list[list[float]]:
        """Historical ticks: seconds, price and size (or bid and ask)."""
        raise NotImplementedError

    def real_time_bars(self, contract: Any) -> int:
        """Subscribe to five-second bars."""
        raise NotImplementedError

    def live_bars(self, number: int) -> list[list[float]]:
        """Those that came: time, open, high, low, close."""
        raise NotImplementedError

    def scan(self, code: str) -> list[str]:
        """Symbols that a market scan finds."""
        raise NotImplementedError

    def time(self) -> int:
        """The server's clock, in seconds since the epoch."""
        raise NotImplementedError
