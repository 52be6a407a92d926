"""Switches of requests and of what answers them: queries, account, data."""

from tws_simulator.faults.spec import BY_SYMBOL, FaultSpec

END_MARKERS: dict[str, int] = {
    "open_orders": 53,
    "completed_orders": 102,
    "executions": 55,
    "positions": 62,
    "positions_multi": 72,
    "account_updates": 54,
    "account_updates_multi": 74,
    "account_summary": 64,
    "contract_details": 52,
    "option_parameters": 76,
    "snapshot": 57,
}
"""What ends an answer, by the name of the question."""

ANSWER_ROWS: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "open_orders": (("req_open_orders", "req_all_open_orders", "start_api"), (5, 3)),
    "completed_orders": (("req_completed_orders",), (101,)),
    "executions": (("req_executions",), (11, 59)),
    "positions": (("req_positions",), (61,)),
    "positions_multi": (("req_positions_multi",), (71,)),
    "account_updates": (("req_account_updates",), (6, 7, 8)),
    "account_updates_multi": (("req_account_updates_multi",), (73,)),
    "account_summary": (("req_account_summary",), (63,)),
    "contract_details": (("req_contract_details",), (10,)),
}
"""The requests and the rows of an answer, by the name of the question."""

REQUESTS: dict[str, FaultSpec] = {
    "swallow_requests": FaultSpec(
        "requests of these names are received and forgotten", {"requests": list}, items={"requests": str}
    ),
    "late_answers": FaultSpec(
        "requests of these names are carried out so many seconds later",
        {"requests": list, "seconds": float},
        items={"requests": str},
    ),
    "refuse_requests": FaultSpec(
        "requests of these names are refused with this error",
        {"requests": list, "code": int, "text": str},
        {"code": 321, "text": "Error validating request.-'b0' : cause - injected by the simulator"},
        items={"requests": str},
    ),
    "lose_end_markers": FaultSpec(
        "the message that ends an answer never comes",
        {"names": list},
        items={"names": str},
        choices={"names": tuple(END_MARKERS)},
    ),
    "empty_answers": FaultSpec(
        "an answer is complete but has no rows",
        {"names": list},
        items={"names": str},
        choices={"names": tuple(ANSWER_ROWS)},
    ),
    "stale_open_orders": FaultSpec(
        "open-order queries still list, as Submitted, what ended in the last so many seconds",
        {"seconds": float},
        {"seconds": 300.0},
    ),
    "zero_filled_in_open_orders": FaultSpec("open-order queries say filled 0 whatever was filled"),
    "zeroed_completed_orders": FaultSpec("completed orders come with perm id, quantity and filled quantity 0"),
    "read_only_api": FaultSpec(
        "orders, cancels, binding and completed orders are refused by 321: the API is read-only", lasting=True
    ),
    "account_not_ready": FaultSpec("account updates say AccountReady=false"),
    "empty_account_values": FaultSpec(
        "the account download has empty values; the true ones follow so many seconds later",
        {"seconds": float},
        {"seconds": 5.0},
    ),
    "account_end_before_values": FaultSpec("accountDownloadEnd comes before the values"),
    "freeze_quotes": FaultSpec("streaming quotes stop; requests are still answered", filters=BY_SYMBOL, lasting=True),
    "competing_session": FaultSpec(
        "another session uses the market data: data requests and streams bring 10197 and nothing else; orders work",
        lasting=True,
    ),
}
