"""Fixtures for pytest, there for everybody who has installed the package."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tws_simulator.process import RunningSimulator


@pytest.fixture
def tws_simulator() -> "Iterator[RunningSimulator]":
    """A fresh simulator on free ports for one test: `port`, `control_port`, `control`."""
    from tws_simulator.process import running_simulator  # only for those who use it

    with running_simulator() as simulator:
        yield simulator
