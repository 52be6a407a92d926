"""Marks which fault, action or scenario a test shows, so that none goes untested (test_fault_catalogue.py)."""

from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., object])


def shows(*, fault: str = "", action: str = "", scenario: str = "") -> Callable[[Test], Test]:
    """Say what a test shows a client to meet. Read from the source by the test of the catalogue."""

    def mark(test: Test) -> Test:
        return test

    return mark
