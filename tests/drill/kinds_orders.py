"""Faults of orders and executions: what IB does to them, and what it says of them late, twice, wrongly or never."""

from dataclasses import replace

from tests.drill.kind import (
    COMMISSION,
    EXECUTION,
    OPEN_ORDER,
    STATUS,
    SYMBOLS,
    Kind,
    count,
    fixed,
    one_order,
    seconds,
)

_ALL = [STATUS, OPEN_ORDER, EXECUTION, COMMISSION]
_FOR = (3, 8)

_ORDERS: tuple[Kind, ...] = (
    Kind("swallow_orders", "switch", "swallow_orders", (5, 10), count(2)),
    Kind("swallow_cancels", "switch", "swallow_cancels", (5, 10), count(2)),
    Kind("acknowledgement_lost", "switch", "lose_acknowledgement", (5, 10), count(2), weight=2),
    Kind("reject_orders", "switch", "reject_orders", (5, 10), count(2)),
    Kind("reject_without_status", "switch", "reject_orders", (5, 10), count(2, inactive=False)),
    Kind("slow_cancel", "switch", "slow_cancel", (5, 12), seconds(0.5, 4)),
    Kind("stuck_pending_submit", "switch", "stuck_pending_submit", (5, 10), seconds(2, 8, count=1)),
    Kind("held_for_locate", "switch", "held_for_locate", (5, 10), seconds(2, 8, count=1)),
    Kind("warning_on_an_order", "switch", "error_on_order", (5, 10), count(2, code=399)),
    Kind("modify_refused", "switch", "error_on_order", (5, 10), count(2, code=105, on="modify")),
    Kind("cancel_refused", "switch", "error_on_order", (5, 10), count(2, code=161, on="cancel")),
    Kind("what_if_unset_first", "switch", "what_if_unset_first", (5, 10), fixed(seconds=0.5)),
    Kind("what_if_unanswered", "switch", "what_if_unanswered", (5, 10), count(2)),
    Kind("cancelled_by_ib", "cancelled", "cancel_order", draw=one_order()),
    Kind("late_fill", "filled", "fill_order", draw=one_order(quantity="1")),
    Kind(
        "corrected_price",
        "corrected",
        "correct_execution",
        draw=lambda dice: {"pick": round(dice.random(), 4), "by": dice.choice(("0.01", "-0.02"))},
    ),
    Kind("corrected_quantity", "corrected", "correct_execution", draw=one_order(half=True)),
    Kind("bust", "corrected", "correct_execution", draw=one_order(quantity="0")),
    Kind("execution_repeated", "action", "repeat_execution"),
    Kind(
        "order_from_elsewhere",
        "action",
        "external_order",
        draw=lambda dice: {
            "symbol": dice.choice(SYMBOLS),
            "side": dice.choice(("BUY", "SELL")),
            "quantity": str(dice.choice((1, 10, 100))),
            "client_id": dice.choice((0, 99)),
            "order_id": dice.choice((0, 0, -3, 1_000_000)),
        },
    ),
    Kind(
        "working_order_from_elsewhere",
        "action",
        "external_order",
        draw=lambda dice: {
            "symbol": dice.choice(SYMBOLS),
            "side": "BUY",
            "quantity": "10",
            "limit_price": "1.00",
            "client_id": 0,
            "order_id": 0,
        },
    ),
    Kind("orders_forgotten", "forgotten", "forget_orders"),
    Kind("liquidation", "action", "liquidate", draw=lambda dice: {"symbol": dice.choice(SYMBOLS)}),
    Kind("commission_missing", "switch", "no_commission", _FOR),
    Kind("commission_late", "switch", "late_commission", _FOR, fixed(seconds=3.0)),
    Kind("commission_first", "switch", "commission_before_execution", _FOR),
    Kind("commission_placeholder", "switch", "report_commission", _FOR),
    Kind("commission_negative", "switch", "report_commission", _FOR, fixed(commission="-0.35")),
    Kind("realized_pnl_unset", "switch", "unset_realized_pnl", _FOR),
    Kind("status_lost", "switch", "lose_messages", _FOR, count(6, messages=[STATUS])),
    Kind("open_order_lost", "switch", "lose_messages", _FOR, count(6, messages=[OPEN_ORDER])),
    Kind("execution_lost", "switch", "lose_messages", _FOR, count(3, messages=[EXECUTION])),
    Kind("commission_report_lost", "switch", "lose_messages", _FOR, count(3, messages=[COMMISSION])),
    Kind("message_late", "switch", "delay_messages", _FOR, count(4, messages=_ALL, seconds=2.5)),
    Kind("message_overtaken", "switch", "reorder_messages", _FOR, count(4, messages=_ALL, behind=2)),
    Kind("everything_twice", "switch", "repeat_messages", _FOR, fixed(messages=_ALL)),
    Kind("statuses_reordered", "switch", "reorder_order_status", _FOR, fixed(seconds=3.0)),
    Kind("statuses_contradict", "switch", "contradict_order_status", _FOR, count(3)),
    Kind("status_unknown", "switch", "unknown_order_status", _FOR, count(3)),
    Kind("filled_before_executions", "switch", "filled_before_executions", _FOR, fixed(seconds=1.5)),
    Kind("fill_before_acknowledgement", "switch", "execution_before_acknowledgement", _FOR, fixed(seconds=4.0)),
    Kind("executions_only", "switch", "executions_only", _FOR),
    Kind("open_order_last", "switch", "open_order_after_final_status", _FOR),
    Kind("open_order_repeated", "switch", "repeat_open_order", _FOR),
    Kind("executions_without_perm_id", "switch", "zero_execution_perm_id", _FOR),
    Kind("order_reference_lost", "switch", "lose_order_ref", _FOR, fixed(count=3)),
    Kind("execution_times_off", "switch", "shift_execution_time", _FOR, fixed(hours="2")),
)
ORDERS = tuple(replace(kind, weight=2 * kind.weight) for kind in _ORDERS)
"""Twice as often as those of the connection, through which orders cannot travel."""
