"""Several accounts of one login."""

from typing import Any

from control import Control
from face import Face
from order_types import APPLE

EXPECTED: dict[str, Any] = {
    "accounts": ["DU1234567", "DU7654321"],
    "positions": [["DU1234567", "AAPL", 100.0], ["DU7654321", "AAPL", -40.0]],
    "executions": [["DU7654321", "SLD"]],
    "no_account": 435,
    "summary": [
        "DU1234567 NetLiquidation",
        "DU1234567 TotalCashValue",
        "DU7654321 NetLiquidation",
        "DU7654321 TotalCashValue",
    ],
    "cash": [980998.0, 1007599],
    "values": ["true", True, True],
    "pnl": 0.0,
    "unrealized": True,
}


def live_through(face: Face, control: Control, seen: dict[str, Any]) -> None:
    """Trade in two accounts and keep them apart."""
    apple = face.contract(**APPLE)
    control.pin("AAPL", "189.99", "190.01", "100000", replenish=True)
    first, second = face.accounts()
    seen["accounts"] = [first, second]
    face.settled(face.place(apple, face.order("BUY", 100, "MKT", account=first)))
    face.settled(face.place(apple, face.order("SELL", 40, "MKT", account=second)))
    seen["positions"] = sorted(row[:3] for row in face.positions() if row[2])
    seen["executions"] = [[row["account"], row["side"]] for row in face.executions(acctCode=second)]
    seen["no_account"] = face.refusal(apple, face.order("BUY", 1, "MKT", account=""))
    told = face.summary("NetLiquidation,TotalCashValue")
    seen["summary"] = sorted(told)
    seen["cash"] = [float(told[f"{first} TotalCashValue"]), round(float(told[f"{second} TotalCashValue"]))]
    values = face.values(second)
    seen["values"] = [values["AccountReady"], values["AccountCode"] == second, float(values["BuyingPower"]) > 0]
    seen["pnl"] = face.pnl(first)["realized"]
    seen["unrealized"] = face.pnl(first)["unrealized"] < 0
