"""The table of moves and the one function that applies an event to an order.

Read a row as: "in this status, this event leads to that status". `RESTING` stands for what the fills say:
working before the first fill, partially filled after it. `FILLS` stands for the rule in `_after_fill`,
`TERMS` for that in `_after_terms`.
A cell that is not in the table is an illegal move.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum

from trading.domain.order_events import (
    AttestedCancelled,
    AttestedNeverReached,
    CancelRejected,
    CancelRequested,
    ExternalOrderSeen,
    FillBusted,
    IbStatusReported,
    ModifyRejected,
    ModifyRequested,
    OrderAccepted,
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderFilled,
    OrderFoundOpen,
    OrderHeld,
    OrderPendingAtIb,
    OrderRejected,
    OrderSubmitted,
    OutcomeUnknown,
    SendExpired,
    SendReserved,
    TermsConfirmed,
)
from trading.domain.orders import TERM_NAMES, Execution, OrderState, OrderStatus, SettledBy

S = OrderStatus

SETTLED_BY_PERSON = "SETTLED_BY_PERSON"
"""The reject code of an order that ended on a person's word."""


class Rule(Enum):
    """Cells whose outcome depends on the fills and not on the table alone."""

    RESTING = "resting"
    FILLS = "fills"
    TERMS = "terms"
    SAME = "same"


RESTING, FILLS, TERMS, SAME = Rule.RESTING, Rule.FILLS, Rule.TERMS, Rule.SAME
Cell = OrderStatus | Rule

# What IB may say of any order at any time. Executions are the truth about fills (field guide §2.3).
_ALWAYS: Mapping[type[OrderEvent], Cell] = {
    OrderFilled: FILLS,
    FillBusted: FILLS,
    IbStatusReported: SAME,
    TermsConfirmed: TERMS,
}
# What can happen to an order that is alive.
_LIVE: Mapping[type[OrderEvent], Cell] = {
    **_ALWAYS,
    OrderFoundOpen: RESTING,
    OrderHeld: S.SUSPENDED,
    OrderCancelled: S.CANCELLED,
    OrderRejected: S.REJECTED,  # 201 can follow the acknowledgement; with fills it ends as cancelled
    OrderExpired: S.EXPIRED,
    OutcomeUnknown: S.UNKNOWN,
    CancelRejected: RESTING,
    ModifyRejected: RESTING,
}
# After the end IB repeats itself and our requests arrive too late; only an execution or a query that finds the
# order open changes anything.
_ENDED: Mapping[type[OrderEvent], Cell] = {
    **_ALWAYS,
    CancelRejected: SAME,
    ModifyRejected: SAME,
    OrderAccepted: SAME,
    OrderPendingAtIb: SAME,
    OrderFoundOpen: RESTING,
}

