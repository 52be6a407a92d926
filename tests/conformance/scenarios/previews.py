"""What an order would cost."""

from typing import Any

from control import Control
from face import Face
from order_types import APPLE

EXPECTED: dict[str, Any] = {
    "stock": [True, 1.0, "USD"],
    "as_foretold": True,
    "nothing_was_placed_by_the_preview": 1,
}


def live_through(face: Face, control: Control, seen: dict[str, Any]) -> None:
    """Preview, then place, and compare."""
    apple = face.contract(**APPLE)
    control.pin("AAPL", "189.99", "190.01", "100000", replenish=True)
    told = face.what_if(apple, face.order("BUY", 100, "LMT", lmtPrice=190.01))
    seen["stock"] = [told["margin"] > 1000, told["commission"], told["in"]]
    before = float(face.values(face.accounts()[0])["InitMarginReq"])
    face.settled(face.place(apple, face.order("BUY", 100, "LMT", lmtPrice=190.01)))
    face.wait(0.1)
    after = float(face.values(face.accounts()[0])["InitMarginReq"])
    seen["as_foretold"] = abs(after - before - told["margin"]) < 5
    seen["nothing_was_placed_by_the_preview"] = len(face.executions())
