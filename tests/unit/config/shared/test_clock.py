"""Steps of the wall clock are noticed; the passing of time is none."""

import pytest

from config.shared.clock import StepWatch, boot_id, boot_seconds, step_in_words


class Clocks:
    def __init__(self) -> None:
        self.wall, self.boot = 1_800_000_000.0, 500.0
        self.watch = StepWatch(wall=lambda: self.wall, elapsed=lambda: self.boot)

    def passes(self, seconds: float, *, step: float = 0.0) -> None:
        self.boot += seconds
        self.wall += seconds + step


@pytest.mark.parametrize("seconds", [7200.0, -7200.0, 2.5, -2.5])
def test_a_step_is_told_once_and_remembered_for_a_while(seconds: float) -> None:
    clocks = Clocks()
    clocks.passes(60)
    assert clocks.watch.look() is None
    clocks.passes(1, step=seconds)
    step = clocks.watch.look()
    assert step is not None
    assert step.seconds == pytest.approx(seconds)
    assert clocks.watch.look() is None
    clocks.passes(599)
    assert clocks.watch.recent(within=600) == step
    clocks.passes(2)
    assert clocks.watch.recent(within=600) is None


def test_a_suspended_machine_and_a_slewed_clock_are_no_step() -> None:
    clocks = Clocks()
    clocks.passes(8 * 3600)
    assert clocks.watch.look() is None
    for _ in range(1000):
        clocks.passes(10, step=0.005)
        assert clocks.watch.look() is None
    assert clocks.watch.recent(within=1e9) is None


def test_seconds_since_boot_pass() -> None:
    first = boot_seconds()
    assert boot_seconds() >= first
    assert boot_id() == boot_id()


def test_in_words() -> None:
    assert (step_in_words(7200.2), step_in_words(-5)) == ("set forward by 7200 s", "set back by 5 s")
