"""The logs are append-only by the database's own rule, whoever writes to it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from tests.factories import IbMessageFactory, LimitVersionFactory, OrderEventFactory, OrderFactory, RiskDecisionFactory
from trading.models import IbMessage, LimitVersion, OrderEvent, RiskDecision

LOGS: list[tuple[str, Callable[[], Any], str]] = [
    (OrderEvent._meta.db_table, lambda: OrderEventFactory(order=OrderFactory()), "type = 'forged'"),
    (IbMessage._meta.db_table, IbMessageFactory, "kind = 'forged'"),
    (LimitVersion._meta.db_table, LimitVersionFactory, "reason = 'forged'"),
    (RiskDecision._meta.db_table, RiskDecisionFactory, "is_allowed = true"),
]


def refused(statement: sql.Composed) -> str:
    """The database's words when it refuses the statement."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return str(caught.value)


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "make", "change"), LOGS)
def test_no_update_and_no_delete(table: str, make: Callable[[], Any], change: str) -> None:
    row = make()
    name = sql.Identifier(table)
    assert "Cannot update or delete rows" in refused(sql.SQL("UPDATE {} SET " + change).format(name))
    assert "Cannot update or delete rows" in refused(sql.SQL("DELETE FROM {}").format(name))
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.django_db
def test_the_orm_is_refused_too() -> None:
    event = OrderEventFactory(order=OrderFactory())
    event.type = "forged"
    with pytest.raises(DatabaseError, match="Cannot update or delete rows"), transaction.atomic():
        event.save()
    with pytest.raises(DatabaseError, match="Cannot update or delete rows"), transaction.atomic():
        event.delete()


@pytest.mark.django_db
@pytest.mark.parametrize("table", [table for table, _, _ in LOGS])
def test_truncate_is_refused_outside_test_databases(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid), pg_get_functiondef(tgfoid) FROM pg_trigger "
            "WHERE tgrelid = %s::regclass AND pg_get_triggerdef(oid) ILIKE '%%BEFORE TRUNCATE%%'",
            [table],
        )
        ((definition, function),) = cursor.fetchall()
    assert "FOR EACH STATEMENT" in definition
    # the same function, as a database of another name would run it
    real = function.replace("current_database()", "'desk'")
    with connection.cursor() as cursor:
        cursor.execute(real)
    assert "Cannot truncate rows" in refused(sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(table)))
