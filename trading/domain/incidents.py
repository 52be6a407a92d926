"""Incidents: what the desk cannot settle alone, and the choices a person has."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from trading.domain.orders import OrderOrigin, OrderStatus

CHANGE_SETTLES_AFTER = timedelta(seconds=5)
"""How long IB may take before its list of open orders says anything about a change we asked for."""


class IncidentKind(StrEnum):
    """What cannot be settled."""

    ORDER_UNSETTLED = "order_unsettled"
    ORDER_SWALLOWED = "order_swallowed"
    ATTESTATION_CONTRADICTED = "attestation_contradicted"
    DOUBLED_AT_IB = "doubled_at_ib"
    POSITION_DIFFERS = "position_differs"
    FILL_OVER_QUANTITY = "fill_over_quantity"


class Severity(StrEnum):
    """`CRITICAL`: money may be at stake that nobody watches. `WARNING`: something waits for an answer."""

    WARNING = "warning"
    CRITICAL = "critical"


class Choice(StrEnum):
    """What a person can do about an incident."""

    ASK_IB = "ask_ib"
    SEND_CANCEL = "send_cancel"
    NEVER_REACHED = "never_reached"
    WAS_CANCELLED = "was_cancelled"
    ACCEPT_IB = "accept_ib"
    DEALT_WITH = "dealt_with"
    KEEP_WAITING = "keep_waiting"

    @property
    def needs_reason(self) -> bool:
        """Whether the person must say why, in writing: the desk then acts on a word and not on IB's evidence."""
        return self in _ON_A_WORD

    @property
    def is_attestation(self) -> bool:
        """Whether it ends the order on the person's word."""
        return self in ATTESTATIONS

    @property
    def closes(self) -> bool:
        """Whether the incident is over once it is carried out; the others wait for IB's evidence."""
        return self in _ON_A_WORD


ATTESTATIONS = frozenset({Choice.NEVER_REACHED, Choice.WAS_CANCELLED})
_ON_A_WORD = ATTESTATIONS | {Choice.ACCEPT_IB, Choice.DEALT_WITH}

SEVERITY_OF: dict[IncidentKind, Severity] = {
    IncidentKind.ORDER_UNSETTLED: Severity.CRITICAL,
    IncidentKind.ORDER_SWALLOWED: Severity.WARNING,
    IncidentKind.ATTESTATION_CONTRADICTED: Severity.CRITICAL,
    IncidentKind.DOUBLED_AT_IB: Severity.CRITICAL,
    IncidentKind.POSITION_DIFFERS: Severity.CRITICAL,
    IncidentKind.FILL_OVER_QUANTITY: Severity.CRITICAL,
}

TITLE_OF: dict[IncidentKind, str] = {
    IncidentKind.ORDER_UNSETTLED: "IB does not say what became of an order",
    IncidentKind.ORDER_SWALLOWED: "IB does not answer a request",
    IncidentKind.ATTESTATION_CONTRADICTED: "IB contradicts what a person said of an order",
    IncidentKind.DOUBLED_AT_IB: "IB has two orders for one of ours",
    IncidentKind.POSITION_DIFFERS: "A position is not what its fills say",
    IncidentKind.FILL_OVER_QUANTITY: "More was filled than was ordered",
}

LABEL_OF: dict[Choice, str] = {
    Choice.ASK_IB: "Ask IB again now",
    Choice.SEND_CANCEL: "Send a cancel for it",
    Choice.KEEP_WAITING: "Keep waiting",
    Choice.NEVER_REACHED: "It never reached IB",
    Choice.ACCEPT_IB: "Accept IB's figure",
    Choice.WAS_CANCELLED: "It was cancelled at IB",
    Choice.DEALT_WITH: "It is dealt with",
}

