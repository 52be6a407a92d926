"""From the socket's records to the database: whatever has queued is one batch, in order, without a timer."""

import asyncio
import time
from itertools import islice

from config.shared.correlation import get_logger
from trading.gateway.database import in_database_at_last
from trading.gateway.ib_session import IbSession
from trading.gateway.recorder import Findings, Recorder
from trading.gateway.records import IbRecord, Item

log = get_logger(__name__)

# Other work of the database thread (sending orders, the heartbeat) gets its turn after this many.
BATCH = 200


class Inbox:
    """The records of the current connection on their way into the database."""

    def __init__(self, *, client_id: int) -> None:
        self._client_id = client_id
        self.news = asyncio.Event()
        self.ready = asyncio.Event()  # set whenever the connection has come in sync: commands may go
        self.findings: asyncio.Queue[Findings] = asyncio.Queue()
        self._session: IbSession | None = None
        self._recorder: Recorder | None = None
        self._writing = asyncio.Lock()

    def open(self, session: IbSession) -> None:
        """A new connection's records follow."""
        self._session = session
        self._recorder = Recorder(session_id=session.id, client_id=self._client_id, order_ids=session.order_ids)
        self.news.set()

    async def close(self) -> None:
        """Write what the connection has left behind."""
        await self.written()
        self._session = self._recorder = None

    def add(self, item: Item) -> None:
        """Put a record of our own behind those of IB."""
        if self._session is not None:
            self._session.wrapper.records.append(item)
            self.news.set()

    @property
    def lag_seconds(self) -> float:
        """Age of the oldest record that is not written."""
        if self._session is None or not self._session.wrapper.records:
            return 0.0
        oldest = self._session.wrapper.records[0]
        return time.monotonic() - oldest.arrived if isinstance(oldest, IbRecord) else 0.0

    async def run(self) -> None:
        """Write whatever comes, until cancelled."""
        while True:
            await self.news.wait()
            self.news.clear()
            await self.written()

    async def written(self) -> None:
        """Everything that has come so far is in the database. Waits while PostgreSQL is away; loses nothing."""
        async with self._writing:
            while self._session is not None and self._recorder is not None and self._session.wrapper.records:
                records = self._session.wrapper.records
                batch = list(islice(records, BATCH))
                # the records leave the queue only when they are committed
                findings = await in_database_at_last(self._recorder.write, batch)
                for _ in batch:
                    records.popleft()
                self.findings.put_nowait(findings)
