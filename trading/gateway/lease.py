"""One gateway at a time: whoever holds the lease in PostgreSQL speaks to IB, others stand by."""

import asyncio

import psycopg

from config.shared.correlation import get_logger
from trading.gateway.database import conninfo

log = get_logger(__name__)

_KEY = 7_202_401  # any number, the same for every gateway of this database
LOOK_EVERY = 1.0
LOST_FOR_GOOD_AFTER = 10.0


class LeaseLost(Exception):
    """Another gateway has taken over while the database was away."""


class Lease:
    """An advisory lock on a connection of its own; it ends with the process, whatever way the process ends."""

    def __init__(self) -> None:
        self.is_held = False
        self._connection: psycopg.AsyncConnection | None = None

    async def take(self) -> None:
        """Wait until no other gateway holds it."""
        said = False
        while not await self._try():
            if not said:
                log.info("gateway_standing_by", reason="another gateway is active: standing by")
                said = True
            await asyncio.sleep(LOOK_EVERY)

    async def keep(self) -> None:
        """Watch it until cancelled; nothing may be sent while it is in doubt. Raises LeaseLost."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                assert self._connection is not None
                await self._connection.execute("SELECT 1")
            except psycopg.Error:
                self.is_held = False
                log.warning("lease_in_doubt", exc_info=True)
                await self._take_again()

    async def _take_again(self) -> None:
        """The database came back: only when it answers can somebody else have taken the lease."""
        refused_since: float | None = None
        loop = asyncio.get_running_loop()
        while not await self._try():
            if self._connection is not None:
                refused_since = refused_since or loop.time()
                if loop.time() - refused_since > LOST_FOR_GOOD_AFTER:
                    raise LeaseLost("another gateway has taken over")
            await asyncio.sleep(LOOK_EVERY)

    async def _try(self) -> bool:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = None
                self._connection = await psycopg.AsyncConnection.connect(
                    conninfo("desk-gateway-lease"), autocommit=True
                )
            row = await (await self._connection.execute("SELECT pg_try_advisory_lock(%s)", [_KEY])).fetchone()
        except psycopg.Error:
            log.warning("lease_database_away")
            self._connection = None
            return False
        self.is_held = bool(row and row[0])
        return self.is_held

    async def release(self) -> None:
        """Let another gateway in at once."""
        self.is_held = False
        if self._connection is not None:
            await self._connection.close()
