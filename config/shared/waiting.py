"""Wait for something to happen, but not for ever."""

import asyncio
import contextlib


async def happens_within(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set or the time is over.

    Not `asyncio.wait_for`: in Python 3.11 it can swallow a cancellation, and its task then never ends.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
