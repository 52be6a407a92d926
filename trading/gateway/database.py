"""How the event loop reaches the database: one thread, and patience while PostgreSQL is away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, ParamSpec, TypeVar

import psycopg
from asgiref.sync import sync_to_async
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from psycopg.conninfo import make_conninfo

from config.shared.correlation import get_logger

log = get_logger(__name__)

# A process that is frozen inside a transaction holds its locks: the lease's row and the stream's number are among them.
LONGEST_IDLE_TRANSACTION = "2500ms"

P = ParamSpec("P")
T = TypeVar("T")


def end_idle_transactions() -> None:
    """From now on PostgreSQL ends a transaction of this process in which nothing happens: others need its locks."""
    connection_created.connect(_limit_idle_transactions)
    connection.close()


def _limit_idle_transactions(connection: BaseDatabaseWrapper, **_: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, false)", [LONGEST_IDLE_TRANSACTION]
        )


async def in_database(job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `job` in the database thread and raise what it raises; a broken connection is dropped first.

    A cancellation that comes meanwhile is never lost. Where the job itself runs something of the event loop's (it
    publishes over Redis), asgiref hands the cancellation to that, and goes on as if nothing had been when it ends well.
    """

    def run() -> T:
        try:
            return job(*args, **kwargs)
        except (DatabaseError, InterfaceError):
            connection.close()
            raise

    task = asyncio.current_task()
    asked_before = task.cancelling() if task else 0
    result = await sync_to_async(run, thread_sensitive=True)()
    if task is not None and task.cancelling() > asked_before:
        raise asyncio.CancelledError
    return result


async def in_database_at_last(job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Like `in_database`, trying again until PostgreSQL is back: for what must not be lost."""
    while True:
        try:
            return await in_database(job, *args, **kwargs)
        except (OperationalError, InterfaceError):  # away, or a deadlock resolved against us; nothing was written
            log.exception("database_away", error_code="DATABASE_ERROR")
            await asyncio.sleep(0.5)


def conninfo(application_name: str) -> str:
    """How a connection outside Django's own reaches the same database."""
    settings: dict[str, Any] = connection.settings_dict
    return make_conninfo(
        dbname=settings["NAME"],
        user=settings["USER"] or None,
        password=settings["PASSWORD"] or None,
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
        application_name=application_name,
    )


async def notifications(channel: str) -> AsyncIterator[None]:
    """One item for each NOTIFY on `channel`, and one for each new connection, which may have missed some."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                conninfo("desk-gateway-listen"), autocommit=True
            ) as listener:
                await listener.execute(f'LISTEN "{channel}"')  # a constant of ours, no input
                yield
                async for _ in listener.notifies():
                    yield
        except psycopg.Error:
            log.warning("listen_lost", exc_info=True)
            await asyncio.sleep(0.5)
