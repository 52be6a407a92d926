"""Executions, commissions, profit, open and completed orders."""

from typing import Any

from control import Control
from face import Face
from order_types import APPLE

MICROSOFT = {"symbol": "MSFT", "secType": "STK", "exchange": "SMART", "currency": "USD", "conId": 272093}

EXPECTED: dict[str, Any] = {
    "realized": [True, [[100.0, 191.99]]],
    "executions": [["in", "BOT", 100.0, 190.01], ["out", "SLD", 100.0, 191.99], ["short", "SLD", 50.0, 399.99]],
    "by_symbol": ["short"],
    "by_side": ["in"],
    "by_client": 0,
    "open": [
        {
            "symbol": "AAPL",
            "action": "BUY",
            "quantity": 10.0,
            "type": "LMT",
            "limit": 100.0,
            "status": "Submitted",
            "ref": "resting",
        }
    ],
    "completed": [["dropped", "Cancelled"], ["in", "Filled"], ["out", "Filled"], ["short", "Filled"]],
    "positions": [["MSFT", -50.0]],
    "single": -50.0,
}


def live_through(face: Face, control: Control, seen: dict[str, Any]) -> None:
    """Trade in and out of two stocks and read the day's reports."""
    apple, microsoft = face.contract(**APPLE), face.contract(**MICROSOFT)
    control.pin("AAPL", "189.99", "190.01", "100000", replenish=True)
    control.pin("MSFT", "399.99", "400.01", "100000", replenish=True)
    face.settled(face.place(apple, face.order("BUY", 100, "MKT", orderRef="in")))
    face.settled(face.place(microsoft, face.order("SELL", 50, "MKT", orderRef="short")))
    control.pin("AAPL", "191.99", "192.01", "100000", replenish=True)
    out = face.settled(face.place(apple, face.order("SELL", 100, "MKT", orderRef="out")))
    # Bought at 190.01 with commission 1, sold at 191.99 with commission 1 and what the exchanges charge on sales.
    seen["realized"] = [196.0 - out.realized[0] < 0.05, out.fills]
    resting = face.place(apple, face.order("BUY", 10, "LMT", lmtPrice=100, orderRef="resting"))
    face.reaches(resting, "Submitted")
    dropped = face.place(apple, face.order("BUY", 10, "LMT", lmtPrice=101, orderRef="dropped"))
    face.reaches(dropped, "Submitted")
    face.cancel(dropped)
    face.reaches(dropped, "Cancelled")

    rows = face.executions()
    seen["executions"] = sorted([row["ref"], row["side"], row["shares"], row["price"]] for row in rows)
    seen["by_symbol"] = [row["ref"] for row in face.executions(symbol="MSFT")]
    seen["by_side"] = [row["ref"] for row in face.executions(side="BUY")]
    seen["by_client"] = len(face.executions(clientId=face.client_id + 50))
    seen["open"] = face.open_orders()
    # Which orders of the day are done; those that are filled say nothing of their size.
    done = [[row["ref"], row["status"]] for row in face.completed()]
    seen["completed"] = sorted(row for row in done if row[0] in {"in", "out", "short", "dropped"})
    seen["positions"] = [row[1:3] for row in face.positions() if row[2]]
    seen["single"] = face.pnl(face.accounts()[0], 272093)["position"]
    face.cancel_all()
    face.until(lambda: face.view(resting).is_done)
