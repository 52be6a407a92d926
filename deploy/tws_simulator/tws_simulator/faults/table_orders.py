"""Switches of orders, previews and commissions at the broker."""

from tws_simulator.faults.codes import CODES
from tws_simulator.faults.spec import BY_ORDER, FaultSpec

STATES = ("pending", "presubmitted", "submitted", "partially_filled", "pending_cancel", "filled", "cancelled")
"""Where an order may stand when an error is injected."""

ORDERS: dict[str, FaultSpec] = {
    "swallow_orders": FaultSpec("orders are received and forgotten without a word", filters=BY_ORDER),
    "swallow_cancels": FaultSpec("cancel requests are received and forgotten without a word", filters=BY_ORDER),
    "reject_orders": FaultSpec(
        "orders (or only those against an open order of the other side) are refused with this error",
        {"code": int, "text": str, "inactive": bool, "opposite_only": bool},
        {
            "code": 201,
            "text": "Order rejected - reason:injected by the simulator",
            "inactive": True,
            "opposite_only": False,
        },
        filters=BY_ORDER,
    ),
    "lose_acknowledgement": FaultSpec(
        "an order is accepted and works, but its owner hears nothing of it", filters=BY_ORDER
    ),
    "slow_cancel": FaultSpec(
        "a cancel is answered by PendingCancel first and done later", {"seconds": float}, filters=BY_ORDER
    ),
    "stuck_pending_submit": FaultSpec(
        "an order stays PendingSubmit: it neither works nor ends, and a cancel of it stays PendingCancel; `seconds` "
        "frees it again",
        {"seconds": float},
        {"seconds": None},
        filters=BY_ORDER,
    ),
    "held_for_locate": FaultSpec(
        "an order is Inactive with whyHeld=locate and 404, alive, and works once so many seconds are over",
        {"seconds": float},
        {"seconds": 30.0},
        filters=BY_ORDER,
    ),
    "split_modify": FaultSpec(
        "a modification becomes a second working order with the same order id and a perm id of its own, while the "
        "first stays live",
        filters=BY_ORDER,
    ),
    "error_on_order": FaultSpec(
        "when an order reaches a state, this code comes: a warning lets it live, a refusal makes it Inactive, a "
        "refused change or cancel leaves it as it is. `about` = modify or cancel refuses that request in that state",
        {"code": int, "state": str, "text": str, "about": str},
        {"state": "submitted", "text": None, "about": "state"},
        filters=BY_ORDER,
        choices={"code": tuple(CODES), "state": STATES, "about": ("state", "modify", "cancel")},
    ),
    "what_if_unset_first": FaultSpec(
        "a what-if order is answered by unset margins and a warning first, and rightly so many seconds later",
        {"seconds": float, "warning": str},
        {"seconds": 0.0, "warning": "Your order will not be placed at the exchange until the market opens."},
        filters=BY_ORDER,
    ),
    "what_if_unanswered": FaultSpec("a what-if order is never answered", filters=BY_ORDER),
    "what_if_refused": FaultSpec(
        "a what-if order is answered by its numbers, and by an error",
        {"code": int, "text": str},
        {"code": 201, "text": "Order rejected - reason:injected by the simulator"},
        filters=BY_ORDER,
    ),
    "no_commission": FaultSpec("commission reports never come"),
    "late_commission": FaultSpec("commission reports come late", {"seconds": float}),
}
