"""Brackets and groups of which one cancels the others."""

from typing import Any

from control import Control
from face import Face
from order_types import APPLE

EXPECTED: dict[str, Any] = {
    "bracket_waits": [["Submitted", ""], ["PreSubmitted", "child"], ["PreSubmitted", "child"]],
    "bracket_entered": ["Filled", "Submitted", "PreSubmitted"],
    "bracket_done": [["Filled", [[100.0, 189.0]]], ["Filled", [[100.0, 195.0]]], ["Cancelled", []]],
    "parent_cancelled": ["Cancelled", "Cancelled", "Cancelled"],
    "group_1_partly": [40.0, "Cancelled", 100.0],
    "group_1_done": ["Filled", "Cancelled"],
    "group_2_partly": [40.0, "Submitted", 60.0],
    "group_2_done": ["Filled", "Cancelled"],
    "group_3_partly": [40.0, "Submitted", 60.0],
    "group_3_done": ["Filled", "Cancelled"],
}


def live_through(face: Face, control: Control, seen: dict[str, Any]) -> None:
    """Parents with children, and groups of each type."""
    apple = face.contract(**APPLE)
    bracket(face, control, apple, seen)
    cancelled_parent(face, control, apple, seen)
    for kind in (1, 2, 3):
        group(face, control, apple, kind, seen)


def place_bracket(face: Face, apple: Any, limit: float) -> tuple[int, int, int]:
    """A parent, its profit taker and its stop."""
    parent_id = face.place(apple, face.order("BUY", 100, "LMT", lmtPrice=limit, transmit=False))
    profit = face.order("SELL", 100, "LMT", lmtPrice=195, parentId=parent_id, transmit=False)
    profit_id = face.place(apple, profit)
    stop_id = face.place(apple, face.order("SELL", 100, "STP", auxPrice=185, parentId=parent_id, transmit=True))
    return parent_id, profit_id, stop_id


def bracket(face: Face, control: Control, apple: Any, seen: dict[str, Any]) -> None:
    control.pin("AAPL", "189.99", "190.01", "100000", replenish=True)
    ids = place_bracket(face, apple, 189.0)
    face.until(lambda: all(face.view(number).status in {"Submitted", "PreSubmitted"} for number in ids))
    seen["bracket_waits"] = [[face.view(number).status, face.view(number).why_held] for number in ids]
    control.pin("AAPL", "188.98", "189.00", "100000", replenish=True)
    face.settled(ids[0])
    face.until(lambda: face.view(ids[1]).status == "Submitted")
    seen["bracket_entered"] = [face.view(number).status for number in ids]
    control.pin("AAPL", "195.01", "195.03", "100000", replenish=True)
    face.settled(ids[1])
    face.until(lambda: face.view(ids[2]).is_done)
    seen["bracket_done"] = [[face.view(number).status, face.view(number).fills] for number in ids]


def cancelled_parent(face: Face, control: Control, apple: Any, seen: dict[str, Any]) -> None:
    control.pin("AAPL", "189.99", "190.01", "100000", replenish=True)
    ids = place_bracket(face, apple, 180.0)
    face.until(lambda: all(face.view(number).status in {"Submitted", "PreSubmitted"} for number in ids))
    face.cancel(ids[0])
    face.until(lambda: all(face.view(number).is_done for number in ids))
    seen["parent_cancelled"] = [face.view(number).status for number in ids]


def group(face: Face, control: Control, apple: Any, kind: int, seen: dict[str, Any]) -> None:
    """Two orders of one group; the first is filled to 40 of 100."""
    control.pin("AAPL", "189.99", "190.01", "1000", replenish=True)
    fields = {"ocaGroup": f"group {kind}", "ocaType": kind}
    first = face.place(apple, face.order("BUY", 100, "LMT", lmtPrice=188, **fields))
    second = face.place(apple, face.order("BUY", 100, "LMT", lmtPrice=180, **fields))
    face.until(lambda: face.view(first).status == face.view(second).status == "Submitted")
    control.pin("AAPL", "187.97", "187.99", "40")
    face.until(lambda: face.view(first).filled == 40)
    face.until(lambda: face.view(second).status == "Cancelled" or face.view(second).remaining != 100, 1)
    seen[f"group_{kind}_partly"] = [face.view(first).filled, face.view(second).status, face.view(second).remaining]
    control.pin("AAPL", "187.97", "187.99", "1000")
    face.settled(first)
    face.until(lambda: face.view(second).is_done, 1)
    seen[f"group_{kind}_done"] = [face.view(first).status, face.view(second).status]
    if not face.view(second).is_done:
        face.cancel(second)
        face.until(lambda: face.view(second).is_done)
