"""A desk with a real gateway process and a real simulator."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.fixtures.simulator import SimulatorProcess

if TYPE_CHECKING:  # Django is not set up yet when pytest loads this file
    from tests.fixtures.gateway import LiveDesk


@pytest.fixture(scope="module")
def shared_desk(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, shared_simulator: SimulatorProcess
) -> "Iterator[LiveDesk]":
    """One running gateway for the tests of a module; each test uses orders of its own. Emptied at the end."""
    from django.core.management import call_command

    from tests.fixtures.gateway import GatewayProcess, LiveDesk

    with tempfile.TemporaryDirectory(prefix="desk-gateway-") as directory, django_db_blocker.unblock():
        gateway = GatewayProcess(Path(directory), shared_simulator)
        try:
            yield LiveDesk(gateway.start(), shared_simulator)
        finally:
            gateway.stop()
            call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def calm_desk(shared_desk: "LiveDesk") -> "Iterator[LiveDesk]":
    """The module's desk; whatever a test switched on or left open is off and gone afterwards."""
    yield shared_desk
    shared_desk.no_faults()


@pytest.fixture
def own_desk(transactional_db: None, simulator: SimulatorProcess) -> "Iterator[LiveDesk]":
    """A gateway and a simulator of this test, for tests that kill them; the gateway is not started yet."""
    from tests.fixtures.gateway import GatewayProcess, LiveDesk

    with tempfile.TemporaryDirectory(prefix="desk-gateway-") as directory:
        gateway = GatewayProcess(Path(directory), simulator)
        yield LiveDesk(gateway, simulator)
        gateway.stop()