MOVES: Mapping[OrderStatus, Mapping[type[OrderEvent], Cell]] = {
    S.PENDING_SUBMIT: {
        **_LIVE,
        OrderSubmitted: SAME,  # the first event of an order of ours
        ExternalOrderSeen: SAME,  # the first event of an order placed elsewhere
        SendReserved: SAME,
        SendExpired: S.REJECTED,
        OrderPendingAtIb: SAME,
        OrderAccepted: RESTING,
        CancelRequested: S.PENDING_CANCEL,
        CancelRejected: SAME,
        ModifyRejected: SAME,
    },
    S.WORKING: {
        **_LIVE,
        TermsConfirmed: RESTING,  # reduced to what is filled already, it is filled
        OrderAccepted: SAME,  # held first, then at the exchange
        OrderPendingAtIb: SAME,
        CancelRequested: S.PENDING_CANCEL,
        ModifyRequested: S.PENDING_REPLACE,
    },
    S.PARTIALLY_FILLED: {
        **_LIVE,
        TermsConfirmed: RESTING,  # reduced to what is filled already, it is filled
        OrderAccepted: SAME,  # Submitted is repeated at each partial fill
        OrderPendingAtIb: SAME,
        CancelRequested: S.PENDING_CANCEL,
        ModifyRequested: S.PENDING_REPLACE,
    },
    S.PENDING_REPLACE: {
        **_LIVE,
        OrderAccepted: SAME,
        OrderPendingAtIb: SAME,
        OrderFoundOpen: SAME,  # alive, but the echo of our change has not come yet
        TermsConfirmed: RESTING,
        CancelRequested: S.PENDING_CANCEL,  # people cancel what is being modified
        CancelRejected: SAME,
    },
    S.PENDING_CANCEL: {
        **_LIVE,
        SendReserved: SAME,  # the cancel overtook the sending of the order itself
        SendExpired: S.REJECTED,
        OrderAccepted: SAME,
        OrderPendingAtIb: SAME,
        OrderHeld: SAME,
        OrderFoundOpen: SAME,
        CancelRequested: SAME,
        CancelRejected: RESTING,
        ModifyRejected: SAME,
    },
    S.SUSPENDED: {
        **_LIVE,
        OrderAccepted: RESTING,  # locate found, exchange opened, user transmitted in TWS
        OrderPendingAtIb: S.PENDING_SUBMIT,
        CancelRequested: S.PENDING_CANCEL,
        CancelRejected: SAME,
        ModifyRejected: SAME,
    },
    S.UNKNOWN: {
        **_LIVE,
        OutcomeUnknown: SAME,
        SendExpired: S.REJECTED,  # whoever had it in hand knows that it was never written, others could but doubt
        OrderPendingAtIb: S.PENDING_SUBMIT,
        OrderAccepted: RESTING,
        CancelRequested: SAME,  # we try, but the order stays unknown until IB speaks
        CancelRejected: SAME,  # "cannot find order" is no proof of anything
        ModifyRejected: SAME,
        AttestedNeverReached: S.REJECTED,  # on a person's word; see ATTESTED for what follows
        AttestedCancelled: S.CANCELLED,
    },
    S.FILLED: {
        **_ENDED,
        OrderFoundOpen: SAME,  # a stale snapshot: executions outrank it
        OrderCancelled: SAME,
        OrderHeld: SAME,
        OrderRejected: SAME,
    },
    S.CANCELLED: {
        **_ENDED,
        OrderCancelled: SAME,  # IB confirms twice: status and code 202
        OrderRejected: SAME,
        OrderHeld: SAME,
        OrderExpired: SAME,
    },
    S.REJECTED: {
        **_ENDED,
        OrderAccepted: S.UNKNOWN,  # contradiction: ask IB again rather than believe either
        OrderCancelled: SAME,  # a reject is listed as Cancelled among completed orders
        OrderRejected: SAME,
        OrderHeld: SAME,  # a margin reject shows Inactive as well, before or after 201
        OrderExpired: SAME,
        SendExpired: SAME,
    },
    S.EXPIRED: {
        **_ENDED,
        OrderCancelled: SAME,
        OrderExpired: SAME,
        OrderHeld: SAME,
    },
}


# An order that ended on a person's word: whatever IB says of it takes the place of the word.
ATTESTED: Mapping[type[OrderEvent], Cell] = {
    OrderFilled: FILLS,
    FillBusted: SAME,
    IbStatusReported: SAME,
    TermsConfirmed: SAME,
    CancelRejected: SAME,  # "cannot find order" is no proof of anything
    ModifyRejected: SAME,
    OrderPendingAtIb: S.UNKNOWN,
    OrderAccepted: S.UNKNOWN,  # alive at IB once; only IB's own lists say whether it still is
    OrderFoundOpen: RESTING,
    OrderHeld: S.SUSPENDED,
    OrderCancelled: S.CANCELLED,
    OrderRejected: S.REJECTED,
    OrderExpired: S.EXPIRED,
    SendExpired: S.REJECTED,  # our own evidence: it was never written to the socket
}


class IllegalMove(Exception):
    """The table has no cell for this event in this status."""

    def __init__(self, status: OrderStatus, event: OrderEvent) -> None:
        super().__init__(f"{event.type_name} is not possible while the order is {status.value}")
        self.status = status
        self.event = event


def apply(state: OrderState, event: OrderEvent) -> OrderState:
    """The order after `event`. The same execution seen twice changes nothing.

    Raises IllegalMove when the table has no such cell.
    """
    cell = (ATTESTED if state.is_attested else MOVES[state.status]).get(type(event))
    if cell is None:
        raise IllegalMove(state.status, event)
    if state.is_attested:
        return _after_attestation(state, event, cell)
    changed = _with_facts(state, event)
    if isinstance(cell, OrderStatus):
        return changed.moved(_honest_end(changed, cell))
    if cell is RESTING:
        return changed.moved(resting_status(changed))
    if cell is FILLS:
        return changed if changed == state else changed.moved(_after_fill(changed))
    if cell is TERMS:
        return changed if changed == state else changed.moved(_after_terms(changed))
    return changed


def _after_attestation(state: OrderState, event: OrderEvent, cell: Cell) -> OrderState:
    """An attested end gives way to evidence; what proves nothing about the end leaves it."""
    changed = _with_facts(state, event)
    if cell in (SAME, TERMS) or (isinstance(event, OrderFilled) and not _is_new_execution(state, event)):
        return changed
    unsaid = replace(state, settled_by=SettledBy.EVIDENCE, reject_code="", reject_reason="")
    if cell is FILLS:
        changed = _with_facts(unsaid, event)
        resting = resting_status(changed)
        return changed.moved(S.FILLED if resting is S.FILLED else S.UNKNOWN)  # the rest may still be working
    return apply(unsaid.moved(S.UNKNOWN), event) if cell is not S.UNKNOWN else unsaid.moved(S.UNKNOWN)


