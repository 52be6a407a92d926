"""The desk over REST."""

from tests.fixtures.rest import committed_desk, desk, web

__all__ = ["committed_desk", "desk", "web"]