HINT_OF: dict[Choice, str] = {
    Choice.ASK_IB: "The gateway fetches IB's open orders, completed orders and executions, and compares.",
    Choice.SEND_CANCEL: (
        "A cancel goes to IB under the order's IB id. If IB does not know the order it says so, and the order stays "
        "as it is: that is no proof of anything."
    ),
    Choice.KEEP_WAITING: "You know of it: the alarm is silenced. It stays open until IB's evidence settles it.",
    Choice.NEVER_REACHED: (
        "Ends the order as rejected on your word, without evidence from IB. Make sure first, in TWS or by telephone: "
        "if it does live at IB, it can still fill."
    ),
    Choice.ACCEPT_IB: (
        "The ledger takes over IB's figure by one line with your reason, who you are and both figures: for a split, "
        "a transfer, an exercise, an assignment or an expiry, and for trades that IB no longer reports."
    ),
    Choice.WAS_CANCELLED: (
        "Ends the order as cancelled on your word, without evidence from IB. Make sure first, in TWS or by telephone: "
        "if it still lives at IB, it can still fill."
    ),
    Choice.DEALT_WITH: "Closes the incident on your word. If the trouble is still there, it is raised again.",
}

# The order in which they are offered: what asks first, what decides last.
_CHOICES_OF: dict[IncidentKind, tuple[Choice, ...]] = {
    IncidentKind.ORDER_UNSETTLED: (
        Choice.ASK_IB,
        Choice.SEND_CANCEL,
        Choice.KEEP_WAITING,
        Choice.NEVER_REACHED,
        Choice.WAS_CANCELLED,
    ),
    # IB goes on listing the order: nobody's word can end it
    IncidentKind.ORDER_SWALLOWED: (Choice.ASK_IB, Choice.SEND_CANCEL, Choice.KEEP_WAITING),
    IncidentKind.ATTESTATION_CONTRADICTED: (
        Choice.ASK_IB,
        Choice.SEND_CANCEL,
        Choice.KEEP_WAITING,
        Choice.DEALT_WITH,
    ),
    IncidentKind.DOUBLED_AT_IB: (Choice.ASK_IB, Choice.SEND_CANCEL, Choice.KEEP_WAITING, Choice.DEALT_WITH),
    # as long as both sides differ nobody has dealt with it
    IncidentKind.POSITION_DIFFERS: (Choice.ASK_IB, Choice.KEEP_WAITING, Choice.ACCEPT_IB),
    IncidentKind.FILL_OVER_QUANTITY: (Choice.ASK_IB, Choice.KEEP_WAITING, Choice.DEALT_WITH),
}

# In these an order may still be alive at IB, so a cancel can do something.
_CANCELLABLE = frozenset(OrderStatus) - {
    OrderStatus.FILLED,
    OrderStatus.CANCELLED,
    OrderStatus.REJECTED,
    OrderStatus.EXPIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What of an order decides which choices make sense."""

    status: OrderStatus
    origin: OrderOrigin
    has_ib_order_id: bool
    filled_quantity: Decimal


def choices_of(kind: IncidentKind) -> tuple[Choice, ...]:
    """Every choice the kind can offer."""
    return _CHOICES_OF[kind]


def allowed_choices(
    kind: IncidentKind, order: OrderFacts | None, *, is_open: bool, is_acknowledged: bool
) -> tuple[Choice, ...]:
    """The choices a person has now; none for an incident that is over."""
    if not is_open:
        return ()
    return tuple(choice for choice in _CHOICES_OF[kind] if _makes_sense(choice, order, is_acknowledged))


def _makes_sense(choice: Choice, order: OrderFacts | None, is_acknowledged: bool) -> bool:
    match choice:
        case Choice.KEEP_WAITING:
            return not is_acknowledged
        case Choice.SEND_CANCEL:
            return (
                order is not None
                and order.status in _CANCELLABLE
                and order.has_ib_order_id
                and order.origin is OrderOrigin.DESK  # IB lets only the client that placed an order cancel it
            )
        case Choice.NEVER_REACHED:
            # an execution proves that it did reach IB
            return order is not None and order.status is OrderStatus.UNKNOWN and order.filled_quantity == 0
        case Choice.WAS_CANCELLED:
            return order is not None and order.status is OrderStatus.UNKNOWN
        case _:
            return True
