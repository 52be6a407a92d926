"""Orders and executions as the exchange keeps them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tws_simulator.model import ZERO, OrderTicket


class OrderStatus(StrEnum):
    """IB's status words."""

    API_PENDING = "ApiPending"
    PENDING_SUBMIT = "PendingSubmit"
    PRE_SUBMITTED = "PreSubmitted"
    SUBMITTED = "Submitted"
    PENDING_CANCEL = "PendingCancel"
    CANCELLED = "Cancelled"
    FILLED = "Filled"
    INACTIVE = "Inactive"


DONE = {OrderStatus.CANCELLED, OrderStatus.FILLED, OrderStatus.INACTIVE}


@dataclass(slots=True)
class Order:
    """One order. Money in the instrument's currency."""

    perm_id: int
    client_id: int
    order_id: int
    con_id: int
    ticket: OrderTicket
    status: OrderStatus
    created_at: datetime
    expires_at: datetime | None = None
    filled: Decimal = ZERO
    value: Decimal = ZERO
    commission: Decimal = ZERO
    last_fill_price: Decimal = ZERO
    triggered: bool = False
    resting: bool = False
    parent_perm_id: int = 0
    why_held: str = ""
    completed_at: datetime | None = None
    completed_status: str = ""
    reject_text: str = ""
    is_halted: bool = False
    """Kept from working by a fault, whatever its status."""
    shown: str = ""
    """The status clients are told if it is not the real one."""

    @property
    def remaining(self) -> Decimal:
        """Shares not traded yet."""
        return self.ticket.quantity - self.filled

    @property
    def average_price(self) -> Decimal:
        """Average price of the fills so far, zero without fills."""
        return self.value / self.filled if self.filled else ZERO

    @property
    def is_done(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.status in DONE

    @property
    def is_live(self) -> bool:
        """Whether it may trade: accepted, transmitted and not held."""
        live = {OrderStatus.SUBMITTED, OrderStatus.PRE_SUBMITTED, OrderStatus.PENDING_CANCEL}
        return self.status in live and not self.is_halted


@dataclass(slots=True)
class Execution:
    """One fill, as IB reports it, with its commission."""

    exec_id: str
    perm_id: int
    client_id: int
    order_id: int
    con_id: int
    account: str
    is_buy: bool
    quantity: Decimal
    price: Decimal
    at: datetime
    venue: str
    cumulative: Decimal
    average_price: Decimal
    order_ref: str
    added_liquidity: bool
    commission: Decimal
    realized_pnl: Decimal | None
    commission_due_at: datetime | None = None
    model_code: str = ""
    currency: str = "USD"
    """Of the commission and the realised profit."""
    liquidation: int = 0
    """1 if IB closed the position out by itself."""
    replaced_by: str = ""
    """The id of the execution that corrects this one; `BUST` if it was cancelled."""
