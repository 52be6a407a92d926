"""The way from the event loop to the database thread."""

import asyncio
import contextlib
import threading

from asgiref.sync import async_to_sync

from trading.gateway.database import in_database


def test_a_cancellation_is_not_lost_in_what_the_job_itself_awaits() -> None:
    """The gateway stayed `syncing` for ever when IB closed the connection while a state was being published."""
    started = threading.Event()

    async def publish() -> None:
        started.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(30)

    async def run() -> tuple[bool, str]:
        task = asyncio.create_task(in_database(lambda: async_to_sync(publish)()))
        while not started.is_set():
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task], timeout=10)
        return task.cancelled(), await in_database(lambda: "the next job")

    assert asyncio.run(run()) == (True, "the next job")


def test_what_a_job_returns_and_raises() -> None:
    def fail() -> None:
        raise ValueError("no")

    async def run() -> str:
        with contextlib.suppress(ValueError):
            await in_database(fail)
        async with asyncio.timeout(5):
            return await in_database(lambda: "done")

    assert asyncio.run(run()) == "done"
