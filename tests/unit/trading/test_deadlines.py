"""A command is sent in time or not at all, whatever the clocks do."""

from datetime import UTC, datetime, timedelta

import pytest

from trading.domain.deadlines import Reading, seconds_left

ASKED = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ALLOWED = timedelta(seconds=10)
HOURS = timedelta(hours=2)


def left(*, after: float, step: timedelta = timedelta(), boot: str = "same") -> float | None:
    return seconds_left(
        deadline_at=ASKED + ALLOWED,
        now=ASKED + timedelta(seconds=after) + step,
        allowed=ALLOWED,
        asked=Reading("same", 5000.0),
        here=Reading(boot, 5000.0 + after),
    )


@pytest.mark.parametrize("step", [timedelta(), -HOURS, timedelta(seconds=-11)])
def test_on_one_machine_a_clock_set_back_buys_no_time(step: timedelta) -> None:
    assert left(after=4, step=step) == pytest.approx(6)
    assert left(after=10, step=step) == pytest.approx(0)
    assert left(after=3600, step=step) == pytest.approx(-3590)


@pytest.mark.parametrize("boot", ["same", "other", ""])
def test_a_clock_set_forward_ends_it_early_and_never_late(boot: str) -> None:
    found = left(after=1, step=HOURS, boot=boot)
    assert found is not None
    assert found < 0


@pytest.mark.parametrize("boot", ["other", ""])
def test_between_machines_a_deadline_further_away_than_it_ever_was_cannot_be_judged(boot: str) -> None:
    assert left(after=4, boot=boot) == pytest.approx(6)
    assert left(after=60, boot=boot, step=-HOURS) is None
    assert left(after=1, boot=boot, step=timedelta(seconds=-2)) == pytest.approx(10)


def test_seconds_since_boot_that_run_backwards_are_not_believed() -> None:
    assert left(after=-1) is None
