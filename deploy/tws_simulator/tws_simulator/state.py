"""All that must survive a restart, in one object, and where changes of it are written."""

from dataclasses import dataclass, field
from typing import Protocol

from tws_simulator.exchange.orders import Execution, Order
from tws_simulator.ledger.accounts import Account


@dataclass(slots=True)
class BrokerState:
    """Orders by perm id, fills in order, accounts by number, and the counters ids are made of."""

    accounts: dict[str, Account]
    epoch: int
    last_perm_id: int
    last_execution: int = 0
    orders: dict[int, Order] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)
    next_order_ids: dict[int, int] = field(default_factory=dict)
    last_bound_id: int = 0
    """The lowest of the negative numbers given to orders entered by hand."""


class Store(Protocol):
    """Where changes are written. `commit` is called before anybody is told of them."""

    def order(self, order: Order) -> None:
        """An order is new or changed."""

    def execution(self, execution: Execution) -> None:
        """A fill is new or changed."""

    def account(self, account: Account) -> None:
        """An account changed."""

    def counters(self, state: BrokerState) -> None:
        """A counter moved."""

    def commit(self) -> None:
        """Make all changes so far last."""

    def rewrite(self, state: BrokerState) -> None:
        """Replace everything by this state."""

    def close(self) -> None:
        """Commit and release."""


class MemoryStore:
    """Keeps nothing."""

    def order(self, order: Order) -> None:
        """Do nothing."""

    def execution(self, execution: Execution) -> None:
        """Do nothing."""

    def account(self, account: Account) -> None:
        """Do nothing."""

    def counters(self, state: BrokerState) -> None:
        """Do nothing."""

    def commit(self) -> None:
        """Do nothing."""

    def rewrite(self, state: BrokerState) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
