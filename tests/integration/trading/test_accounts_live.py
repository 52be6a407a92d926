"""Two accounts of one login over the wire of a simulated IB: values, positions, P&L, and what IB does not say."""

import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.domain.freshness import is_stale
from accounts.models import Account, AccountValue, EquitySnapshot, Position
from accounts.representations import account_json, currencies_json, margin_json, pnl_json, position_json
from accounts.services.equity import equity_history, take_snapshots
from tests.fixtures.gateway import GatewayProcess, LiveDesk
from tests.fixtures.simulator import SimulatorProcess
from tests.fixtures.waiting import eventually
from trading.models import GatewayState

pytestmark = pytest.mark.django_db(transaction=True)
DOLLARS, EUROS = "DU1234567", "DU7654321"
PNL_MESSAGE = 94
UNSET = "1.7976931348623157E308"


@pytest.fixture
def desk(transactional_db: None) -> Iterator[LiveDesk]:
    """A login of two accounts: dollars with some euros, and one whose base currency is the euro."""
    with tempfile.TemporaryDirectory(prefix="desk-accounts-") as directory:
        simulator = SimulatorProcess(Path(directory)).start(
            "--account", f"{DOLLARS}:base=USD,cash=USD:100000+EUR:5000", "--account", f"{EUROS}:base=EUR,cash=EUR:20000"
        )
        gateway = GatewayProcess(Path(directory), simulator)
        try:
            gateway.launch().wait_for("ready", within=120)
            yield LiveDesk(gateway, simulator)
        finally:
            gateway.stop()
            simulator.kill()


def account(code: str) -> Account:
    return Account.objects.select_related("pnl").prefetch_related("values").get(pk=code)


def hold(desk: LiveDesk, code: str, symbol: str, quantity: int, cost: str) -> None:
    body = {"symbol": symbol, "quantity": str(quantity), "average_cost": cost}
    desk.simulator.control.post(f"/accounts/{code}/positions", body)


def told(code: str) -> dict[str, Any] | None:
    """The position's JSON, once IB has streamed its P&L."""
    rows = Position.objects.select_related("account", "instrument", "pnl").filter(account=code, pnl__isnull=False)
    row = rows.first()
    return position_json(row) if row else None


def _confirmed_after_the_last_word(code: str) -> bool:
    row = account(code)
    assert row.values_at
    assert row.values_confirmed_at
    return row.values_confirmed_at > row.values_at + timedelta(seconds=4)


def in_simulator(desk: LiveDesk, code: str) -> dict[str, Any]:
    answer: dict[str, Any] = desk.simulator.control.get(f"/accounts/{code}")
    return answer


def test_values_of_each_account_in_each_currency(desk: LiveDesk) -> None:
    for code, base in ((DOLLARS, "USD"), (EUROS, "EUR")):
        eventually(lambda code=code: not account_json(account(code))["is_stale"], within=60)
        eventually(lambda code=code: not account_json(account(code))["pnl_is_stale"], within=60)
        body = account_json(account(code), with_values=True)
        assert body["base_currency"] == base
        # euros move while we look
        assert abs(D(body["net_liquidation"]) - D(in_simulator(desk, code)["net_liquidation"])) < 50
    body = currencies_json(account(DOLLARS))
    rows = {row["currency"]: row for row in body["currencies"]}
    assert (rows["EUR"]["cash"], rows["USD"]["exchange_rate"], rows["USD"]["is_base"]) == ("5000", "1", True)
    assert D(rows["EUR"]["in_base"]["cash"]) == 5000 * D(rows["EUR"]["exchange_rate"])
    in_all = sum(D(row["in_base"]["cash"]) for row in rows.values())
    assert abs(in_all - D(body["total"]["cash"])) < D("0.05")
    margin = margin_json(account(EUROS))
    assert D(margin["buying_power"]) > 20000
    assert margin["securities"]["current"]["available_funds"] is not None


def test_positions_of_every_account_have_live_value_and_profit_in_base_currency(desk: LiveDesk) -> None:
    desk.pin("AAPL", "199.99", "200.01", replenish=True)
    hold(desk, DOLLARS, "AAPL", 10, "190")
    hold(desk, EUROS, "AAPL", -5, "210")
    dollars = eventually(lambda: told(DOLLARS), within=60)
    euros = eventually(lambda: told(EUROS), within=60)
    assert (dollars["quantity"], dollars["pnl"]["currency"]) == ("10", "USD")
    assert abs(D(dollars["pnl"]["market_value"]) - 2000) < 5
    assert abs(D(dollars["pnl"]["unrealized"]) - 100) < 5
    rate = D({row["currency"]: row for row in currencies_json(account(EUROS))["currencies"]}["USD"]["exchange_rate"])
    assert euros["pnl"]["currency"] == "EUR"
    assert abs(D(euros["pnl"]["market_value"]) + 1000 * rate) < 5
    # IB streams the portfolio for the only account of a login; with two there is no mark in the instrument's currency
    assert (dollars["market_value"], dollars["market_as_of"], dollars["market_is_stale"]) == (None, None, True)
    desk.pin("AAPL", "209.99", "210.01", replenish=True)
    eventually(lambda: abs(D((told(DOLLARS) or {})["pnl"]["unrealized"]) - 200) < 5, within=60)


