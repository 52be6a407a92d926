"""Scenarios of `what-users-need.md` about orders, executions and positions: each is a bug that somebody had."""

from typing import Any

from tws_simulator.faults.scenarios.scenario import Scenario, Steps, action, fault, price, switched
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


USERS_ORDERS: dict[str, Scenario] = {
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
    "code_at_order_state": Scenario(
        "any error code of orders at any order state, with what it means for the order",
        ("users 15", "guide Rejects"),
        switched("error_on_order"),
        {"code": int, "state": str, "about": str, "text": str},
        {"state": "submitted", "about": "state", "text": None},
        {"state": STATES, "about": ("state", "modify", "cancel")},
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
    "both_sides_refused": Scenario(
        "an order against an open order of the other side is refused: 201, both sides of the contract",
        ("users 29",),
        switched("reject_orders", code=201, text=BOTH_SIDES, opposite_only=True),
        narrows=True,
    ),
}
