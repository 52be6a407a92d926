"""The thirty scenarios of `what-users-need.md`: each is a bug that somebody had."""

from typing import Any

from tws_simulator.faults.scenarios.scenario import Scenario, Steps, action, clear, fault, price, switched
from tws_simulator.faults.spec import Parameters
from tws_simulator.faults.table_orders import STATES

MARGIN_TEXT = (
    "Order rejected - reason:We are unable to accept your order. Your Available Funds are in sufficient to cover the "
    "margin requirement."
)
BOTH_SIDES = (
    "Order rejected - reason:Cannot have open orders on both sides of the same US Option contract in the same account"
)
_SECONDS: dict[str, type] = {"seconds": float}


def _commission(given: Parameters) -> Steps:
    kinds: dict[str, dict[str, Any]] = {
        "missing": fault("no_commission"),
        "late": fault("late_commission", seconds=given["seconds"]),
        "placeholder": fault("report_commission", commission="-1.0"),
        "before_execution": fault("commission_before_execution"),
    }
    return [kinds[given["kind"]]]


def _external_zero(given: Parameters) -> Steps:
    order = {"symbol": given["symbol"], "side": "BUY", "quantity": "10", "limit_price": given["limit_price"]}
    return [action("external_order", **order) for _ in range(given["orders"])]


def _partly_filled(given: Parameters) -> Steps:
    symbol, ask = given["symbol"], given["ask"]
    return [
        price(symbol, given["bid"], ask, size=given["filled"]),
        action(
            "external_order",
            symbol=symbol,
            side="BUY",
            quantity=given["quantity"],
            limit_price=ask,
            client_id=given["client_id"],
            order_id=given["order_id"],
        ),
    ]


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


def _inactive(given: Parameters) -> Steps:
    if given["kind"] == "locate":
        return [fault("held_for_locate", seconds=given["seconds"])]
    return [fault("reject_orders", code=201, text=MARGIN_TEXT, inactive=True)]


def _batch(given: Parameters) -> Steps:
    return [fault("swallow_orders", after=given["first"], count=given["swallowed"])]


def _modify_in_outage(given: Parameters) -> Steps:
    return [
        fault("split_modify", count=1),
        action("link_down"),
        action("link_up", at=given["seconds"]),
    ]


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


def _liquidation(given: Parameters) -> Steps:
    return [action("liquidate", **given)]


def _assignment(given: Parameters) -> Steps:
    """Overnight, and nobody is told: the option is gone, the shares are there."""
    account = {"account": given["account"], "silent": True}
    steps = [action("position_jump", symbol=given["symbol"], quantity=given["shares"], price=given["price"], **account)]
    if given["option"] is not None:
        option = {"symbol": given["option"], "quantity": given["contracts"], "price": "0"}
        steps.insert(0, action("position_jump", **option, **account))
    return steps


def _correction(given: Parameters) -> Steps:
    target = {"client_id": given["client_id"], "order_id": given["order_id"]}
    kind, value = given["kind"], given["value"]
    steps: dict[str, Steps] = {
        "price": [action("correct_execution", price=value, **target)],
        "quantity": [action("correct_execution", quantity=value, **target)],
        "bust": [action("correct_execution", quantity="0", **target)],
        "duplicate": [action("repeat_execution", **target)],
    }
    return [{**row, "at": given["seconds"]} for row in steps[kind]]


def _odd_contract(given: Parameters) -> Steps:
    orders = {"magnifier": ("VOD", "10"), "currency": ("SAP", "10"), "fractional": ("AAPL", "0.5")}
    if given["kind"] == "negative_price":
        # Price and average price of executions, as of a combination that is sold for less than nothing.
        return [fault("edit_messages", message=11, field=field, value="-1.25") for field in (20, 25)]
    symbol, quantity = orders[given["kind"]]
    return [action("external_order", symbol=symbol, side="BUY", quantity=quantity)]


