"""The history of equity on a real PostgreSQL: kept while the figures are current, thinned, read with its gaps."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from accounts.domain.equity import Resolution
from accounts.models import Account, EquitySnapshot
from accounts.services import record_account_values, record_pnl
from accounts.services.equity import equity_history, take_snapshots, thin_history
from accounts.tasks import take_equity_snapshots
from config.shared.errors import DeskError
from tests.factories import AccountFactory
from trading.gateway.accounts_feed import AccountsFeed
from trading.gateway.accounts_write import write_figures

pytestmark = pytest.mark.django_db
UNSET = "1.7976931348623157E308"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def account() -> Account:
    return AccountFactory(code="DU1000001", values_at=None)


def told(account: Account, net: str, at: datetime, **more: str) -> None:
    rows = [("NetLiquidation", "USD", net), *((tag, "USD", text) for tag, text in more.items())]
    record_account_values(account=account, rows=rows, at=at)


def snapshot(account: Account, at: datetime, net: int = 1) -> EquitySnapshot:
    return EquitySnapshot.objects.create(
        account=account, at=at, span_seconds=60, currency="USD", net_liquidation=net, values_at=at
    )


def test_a_minute_is_kept_once_with_what_is_known(account: Account) -> None:
    now = timezone.now()
    told(account, "1000.50", now, TotalCashValue="900", BuyingPower=UNSET)
    record_pnl(account=account, daily=D("12.5"), unrealized=None, realized=None, at=now)
    assert take_equity_snapshots() == 1
    take_snapshots(now)
    row = EquitySnapshot.objects.filter(at=now.replace(second=0, microsecond=0)).get()
    assert (row.net_liquidation, row.total_cash, row.buying_power) == (D("1000.5"), D(900), None)
    assert (row.daily_pnl, row.realized_pnl, row.values_at) == (D("12.5"), None, now)


def test_nothing_is_kept_of_an_account_of_which_ib_is_silent(account: Account) -> None:
    now = timezone.now()
    told(account, "1000", now)
    record_pnl(account=account, daily=D(1), unrealized=None, realized=None, at=now)
    assert take_snapshots(now + timedelta(seconds=20)) == 0
    account.values_confirmed_at = now + timedelta(seconds=20)
    account.save()
    assert take_snapshots(now + timedelta(seconds=20)) == 1
    assert EquitySnapshot.objects.get().daily_pnl is None  # the stream of P&L is down


def test_one_absurd_figure_does_not_block_the_others(account: Account) -> None:
    now = timezone.now()
    told(account, "1000", now, BuyingPower="123456789012345678901234567890", TotalCashValue="1E20")
    amounts = dict(account.values.values_list("tag", "amount"))
    assert amounts == {"NetLiquidation": D(1000), "BuyingPower": None, "TotalCashValue": None}


def test_a_currency_that_ib_names_no_more_is_gone_after_a_complete_answer(account: Account) -> None:
    rows = [("CashBalance", "EUR", "5"), ("CashBalance", "USD", "7"), ("NetLiquidation", "USD", "12")]
    record_account_values(account=account, rows=rows, at=timezone.now())
    other = AccountFactory(code="DU1000002")
    record_account_values(account=other, rows=rows, at=timezone.now())
    feed = AccountsFeed()
    collected = feed.take(everything=True)
    collected.complete[account.pk] = frozenset({("NetLiquidation", "USD")})
    collected.values[account.pk]["CashBalance", "USD"] = "8"
    write_figures(collected)
    left = set(account.values.values_list("tag", "currency", "text"))
    assert left == {("CashBalance", "USD", "8"), ("NetLiquidation", "USD", "12")}
    assert other.values.count() == 3


def test_an_account_that_ib_has_not_valued_has_no_history(account: Account) -> None:
    told(account, UNSET, timezone.now())
    assert take_snapshots() == 0


def test_old_snapshots_are_thinned_and_tell_how_much_was_known(account: Account) -> None:
    now = datetime(2026, 11, 24, 15, 7, tzinfo=UTC)
    three_days_ago = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    for minute in (*range(5), *range(15, 30)):
        snapshot(account, three_days_ago + minute * MINUTE, net=minute)
    young = snapshot(account, now - timedelta(hours=1))
    assert thin_history(now) == 18
    rows = list(EquitySnapshot.objects.order_by("at"))
    assert [(r.at - three_days_ago, r.known_minutes, r.span_seconds, r.net_liquidation) for r in rows[:2]] == [
        (4 * MINUTE, 5, 900, D(4)),
        (29 * MINUTE, 15, 900, D(29)),
    ]
    assert rows[2].pk == young.pk
    assert thin_history(now) == 0
    assert thin_history(now + timedelta(days=100)) == 1
    first = EquitySnapshot.objects.order_by("at").first()
    assert first is not None
    assert (first.known_minutes, first.span_seconds) == (20, 86400)


def test_history_is_read_with_its_gaps_and_nothing_in_between(account: Account) -> None:
    now = timezone.now().replace(second=0, microsecond=0)
    for minutes in (40, 39, 38, 10, 9):
        snapshot(account, now - minutes * MINUTE, net=minutes)
    history = equity_history(account, since=now - timedelta(hours=2), until=now - 8 * MINUTE)
    assert [point.net_liquidation for point, _ in history.points] == [D(40), D(39), D(38), D(10), D(9)]
    (gap,) = history.gaps
    assert (gap.since, gap.until) == (now - 38 * MINUTE, now - 10 * MINUTE)
    by_day = equity_history(account, since=now - timedelta(days=300), resolution=Resolution.DAY)
    assert sum(minutes for _, minutes in by_day.points) == 5


def test_a_stretch_after_the_last_snapshot_or_from_within_a_hole_is_told_as_a_gap(account: Account) -> None:
    now = timezone.now().replace(second=0, microsecond=0)
    for minutes in (180, 30):
        snapshot(account, now - minutes * MINUTE)
    since, until = now - 60 * MINUTE, now - 29 * MINUTE
    (gap,) = equity_history(account, since=since, until=until).gaps
    assert (gap.since, gap.until) == (since, now - 30 * MINUTE)
    empty = equity_history(account, since=since, until=now - 40 * MINUTE)
    assert (empty.points, [(g.since, g.until) for g in empty.gaps]) == ([], [(since, now - 40 * MINUTE)])
    before_history = equity_history(account, since=now - timedelta(days=1), until=now - 179 * MINUTE)
    assert (len(before_history.points), before_history.gaps) == (1, [])


def test_a_stretch_that_is_none_or_too_long_is_refused(account: Account) -> None:
    now = timezone.now()
    for stretch in ({"since": now, "until": now - MINUTE}, {"since": now - timedelta(days=300)}):
        with pytest.raises(DeskError, match="not valid"):
            equity_history(account, resolution=Resolution.MINUTE, **stretch)
