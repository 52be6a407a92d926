"""After the drill: desk and simulator side by side, order by order, fill by fill, position by position.

The simulator is asked over its control port, so it answers for IB itself, past everything a client may have missed.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.drill.listener import Listener
from tests.drill.traffic import Intent

Row = dict[str, Any]

# What the desk may say of an order for each of IB's words. Partly filled and cancelled is cancelled at IB.
AGREES = {
    "ApiPending": {"pending_submit"},
    "PendingSubmit": {"pending_submit"},
    "PreSubmitted": {"working", "partially_filled"},
    "Submitted": {"working", "partially_filled"},
    "PendingCancel": {"pending_cancel", "working", "partially_filled"},
    "Cancelled": {"cancelled", "expired", "rejected"},
    "Filled": {"filled"},
    "Inactive": {"rejected"},
}


@dataclass(slots=True)
class Findings:
    """What does not agree, by kind; every list must be empty."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong_state: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    fills_lost: list[str] = field(default_factory=list)
    fills_doubled: list[str] = field(default_factory=list)
    fills_wrong: list[str] = field(default_factory=list)
    positions_wrong: list[str] = field(default_factory=list)
    stream_gaps: list[str] = field(default_factory=list)
    stream_wrong: list[str] = field(default_factory=list)
    honest_unknowns: list[str] = field(default_factory=list)
    """Unknown at the desk, and IB has no trace of it: nobody can settle these but a person. Not a failure."""

    def failures(self) -> dict[str, list[str]]:
        """Everything that makes a drill fail."""
        return {
            name: getattr(self, name) for name in self.__slots__ if name != "honest_unknowns" and getattr(self, name)
        }


@dataclass(frozen=True, slots=True)
class Books:
    """What both sides have on record: the desk's REST answers and the simulator's state."""

    orders: list[Row]
    fills: list[Row]
    positions: list[Row]
    ib: Row
    stream: list[int]
    """Numbers of the events a client subscribed since the start should have seen."""


def compare(intents: list[Intent], books: Books, listener: Listener) -> Findings:
    """All comparisons."""
    findings = Findings()
    _intents(intents, books, findings)
    _orders(books, findings)
    _fills(books, findings)
    _positions(books, findings)
    _stream(books, listener, findings)
    return findings


def _intents(intents: list[Intent], books: Books, findings: Findings) -> None:
    by_client_id: dict[str, list[Row]] = {}
    for order in books.orders:
        by_client_id.setdefault(order["client_order_id"], []).append(order)
    for intent in intents:
        found = by_client_id.get(intent.client_order_id, [])
        if intent.was_accepted and intent.order_id not in {row["id"] for row in found}:
            findings.lost.append(
                f"{intent.client_order_id} was accepted as {intent.order_id}, the desk has no such order"
            )
        if len(found) > 1:
            findings.doubled.append(f"{intent.client_order_id}: {len(found)} orders at the desk")


def _orders(books: Books, findings: Findings) -> None:
    at_ib: dict[str, list[Row]] = {}
    for row in books.ib["orders"]:
        at_ib.setdefault(row["order_ref"], []).append(row)
    ours = {row["id"]: row for row in books.orders if row["origin"] == "desk"}
    for order_ref, rows in at_ib.items():
        if order_ref and order_ref not in ours:
            findings.lost.append(f"IB has order {order_ref} ({rows[0]['status']}), the desk does not")
    for order in ours.values():
        _order(order, at_ib.get(order["id"], []), findings)


def _order(order: Row, at_ib: list[Row], findings: Findings) -> None:
    name = f"{order['client_order_id']} ({order['status']}, {order['filled_quantity']} of {order['quantity']})"
    if len(at_ib) > 1:
        findings.doubled.append(f"{name}: {len(at_ib)} orders at IB")
    elif not at_ib:
        if order["status"] == "unknown":
            findings.honest_unknowns.append(name)
        elif order["status"] not in {"rejected", "cancelled"} or Decimal(order["filled_quantity"]):
            findings.wrong_state.append(f"{name}: IB has no trace of it")
    elif order["status"] in {"unknown", "pending_submit", "pending_cancel", "pending_replace"}:
        findings.unsettled.append(f"{name}: IB says {at_ib[0]['status']}")
    else:
        row = at_ib[0]
        if order["status"] not in AGREES[row["status"]]:
            findings.wrong_state.append(f"{name}: IB says {row['status']} ({row['completed_status']})")
        for ours, theirs in (("filled_quantity", "filled"), ("quantity", "quantity"), ("limit_price", "limit_price")):
            if not _equal(order[ours], row[theirs]):
                findings.wrong_state.append(f"{name}: {ours} is {order[ours]}, at IB {row[theirs]}")


def _equal(left: str | None, right: str | None) -> bool:
    return left == right if left is None or right is None else Decimal(left) == Decimal(right)


def _fills(books: Books, findings: Findings) -> None:
    ours: dict[str, list[Row]] = {}
    for fill in books.fills:
        if fill["is_current"]:
            ours.setdefault(fill["exec_id"], []).append(fill)
    theirs = {row["exec_id"]: row for row in books.ib["executions"]}
    for exec_id, row in theirs.items():
        found = ours.get(exec_id, [])
        name = f"{exec_id} {row['symbol']} {row['quantity']} at {row['price']} ({row['order_ref']})"
        if not found:
            findings.fills_lost.append(name)
        elif len(found) > 1:
            findings.fills_doubled.append(name)
        elif not (_equal(found[0]["quantity"], row["quantity"]) and _equal(found[0]["price"], row["price"])):
            findings.fills_wrong.append(f"{name}: the desk has {found[0]['quantity']} at {found[0]['price']}")
    findings.fills_doubled += [f"{key}: IB has no such execution" for key in ours if key not in theirs]


def _positions(books: Books, findings: Findings) -> None:
    ours = {row["symbol"]: Decimal(row["quantity"]) for row in books.positions if Decimal(row["quantity"])}
    theirs = {
        row["symbol"]: Decimal(row["quantity"]) for account in books.ib["accounts"] for row in account["positions"]
    }
    for symbol in sorted(ours.keys() | theirs.keys()):
        if ours.get(symbol, Decimal(0)) != theirs.get(symbol, Decimal(0)):
            findings.positions_wrong.append(f"{symbol}: {ours.get(symbol, 0)}, at IB {theirs.get(symbol, 0)}")


def _stream(books: Books, listener: Listener, findings: Findings) -> None:
    findings.stream_gaps += listener.gaps
    if listener.resets:
        findings.stream_gaps.append(f"told {listener.resets} times to start over, and nothing had been pruned")
    missed = [seq for seq in books.stream if seq not in listener.seen]
    if missed:
        findings.stream_gaps.append(f"{len(missed)} events never came, the first is {missed[0]}")
    for order in books.orders:
        told = listener.orders.get(order["id"])
        if told is not None and (told["status"], told["filled_quantity"]) != (
            order["status"],
            order["filled_quantity"],
        ):
            findings.stream_wrong.append(
                f"{order['client_order_id']}: last told {told['status']}, is {order['status']}"
            )
