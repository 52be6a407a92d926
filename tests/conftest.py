"""Fixtures of the whole suite. The settings are loaded only after this file has given them a DESK_HOME of their own.

That is why `pyproject.toml` names no DJANGO_SETTINGS_MODULE: pytest-django would load them before any conftest.
"""

import os
from typing import Any

import hypothesis
import pytest

from tests.fixtures.own_home import use_own_desk_home

use_own_desk_home()

# a slow or busy machine is no fault of the code under test
hypothesis.settings.register_profile(
    "desk", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("desk")

pytest_plugins = ["tests.fixtures.embedded", "tests.fixtures.simulator", "tests.fixtures.desk"]


def pytest_configure(config: pytest.Config) -> None:
    """Load the settings now; pytest-django completes the set-up right after."""
    from django.conf import settings

    assert settings.DATABASES


_LONGEST_FIRST = ("drill", "desk", "e2e", "deploy", "trading", "conformance", "api", "access", "config", "accounts")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long goes first and unit tests last: processes side by side then end together."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    folders = item.nodeid.split("/")[1:3]
    if folders[0] == "unit":
        return len(_LONGEST_FIRST)
    return min((_LONGEST_FIRST.index(name) for name in folders if name in _LONGEST_FIRST), default=0)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    """Processes side by side load the settings for themselves, each when this file has given it a home of its own."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
