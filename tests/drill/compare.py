"""After the drill: desk and simulator side by side, order by order; fills, positions and stream have their own files.

The simulator is asked over its control port, so it answers for IB itself, past everything a client may have missed.
"""

from collections.abc import Sequence
from decimal import Decimal

from tests.drill.books import Books, Findings, Row
from tests.drill.compare_fills import compare_fills, compare_positions
from tests.drill.compare_stream import compare_stream
from tests.drill.kind import MOVED
from tests.drill.listener import Listener
from tests.drill.traffic import Intent
from tests.drill.values import equal

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
_TERMS = (
    ("filled_quantity", "filled"),
    ("quantity", "quantity"),
    ("limit_price", "limit_price"),
    ("stop_price", "stop_price"),
)
_WORDS = (("side", "action"), ("order_type", "order_type"), ("time_in_force", "time_in_force"), ("symbol", "symbol"))
_UNSETTLED = {"unknown", "pending_submit", "pending_cancel", "pending_replace"}


def compare(
    intents: Sequence[Intent], books: Books, listener: Listener, *, wrong_answers: Sequence[str] = ()
) -> Findings:
    """All comparisons."""
    findings = Findings(answers_wrong=list(wrong_answers))
    at_ib = _by_reference(books)
    _intents(intents, books, findings)
    _desk_orders(books, at_ib, findings)
    _other_orders(books, findings)
    _incidents(books, at_ib, findings)
    compare_fills(books, findings)
    compare_positions(books, findings)
    compare_stream(books, listener, findings)
    return findings


def _by_reference(books: Books) -> dict[str, list[Row]]:
    at_ib: dict[str, list[Row]] = {}
    for row in books.ib["orders"]:
        if row["order_ref"]:
            at_ib.setdefault(row["order_ref"], []).append(row)
    return at_ib


def _intents(intents: Sequence[Intent], books: Books, findings: Findings) -> None:
    by_client_id: dict[str, list[Row]] = {}
    for order in books.orders:
        by_client_id.setdefault(order["client_order_id"], []).append(order)
    for intent in intents:
        name, found = intent.client_order_id, by_client_id.get(intent.client_order_id, [])
        missing = intent.order_ids - {row["id"] for row in found}
        if missing:
            findings.lost.append(f"{name} was accepted as {', '.join(missing)}, the desk has no such order")
        if len(found) > 1 or len(intent.order_ids) > 1:
            findings.doubled.append(f"{name}: {len(found)} orders at the desk, accepted as {len(intent.order_ids)}")
        if intent.was_refused and found:
            findings.answers_wrong.append(f"{name} was refused each time ({intent.statuses}), the desk has it")
        for row in found:
            wrong = [
                key
                for key in ("symbol", "side", "order_type", "time_in_force")
                if row[key] != intent.body.get(key, row[key])
            ]
            if wrong:
                findings.wrong_state.append(f"{name}: {', '.join(wrong)} is not what was asked for")


def _desk_orders(books: Books, at_ib: dict[str, list[Row]], findings: Findings) -> None:
    ours = {row["id"]: row for row in books.orders if row["origin"] == "desk"}
    for order_ref, rows in at_ib.items():
        if order_ref not in ours:
            findings.lost.append(f"IB has order {order_ref} ({rows[0]['status']}), the desk does not")
    for order in ours.values():
        _order(order, at_ib.get(order["id"], []), findings)


def _other_orders(books: Books, findings: Findings) -> None:
    """Orders from elsewhere have no reference of ours; IB's permanent number is all there is."""
    theirs = {row["perm_id"]: row for row in books.ib["orders"]}
    seen: set[int] = set()
    for order in (row for row in books.orders if row["origin"] != "desk"):
        perm_id = order["ib"]["perm_id"]
        row = theirs.get(perm_id)
        if perm_id is not None and perm_id in seen:
            findings.doubled.append(f"{_named(order)}: the desk has IB's order {perm_id} twice")
        elif row is not None and row["order_ref"]:
            findings.doubled.append(f"{_named(order)}: IB's order {perm_id} is our own {row['order_ref']}")
        elif order["origin"] == "external":
            _order(order, [row] if row is not None else [], findings)
        seen.add(perm_id)
    for perm_id, row in theirs.items():
        if not row["order_ref"] and perm_id not in seen:
            findings.lost.append(f"IB has order {perm_id} from elsewhere ({row['status']}), the desk does not")


def _named(order: Row) -> str:
    return f"{order['client_order_id']} ({order['status']}, {order['filled_quantity']} of {order['quantity']})"


def _order(order: Row, at_ib: list[Row], findings: Findings) -> None:
    name = _named(order)
    if len(at_ib) > 1:
        findings.doubled.append(f"{name}: {len(at_ib)} orders at IB")
    elif not at_ib:
        if order["status"] == "unknown":
            findings.honest_unknowns.append(name)
        elif order["status"] not in {"rejected", "cancelled"} or Decimal(order["filled_quantity"]):
            findings.wrong_state.append(f"{name}: IB has no trace of it")
    elif order["status"] == "unknown" and _contradicts_itself(at_ib[0]):
        findings.honest_unknowns.append(name)
        _terms(name, order, at_ib[0], findings)
    elif order["status"] in _UNSETTLED and order["status"] not in AGREES[at_ib[0]["status"]]:
        findings.unsettled.append(f"{name}: IB says {at_ib[0]['status']}")
    else:
        if order["status"] not in AGREES[at_ib[0]["status"]] and not _was_filled_after_its_end(order, at_ib[0]):
            findings.wrong_state.append(f"{name}: IB says {at_ib[0]['status']} ({at_ib[0]['completed_status']})")
        _terms(name, order, at_ib[0], findings)


def _is_honest(rows: list[Row]) -> bool:
    return not rows or (len(rows) == 1 and _contradicts_itself(rows[0]))


def _contradicts_itself(row: Row) -> bool:
    """IB calls it Filled and has taken back what filled it: what remains of such an order only a person can ask."""
    return row["status"] == "Filled" and Decimal(row["filled"]) < Decimal(row["quantity"])


def _was_filled_after_its_end(order: Row, row: Row) -> bool:
    """IB goes on calling it Cancelled though an execution came after the cancel and all of it is filled."""
    return order["status"] == "filled" and row["status"] == "Cancelled" and equal(row["filled"], row["quantity"])


def _terms(name: str, order: Row, row: Row, findings: Findings) -> None:
    for ours, theirs in _TERMS:
        if not equal(order[ours], row[theirs]):
            findings.wrong_state.append(f"{name}: {ours} is {order[ours]}, at IB {row[theirs]}")
    for ours, theirs in _WORDS:
        if order[ours] != row[theirs]:
            findings.wrong_state.append(f"{name}: {ours} is {order[ours]}, at IB {row[theirs]}")


def _incidents(books: Books, at_ib: dict[str, list[Row]], findings: Findings) -> None:
    """Open at the end: only what IB has no trace of, and what IB itself did that nobody ordered."""
    unknown = {row["id"] for row in books.orders if row["status"] == "unknown" and _is_honest(at_ib.get(row["id"], []))}
    overfilled = {
        ref for ref, rows in at_ib.items() for row in rows if Decimal(row["filled"]) > Decimal(row["quantity"])
    }
    for row in books.incidents:
        is_explained = (
            row["order"] in unknown
            or (row["kind"] == "fill_over_quantity" and row["order"] in overfilled)
            or (row["kind"] == "position_differs" and row["subject"].split()[1] in MOVED)
        )
        if not is_explained:
            findings.incidents_open.append(f"{row['kind']}: {row['subject']}")
