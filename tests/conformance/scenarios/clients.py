"""Several clients of one Gateway, and client 0."""

from typing import Any

from control import Control
from face import Face
from order_types import APPLE

EXPECTED: dict[str, Any] = {
    "own": [0, ["mine"]],
    "not_others_to_cancel": [[10147], "Submitted"],
    "executions_of_all": [0, 1],
    "bound": True,
    "cancelled_by_another": True,
    "time": True,
}


def live_through(face: Face, control: Control, seen: dict[str, Any]) -> None:
    """Who owns an order, who sees it, who may cancel it."""
    apple = face.contract(**APPLE)
    control.pin("AAPL", "189.99", "190.01", "100000", replenish=True)
    order_id = face.place(apple, face.order("BUY", 10, "LMT", lmtPrice=150, orderRef="mine"))
    face.reaches(order_id, "Submitted")
    other = face.another(face.client_id + 1)
    seen["own"] = [len(other.open_orders()), [row["ref"] for row in other.open_orders(of_all=True)]]
    other.cancel(order_id)
    other.until(lambda: other.codes(order_id))
    seen["not_others_to_cancel"] = [other.codes(order_id), face.view(order_id).status]
    seen["executions_of_all"] = len(other.executions())
    face.settled(face.place(apple, face.order("BUY", 10, "MKT")))
    seen["executions_of_all"] = [seen["executions_of_all"], len(other.executions())]
    zero = face.another(0)
    zero.bind()
    zero.wait(0.1)
    seen["bound"] = zero.codes(-1) == [code for code in zero.codes(-1) if code in {2104, 2106, 2158}]
    other.cancel_all()
    seen["cancelled_by_another"] = face.reaches(order_id, "Cancelled")
    zero.close()
    other.close()
    seen["time"] = face.time() > 10**9
