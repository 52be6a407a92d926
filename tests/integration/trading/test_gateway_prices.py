"""Farms, lost subscriptions and old prices: what clients are shown and what the desk's own checks may use."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AccountPnl, AccountValue
from config.shared.errors import DeskError, ErrorCode
from market_data.models import Instrument
from market_data.selectors import latest_quote, latest_quote_json
from market_data.services import fresh_quote, keep_quotes_flowing
from tests.fixtures.gateway import ACCOUNT, CLIENT_ID, LiveDesk, other_client, wait_status
from tests.fixtures.waiting import eventually
from trading.models import GatewayState
from trading.representations import gateway_json
from trading.selectors import gateway_state

APPLE = 265598


@pytest.fixture(scope="module")
def db(shared_desk: LiveDesk) -> None:
    """pytest-django builds the test database for tests that use a fixture of this name; here no test rolls back."""


@pytest.fixture
def desk(db: None, calm_desk: LiveDesk) -> LiveDesk:
    """AAPL at 189.99 to 190.01 with a fresh quote, in sync, every farm up."""
    calm_desk.gateway.wait_for("ready", within=60)
    calm_desk.fault("farms_up")
    calm_desk.pin("AAPL", "189.99", "190.01", size="50000", replenish=True)
    calm_desk.instrument("AAPL")
    eventually(lambda: fresh_quote(Instrument.objects.get(pk=APPLE)) is not None, within=30)
    return calm_desk


def apple() -> dict[str, Any]:
    """The quote as clients get it, watched."""
    keep_quotes_flowing([APPLE])
    return latest_quote_json([APPLE])[APPLE]


def farms() -> list[tuple[str, str]]:
    """Broken farms as every client sees them."""
    return [(row["farm"], row["kind"]) for row in gateway_json(gateway_state())["farms_down"]]


def test_a_broken_quote_farm_is_named_and_its_prices_are_stale_and_not_used(desk: LiveDesk) -> None:
    before = timezone.now()
    desk.fault("farm_notice", code=2103, farm="usfarm")
    eventually(lambda: farms() == [("usfarm", "quotes")], within=5)
    since = gateway_json(gateway_state())["farms_down"][0]["since"]
    assert since >= before.isoformat()[:19]
    assert GatewayState.objects.get().state == "ready"  # orders may still work
    quote = eventually(lambda: row if (row := apple())["stale"] else None, within=5)
    assert "usfarm is broken" in quote["stale_reason"]
    with pytest.raises(DeskError) as refused:
        desk.submit("AAPL", 1)  # a market order can only be judged by the market
    assert refused.value.code == ErrorCode.ORDER_VALIDATION_FAILED
    assert "usfarm is broken" in refused.value.message
    desk.fault("farm_notice", code=2104, farm="usfarm")
    eventually(lambda: farms() == [], within=5)
    eventually(lambda: not apple()["stale"], within=10)
    wait_status(desk.submit("AAPL", 1), "filled")


def test_a_farm_that_comes_back_without_its_data_is_asked_again(desk: LiveDesk) -> None:
    desk.fault("farm_notice", code=2103, farm="usfarm")
    eventually(lambda: apple()["stale"], within=5)
    desk.pin("AAPL", "191.00", "191.02", size="50000", replenish=True)  # nobody is told
    desk.fault("farm_notice", code=2104, farm="usfarm", acts=False)
    desk.no_faults()
    eventually(lambda: apple()["bid"] == "191" and not apple()["stale"], within=10)


@pytest.mark.parametrize(
    ("broken", "well", "kind"), [(2105, 2106, "history"), (2157, 2158, "contracts"), (2105, 2107, "history")]
)
def test_other_farms_are_told_apart_and_prices_stay_good(desk: LiveDesk, broken: int, well: int, kind: str) -> None:
    desk.fault("farm_notice", code=broken, farm="somefarm", acts=False)
    eventually(lambda: farms() == [("somefarm", kind)], within=5)
    assert not apple()["stale"]
    desk.fault("farm_notice", code=well, farm="somefarm", acts=False)
    eventually(lambda: farms() == [], within=5)


def test_a_broken_farm_is_forgotten_with_its_connection(desk: LiveDesk) -> None:
    session = GatewayState.objects.get().session
    desk.fault("farm_notice", code=2103, farm="usfarm", acts=False)
    eventually(lambda: farms() == [("usfarm", "quotes")], within=5)
    desk.fault("drop_connections", client_id=CLIENT_ID)
    desk.gateway.wait_for_a_new_connection(than=session)
    eventually(lambda: farms() == [], within=5)


@pytest.mark.parametrize("code", [1100, 2110])
def test_prices_are_stale_while_the_link_is_down(desk: LiveDesk, code: int) -> None:
    desk.fault("link_down", code=code)
    state = desk.gateway.wait_for("degraded", within=10)
    assert str(code) in state.reason
    quote = eventually(lambda: row if (row := apple())["stale"] else None, within=3)
    assert str(code) in quote["stale_reason"]
    held = latest_quote(APPLE)
    assert held is not None
    assert not held.is_fresh(timezone.now())
    desk.fault("link_up")
    desk.gateway.wait_for("ready", within=20)
    eventually(lambda: not apple()["stale"], within=10)


def test_prices_are_stale_without_a_connection(desk: LiveDesk) -> None:
    desk.fault("refuse_connections")
    desk.fault("drop_connections", client_id=CLIENT_ID)
    quote = eventually(lambda: row if (row := apple())["stale"] else None, within=3)
    assert "not connected" in quote["stale_reason"]
    desk.no_faults()
    desk.gateway.wait_for("ready", within=30)
    eventually(lambda: not apple()["stale"], within=10)


def test_prices_of_another_session_are_stale(desk: LiveDesk) -> None:
    desk.fault("competing_session_starts")
    quote = eventually(lambda: row if (row := apple())["stale"] else None, within=5)
    assert "10197" in quote["stale_reason"]
    desk.fault("competing_session_ends")
    eventually(lambda: not apple()["stale"], within=40)


def test_everything_streams_again_after_the_data_was_lost(desk: LiveDesk) -> None:
    desk.fault("link_down")
    desk.gateway.wait_for("degraded", within=10)
    desk.fault("link_up", data_lost=True)
    desk.gateway.wait_for("ready", within=20)
    after = timezone.now()
    desk.pin("AAPL", "193.00", "193.02", size="50000", replenish=True)
    eventually(lambda: apple()["bid"] == "193", within=10)
    held = desk.account.positions.filter(instrument_id=APPLE).values_list("quantity", flat=True).first() or 0
    other_client(desk.simulator, "place", "BUY", "3", "AAPL")
    eventually(lambda: desk.account.positions.filter(instrument_id=APPLE, quantity=held + 3).first(), within=15)
    eventually(lambda: AccountPnl.objects.filter(account=ACCOUNT, as_of__gt=after).first(), within=15)
    values = AccountValue.objects.filter(account=ACCOUNT, as_of__gt=after)
    eventually(lambda: values.filter(tag="AvailableFunds").first(), within=20)
