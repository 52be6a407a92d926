"""A desk that answers over REST; the gateway is a row in the database that says ready."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # Django is not set up yet when pytest loads this file
    from tests.fixtures.api import ApiDesk


@pytest.fixture
def desk(transactional_db: None) -> "ApiDesk":
    from tests.fixtures.api import ApiDesk

    return ApiDesk()