USERS: dict[str, Scenario] = {
    "open_order_after_status": Scenario(
        "execDetails and the status Cancelled come before openOrder",
        ("users 1",),
        switched("open_order_after_final_status"),
        narrows=True,
    ),
    "executions_only": Scenario(
        "a market order has no orderStatus at all, only executions",
        ("users 2", "guide Acks"),
        switched("executions_only"),
        narrows=True,
    ),
    "commission_trouble": Scenario(
        "the commission report is missing, late, a placeholder of -1.0, or comes before its execution",
        ("users 3", "guide Commission"),
        _commission,
        {"kind": str, "seconds": float},
        {"kind": "missing", "seconds": 180.0},
        {"kind": ("missing", "late", "placeholder", "before_execution")},
        narrows=True,
    ),
    "open_order_repeated_after_fills": Scenario(
        "openOrder of the acknowledgement comes again after fills",
        ("users 4",),
        switched("repeat_open_order"),
        narrows=True,
    ),
    "open_orders_without_fills": Scenario(
        "open-order queries say filled 0", ("users 5",), switched("zero_filled_in_open_orders"), narrows=True
    ),
    "external_orders_with_id_zero": Scenario(
        "several orders entered elsewhere, all with order id 0",
        ("users 6", "guide Fills"),
        _external_zero,
        {"symbol": str, "limit_price": str, "orders": int},
        {"symbol": "AAPL", "limit_price": "1.00", "orders": 3},
    ),
    "position_and_partly_filled_order": Scenario(
        "a partly filled open order and the position it has made: counting both doubles it",
        ("users 7",),
        _partly_filled,
        {
            "symbol": str,
            "bid": str,
            "ask": str,
            "quantity": str,
            "filled": str,
            "client_id": int,
            "order_id": int,
        },
        {"symbol": "AAPL", "quantity": "100", "filled": "40", "client_id": 0, "order_id": 0},
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
    "code_at_order_state": Scenario(
        "any error code of orders at any order state, with what it means for the order",
        ("users 15", "guide Rejects"),
        switched("error_on_order"),
        {"code": int, "state": str, "on": str, "text": str},
        {"state": "submitted", "on": "state", "text": None},
        {"state": STATES, "on": ("state", "modify", "cancel")},
        narrows=True,
    ),
    "inactive_alive_or_dead": Scenario(
        "Inactive with whyHeld=locate, which lives and works later; or Inactive from a margin reject, which is dead",
        ("users 16",),
        _inactive,
        {"kind": str, "seconds": float},
        {"kind": "locate", "seconds": 30.0},
        {"kind": ("locate", "margin")},
        narrows=True,
    ),
    "batch_partly_swallowed": Scenario(
        "of a batch of orders the first get through and the next so many vanish without a word",
        ("users 17",),
        _batch,
        {"first": int, "swallowed": int},
        {"first": 2, "swallowed": 2},
    ),
    "modify_while_link_drops": Scenario(
        "a modification sent during an outage becomes a second live order when the link is back",
        ("users 18", "guide Cancel/modify"),
        _modify_in_outage,
        _SECONDS,
        {"seconds": 30.0},
    ),
    "forced_liquidation": Scenario(
        "IB closes a position: notice 2148, then an execution with liquidation=1 and order id -1",
        ("users 19", "guide Fills"),
        _liquidation,
        {"symbol": str, "quantity": str, "account": str},
        {"quantity": None, "account": None},
    ),
    "assignment_overnight": Scenario(
        "an option expires or is assigned, and positions change with neither order nor event; the option by its local "
        "symbol, quantities signed",
        ("users 20",),
        _assignment,
        {"symbol": str, "shares": str, "price": str, "option": str, "contracts": str, "account": str},
        {"symbol": "AAPL", "shares": "100", "price": "150", "option": None, "contracts": "1", "account": None},
    ),
    "execution_corrected": Scenario(
        "the newest execution of a client or order is corrected (.01 to .02) in price or quantity, busted, or told "
        "twice; `value` is the new price or quantity",
        ("users 21", "guide Fills"),
        _correction,
        {"kind": str, "value": str, "client_id": int, "order_id": int, "seconds": float},
        {"kind": "bust", "value": None, "client_id": None, "order_id": None, "seconds": 0.0},
        {"kind": ("price", "quantity", "bust", "duplicate")},
    ),
    "odd_contracts": Scenario(
        "a stock quoted in pence (price magnifier 100), one of another currency, a fraction of a share, or executions "
        "at the negative price of a combination",
        ("users 26",),
        _odd_contract,
        {"kind": str},
        {"kind": "magnifier"},
        {"kind": ("magnifier", "currency", "fractional", "negative_price")},
    ),
    "what_if_unset_first": Scenario(
        "a what-if order is answered by 1.7976931348623157E308 and a warning first, rightly then",
        ("users 22",),
        switched("what_if_unset_first"),
        _SECONDS,
        {"seconds": 0.0},
        narrows=True,
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
    "both_sides_refused": Scenario(
        "an order against an open order of the other side is refused: 201, both sides of the contract",
        ("users 29",),
        switched("reject_orders", code=201, text=BOTH_SIDES, opposite_only=True),
        narrows=True,
    ),
}
