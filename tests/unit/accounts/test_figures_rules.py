"""Rules of account figures: what is stale, what a currency is worth, where history has holes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from accounts.domain.currencies import values_by_currency
from accounts.domain.equity import Gap, Resolution, gaps, resolution_for
from accounts.domain.freshness import is_mark_stale, is_stale
from accounts.domain.margin import requirements, whole_account

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_figure_is_stale_once_nobody_has_confirmed_it_for_a_while() -> None:
    assert is_stale(None, NOW)
    assert not is_stale(NOW - timedelta(seconds=15), NOW)
    assert is_stale(NOW - timedelta(seconds=16), NOW)
    assert is_mark_stale(NOW - timedelta(minutes=5), NOW, NOW)
    assert is_mark_stale(None, NOW, NOW)
    assert not is_mark_stale(NOW - timedelta(minutes=3), NOW, NOW)


def test_amounts_are_converted_by_ibs_rate_and_not_at_all_without_one() -> None:
    rows = [
        ("CashBalance", "EUR", D(1000), NOW),
        ("TotalCashBalance", "EUR", D(1000), NOW),
        ("UnrealizedPnL", "EUR", None, NOW),
        ("ExchangeRate", "EUR", D("1.1"), NOW),
        ("CashBalance", "JPY", D(500), NOW - MINUTE),
        ("TotalCashBalance", "BASE", D("1105"), NOW),
        ("AccruedCash", "USD", D(0), NOW),
        ("NetLiquidation", "USD", D(1), NOW),
    ]
    total, euro, yen = values_by_currency(rows)
    assert (total.currency, total.amounts["cash"], total.exchange_rate) == ("BASE", D(1105), D(1))
    assert euro.in_base["cash"] == D(1100)
    assert (euro.amounts["unrealized_pnl"], euro.in_base["unrealized_pnl"]) == (None, None)
    assert (yen.amounts["cash"], yen.exchange_rate, yen.in_base["cash"]) == (D(500), None, None)
    assert yen.as_of == NOW - MINUTE


def test_margin_is_read_by_segment_and_moment_and_unknown_stays_unknown() -> None:
    amounts = {"InitMarginReq": D(5), "LookAheadInitMarginReq-C": D(7), "BuyingPower": D(20), "SMA": None}
    found = requirements(amounts)
    assert found["total"]["current"]["init_margin"] == D(5)
    assert found["commodities"]["look_ahead"]["init_margin"] == D(7)
    assert found["securities"]["full"]["maint_margin"] is None
    assert (whole_account(amounts)["buying_power"], whole_account(amounts)["sma"]) == (D(20), None)


@pytest.mark.parametrize(
    ("days", "resolution"),
    [(1, Resolution.MINUTE), (2, Resolution.MINUTE), (30, Resolution.QUARTER_HOUR), (400, Resolution.DAY)],
)
def test_a_longer_stretch_is_shown_less_finely(days: int, resolution: Resolution) -> None:
    assert resolution_for(timedelta(days=days)) is resolution


def test_holes_are_gaps_and_one_late_beat_is_none() -> None:
    at = [NOW, NOW + 2 * MINUTE, NOW + 10 * MINUTE]
    points = [(time, MINUTE) for time in at]
    assert gaps(points, since=NOW, until=at[-1] + MINUTE) == [Gap(at[1], at[2])]
    assert gaps(points, since=NOW, until=at[-1] + 30 * MINUTE)[-1] == Gap(at[2], at[2] + 30 * MINUTE)
    assert gaps([], since=NOW - MINUTE, until=NOW) == []


def test_a_stretch_that_begins_within_a_hole_tells_it() -> None:
    since, until, first = NOW, NOW + 30 * MINUTE, NOW + 28 * MINUTE
    long_ago, just_before = (NOW - 60 * MINUTE, MINUTE), (NOW - MINUTE, MINUTE)
    points = [(first, MINUTE)]
    assert gaps(points, since=since, until=until, earlier=long_ago) == [Gap(since, first)]
    assert gaps(points, since=since, until=until) == []  # the history begins here
    assert gaps([(NOW + MINUTE, MINUTE)], since=since, until=NOW + 2 * MINUTE, earlier=just_before) == []
    assert gaps([], since=since, until=until, earlier=just_before) == [Gap(since, until)]
    assert gaps([], since=since, until=NOW + MINUTE, earlier=just_before) == []
