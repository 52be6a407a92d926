"""What the broker tells its listeners, in the order in which IB would say it."""

from dataclasses import dataclass

from tws_simulator.exchange.orders import Execution, Order


@dataclass(frozen=True, slots=True)
class OrderUpdated:
    """An order was acknowledged or its state moved."""

    order: Order


@dataclass(frozen=True, slots=True)
class OrderRefused:
    """An order that was taken in is now inactive; IB gives the reason as an error."""

    order: Order
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class OrderWarned:
    """IB remarks on a live order."""

    order: Order
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """An order ended without being filled whole."""

    order: Order
    text: str


@dataclass(frozen=True, slots=True)
class ExecutionReported:
    """A fill happened."""

    execution: Execution


@dataclass(frozen=True, slots=True)
class CommissionReported:
    """The commission of a fill is known."""

    execution: Execution
    order: Order


@dataclass(frozen=True, slots=True)
class PositionChanged:
    """Shares and cash of an account moved."""

    account: str
    con_id: int


@dataclass(frozen=True, slots=True)
class OrderBound:
    """An order entered by hand was given a number API clients can use."""

    order: Order


@dataclass(frozen=True, slots=True)
class AccountNotice:
    """IB has something to say about an account."""

    account: str
    code: int
    text: str


Event = (
    OrderUpdated
    | OrderRefused
    | OrderWarned
    | OrderCancelled
    | ExecutionReported
    | CommissionReported
    | PositionChanged
    | OrderBound
    | AccountNotice
)
