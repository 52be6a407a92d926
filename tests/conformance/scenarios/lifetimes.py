"""Times in force, all or none, hidden and iceberg orders, partial fills."""

from typing import Any

from control import Control
from face import Face
from order_types import APPLE

EXPECTED: dict[str, Any] = {
    "immediate_or_cancel": ["Cancelled", 500.0, [[500.0, 190.01]], [202]],
    "fill_or_kill": ["Cancelled", 0.0, [], [202]],
    "fill_or_kill_that_fits": ["Filled", 300.0, [[300.0, 190.01]], []],
    "all_or_none_waits": ["Submitted", 0.0],
    "all_or_none_fills": [[800.0, 190.01]],
    "partial": ["Submitted", 700.0],
    "partial_done": ["Filled", [[500.0, 190.01], [500.0, 190.01], [200.0, 190.01]], 6.0],
    "good_till_a_past_date": 334,
    "good_till_date": True,
    "good_till_cancelled": True,
    "iceberg": True,
    "hidden": True,
    "all_cancelled": True,
}


def live_through(face: Face, control: Control, seen: dict[str, Any]) -> None:
    """Orders that meet too little size."""
    apple = face.contract(**APPLE)

    def sell_side(size: str) -> None:
        control.pin("AAPL", "189.99", "190.01", size)

    def take(name: str, quantity: float, **fields: Any) -> None:
        sell_side("500")
        order_id = face.place(apple, face.order("BUY", quantity, "LMT", lmtPrice=190.01, **fields))
        face.settled(order_id)
        face.until(lambda: face.codes(order_id), 0.5)
        view = face.view(order_id)
        seen[name] = [view.status, view.filled, view.fills, face.codes(order_id)]

    take("immediate_or_cancel", 800, tif="IOC")
    take("fill_or_kill", 800, tif="FOK")
    take("fill_or_kill_that_fits", 300, tif="FOK")

    sell_side("500")
    whole = face.place(apple, face.order("BUY", 800, "LMT", lmtPrice=190.01, allOrNone=True))
    face.wait(0.4)
    seen["all_or_none_waits"] = [face.view(whole).status, face.view(whole).filled]
    sell_side("800")
    seen["all_or_none_fills"] = face.settled(whole).fills

    sell_side("500")
    part = face.place(apple, face.order("BUY", 1200, "LMT", lmtPrice=190.01))
    face.until(lambda: face.view(part).filled == 500)
    seen["partial"] = [face.view(part).status, face.view(part).remaining]
    for _ in range(2):
        sell_side("500")
        face.wait(0.05)
    view = face.settled(part)
    seen["partial_done"] = [view.status, view.fills, round(sum(view.commissions), 4)]

    past = face.order("BUY", 1, "LMT", lmtPrice=150, tif="GTD", goodTillDate="20200101 10:00:00 US/Eastern")
    seen["good_till_a_past_date"] = face.refusal(apple, past)
    dated = face.order("BUY", 1, "LMT", lmtPrice=150, tif="GTD", goodTillDate="20301231 10:00:00 US/Eastern")
    order_id = face.place(apple, dated)
    seen["good_till_date"] = face.reaches(order_id, "Submitted")
    lasting = face.place(apple, face.order("BUY", 1, "LMT", lmtPrice=150, tif="GTC"))
    seen["good_till_cancelled"] = face.reaches(lasting, "Submitted")
    shown = face.place(apple, face.order("BUY", 1000, "LMT", lmtPrice=150, displaySize=100))
    seen["iceberg"] = face.reaches(shown, "Submitted")
    hidden = face.place(apple, face.order("BUY", 1000, "LMT", lmtPrice=150, hidden=True))
    seen["hidden"] = face.reaches(hidden, "Submitted")
    face.cancel_all()
    seen["all_cancelled"] = face.until(
        lambda: all(face.view(number).status == "Cancelled" for number in (order_id, lasting, shown, hidden))
    )
