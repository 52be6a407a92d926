"""The field guide's behaviours of the Gateway itself: link, queries, account, pacing, calendar."""

from tws_simulator.faults.scenarios.scenario import Scenario, Steps, action, clear, fault, switched
from tws_simulator.faults.spec import Parameters
from tws_simulator.faults.table_requests import ANSWER_ROWS, END_MARKERS

_SECONDS: dict[str, type] = {"seconds": float}


def _freeze(given: Parameters) -> Steps:
    return [fault("stall"), clear("stall", at=given["seconds"])]


def _restart(given: Parameters) -> Steps:
    return [
        action("drop_connections"),
        fault("refuse_connections"),
        clear("refuse_connections", at=given["seconds"]),
    ]


def _sunday(given: Parameters) -> Steps:
    name = "stall_handshake" if given["accepts"] else "accept_then_eof"
    return [action("drop_connections"), fault(name), clear(name, at=given["seconds"])]


_LINK: dict[str, Scenario] = {
    "socket_frozen": Scenario(
        "the socket is open, nothing comes, for so long", ("guide Link",), _freeze, _SECONDS, {"seconds": 30.0}
    ),
    "accepted_then_eof": Scenario(
        "a connection is accepted and ended, as by socat", ("guide Link",), switched("accept_then_eof")
    ),
    "handshake_hangs": Scenario(
        "a connection is accepted and never answered", ("guide Link",), switched("stall_handshake")
    ),
    "closed_at_order": Scenario(
        "the connection is closed in the moment of placeOrder; the order is taken or lost",
        ("guide Link",),
        switched("drop_on_request", requests=["place_order"]),
        {"taken": bool, "reset": bool},
        {"taken": True, "reset": False},
        narrows=True,
    ),
    "port_changed": Scenario(
        "1300: the port was changed",
        ("guide Link",),
        lambda given: [action("port_changed", **given)],
        {"port": int},
        {"port": 7497},
    ),
    "server_link_broken": Scenario(
        "2110 instead of 1100",
        ("guide Link",),
        lambda given: [action("link_down", code=2110), action("link_up", at=given["seconds"])],
        _SECONDS,
        {"seconds": 30.0},
    ),
}

_QUERIES: dict[str, Scenario] = {
    "end_marker_lost": Scenario(
        "the end of an answer never comes",
        ("guide Queries",),
        switched("lose_end_markers"),
        {"names": list},
        {"names": ["positions"]},
        {"names": tuple(END_MARKERS)},
        narrows=True,
    ),
    "empty_but_complete": Scenario(
        "an answer is complete and has no rows",
        ("guide Queries",),
        switched("empty_answers"),
        {"names": list},
        {"names": ["open_orders"]},
        {"names": tuple(ANSWER_ROWS)},
        narrows=True,
    ),
    "read_only_api": Scenario(
        "orders are refused by 321: the API is read-only", ("guide Queries",), switched("read_only_api")
    ),
    "stale_open_orders": Scenario(
        "open-order queries list what has ended",
        ("guide Queries",),
        switched("stale_open_orders"),
        _SECONDS,
        {"seconds": 300.0},
        narrows=True,
    ),
    "history_to_midnight": Scenario("executions and completed orders reach back to midnight", ("guide Queries",)),
    "third_summary_refused": Scenario("a third account summary is refused by 322", ("guide Queries",)),
}

_ACCOUNT: dict[str, Scenario] = {
    "account_not_ready": Scenario(
        "AccountReady=false", ("guide Account",), switched("account_not_ready"), narrows=True
    ),
    "account_values_empty": Scenario(
        "account values are empty at first",
        ("guide Account",),
        switched("empty_account_values"),
        _SECONDS,
        {"seconds": 5.0},
        narrows=True,
    ),
    "account_end_before_values": Scenario(
        "accountDownloadEnd comes before the values",
        ("guide Account",),
        switched("account_end_before_values"),
        narrows=True,
    ),
    "account_refresh": Scenario("account values come every three minutes or after a trade", ("guide Account",)),
    "base_currency_rows": Scenario("account values come by currency and in BASE", ("guide Account",)),
    "several_accounts": Scenario("a login with several accounts: start it with --accounts", ("guide Account",)),
}

_PACING: dict[str, Scenario] = {
    "pacing_reject": Scenario(
        "more than 50 messages a second bring error 100, the third time the end of the connection",
        ("guide Pacing",),
        switched("enforce_pacing", mode="reject"),
        {"per_second": int, "strikes": int},
        {"per_second": 50, "strikes": 3},
    ),
    "pacing_queue": Scenario(
        "messages above 50 a second wait",
        ("guide Pacing",),
        switched("enforce_pacing", mode="queue"),
        {"per_second": int},
        {"per_second": 50},
    ),
    "few_data_lines": Scenario(
        "market data lines run out: 101",
        ("guide Pacing",),
        switched("enforce_pacing", mode="queue"),
        {"lines": int, "depth": int},
        {"lines": 3, "depth": 1},
    ),
}

_CALENDAR: dict[str, Scenario] = {
    "daily_restart": Scenario(
        "all sockets close, and nobody gets in for so long", ("guide Calendar",), _restart, _SECONDS, {"seconds": 75.0}
    ),
    "sunday_login": Scenario(
        "after the weekly restart somebody must log in: connections are accepted and hang, or end",
        ("guide Calendar",),
        _sunday,
        {"seconds": float, "accepts": bool},
        {"seconds": 600.0, "accepts": True},
    ),
}

GUIDE_GATEWAY: dict[str, Scenario] = {**_LINK, **_QUERIES, **_ACCOUNT, **_PACING, **_CALENDAR}
