"""Wait for something to happen, but not for ever."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

from config.shared.correlation import get_logger

log = get_logger(__name__)


async def happens_within(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set or the time is over.

    Not `asyncio.wait_for`: in Python 3.11 it can swallow a cancellation, and its task then never ends.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def end_tasks(tasks: Iterable["asyncio.Task[Any]"], *, tries: int | None = None) -> set["asyncio.Task[Any]"]:
    """Cancel and wait; asked again each second, for libraries swallow cancellations. Returns what has not ended.

    Without `tries` there is no end to the asking, and nothing is left.
    """
    waiting = {task for task in tasks if not task.done()}
    is_repeated = False
    while waiting and tries != 0:
        if is_repeated:
            log.warning("cancellation_swallowed", parts=sorted(repr(task.get_coro()) for task in waiting))
        is_repeated = True
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=1)
        tries = None if tries is None else tries - 1
    return waiting
