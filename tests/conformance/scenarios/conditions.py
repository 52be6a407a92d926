"""Orders that wait for a price or a time."""

from typing import Any

from control import Control
from face import Face
from order_types import APPLE

EXPECTED: dict[str, Any] = {
    "price_waits": ["PreSubmitted", 0.0],
    "price_met": [[100.0, 191.51]],
    "time_met": [[10.0, 191.51]],
    "time_waits": ["PreSubmitted", 0.0],
    "time_cancelled": True,
    "cancelled_by_condition": True,
}


def live_through(face: Face, control: Control, seen: dict[str, Any]) -> None:
    """Hold orders by conditions and let them go."""
    apple = face.contract(**APPLE)
    control.pin("AAPL", "189.99", "190.01", "100000", replenish=True)
    above = face.price_condition(265598, above=True, price=191.0)
    waiting = face.place(apple, face.order("BUY", 100, "MKT", conditions=[above]))
    face.until(lambda: face.view(waiting).status == "PreSubmitted")
    face.wait(0.3)
    seen["price_waits"] = [face.view(waiting).status, face.view(waiting).filled]
    control.pin("AAPL", "191.49", "191.51", "100000", replenish=True)
    seen["price_met"] = face.settled(waiting).fills

    past = face.time_condition(after=True, moment="20200101 10:00:00 US/Eastern")
    seen["time_met"] = face.settled(face.place(apple, face.order("BUY", 10, "MKT", conditions=[past]))).fills
    future = face.time_condition(after=True, moment="20301231 10:00:00 US/Eastern")
    later = face.place(apple, face.order("BUY", 10, "MKT", conditions=[future]))
    face.until(lambda: face.view(later).status == "PreSubmitted")
    face.wait(0.3)
    seen["time_waits"] = [face.view(later).status, face.view(later).filled]
    face.cancel(later)
    seen["time_cancelled"] = face.reaches(later, "Cancelled")

    below = face.price_condition(265598, above=False, price=191.0)
    ends = face.order("BUY", 100, "LMT", lmtPrice=150, conditions=[below], conditionsCancelOrder=True)
    ending = face.place(apple, ends)
    face.reaches(ending, "Submitted")
    control.pin("AAPL", "190.49", "190.51", "100000", replenish=True)
    seen["cancelled_by_condition"] = face.reaches(ending, "Cancelled")
