"""Every order type, in a market held by hand: when it waits, when it trades, at what price."""

from typing import Any

from control import Control
from face import Face

APPLE = {"symbol": "AAPL", "secType": "STK", "exchange": "SMART", "currency": "USD", "conId": 265598}

EXPECTED: dict[str, Any] = {
    "market": ["Filled", "", [[100.0, 190.01]]],
    "limit_at_once": ["Filled", "", [[100.0, 190.01]]],
    "limit_waits": ["Submitted", "", [[100.0, 189.0]]],
    "stop_buy": ["PreSubmitted", "trigger", [[100.0, 191.01]]],
    "stop_sell": ["PreSubmitted", "trigger", [[100.0, 188.99]]],
    "stop_limit": ["PreSubmitted", "trigger", [[100.0, 190.75]]],
    "trailing_amount": ["PreSubmitted", "trigger", [[100.0, 190.79]]],
    "trailing_percent": ["PreSubmitted", "trigger", [[100.0, 187.99]]],
    "trailing_limit": ["PreSubmitted", "trigger", [[100.0, 188.79]]],
    "if_touched": ["PreSubmitted", "trigger", [[100.0, 188.99]]],
    "limit_if_touched": ["PreSubmitted", "trigger", [[100.0, 188.99]]],
    "market_to_limit": ["Filled", "", [[100.0, 190.01]]],
    "relative": ["Submitted", "", []],
    "midprice": ["Submitted", "", []],
    "at_the_close": ["PreSubmitted", "", []],
    "limit_at_the_close": ["PreSubmitted", "", []],
    "protected_is_for_futures": 387,
    "unknown": 387,
}


def live_through(face: Face, control: Control, seen: dict[str, Any]) -> None:
    """Place each type, move the market, see what becomes of it."""
    apple = face.contract(**APPLE)

    def market(bid: str, ask: str) -> None:
        control.pin("AAPL", bid, ask, "100000", replenish=True)

    def case(
        name: str, kind: str, action: str, moves: list[tuple[str, str]], *, expect_fill: bool = True, **fields: Any
    ) -> None:
        """Standing before the market moves, and its fills."""
        market("189.99", "190.01")
        order_id = face.place(apple, face.order(action, 100, kind, **fields))
        face.until(
            lambda: face.view(order_id).status in {"Filled", "Submitted", "PreSubmitted"} or face.codes(order_id)
        )
        face.wait(0.05)
        before = face.view(order_id)
        for bid, ask in moves:
            market(bid, ask)
            face.wait(0.05)
        after = face.settled(order_id) if expect_fill else face.view(order_id)
        if not after.is_done and not face.codes(order_id):
            face.cancel(order_id)
            face.until(lambda: face.view(order_id).is_done)
        seen[name] = [before.status, before.why_held, after.fills]

    def refused(kind: str) -> int:
        market("189.99", "190.01")
        return face.refusal(apple, face.order("BUY", 100, kind))

    case("market", "MKT", "BUY", [])
    case("limit_at_once", "LMT", "BUY", [], lmtPrice=191)
    case("limit_waits", "LMT", "BUY", [("188.98", "188.99")], lmtPrice=189)
    case("stop_buy", "STP", "BUY", [("190.99", "191.01")], auxPrice=190.5)
    case("stop_sell", "STP", "SELL", [("188.99", "189.01")], auxPrice=189.5)
    case("stop_limit", "STP LMT", "BUY", [("190.99", "191.01"), ("190.48", "190.50")], auxPrice=190.5, lmtPrice=190.75)
    case("trailing_amount", "TRAIL", "SELL", [("191.99", "192.01"), ("190.79", "190.81")], auxPrice=1.0)
    case("trailing_percent", "TRAIL", "SELL", [("189.99", "190.01"), ("187.99", "188.01")], trailingPercent=1.0)
    case(
        "trailing_limit", "TRAIL LIMIT", "SELL", [("188.79", "188.81")],
        auxPrice=1.0, trailStopPrice=189.0, lmtPriceOffset=0.5,
    )  # fmt: skip
    case("if_touched", "MIT", "BUY", [("188.97", "188.99")], auxPrice=189.0)
    case("limit_if_touched", "LIT", "BUY", [("188.97", "188.99")], auxPrice=189.0, lmtPrice=189.1)
    case("market_to_limit", "MTL", "BUY", [])
    case("relative", "REL", "BUY", [("189.95", "189.98")], expect_fill=False, auxPrice=0.01)
    case("midprice", "MIDPRICE", "BUY", [("189.96", "189.98")], expect_fill=False, lmtPrice=190)
    case("at_the_close", "MOC", "BUY", [("189.95", "189.98")], expect_fill=False)
    case("limit_at_the_close", "LOC", "BUY", [("189.95", "189.98")], expect_fill=False, lmtPrice=190)
    seen["protected_is_for_futures"] = refused("MKT PRT")
    seen["unknown"] = refused("NOSUCH")
