"""The desk over REST, with a gateway that nobody waits for."""

import pytest

from tests.fixtures.rest import committed_desk, desk, web

__all__ = ["committed_desk", "desk", "web"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No gateway process runs here: whoever asks it need not wait long to find that out."""
    from config.shared import gateway_queries

    waits = gateway_queries._wait_for_reply
    monkeypatch.setattr(gateway_queries, "_wait_for_reply", lambda key, _timeout: waits(key, 0.02))
