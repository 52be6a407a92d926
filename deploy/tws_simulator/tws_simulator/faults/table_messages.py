"""Switches of single messages on their way to a client: lost, doubled, late, in another order, or false."""

from tws_simulator.faults.spec import BY_ORDER, FaultSpec

_STATUSES: dict[str, type] = {"statuses": list}
_ANY: dict[str, object] = {"statuses": []}
_WORDS: dict[str, type] = {"statuses": str}
_MESSAGES: dict[str, type] = {"messages": int}
TIME_FORMATS = ("zone", "utc", "bare")
"""`20261124 10:00:00 US/Eastern`, `20261124-15:00:00`, `20261124  10:00:00`."""

_GENERAL: dict[str, FaultSpec] = {
    "lose_messages": FaultSpec(
        "messages with these ids are not sent", {"messages": list}, filters=BY_ORDER, items=_MESSAGES
    ),
    "repeat_messages": FaultSpec(
        "messages with these ids are sent `times` times more",
        {"messages": list, "times": int},
        {"times": 1},
        filters=BY_ORDER,
        items=_MESSAGES,
    ),
    "delay_messages": FaultSpec(
        "messages with these ids come so many seconds late",
        {"messages": list, "seconds": float},
        filters=BY_ORDER,
        items=_MESSAGES,
    ),
    "reorder_messages": FaultSpec(
        "messages with these ids wait until `behind` others have overtaken them",
        {"messages": list, "behind": int},
        {"behind": 1},
        filters=BY_ORDER,
        items=_MESSAGES,
    ),
    "edit_messages": FaultSpec(
        "in messages with this id one field (the id is field 0) reads otherwise",
        {"message": int, "field": int, "value": str},
        filters=BY_ORDER,
    ),
    "shorten_messages": FaultSpec(
        "messages with these ids lack their last fields",
        {"messages": list, "fields": int},
        {"fields": 1},
        filters=BY_ORDER,
        items=_MESSAGES,
    ),
}

_STATUS: dict[str, FaultSpec] = {
    "lose_order_status": FaultSpec(
        "order statuses (these, or all) are not sent", _STATUSES, _ANY, filters=BY_ORDER, items=_WORDS
    ),
    "delay_order_status": FaultSpec(
        "order statuses (these, or all) come so many seconds late",
        {**_STATUSES, "seconds": float},
        _ANY,
        filters=BY_ORDER,
        items=_WORDS,
    ),
    "repeat_order_status": FaultSpec(
        "order statuses (these, or all) are sent `times` times more",
        {**_STATUSES, "times": int},
        {**_ANY, "times": 1},
        filters=BY_ORDER,
        items=_WORDS,
    ),
    "reorder_order_status": FaultSpec(
        "an order status comes after the next one of its order, at the latest after so many seconds",
        {**_STATUSES, "seconds": float},
        {**_ANY, "seconds": 10.0},
        filters=BY_ORDER,
        items=_WORDS,
    ),
    "contradict_order_status": FaultSpec(
        "after an order status (these, or all) comes another that says otherwise",
        {**_STATUSES, "status": str},
        {**_ANY, "status": "Submitted"},
        filters=BY_ORDER,
        items=_WORDS,
    ),
    "unknown_order_status": FaultSpec(
        "order statuses (these, or all) read as a word no client knows",
        {**_STATUSES, "status": str},
        {**_ANY, "status": "WarnState"},
        filters=BY_ORDER,
        items=_WORDS,
    ),
    "reject_sequence": FaultSpec(
        "a refused order is told by the error first, by the error only, or by the status only; `seconds` apart",
        {"first": str, "seconds": float},
        {"first": "error", "seconds": 0.0},
        filters=BY_ORDER,
        choices={"first": ("error", "status", "error_only", "status_only")},
    ),
}

_ORDER_OF_MESSAGES: dict[str, FaultSpec] = {
    "filled_before_executions": FaultSpec(
        "a fill's execution and commission come after the status Filled, so many seconds later",
        {"seconds": float},
        {"seconds": 0.0},
        filters=BY_ORDER,
    ),
    "execution_before_acknowledgement": FaultSpec(
        "openOrder and orderStatus wait for the order's first execution, at most so many seconds",
        {"seconds": float},
        {"seconds": 30.0},
        filters=BY_ORDER,
    ),
    "executions_only": FaultSpec("of an order only executions and commissions are heard", filters=BY_ORDER),
    "open_order_after_final_status": FaultSpec(
        "openOrder comes only after the order is Cancelled, Filled or Inactive", filters=BY_ORDER
    ),
    "repeat_open_order": FaultSpec(
        "after each fill the first openOrder of the order comes again, as if it had just been accepted",
        filters=BY_ORDER,
    ),
    "commission_before_execution": FaultSpec("the commission report comes before its execution", filters=BY_ORDER),
}

_CONTENTS: dict[str, FaultSpec] = {
    "repeat_executions": FaultSpec(
        "live executions are sent `times` times more", {"times": int}, {"times": 1}, filters=BY_ORDER
    ),
    "combination_executions": FaultSpec(
        "an execution is told as that of a combination (BAG) first and as its leg's then: counting both doubles",
        filters=BY_ORDER,
    ),
    "shift_execution_time": FaultSpec(
        "executions are so many hours off (text, may be negative), in another time format; `live_only` leaves "
        "answers to reqExecutions right",
        {"hours": str, "format": str, "live_only": bool},
        {"hours": "0", "format": "zone", "live_only": True},
        filters=BY_ORDER,
        choices={"format": TIME_FORMATS},
        numbers=("hours",),
    ),
    "zero_execution_perm_id": FaultSpec("executions have perm id 0", filters=BY_ORDER),
    "lose_order_ref": FaultSpec(
        "openOrder, executions or completed orders (by message id) lack the order reference",
        {"messages": list},
        {"messages": [5, 11, 101]},
        filters=BY_ORDER,
        items=_MESSAGES,
        choices={"messages": (5, 11, 101)},
    ),
    "report_commission": FaultSpec(
        "commission reports name this amount (text): a placeholder of -1.0, a rebate",
        {"commission": str},
        {"commission": "-1.0"},
        filters=BY_ORDER,
        numbers=("commission",),
    ),
    "unset_realized_pnl": FaultSpec("commission reports have no realised profit", filters=BY_ORDER),
    "html_in_errors": FaultSpec(
        "the text of errors about orders contains HTML",
        {"codes": list},
        {"codes": [201, 202, 399]},
        filters=BY_ORDER,
        items={"codes": int},
    ),
    "reject_json": FaultSpec(
        "errors about orders carry this advancedOrderRejectJson (versions from 166)",
        {"json": str, "codes": list},
        {
            "json": '{"rejects":[{"code":"IBDBUYTX","title":"Order not allowed","text":"injected by the simulator"}]}',
            "codes": [201],
        },
        filters=BY_ORDER,
        items={"codes": int},
    ),
}

MESSAGES: dict[str, FaultSpec] = {**_GENERAL, **_STATUS, **_ORDER_OF_MESSAGES, **_CONTENTS}
