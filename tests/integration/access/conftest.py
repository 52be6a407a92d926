"""A desk that answers over REST; the gateway is a row in the database that says ready."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django.plugin import DjangoDbBlocker

if TYPE_CHECKING:  # Django is not set up yet when pytest loads this file
    from tests.fixtures.api import ApiDesk, WebProcess


@pytest.fixture
def desk(db: None) -> "ApiDesk":
    """For requests in this process."""
    from tests.fixtures.api import ApiDesk

    return ApiDesk()


@pytest.fixture
def committed_desk(transactional_db: None) -> "ApiDesk":
    """For requests to another process, which sees only what is committed."""
    from tests.fixtures.api import ApiDesk

    return ApiDesk()


@pytest.fixture(scope="module")
def web(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> "Iterator[WebProcess]":
    """A web process on the database of the tests."""
    from tests.fixtures.api import web_process

    with (
        tempfile.TemporaryDirectory(prefix="desk-web-") as directory,
        django_db_blocker.unblock(),
        web_process(Path(directory)) as process,
    ):
        yield process


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No gateway process runs here: whoever asks it need not wait long to find that out."""
    from config.shared import gateway_queries

    waits = gateway_queries._wait_for_reply
    monkeypatch.setattr(gateway_queries, "_wait_for_reply", lambda key, _timeout: waits(key, 0.02))