def contradicts_attestation(state: OrderState, event: OrderEvent) -> bool:
    """Whether IB says of an attested order what cannot be if the person was right."""
    if not state.is_attested:
        return False
    if isinstance(event, OrderFilled):
        return _is_new_execution(state, event)
    if isinstance(event, OrderPendingAtIb | OrderAccepted | OrderFoundOpen | OrderHeld):
        return True
    # the attested "never reached IB" is the rejected one
    return state.status is S.REJECTED and isinstance(event, OrderCancelled | OrderExpired)


def _is_new_execution(state: OrderState, event: OrderFilled) -> bool:
    return all(execution.exec_root != event.exec_root for execution in state.executions)


def resting_status(state: OrderState) -> OrderStatus:
    """Working, partially filled or filled, as the executions say."""
    filled = state.filled_quantity
    if state.quantity > 0 and filled >= state.quantity:
        return S.FILLED
    return S.PARTIALLY_FILLED if filled > 0 else S.WORKING


def _honest_end(state: OrderState, status: OrderStatus) -> OrderStatus:
    """Keep an end that the executions contradict from being reported."""
    if status.is_terminal and resting_status(state) is S.FILLED:
        return S.FILLED
    if status is S.REJECTED and state.filled_quantity > 0:
        return S.CANCELLED  # the rest was refused; what was filled stays filled
    return status


def _after_fill(state: OrderState) -> OrderStatus:
    """Where an order stands after its executions changed."""
    resting = resting_status(state)
    if resting is S.FILLED:
        return S.FILLED
    if state.status is S.FILLED or state.status is S.REJECTED:
        return S.UNKNOWN  # busted or corrected below full, or filled after a reject: IB must say what remains
    if state.status in (S.CANCELLED, S.EXPIRED, S.PENDING_CANCEL, S.PENDING_REPLACE):
        return state.status  # a fill crossed our request, or came after the end: it counts, the end stands
    return resting


def _after_terms(state: OrderState) -> OrderStatus:
    """Where an order stands after IB confirmed another quantity: the fills may now be all of it, or no longer."""
    resting = resting_status(state)
    if state.status in (S.WORKING, S.PARTIALLY_FILLED):
        return resting
    if state.status is S.FILLED:
        return S.FILLED if resting is S.FILLED else S.UNKNOWN  # raised in the moment it was filled: IB must say
    return S.FILLED if resting is S.FILLED and not state.status.is_terminal else state.status


def _with_facts(state: OrderState, event: OrderEvent) -> OrderState:
    """The facts of the event without its effect on the status."""
    match event:
        case OrderFilled():
            return replace(state, executions=_with_execution(state.executions, event))
        case FillBusted(exec_root=root):
            return replace(state, executions=tuple(e for e in state.executions if e.exec_root != root))
        case TermsConfirmed():
            outside_rth = state.outside_rth if event.outside_rth is None else event.outside_rth
            terms = {name: getattr(event, name) for name in TERM_NAMES}
            return replace(state, quantity=event.quantity, outside_rth=outside_rth, **terms)
        case OrderRejected(code=code, reason=reason):
            if state.status in (S.FILLED, S.CANCELLED):
                return state
            return replace(state, reject_code=code, reject_reason=reason)
        case AttestedNeverReached(person=person, reason=reason):
            return _on_a_word(state, f"{person} said that it never reached IB; IB has not confirmed it: {reason}")
        case AttestedCancelled(person=person, reason=reason):
            return _on_a_word(state, f"{person} said that it was cancelled at IB; IB has not confirmed it: {reason}")
        case SendExpired(reason=reason, code=code):
            return replace(state, reject_code=code, reject_reason=reason)
        case _:
            return state


def _on_a_word(state: OrderState, text: str) -> OrderState:
    return replace(state, settled_by=SettledBy.PERSON, reject_code=SETTLED_BY_PERSON, reject_reason=text)


def _with_execution(executions: tuple[Execution, ...], fill: OrderFilled) -> tuple[Execution, ...]:
    """Add a fill, or let a higher revision replace the lower one; never count a root twice (field guide §1.2)."""
    known = next((e for e in executions if e.exec_root == fill.exec_root), None)
    if known is not None and known.revision >= fill.revision:
        return executions
    new = Execution(exec_root=fill.exec_root, revision=fill.revision, quantity=fill.quantity, price=fill.price)
    return (*(e for e in executions if e.exec_root != fill.exec_root), new)
