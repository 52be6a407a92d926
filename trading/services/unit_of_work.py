"""Many changes of orders in one transaction: each order is read once and written once, log lines go in together.

Outside of `unit_of_work()` the same functions read and write at once, which is right for a single change.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from django.db.models import Model
from django.utils import timezone

from trading.domain.orders import TERM_NAMES, Execution, OrderState
from trading.models import Fill, Order

Row = TypeVar("Row", bound=Model)

# All that can change in an order's life.
_CHANGING = (
    "instrument",
    "side",
    "status",
    "quantity",
    *TERM_NAMES,
    "outside_rth",
    "filled_quantity",
    "average_fill_price",
    "commission",
    "commission_currency",
    "reject_code",
    "reject_reason",
    "settled_by",
    "ib_order_id",
    "ib_client_id",
    "ib_perm_id",
    "ib_status",
    "updated_at",
)


class _Unit:
    """What has been read, and what is still to be written."""

    def __init__(self) -> None:
        self.orders: dict[uuid.UUID, Order] = {}
        self.executions: dict[uuid.UUID, tuple[Execution, ...]] = {}
        self.changed: set[uuid.UUID] = set()
        self.rows: dict[type[Model], list[Model]] = defaultdict(list)


_current: ContextVar[_Unit | None] = ContextVar("unit_of_work", default=None)


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Collect writes and make them at the end; inside a transaction, and never nested."""
    token = _current.set(_Unit())
    try:
        yield
        flush()
    finally:
        _current.reset(token)


def flush() -> None:
    """Write what is collected: before anything looks for it in the database."""
    unit = _current.get()
    if unit is None:
        return
    for model, rows in unit.rows.items():
        model._default_manager.bulk_create(rows)
    unit.rows.clear()
    for order_id in unit.changed:
        unit.orders[order_id].save(update_fields=_CHANGING)
    unit.changed.clear()


def locked_order(order_id: uuid.UUID) -> Order:
    """The order, read for update; in a unit of work always the same object. Raises Order.DoesNotExist."""
    unit = _current.get()
    if unit is not None and order_id in unit.orders:
        return unit.orders[order_id]
    return adopt(Order.objects.select_for_update(of=["self"]).get(pk=order_id))


def adopt(order: Order) -> Order:
    """Let `order`, read for update or just created, be the unit's; returns the one it has already, if any."""
    unit = _current.get()
    return order if unit is None else unit.orders.setdefault(order.pk, order)


def state_of(order: Order) -> OrderState:
    """What the domain rules see."""
    unit = _current.get()
    if unit is None:
        return order.state()
    if order.pk not in unit.executions:
        unit.executions[order.pk] = Fill.objects.executions_of(order.pk)
    return order.state(unit.executions[order.pk])


def save_order(order: Order, executions: tuple[Execution, ...] | None = None) -> None:
    """Write the order; `executions` are those that count from now on."""
    unit = _current.get()
    if unit is None:
        order.save()
        return
    order.updated_at = timezone.now()
    unit.orders[order.pk] = order
    unit.changed.add(order.pk)
    if executions is not None:
        unit.executions[order.pk] = executions


def insert(row: Row) -> Row:
    """Insert a row that nothing looks for before the end. Without a primary key of its own it has none until then."""
    unit = _current.get()
    if unit is None:
        row.save(force_insert=True)
    else:
        unit.rows[type(row)].append(row)
    return row
