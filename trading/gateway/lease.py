"""One gateway at a time: whoever holds the lease in PostgreSQL may speak to IB, others stand by.

The holder raises a counter twice a second. Whoever stands by watches it by a clock of its own and takes over when it
has stood still for `LIFETIME`; no wall clock is compared, so a stepped one changes nothing. The holder counts its
lease from before each renewal and for less than `LIFETIME`, so it has stopped by itself when another one begins, also
after it was frozen. Three more things keep a late riser quiet: a command is claimed in a transaction that locks the
lease row and looks at the holder's number (`confirm`), the new holder ends the old process if it still exists on this
machine, and IB lets a client id in only once.
"""

import asyncio
import contextlib
import os
import signal
import socket
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from django.db import connection

from config.shared.clock import boot_seconds
from config.shared.correlation import get_logger
from config.shared.process_identity import identity
from trading.gateway.database import conninfo

log = get_logger(__name__)

LOOK_EVERY = 0.5
LIFETIME = 3.0
"""Seconds without a renewal after which another gateway takes over."""
MARGIN = 0.75
"""Seconds before that at which the holder stops sending."""
_TAKE_FREE = """
    INSERT INTO trading_gatewaylease AS lease (name, holder, epoch, beat, host, pid, process)
    VALUES ('main', %(holder)s, 1, 0, %(host)s, %(pid)s, %(process)s)
    ON CONFLICT (name) DO UPDATE SET holder = %(holder)s, epoch = lease.epoch + 1, beat = 0,
        host = %(host)s, pid = %(pid)s, process = %(process)s
    WHERE lease.holder = '' OR (lease.epoch = %(epoch)s AND lease.beat = %(beat)s)
    RETURNING epoch
"""


_STAND_BY = """
    INSERT INTO trading_gatewaystandby (holder, host, pid, reason, since, heartbeat_at)
    VALUES (%(holder)s, %(host)s, %(pid)s, %(reason)s, %(now)s, %(now)s)
    ON CONFLICT (holder) DO UPDATE SET reason = %(reason)s, heartbeat_at = %(now)s
"""
# ours, and those of processes that were killed while they waited
_STAND_BY_NO_MORE = "DELETE FROM trading_gatewaystandby WHERE holder = %s OR heartbeat_at < now() - interval '1 minute'"


class LeaseLost(Exception):
    """Another gateway has taken over."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The lease as it stood in the database. `since` is of our own monotonic clock: when it was first seen so."""

    holder: str
    epoch: int
    beat: int
    host: str
    pid: int
    process: str
    since: float

    def is_same(self, other: "Seen | None") -> bool:
        """Whether nobody has renewed it between the two looks."""
        return other is not None and (self.epoch, self.beat) == (other.epoch, other.beat)


