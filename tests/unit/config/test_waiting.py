"""Ending tasks, also those that swallow a cancellation."""

import asyncio
import contextlib

from config.shared.waiting import end_tasks, happens_within


async def stubborn(times: int) -> None:
    """Goes on after so many cancellations, as a library's bug would have it."""
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            times -= 1
            if times < 0:
                raise


def test_a_task_that_swallows_a_cancellation_is_asked_again() -> None:
    async def run() -> tuple[bool, set[object]]:
        tasks = [asyncio.create_task(stubborn(times)) for times in (0, 1)]
        await asyncio.sleep(0)
        left = await end_tasks(tasks)
        return all(task.done() for task in tasks), set(left)

    assert asyncio.run(run()) == (True, set())


def test_what_does_not_end_is_named_after_so_many_tries() -> None:
    async def run() -> bool:
        task = asyncio.create_task(stubborn(1))
        await asyncio.sleep(0)
        left = await end_tasks([task], tries=1)
        with contextlib.suppress(asyncio.CancelledError):
            await end_tasks([task])
        return left == {task}

    assert asyncio.run(run())


def test_an_event_is_waited_for_but_not_for_ever() -> None:
    async def run() -> None:
        await asyncio.wait_for(happens_within(asyncio.Event(), 0.01), 5)

    asyncio.run(run())
