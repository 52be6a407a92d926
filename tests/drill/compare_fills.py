"""Fill by fill and position by position."""

from collections import defaultdict
from decimal import Decimal

from tests.drill.books import Books, Findings, Row
from tests.drill.kind import MOVED
from tests.drill.values import equal

ZERO = Decimal(0)


def compare_fills(books: Books, findings: Findings) -> None:
    """Every execution that stands at IB counts at the desk once, with the same figures, and nothing else does."""
    ours: dict[str, list[Row]] = {}
    for fill in books.fills:
        if fill["is_current"]:
            ours.setdefault(fill["exec_id"], []).append(fill)
    standing = {row["exec_id"]: row for row in books.ib["executions"] if not row.get("replaced_by")}
    theirs = {key: row for key, row in standing.items() if Decimal(row["quantity"])}
    references = {row["perm_id"]: row["order_ref"] for row in books.ib["orders"]}
    for exec_id, row in theirs.items():
        name = f"{exec_id} {row['symbol']} {row['quantity']} at {row['price']}"
        found = ours.get(exec_id, [])
        if not found:
            findings.fills_lost.append(name)
        elif len(found) > 1:
            findings.fills_doubled.append(name)
        else:
            wrong = _differences(found[0], row, references.get(row["perm_id"], ""), books.lies)
            findings.fills_wrong += [f"{name}: {each}" for each in wrong]
    for exec_id in ours.keys() - theirs.keys():
        findings.fills_doubled.append(f"{exec_id} counts at the desk; at IB it does not stand")
    _sums(books, findings)


def _differences(fill: Row, row: Row, order_ref: str, lies: frozenset[str]) -> list[str]:
    wrong = [f"{key} is {fill[key]}" for key in ("quantity", "price") if not equal(fill[key], row[key])]
    if fill["side"] != ("BUY" if row["is_buy"] else "SELL"):
        wrong.append(f"side is {fill['side']}")
    if fill["symbol"] != row["symbol"]:
        wrong.append(f"symbol is {fill['symbol']}")
    if order_ref and fill["order_id"] != order_ref:
        wrong.append(f"belongs to {fill['order_id']}, at IB to {order_ref}")
    charged = row["commission"] if row["commission_due_at"] else None  # without a date IB never reports any
    if not equal(fill["commission"], charged) and fill["commission"] not in lies:
        wrong.append(f"commission is {fill['commission']}, at IB {charged}")
    return wrong


def _sums(books: Books, findings: Findings) -> None:
    """What an order says of its fills is their sum."""
    filled: dict[str, Decimal] = defaultdict(lambda: ZERO)
    charged: dict[str, Decimal | None] = {}
    for fill in books.fills:
        if fill["is_current"]:
            filled[fill["order_id"]] += Decimal(fill["quantity"])
            if fill["commission"] is not None:
                charged[fill["order_id"]] = (charged.get(fill["order_id"]) or ZERO) + Decimal(fill["commission"])
    for order in books.orders:
        name, key = order["client_order_id"], order["id"]
        if filled[key] != Decimal(order["filled_quantity"]):
            findings.fills_wrong.append(f"{name}: filled {order['filled_quantity']}, its fills say {filled[key]}")
        paid = charged.get(key)
        if not equal(order["commission"] or "0", str(paid or ZERO)):
            findings.fills_wrong.append(f"{name}: commission {order['commission']}, its fills say {paid}")


def compare_positions(books: Books, findings: Findings) -> None:
    """What the desk shows, what IB holds, and what the desk's fills add up to: three times the same."""
    shown = {row["symbol"]: Decimal(row["quantity"]) for row in books.positions}
    held = {row["symbol"]: Decimal(row["quantity"]) for account in books.ib["accounts"] for row in account["positions"]}
    derived: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for fill in books.fills:
        if fill["is_current"]:
            derived[fill["symbol"]] += Decimal(fill["quantity"]) * (1 if fill["side"] == "BUY" else -1)
    for symbol in sorted(shown.keys() | held.keys() | derived.keys()):
        ours, theirs, summed = shown.get(symbol, ZERO), held.get(symbol, ZERO), derived[symbol]
        if ours != theirs:
            findings.positions_wrong.append(f"{symbol}: {ours}, at IB {theirs}")
        if summed != theirs and symbol not in MOVED:
            findings.positions_wrong.append(f"{symbol}: the fills add up to {summed}, at IB {theirs}")
