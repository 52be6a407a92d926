"""Keeps one failure from becoming everybody's, and from filling the log when it happens thousands of times."""

import logging
import time
from collections.abc import Callable

log = logging.getLogger("tws_simulator")
_AGAIN_AFTER = 60.0


class Guard:
    """Runs things that must not end the program; the same failure is written down once a minute."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[float, int]] = {}

    def run(self, what: str, work: Callable[..., object], *given: object) -> bool:
        """Do something; returns whether it went well."""
        try:
            work(*given)
        except Exception as failure:
            self._complain(what, failure)
            return False
        return True

    def _complain(self, what: str, failure: Exception) -> None:
        now = time.monotonic()
        said_at, count = self._said.get(what, (now - _AGAIN_AFTER, 0))
        if now - said_at < _AGAIN_AFTER:
            self._said[what] = (said_at, count + 1)
            return
        again = f" (and {count} times before)" if count else ""
        self._said[what] = (now, 0)
        log.error("%s failed%s", what, again, exc_info=failure)
