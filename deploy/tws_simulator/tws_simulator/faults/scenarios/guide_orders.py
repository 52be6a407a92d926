"""The field guide's behaviours of orders: acknowledgements, rejects, cancels, fills, commissions, identity."""

from collections.abc import Callable

from tws_simulator.faults.scenarios.scenario import Scenario, Steps, action, fault, switched
from tws_simulator.faults.scenarios.users_orders import MARGIN_TEXT
from tws_simulator.faults.spec import Parameters
from tws_simulator.faults.table_messages import TIME_FORMATS

_SECONDS: dict[str, type] = {"seconds": float}


def _reject(first: str) -> Callable[[Parameters], Steps]:
    """A margin reject told in one order of messages."""
    return lambda given: [
        fault("reject_orders", code=201, text=MARGIN_TEXT),
        fault("reject_sequence", first=first, **given),
    ]


def _crossed(given: Parameters) -> Steps:
    return [fault("slow_cancel", seconds=given["seconds"])]


def _fill_later(given: Parameters) -> Steps:
    return [action("fill_order", **given)]


def _partial_then_cancelled(given: Parameters) -> Steps:
    order = {"client_id": given["client_id"], "order_id": given["order_id"]}
    return [
        action("fill_order", **order, quantity=given["quantity"], price=given["price"]),
        action("cancel_order", at=given["seconds"], **order),
    ]


def _foreign(given: Parameters) -> Steps:
    return [action("external_order", **given)]


def _lost_at_restart(given: Parameters) -> Steps:
    client_id = given["client_id"]
    return [
        action("forget_orders", client_id=client_id, last=given["orders"]),
        action("roll_back_order_ids", client_id=client_id, by=given["orders"]),
        action("drop_connections", client_id=client_id),
    ]


_ACKS: dict[str, Scenario] = {
    "no_acknowledgement": Scenario(
        "an order works and its owner hears nothing", ("guide Acks",), switched("lose_acknowledgement"), narrows=True
    ),
    "late_acknowledgement": Scenario(
        "openOrder and orderStatus come 10 or 300 seconds late",
        ("guide Acks",),
        switched("delay_messages", messages=[3, 5]),
        _SECONDS,
        {"seconds": 10.0},
        narrows=True,
    ),
    "execution_before_acknowledgement": Scenario(
        "the first execution comes before openOrder and orderStatus",
        ("guide Acks",),
        switched("execution_before_acknowledgement"),
        narrows=True,
    ),
    "duplicate_statuses": Scenario(
        "every order status comes twice", ("guide Acks",), switched("repeat_order_status"), narrows=True
    ),
    "reordered_statuses": Scenario(
        "order statuses come in the wrong order", ("guide Acks",), switched("reorder_order_status"), narrows=True
    ),
    "missing_statuses": Scenario(
        "order statuses do not come", ("guide Acks",), switched("lose_order_status"), narrows=True
    ),
    "contradicting_statuses": Scenario(
        "after Filled or Cancelled comes Submitted",
        ("guide Acks",),
        switched("contradict_order_status", statuses=["Filled", "Cancelled"]),
        narrows=True,
    ),
    "filled_before_executions": Scenario(
        "the status Filled comes before the executions",
        ("guide Acks",),
        switched("filled_before_executions"),
        _SECONDS,
        {"seconds": 0.0},
        narrows=True,
    ),
    "unknown_status": Scenario(
        "a status that no client knows",
        ("guide Acks",),
        switched("unknown_order_status"),
        {"status": str},
        {"status": "WarnState"},
        narrows=True,
    ),
}

_REJECTS: dict[str, Scenario] = {
    "inactive_then_reject": Scenario(
        "a refused order is Inactive first, 201 follows",
        ("guide Rejects",),
        _reject("status"),
        _SECONDS,
        {"seconds": 0.0},
        narrows=True,
    ),
    "reject_then_inactive": Scenario(
        "201 first, then Inactive",
        ("guide Rejects",),
        _reject("error"),
        _SECONDS,
        {"seconds": 0.0},
        narrows=True,
    ),
    "reject_alone": Scenario("201 without any status", ("guide Rejects",), _reject("error_only"), narrows=True),
    "html_in_reject": Scenario(
        "the text of a reject contains HTML", ("guide Rejects",), switched("html_in_errors"), narrows=True
    ),
    "reject_json": Scenario(
        "a reject carries advancedOrderRejectJson", ("guide Rejects",), switched("reject_json"), narrows=True
    ),
    "what_if_unanswered": Scenario(
        "a what-if order is never answered", ("guide Rejects",), switched("what_if_unanswered"), narrows=True
    ),
    "what_if_refused": Scenario(
        "a what-if order has its numbers and a 201", ("guide Rejects",), switched("what_if_refused"), narrows=True
    ),
}

