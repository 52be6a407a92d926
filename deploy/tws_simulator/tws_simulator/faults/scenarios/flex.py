"""Trouble with the Flex Web Service: users' scenario 30 and the field guide's row."""

from tws_simulator.faults.scenarios.scenario import Scenario, Steps, fault, switched
from tws_simulator.faults.spec import Parameters

_KINDS: dict[str, tuple[int, str]] = {
    "in_progress": (1019, "get"),
    "throttled": (1018, "send"),
    "not_available": (1003, "get"),
    "token_expired": (1012, "send"),
}


def _trouble(given: Parameters) -> Steps:
    code, step = _KINDS[given["kind"]]
    return [fault("flex_error", code=code, step=step, count=given["times"]), fault("flex_pacing")]


def _odd(given: Parameters) -> Steps:
    if given["kind"] in {"no_order_reference", "commission_sign"}:
        return [fault("flex_rows", change=given["kind"])]
    return [fault("flex_extra_trade", kind=given["kind"], symbol=given["symbol"])]


FLEX: dict[str, Scenario] = {
    "flex_trouble": Scenario(
        "a Flex statement is still being generated (1019), throttled (1018), not available (1003) or the token has "
        "expired (1012), so many times; one request a second and ten a minute are allowed",
        ("users 30", "guide Flex"),
        _trouble,
        {"kind": str, "times": int},
        {"kind": "in_progress", "times": 3},
        {"kind": tuple(_KINDS)},
    ),
    "flex_odd_rows": Scenario(
        "a Flex statement has a trade without ibExecID, of an order nobody placed, or a TradeCancel; or its rows lack "
        "the order reference, or have the commission with the other sign",
        ("guide Flex",),
        _odd,
        {"kind": str, "symbol": str},
        {"kind": "book", "symbol": "AAPL"},
        {"kind": ("book", "foreign", "cancel", "no_order_reference", "commission_sign")},
    ),
    "flex_throttled": Scenario(
        "one Flex request a second and ten a minute, else 1018", ("guide Flex",), switched("flex_pacing")
    ),
    "flex_next_day": Scenario(
        "an activity statement has no trades of today; confirmations come after five minutes",
        ("users 30", "guide Flex"),
    ),
}
