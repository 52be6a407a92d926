"""Scenarios of `what-users-need.md` about connections, data and queries: each is a bug that somebody had."""

from tws_simulator.faults.scenarios.scenario import Scenario, Steps, action, clear, fault, switched
from tws_simulator.faults.spec import Parameters

_SECONDS: dict[str, type] = {"seconds": float}


def _lingering(given: Parameters) -> Steps:
    return [
        fault("lingering_client_id", **given, count=1),
        action("drop_connections", client_id=given.get("client_id")),
    ]


def _farm(given: Parameters) -> Steps:
    return [
        action("farm_notice", code=2103),
        action("farm_notice", at=given["seconds"], code=2104, acts=given["data_returns"]),
    ]


def _outage(given: Parameters) -> Steps:
    up = {key: given[key] for key in ("data_lost", "discard_held", "release_after", "times")}
    return [action("link_down", times=given["times"]), action("link_up", at=given["seconds"], **up)]


def _duplicate_ids(given: Parameters) -> Steps:
    text = "Error processing request.-'bD' : cause - Duplicate ticker ID"
    return [
        fault("refuse_requests", requests=["req_market_data"], code=322, text=text, count=1),
        fault(
            "refuse_requests", requests=["cancel_market_data"], code=300, text="Can't find EId with tickerId", count=1
        ),
    ]


def _competing(given: Parameters) -> Steps:
    return [action("competing_session_starts"), action("competing_session_ends", at=given["seconds"])]


def _zombie(given: Parameters) -> Steps:
    return [fault("no_next_valid_id"), action("drop_connections")]


def _rolled_back(given: Parameters) -> Steps:
    client_id = given["client_id"]
    return [
        action("roll_back_order_ids", client_id=client_id, by=given["by"]),
        action("drop_connections", client_id=client_id),
    ]


def _reset_night(given: Parameters) -> Steps:
    """IB is reset: bursts of 1100, sockets closed, and no login until it is over."""
    seconds = given["seconds"]
    return [
        action("link_down", times=3),
        action("drop_connections", at=1),
        fault("refuse_connections", at=1),
        clear("refuse_connections", at=seconds),
        action("link_up", at=seconds, data_lost=True, times=2),
    ]


USERS_GATEWAY: dict[str, Scenario] = {
    "open_orders_without_fills": Scenario(
        "open-order queries say filled 0", ("users 5",), switched("zero_filled_in_open_orders"), narrows=True
    ),
    "queries_time_out": Scenario(
        "queries of orders, executions and positions are never answered; libraries return empty lists",
        ("users 8", "guide Queries"),
        switched(
            "swallow_requests",
            requests=[
                "req_open_orders",
                "req_all_open_orders",
                "req_completed_orders",
                "req_executions",
                "req_positions",
            ],
        ),
        narrows=True,
    ),
    "client_id_lingers": Scenario(
        "the socket goes, and its client id stays taken (326) for a while",
        ("users 9", "guide Link"),
        _lingering,
        {"seconds": float, "client_id": int},
        {"seconds": 60.0, "client_id": None},
    ),
    "closed_during_cleanup": Scenario(
        "the connection is closed in the moment in which the client cancels its subscriptions",
        ("users 10",),
        switched(
            "drop_on_request",
            requests=["cancel_market_data", "cancel_positions", "cancel_account_summary", "cancel_pnl"],
            taken=True,
        ),
        narrows=True,
    ),
    "farm_back_without_data": Scenario(
        "2103, then 2104 after some seconds, without 1100; the data does not come back with the notice",
        ("users 11", "guide Link"),
        _farm,
        {"seconds": float, "data_returns": bool},
        {"seconds": 30.0, "data_returns": False},
    ),
    "link_outage": Scenario(
        "1100, once or in a burst, then 1101 (data subscriptions are lost) or 1102 (they are kept); orders written "
        "meanwhile go out then, later, or never",
        ("users 12", "guide Link"),
        _outage,
        {"seconds": float, "data_lost": bool, "times": int, "discard_held": bool, "release_after": float},
        {"seconds": 30.0, "data_lost": False, "times": 1, "discard_held": False, "release_after": 0.0},
    ),
    "ticker_ids_disputed": Scenario(
        "a market data request is refused as a duplicate (322), its cancel as unknown (300)",
        ("users 13",),
        _duplicate_ids,
    ),
    "competing_session": Scenario(
        "another session takes the data (10197) and gives it back; orders work",
        ("users 14", "guide Link"),
        _competing,
        {"seconds": float},
        {"seconds": 60.0},
    ),
    "executions_without_end": Scenario(
        "reqExecutions is answered without execDetailsEnd",
        ("users 23",),
        switched("lose_end_markers", names=["executions"]),
        narrows=True,
    ),
    "zombie_gateway": Scenario(
        "the handshake is accepted, and no next valid id ever comes", ("users 24", "guide Link"), _zombie
    ),
    "order_ids_rolled_back": Scenario(
        "after a restart the next valid id is lower than ids of open orders, so ids are used again",
        ("users 25", "guide Identity"),
        _rolled_back,
        {"client_id": int, "by": int},
        {"by": 4},
    ),
    "completed_orders_zeroed": Scenario(
        "completed orders have order id, perm id and quantities 0",
        ("users 27", "guide Queries"),
        switched("zeroed_completed_orders"),
        narrows=True,
    ),
    "reset_night": Scenario(
        "the nightly reset, or a weekend without login: bursts of 1100, sockets cut, nobody gets in for so long, "
        "while brackets stand half filled",
        ("users 28", "guide Calendar"),
        _reset_night,
        _SECONDS,
        {"seconds": 120.0},
    ),
}