_CANCELS: dict[str, Scenario] = {
    "cancel_crossed_by_fill": Scenario(
        "a cancel is pending for a while, in which a fill can cross it: PendingCancel, then Filled",
        ("guide Cancel/modify",),
        _crossed,
        _SECONDS,
        {"seconds": 5.0},
        narrows=True,
    ),
    "partial_then_cancelled": Scenario(
        "an order is filled in part, and IB cancels the rest",
        ("guide Cancel/modify",),
        _partial_then_cancelled,
        {"client_id": int, "order_id": int, "quantity": str, "price": str, "seconds": float},
        {"price": None, "seconds": 1.0},
    ),
    "fill_after_cancelled": Scenario(
        "an order that is Cancelled fills all the same",
        ("guide Cancel/modify",),
        _fill_later,
        {"client_id": int, "order_id": int, "quantity": str, "price": str},
        {"price": None},
    ),
    "cancel_unanswered": Scenario(
        "a cancel, for instance of an inactive order, is not answered",
        ("guide Cancel/modify",),
        switched("swallow_cancels"),
        narrows=True,
    ),
    "pending_submit_stuck": Scenario(
        "an order stays PendingSubmit over a weekend, its cancel PendingCancel",
        ("guide Cancel/modify",),
        switched("stuck_pending_submit"),
        _SECONDS,
        {"seconds": None},
        narrows=True,
    ),
}

_FILLS: dict[str, Scenario] = {
    "overfill": Scenario(
        "an order fills beyond its quantity",
        ("guide Fills",),
        _fill_later,
        {"client_id": int, "order_id": int, "quantity": str, "price": str},
        {"price": None},
    ),
    "foreign_order": Scenario(
        "an order of another client id, with order id 0 or below",
        ("guide Fills", "guide Identity"),
        _foreign,
        {"symbol": str, "side": str, "quantity": str, "limit_price": str, "client_id": int, "order_id": int},
        {"symbol": "AAPL", "side": "BUY", "quantity": "10", "limit_price": None, "client_id": 99, "order_id": -1},
    ),
    "executions_without_perm_id": Scenario(
        "executions have perm id 0", ("guide Fills",), switched("zero_execution_perm_id"), narrows=True
    ),
    "combination_and_legs": Scenario(
        "an execution of the combination (BAG) comes before that of its leg; positions follow the legs only",
        ("guide Fills",),
        switched("combination_executions"),
        narrows=True,
    ),
    "executions_twice": Scenario(
        "every live execution comes twice", ("guide Fills",), switched("repeat_executions"), narrows=True
    ),
    "fractional_quantity": Scenario(
        "a fill of a fraction of a share",
        ("guide Fills",),
        _foreign,
        {"symbol": str, "side": str, "quantity": str, "client_id": int, "order_id": int},
        {"symbol": "AAPL", "side": "BUY", "quantity": "0.5", "client_id": 0, "order_id": 0},
    ),
    "execution_time_wrong": Scenario(
        "live executions are hours off while reqExecutions has the right time",
        ("guide Fills",),
        switched("shift_execution_time"),
        {"hours": str},
        {"hours": "2"},
        narrows=True,
    ),
    "execution_time_format": Scenario(
        "execution times are written in another format",
        ("guide Fills",),
        switched("shift_execution_time", live_only=False),
        {"format": str},
        {"format": "utc"},
        {"format": TIME_FORMATS},
        narrows=True,
    ),
}

_COMMISSIONS: dict[str, Scenario] = {
    "commission_rebate": Scenario(
        "a commission is negative: a rebate",
        ("guide Commission",),
        switched("report_commission"),
        {"commission": str},
        {"commission": "-0.35"},
        narrows=True,
    ),
    "realized_pnl_unset": Scenario(
        "realised profit is 1.7976931348623157E308", ("guide Commission",), switched("unset_realized_pnl"), narrows=True
    ),
}

_IDENTITY: dict[str, Scenario] = {
    "order_ref_missing": Scenario(
        "echoes of orders and executions lack the order reference",
        ("guide Identity",),
        switched("lose_order_ref"),
        narrows=True,
    ),
    "foreign_ids_above_own": Scenario(
        "an order of another client has an id far above all of one's own",
        ("guide Identity",),
        _foreign,
        {"symbol": str, "side": str, "quantity": str, "limit_price": str, "client_id": int, "order_id": int},
        {
            "symbol": "AAPL",
            "side": "BUY",
            "quantity": "10",
            "limit_price": "1.00",
            "client_id": 99,
            "order_id": 1_000_000,
        },
    ),
    "orders_lost_at_restart": Scenario(
        "orders that were acknowledged are gone after a restart, and their ids are given out again",
        ("guide Identity",),
        _lost_at_restart,
        {"client_id": int, "orders": int},
        {"orders": 1},
    ),
}

GUIDE_ORDERS: dict[str, Scenario] = {**_ACKS, **_REJECTS, **_CANCELS, **_FILLS, **_COMMISSIONS, **_IDENTITY}
