"""Switches of the Flex Web Service."""

from tws_simulator.faults.spec import FaultSpec
from tws_simulator.flex.codes import FLEX_CODES

FLEX: dict[str, FaultSpec] = {
    "flex_error": FaultSpec(
        "a Flex request is answered by this code: 1019 generation in progress, 1018 throttled, 1012 token expired, …",
        {"code": int, "step": str},
        {"code": 1019, "step": "get"},
        filters=(),
        choices={"code": tuple(FLEX_CODES), "step": ("send", "get")},
    ),
    "flex_pacing": FaultSpec(
        "one Flex request a second and ten a minute for a token; more are answered by 1018", filters=(), lasting=True
    ),
    "flex_rows": FaultSpec(
        "the rows of a statement lack the order reference, or have the commission with the wrong sign",
        {"change": str},
        filters=(),
        lasting=True,
        choices={"change": ("no_order_reference", "commission_sign")},
    ),
    "flex_extra_trade": FaultSpec(
        "a statement has a trade nobody made: `book` without ibExecID, as by assignment; `foreign`, of an order nobody "
        "placed; `cancel`, which takes back the newest trade. Quantity (signed) and price as text",
        {"kind": str, "symbol": str, "quantity": str, "price": str},
        {"kind": "book", "symbol": "AAPL", "quantity": "100", "price": "150"},
        filters=(),
        lasting=True,
        choices={"kind": ("book", "foreign", "cancel")},
        numbers=("quantity", "price"),
    ),
}
