"""Fixtures of the whole suite. The settings are loaded only after this file has given them a DESK_HOME of their own.

That is why `pyproject.toml` names no DJANGO_SETTINGS_MODULE: pytest-django would load them before any conftest.
"""

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