def test_what_ib_leaves_unset_is_not_known(desk: LiveDesk) -> None:
    desk.pin("AAPL", "199.99", "200.01", replenish=True)
    assert pnl_json(account(DOLLARS))["realized"] == "0"
    desk.fault("edit_messages", message=PNL_MESSAGE, field=4, value=UNSET)
    hold(desk, DOLLARS, "AAPL", 10, "190")
    desk.pin("AAPL", "204.99", "205.01", replenish=True)
    eventually(lambda: pnl_json(account(DOLLARS))["realized"] is None, within=60)
    body = pnl_json(account(DOLLARS))
    assert D(body["unrealized"]) > 0
    desk.no_faults()
    desk.pin("AAPL", "206.99", "207.01", replenish=True)
    eventually(lambda: pnl_json(account(DOLLARS))["realized"] == "0", within=60)


def test_an_account_of_which_ib_is_silent_is_stale_and_leaves_a_gap(desk: LiveDesk) -> None:
    eventually(lambda: take_snapshots() == 2, within=60)
    desk.gateway.kill()
    late = timezone.now() + timedelta(seconds=16)
    body = account(DOLLARS)
    assert is_stale(body.values_confirmed_at, late)
    assert D(account_json(body)["net_liquidation"]) > 0  # the figure stays; that it is old is said beside it
    assert take_snapshots(late) == 0
    EquitySnapshot.objects.update(at=timezone.now() - timedelta(minutes=10))
    desk.gateway.launch().wait_for("ready", within=120)
    eventually(lambda: not account_json(account(DOLLARS))["is_stale"], within=60)
    take_snapshots()
    history = equity_history(account(DOLLARS))
    assert (len(history.points), len(history.gaps)) == (2, 1)


def test_streams_come_back_with_the_connection_and_are_confirmed_while_the_market_stands(desk: LiveDesk) -> None:
    desk.pin("AAPL", "199.99", "200.01", replenish=True)
    hold(desk, DOLLARS, "AAPL", 10, "190")
    eventually(lambda: told(DOLLARS), within=60)
    before = GatewayState.objects.get(pk="main").session
    desk.fault("drop_connections")
    desk.gateway.wait_for_a_new_connection(than=before, within=120)
    since = timezone.now()
    eventually(lambda: Position.objects.get(account=DOLLARS, quantity=10).pnl.confirmed_at > since, within=60)
    # IB has nothing new to say of the other account, and its figures are confirmed all the same
    eventually(lambda: _confirmed_after_the_last_word(EUROS), within=60)


def test_a_value_that_ib_names_no_more_goes_with_the_next_connection(desk: LiveDesk) -> None:
    eventually(lambda: not account_json(account(DOLLARS))["is_stale"], within=60)
    before = set(AccountValue.objects.values_list("account", "tag", "currency"))
    row = AccountValue(account_id=DOLLARS, tag="TotalCashBalance", currency="CHF", text="1", as_of=timezone.now())
    row.save()
    session = GatewayState.objects.get(pk="main").session
    desk.fault("drop_connections")
    desk.gateway.wait_for_a_new_connection(than=session, within=120)
    eventually(lambda: not AccountValue.objects.filter(pk=row.pk).exists(), within=60)
    assert before <= set(AccountValue.objects.values_list("account", "tag", "currency"))


def test_a_position_closed_and_opened_again_gets_its_profit_again(desk: LiveDesk) -> None:
    desk.pin("AAPL", "199.99", "200.01", replenish=True)
    hold(desk, DOLLARS, "AAPL", 10, "190")
    eventually(lambda: told(DOLLARS), within=60)
    hold(desk, DOLLARS, "AAPL", 0, "190")
    eventually(lambda: Position.objects.get(account=DOLLARS).quantity == 0, within=60)
    time.sleep(5)  # meanwhile the gateway gives its stream up
    hold(desk, DOLLARS, "AAPL", 5, "190")
    eventually(lambda: abs(D((told(DOLLARS) or {})["pnl"]["market_value"] or 0) - 1000) < 5, within=60)
    assert (told(DOLLARS) or {})["quantity"] == "5"
