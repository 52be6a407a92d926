"""Orders and executions as the exchange keeps them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tws_simulator.exchange.kinds import limit_of
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


TRAILING = {"TRAIL", "TRAIL LIMIT"}
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
    priority: int = 0
    """Place in time among orders of one price, lowest first."""
    family: str = ""
    """The OCA group of children of one parent, which the client does not name."""
    active_from: datetime | None = None
    """Good-after time."""
    auction_at: datetime | None = None
    """When the opening or closing auction is held in which alone the order trades."""
    stop_now: Decimal | None = None
    """The stop as it stands: moved along by a trailing order."""
    limit_now: Decimal | None = None
    """The limit as it stands, None without one."""
    trigger_hits: int = 0
    """How many quotes in a row have reached the stop, for the methods that want two."""
    conditions_met: bool = False
    located: bool = True
    """False while shares for a short sale are looked for."""
    queue_ahead: Decimal | None = None
    """Shares before the order at its price, by the queue model."""
    shown_left: Decimal | None = None
    """What is left of the shown part of an iceberg order."""
    reduced: Decimal = ZERO
    """What its OCA group has taken off its size."""
    manual: bool = False
    """Entered by hand at a TWS, not by an API client."""

    def __post_init__(self) -> None:
        if self.limit_now is None:
            self.limit_now = limit_of(self.ticket)
        if self.stop_now is None and not self.is_trailing:
            self.stop_now = self.ticket.stop_price

    @property
    def remaining(self) -> Decimal:
        """Shares not traded yet."""
        return self.ticket.quantity - self.filled

    @property
    def average_price(self) -> Decimal:
        """Average price of the fills so far, zero without fills."""
        return self.value / self.filled if self.filled else ZERO

    @property
    def group(self) -> str:
        """The OCA group, empty without one."""
        return self.ticket.oca_group or self.family

    @property
    def is_trailing(self) -> bool:
        """Whether its stop follows the market."""
        return self.ticket.order_type in TRAILING

    @property
    def is_unbound(self) -> bool:
        """Whether it was entered by hand and has no number an API client can use."""
        return self.order_id == 0

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
