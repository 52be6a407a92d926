"""Facts about an order, in the past tense. Each is recorded in the trade log before anything else happens."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from trading.domain.orders import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """A fact about one order; `type_name` is how the trade log spells it."""

    type_name: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSubmitted(OrderEvent):
    """Our checks passed and the intent is on record."""

    type_name: ClassVar[str] = "order_submitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalOrderSeen(OrderEvent):
    """IB told us of an order that this desk did not place."""

    type_name: ClassVar[str] = "external_order_seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReserved(OrderEvent):
    """Write-ahead: the IB order id is taken and the message is about to be written to the socket."""

    type_name: ClassVar[str] = "send_reserved"
    ib_order_id: int
    ib_client_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendExpired(OrderEvent):
    """The deadline passed, or the kill switch came, before anything was written: IB has never seen the order."""

    type_name: ClassVar[str] = "send_expired"
    reason: str
    code: str = "IB_CONNECTION_FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeUnknown(OrderEvent):
    """The order may or may not have reached IB: a crash, a lost link, or no acknowledgement in time."""

    type_name: ClassVar[str] = "outcome_unknown"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPendingAtIb(OrderEvent):
    """IB (or its gateway) holds the order but has not confirmed it (PendingSubmit, ApiPending)."""

    type_name: ClassVar[str] = "order_pending_at_ib"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAccepted(OrderEvent):
    """IB holds or works the order (PreSubmitted, Submitted). IB says this more than once."""

    type_name: ClassVar[str] = "order_accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFoundOpen(OrderEvent):
    """A complete answer to an open-orders query contains the order: the strongest proof that it is alive."""

    type_name: ClassVar[str] = "order_found_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHeld(OrderEvent):
    """IB's Inactive while the order may come back (locate, closed exchange, parked in TWS)."""

    type_name: ClassVar[str] = "order_held"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IbStatusReported(OrderEvent):
    """IB said a status that moves nothing by itself (Filled before its executions, PendingCancel, new words)."""

    type_name: ClassVar[str] = "ib_status_reported"
    ib_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilled(OrderEvent):
    """One execution. Quantity in units of the instrument, always positive; price without commission."""

    type_name: ClassVar[str] = "order_filled"
    exec_root: str
    revision: int
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FillBusted(OrderEvent):
    """IB took an execution back."""

    type_name: ClassVar[str] = "fill_busted"
    exec_root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(OrderEvent):
    """IB confirms that nothing is working any more (Cancelled, ApiCancelled)."""

    type_name: ClassVar[str] = "order_cancelled"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRejected(OrderEvent):
    """IB refused the order."""

    type_name: ClassVar[str] = "order_rejected"
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired(OrderEvent):
    """The order's time in force ran out."""

    type_name: ClassVar[str] = "order_expired"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested(OrderEvent):
    """Somebody asked us to cancel the order."""

    type_name: ClassVar[str] = "cancel_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRejected(OrderEvent):
    """The cancel did not happen: IB refused it, or it was never sent."""

    type_name: ClassVar[str] = "cancel_rejected"
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifyRequested(Terms, OrderEvent):
    """Somebody asked us to change quantity or terms; None leaves a value as it is."""

    type_name: ClassVar[str] = "modify_requested"
    quantity: Decimal | None = None
    outside_rth: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsConfirmed(Terms, OrderEvent):
    """IB echoed the order's terms, and they are these now (after our modify, or somebody else's).

    A term that is None is none; `outside_rth` is None where IB does not say.
    """

    type_name: ClassVar[str] = "terms_confirmed"
    quantity: Decimal
    outside_rth: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifyRejected(OrderEvent):
    """The change did not happen; the order stands as it was."""

    type_name: ClassVar[str] = "modify_rejected"
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestedNeverReached(OrderEvent):
    """A person said, without evidence from IB, that the order never reached IB."""

    type_name: ClassVar[str] = "attested_never_reached"
    person: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestedCancelled(OrderEvent):
    """A person said, without evidence from IB, that the order was cancelled there."""

    type_name: ClassVar[str] = "attested_cancelled"
    person: str
    reason: str


EVENT_TYPES: tuple[type[OrderEvent], ...] = (
    OrderSubmitted,
    ExternalOrderSeen,
    SendReserved,
    SendExpired,
    OutcomeUnknown,
    OrderPendingAtIb,
    OrderAccepted,
    OrderFoundOpen,
    OrderHeld,
    IbStatusReported,
    OrderFilled,
    FillBusted,
    OrderCancelled,
    OrderRejected,
    OrderExpired,
    CancelRequested,
    CancelRejected,
    ModifyRequested,
    TermsConfirmed,
    ModifyRejected,
    AttestedNeverReached,
    AttestedCancelled,
)
