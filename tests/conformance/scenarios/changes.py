"""Changing and cancelling orders, in time and too late."""

from typing import Any

from control import Control
from face import Face
from order_types import APPLE

EXPECTED: dict[str, Any] = {
    "changed": ["189.5", 150.0],
    "bad_change": [[110], "189.5"],
    "cancelled": ["Cancelled", [202]],
    "cancelled_twice": [10148],
    "cancel_of_nothing": [10147],
    "cancel_of_a_filled": [10148],
    "refusals": {"tick": 110, "contract": 200, "zero": 434, "fraction": 10243, "margin": 201, "account": 321},
}


def live_through(face: Face, control: Control, seen: dict[str, Any]) -> None:
    """Modify, cancel, and lose the race."""
    apple = face.contract(**APPLE)
    control.pin("AAPL", "189.99", "190.01", "100000", replenish=True)

    def server(order_id: int) -> dict[str, Any]:
        rows = control.get("/state")["orders"]
        (row,) = [row for row in rows if row["order_id"] == order_id and row["client_id"] == face.client_id]
        return row

    order = face.order("BUY", 100, "LMT", lmtPrice=189)
    order_id = face.place(apple, order)
    face.reaches(order_id, "Submitted")
    order.lmtPrice, order.totalQuantity = 189.5, type(order.totalQuantity)(150)
    face.place(apple, order, order_id)
    face.until(lambda: server(order_id)["limit_price"] == "189.5")
    seen["changed"] = [server(order_id)["limit_price"], float(server(order_id)["quantity"])]
    order.lmtPrice = 189.505
    face.place(apple, order, order_id)
    face.until(lambda: face.codes(order_id))
    seen["bad_change"] = [face.codes(order_id), server(order_id)["limit_price"]]

    fresh = face.place(apple, face.order("BUY", 100, "LMT", lmtPrice=189))
    face.reaches(fresh, "Submitted")
    face.cancel(fresh)
    face.reaches(fresh, "Cancelled")
    face.until(lambda: face.codes(fresh))
    seen["cancelled"] = [face.view(fresh).status, face.codes(fresh)]
    face.cancel(fresh)
    face.until(lambda: len(face.codes(fresh)) > 1)
    seen["cancelled_twice"] = face.codes(fresh)[1:]
    face.cancel(987_654)
    face.until(lambda: face.codes(987_654))
    seen["cancel_of_nothing"] = face.codes(987_654)

    filled = face.place(apple, face.order("BUY", 100, "MKT"))
    face.settled(filled)
    face.cancel(filled)
    face.until(lambda: face.codes(filled))
    seen["cancel_of_a_filled"] = face.codes(filled)
    seen["refusals"] = {
        "tick": face.refusal(apple, face.order("BUY", 100, "LMT", lmtPrice=190.005)),
        "contract": face.refusal(
            face.contract(**{**APPLE, "symbol": "NOSUCH", "conId": 0}), face.order("BUY", 1, "MKT")
        ),
        "zero": face.refusal(apple, face.order("BUY", 0, "MKT")),
        "fraction": face.refusal(apple, face.order("BUY", 0.5, "MKT")),
        "margin": face.refusal(apple, face.order("BUY", 1_000_000, "MKT")),
        "account": face.refusal(apple, face.order("BUY", 1, "MKT", account="DU0000000")),
    }
