"""Compare the desk's ledger with what the broker says; pure rules, no clock, no database.

A difference is never settled here by believing one side: it becomes a break that a person can look at. IB's
snapshot and our ledger are taken at slightly different moments, so the service compares twice and keeps only
the differences that stand still (`confirmed`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from trading.domain.fills import split_exec_id
from trading.domain.orders import TRAILING, ZERO, OrderStatus

# IB's words for orders that are over; a snapshot of open orders may still contain one that has just ended.
IB_ENDED = frozenset({"Filled", "Cancelled", "ApiCancelled"})


class Kind(StrEnum):
    """What did not agree."""

    ORDER_MISSING_AT_IB = "order_missing_at_ib"
    ORDER_MISSING_HERE = "order_missing_here"
    ORDER_TERMS = "order_terms"
    FILL_MISSING_AT_IB = "fill_missing_at_ib"
    FILL_MISSING_HERE = "fill_missing_here"
    FILL_DIFFERS = "fill_differs"
    POSITION_DIFFERS = "position_differs"


Evidence = Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One difference: which account, what it is about, and both sides of the story (None: not there)."""

    kind: Kind
    account: str
    subject: str
    ours: Evidence | None
    theirs: Evidence | None

    @property
    def key(self) -> tuple[Kind, str, str]:
        """What makes two breaks the same break in two runs."""
        return (self.kind, self.account, self.subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOrder:
    """An order of ours; `perm_ids` are all the numbers IB ever gave it."""

    account: str
    order_id: str
    perm_ids: frozenset[int]
    con_id: int
    symbol: str
    side: str
    quantity: Decimal
    order_type: str
    limit_price: Decimal | None
    stop_price: Decimal | None
    status: OrderStatus
    was_sent: bool
    other_terms: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerOrder:
    """An open order as IB lists it; `perm_id` is None until IB has numbered it."""

    account: str
    perm_id: int | None
    order_id: int | None
    client_id: int | None
    order_ref: str
    con_id: int
    symbol: str
    side: str
    quantity: Decimal
    order_type: str
    limit_price: Decimal | None
    stop_price: Decimal | None
    status: str
    other_terms: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One execution of either side. Quantity positive; zero means busted."""

    account: str
    exec_id: str
    con_id: int
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    executed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What an account holds of an instrument; signed quantity."""

    account: str
    con_id: int
    symbol: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Our side: the orders IB names and our open ones, executions that count, positions."""

    orders: tuple[LedgerOrder, ...] = ()
    executions: tuple[Execution, ...] = ()
    holdings: tuple[Holding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """IB's side: open orders, the executions of its day, positions."""

    orders: tuple[BrokerOrder, ...] = ()
    executions: tuple[Execution, ...] = ()
    holdings: tuple[Holding, ...] = ()


def compare(ours: Ledger, theirs: Broker, *, fills_since: datetime) -> list[Break]:
    """Every difference between the two sides.

    `fills_since`: IB reports executions of its own day only (TWS API, reqExecutions), so an older fill of ours
    that IB does not name proves nothing.
    """
    return [
        *compare_orders(ours.orders, theirs.orders),
        *compare_executions(ours.executions, theirs.executions, fills_since=fills_since),
        *compare_holdings(ours.holdings, theirs.holdings),
    ]


def confirmed(first: Iterable[Break], second: Iterable[Break]) -> list[Break]:
    """The breaks that two comparisons show alike; what moved in between was in flight."""
    seen = {item.key: item for item in first}
    return [item for item in second if seen.get(item.key) == item]


def compare_orders(ours: Iterable[LedgerOrder], theirs: Iterable[BrokerOrder]) -> list[Break]:
    """Open orders on both sides, matched by our reference first, then by perm id, never by order id alone."""
    ours = list(ours)
    by_ref = {order.order_id: order for order in ours}
    by_perm_id = {(order.account, perm_id): order for order in ours for perm_id in order.perm_ids}
    breaks: list[Break] = []
    found: set[str] = set()
    for other in theirs:
        if other.status in IB_ENDED:
            continue
        mine = by_ref.get(other.order_ref) or by_perm_id.get((other.account, other.perm_id or -1))
        if mine is None or mine.status.is_terminal:
            breaks.append(_missing_here(mine, other))
            continue
        found.add(mine.order_id)
        if difference := _terms_differ(mine, other):
            breaks.append(difference)
    breaks += [_missing_at_ib(order) for order in ours if _should_be_open(order) and order.order_id not in found]
    return breaks


def _should_be_open(order: LedgerOrder) -> bool:
    return order.was_sent and not order.status.is_terminal


def _missing_here(mine: LedgerOrder | None, other: BrokerOrder) -> Break:
    return Break(
        kind=Kind.ORDER_MISSING_HERE,
        account=other.account,
        subject=mine.order_id if mine else _broker_subject(other),
        ours=None if mine is None else _ledger_evidence(mine),
        theirs=_broker_evidence(other),
    )


def _missing_at_ib(order: LedgerOrder) -> Break:
    return Break(
        kind=Kind.ORDER_MISSING_AT_IB,
        account=order.account,
        subject=order.order_id,
        ours=_ledger_evidence(order),
        theirs=None,
    )


def _broker_subject(order: BrokerOrder) -> str:
    if order.perm_id:
        return f"perm id {order.perm_id}"
    return f"client {order.client_id} order {order.order_id}"


def _terms_differ(mine: LedgerOrder, other: BrokerOrder) -> Break | None:
    """While a change of ours is under way the two sides may differ: IB has not echoed it yet."""
    if mine.status is OrderStatus.PENDING_REPLACE or _terms(mine) == _terms(other):
        return None
    return Break(
        kind=Kind.ORDER_TERMS,
        account=mine.account,
        subject=mine.order_id,
        ours=_ledger_evidence(mine),
        theirs=_broker_evidence(other),
    )


def _terms(order: LedgerOrder | BrokerOrder) -> tuple[object, ...]:
    # IB fills the prices an order type does not use with zero
    return (
        order.account,
        order.con_id,
        order.side,
        order.quantity,
        order.order_type,
        order.limit_price or None,
        None if order.order_type in TRAILING else order.stop_price or None,  # IB moves the stop of a trailing order
        order.other_terms,
    )


def _order_evidence(order: LedgerOrder | BrokerOrder) -> dict[str, str | None]:
    return {
        "symbol": order.symbol,
        "side": order.side,
        "quantity": _text(order.quantity),
        "order_type": order.order_type,
        "limit_price": _text(order.limit_price or None),
        "stop_price": _text(order.stop_price or None),
        **dict(order.other_terms),
    }


def _ledger_evidence(order: LedgerOrder) -> Evidence:
    return {"order_id": order.order_id, **_order_evidence(order), "status": order.status.value}


def _broker_evidence(order: BrokerOrder) -> Evidence:
    return {
        "perm_id": None if order.perm_id is None else str(order.perm_id),
        "ib_order_id": None if order.order_id is None else str(order.order_id),
        "client_id": None if order.client_id is None else str(order.client_id),
        "order_ref": order.order_ref or None,
        **_order_evidence(order),
        "status": order.status,
    }


def compare_executions(ours: Iterable[Execution], theirs: Iterable[Execution], *, fills_since: datetime) -> list[Break]:
    """Executions that count on both sides, matched by account and execution root; the highest revision counts."""
    mine, other = _latest(ours), _latest(theirs)
    breaks: list[Break] = []
    for key in sorted(mine.keys() | other.keys()):
        left, right = mine.get(key), other.get(key)
        if kind := _fill_difference(left, right, fills_since):
            account, subject = key
            breaks.append(
                Break(
                    kind=kind,
                    account=account,
                    subject=subject,
                    ours=_fill_evidence(left),
                    theirs=_fill_evidence(right),
                )
            )
    return breaks


def _fill_difference(left: Execution | None, right: Execution | None, fills_since: datetime) -> Kind | None:
    if left is None:
        # a bust of something we never booked leaves nothing to book
        return None if right is None or right.quantity == 0 else Kind.FILL_MISSING_HERE
    if right is None:
        counts = left.quantity > 0 and left.executed_at >= fills_since
        return Kind.FILL_MISSING_AT_IB if counts else None
    return None if _facts(left) == _facts(right) else Kind.FILL_DIFFERS


def _facts(execution: Execution) -> tuple[object, ...]:
    return (execution.exec_id, execution.con_id, execution.side, execution.quantity, execution.price)


def _latest(executions: Iterable[Execution]) -> dict[tuple[str, str], Execution]:
    latest: dict[tuple[str, str], tuple[int, Execution]] = {}
    for execution in executions:
        root, revision = split_exec_id(execution.exec_id)
        key = (execution.account, root)
        if key not in latest or latest[key][0] < revision:
            latest[key] = (revision, execution)
    return {key: execution for key, (_, execution) in latest.items()}


def _fill_evidence(execution: Execution | None) -> Evidence | None:
    if execution is None:
        return None
    return {
        "exec_id": execution.exec_id,
        "symbol": execution.symbol,
        "side": execution.side,
        "quantity": _text(execution.quantity),
        "price": _text(execution.price),
    }


def compare_holdings(ours: Iterable[Holding], theirs: Iterable[Holding]) -> list[Break]:
    """Positions on both sides; none at all is the same as zero."""
    mine = {(item.account, item.con_id): item for item in ours}
    other = {(item.account, item.con_id): item for item in theirs}
    breaks: list[Break] = []
    for key in sorted(mine.keys() | other.keys()):
        left, right = mine.get(key), other.get(key)
        if _quantity(left) == _quantity(right):
            continue
        known = left or right
        assert known is not None
        breaks.append(
            Break(
                kind=Kind.POSITION_DIFFERS,
                account=known.account,
                subject=f"{known.symbol} ({known.con_id})",
                ours={"quantity": _text(_quantity(left))},
                theirs={"quantity": _text(_quantity(right))},
            )
        )
    return breaks


def _quantity(holding: Holding | None) -> Decimal:
    return holding.quantity if holding is not None else ZERO


def _text(value: Decimal | None) -> str | None:
    if value is None:
        return None
    return "0" if value == 0 else f"{value.normalize():f}"
