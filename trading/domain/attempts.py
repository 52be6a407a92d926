"""What failed attempts to connect say together: is IB Gateway away, or up and waiting for somebody to sign in?

A wrong password or a missing second factor never arrives through the API (field guide §3.1): the port does not
answer, or a forwarder in front of it accepts and closes, or accepts and stays silent. One such attempt happens in
every restart; some seconds of nothing else mean that a person is needed.
"""

from enum import StrEnum

SUSPECTED_AFTER = 15.0
"""Seconds of attempts that were let in and left without an answer."""


class Failure(StrEnum):
    """How an attempt to connect has failed."""

    REFUSED = "refused"  # nothing listens
    CLOSED = "closed"  # accepted and closed without a word
    SILENT = "silent"  # accepted and never answered
    NO_IDS = "no_ids"  # a version was answered, but neither accounts nor the next order id came
    OTHER = "other"  # IB answered and said no, or the connection stood for a while


_UNANSWERED = frozenset({Failure.CLOSED, Failure.SILENT, Failure.NO_IDS})


class Attempts:
    """The row of failed attempts since anybody answered."""

    def __init__(self) -> None:
        self._unanswered_since: float | None = None
        self._latest = Failure.OTHER
        self._now = 0.0

    def failed(self, failure: Failure, *, began: float, now: float) -> None:
        """One more, with when it began; seconds of one clock that never goes back."""
        if failure not in _UNANSWERED:
            self._unanswered_since = None
        elif self._unanswered_since is None:
            self._unanswered_since = began
        self._latest, self._now = failure, now

    def need_login(self, *, in_login_window: bool, in_other_window: bool = False) -> bool:
        """Whether a person has to sign in: it looks like it for long enough, or the calendar says so.

        In a planned restart nobody has to: a gateway that starts looks the same.
        """
        if in_login_window:
            return self._unanswered_since is not None or self._latest is Failure.REFUSED
        if self._unanswered_since is None or in_other_window:
            return False
        return self._now - self._unanswered_since >= SUSPECTED_AFTER