class Lease:
    """This process's part of it. `is_held` turns false by itself when it is not renewed in time."""

    def __init__(self) -> None:
        self.epoch = 0
        self._holder = uuid.uuid4().hex
        self._valid_until = 0.0
        self._connection: psycopg.AsyncConnection | None = None

    @property
    def is_held(self) -> bool:
        """Whether this process may speak to IB at this very moment."""
        return boot_seconds() < self._valid_until

    async def take(self) -> None:
        """Wait until no other gateway holds it, then hold it; while waiting, say so in a row of one's own."""
        seen: Seen | None = None
        said = False
        while True:
            try:
                found = await self._look()
                if found is None or not found.is_same(seen):
                    seen = found
                if _is_over(seen):
                    await self._take_over(seen)
                if self.is_held:
                    await self._stand_by_no_more()
                elif seen is not None:
                    await self._stand_by(seen)
            except (psycopg.Error, TimeoutError):
                log.warning("lease_database_away")
                await self._hang_up()
            if self.is_held:
                return
            if not said:
                log.info("gateway_standing_by", reason="another gateway is active: standing by")
                said = True
            await asyncio.sleep(LOOK_EVERY)

    async def _stand_by(self, seen: Seen) -> None:
        facts = {"holder": self._holder, "host": _machine(), "pid": os.getpid(), "now": datetime.now(UTC)}
        reason = f"Process {seen.pid} on {seen.host} is active; this one takes over when it falls silent"
        await self._execute(_STAND_BY, {**facts, "reason": reason})

    async def _stand_by_no_more(self) -> None:
        await self._execute(_STAND_BY_NO_MORE, [self._holder])

    async def keep(self) -> None:
        """Renew it until cancelled. Raises LeaseLost when another gateway has it."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self._renew()
            except (psycopg.Error, TimeoutError):
                # with the database away nobody can take it; it lapses here all the same, so nothing is sent
                log.warning("lease_in_doubt", exc_info=True)
                await self._hang_up()

    async def release(self) -> None:
        """Let another gateway in at once; one that only stood by leaves the line."""
        self._valid_until = 0.0
        with contextlib.suppress(psycopg.Error, TimeoutError):
            await self._stand_by_no_more()
        with contextlib.suppress(psycopg.Error, TimeoutError):
            await self._execute(
                "UPDATE trading_gatewaylease SET holder = '' WHERE name = 'main' AND holder = %s AND epoch = %s",
                [self._holder, self.epoch],
            )
        await self._hang_up()

    async def _look(self) -> Seen | None:
        cursor = await self._execute(
            "SELECT holder, epoch, beat, host, pid, process FROM trading_gatewaylease WHERE name = 'main'", []
        )
        row = await cursor.fetchone()
        if row is None:
            return None
        holder, epoch, beat, host, pid, process = row
        return Seen(holder, epoch, beat, host, pid, process, boot_seconds())

    async def _take_over(self, seen: Seen | None) -> None:
        asked_at = boot_seconds()
        facts = {"holder": self._holder, "host": _machine(), "pid": os.getpid()}
        known = {"epoch": seen.epoch if seen else 0, "beat": seen.beat if seen else 0}
        cursor = await self._execute(_TAKE_FREE, {**facts, **known, "process": identity(os.getpid()) or ""})
        row = await cursor.fetchone()
        if row is None:
            return  # somebody was faster
        self.epoch = int(row[0])
        if seen is not None and seen.holder:
            _end_process(seen)
        self._valid_until = asked_at + LIFETIME - MARGIN
        log.info("gateway_lease_taken", epoch=self.epoch)

    async def _renew(self) -> None:
        asked_at = boot_seconds()
        cursor = await self._execute(
            "UPDATE trading_gatewaylease SET beat = beat + 1 WHERE name = 'main' AND holder = %s AND epoch = %s",
            [self._holder, self.epoch],
        )
        if cursor.rowcount != 1:
            self._valid_until = 0.0
            raise LeaseLost("another gateway has taken over")
        self._valid_until = asked_at + LIFETIME - MARGIN

    async def _execute(self, query: str, parameters: "list[object] | dict[str, object]") -> psycopg.AsyncCursor:
        async with asyncio.timeout(LIFETIME - MARGIN):
            if self._connection is None or self._connection.closed:
                self._connection = await psycopg.AsyncConnection.connect(
                    conninfo("desk-gateway-lease"), autocommit=True, connect_timeout=2
                )
            return await self._connection.execute(query, parameters)

    async def _hang_up(self) -> None:
        lease, self._connection = self._connection, None
        if lease is not None:
            with contextlib.suppress(psycopg.Error):
                await lease.close()


def confirm(epoch: int) -> datetime:
    """Inside a transaction: no other gateway has taken over, and none can until it ends. Raises LeaseLost.

    Returns the database's time, the one clock that deadlines are written and read by.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT clock_timestamp() FROM trading_gatewaylease WHERE name = 'main' AND epoch = %s FOR SHARE", [epoch]
        )
        row = cursor.fetchone()
    if row is None:
        raise LeaseLost("another gateway has taken over")
    now: datetime = row[0]
    return now


def _is_over(seen: Seen | None) -> bool:
    """Free, not renewed for its whole lifetime, or left behind by a process of this machine that has ended."""
    if seen is None or not seen.holder or boot_seconds() - seen.since >= LIFETIME:
        return True
    return seen.host == _machine() and bool(seen.process) and identity(seen.pid) != seen.process


def _machine() -> str:
    """Where a process number means the same process: containers of one machine have numbers of their own."""
    try:
        numbers = os.readlink("/proc/self/ns/pid")
    except OSError:
        numbers = ""
    return f"{socket.gethostname()} {numbers}".strip()


def _end_process(seen: Seen) -> None:
    """A holder that was frozen may wake at any moment: on this machine it is ended before anything else happens."""
    is_here = seen.host == _machine() and seen.pid != os.getpid()
    if not is_here or not seen.process or identity(seen.pid) != seen.process:
        return
    log.warning("gateway_ends_its_silent_predecessor", pid=seen.pid)
    try:
        os.kill(seen.pid, signal.SIGKILL)
    except OSError:
        log.critical("gateway_predecessor_cannot_be_ended", pid=seen.pid, exc_info=True)
