"""What the gateway collects of accounts: no value of another quantity is kept, and nothing unwritten is confirmed."""

from types import SimpleNamespace
from typing import Any

import pytest

from trading.gateway import accounts_feed
from trading.gateway.accounts_feed import AccountsFeed

ACCOUNT = "DU1000001"
APPLE = SimpleNamespace(conId=265598)
KEY = (ACCOUNT, APPLE.conId)
REQUEST = 7


class Clock:
    """Stands still until told otherwise."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("trading.gateway.accounts_feed.time", clock)
    monkeypatch.setattr("trading.gateway.collected_figures.time", clock)
    return clock


@pytest.fixture
def feed(clock: Clock) -> AccountsFeed:
    feed = AccountsFeed()
    feed.watch_position_pnl(REQUEST, KEY)
    return feed


def portfolio(feed: AccountsFeed, quantity: float, value: float) -> None:
    figures = {"quantity": quantity, "average_cost": 190.0, "market_price": 200.0, "market_value": value}
    feed.portfolio(ACCOUNT, APPLE, figures)


def pnl(feed: AccountsFeed, value: float) -> None:
    feed.position_pnl(REQUEST, 1.0, 2.0, 3.0, value)


def taken(feed: AccountsFeed) -> dict[str, Any]:
    return feed.take(everything=True).positions[KEY]


def test_after_a_failed_write_another_quantity_does_not_get_the_old_value(feed: AccountsFeed) -> None:
    portfolio(feed, 100, 20000)
    failed = feed.take(everything=True)
    feed.position(ACCOUNT, APPLE, 50, 190.0)
    feed.give_back(failed)
    assert taken(feed) == {"contract": APPLE, "quantity": 50, "average_cost": 190.0}


def test_after_a_failed_write_the_same_quantity_keeps_its_value(feed: AccountsFeed) -> None:
    portfolio(feed, 100, 20000)
    failed = feed.take(everything=True)
    feed.position(ACCOUNT, APPLE, 100, 191.0)
    feed.give_back(failed)
    row = taken(feed)
    assert (row["quantity"], row["average_cost"], row["market_value"]) == (100, 191.0, 20000)


def test_with_another_quantity_the_pnl_is_not_known_until_ib_says_the_next(feed: AccountsFeed) -> None:
    portfolio(feed, 100, 20000)
    pnl(feed, 20000)
    assert feed.confirmable()[2] == [KEY]
    portfolio(feed, 100, 20001)
    assert feed.confirmable()[2] == [KEY]
    feed.position(ACCOUNT, APPLE, 50, 190.0)
    assert feed.confirmable()[2] == []
    assert not feed.take(everything=True).position_pnl
    pnl(feed, 10000)
    assert feed.confirmable()[2] == [KEY]
    assert feed.take(everything=True).position_pnl[KEY].market_value == 10000


def test_after_a_failed_write_the_pnl_of_another_quantity_is_dropped(feed: AccountsFeed) -> None:
    portfolio(feed, 100, 20000)
    pnl(feed, 20000)
    failed = feed.take(everything=True)
    feed.give_back(failed)
    again = feed.take(everything=True)
    assert KEY in again.position_pnl
    feed.position(ACCOUNT, APPLE, 50, 190.0)
    feed.give_back(again)
    assert not feed.take(everything=True).position_pnl


def test_nothing_is_confirmed_after_a_failed_write_until_one_succeeds(feed: AccountsFeed, clock: Clock) -> None:
    feed.account_value(ACCOUNT, "NetLiquidation", "1", "USD")
    failed = feed.take(everything=True)
    assert feed.confirmable()[0] == [ACCOUNT]
    feed.give_back(failed)
    assert feed.confirmable() == ([], [], [])
    assert feed.take(everything=True).values[ACCOUNT]
    assert feed.confirmable() == ([], [], [])
    feed.written()
    assert feed.confirmable()[0] == [ACCOUNT]


def test_nothing_is_confirmed_while_figures_wait_to_be_written(feed: AccountsFeed, clock: Clock) -> None:
    feed.account_value(ACCOUNT, "NetLiquidation", "1", "USD")
    feed.take(everything=True)
    clock.now += accounts_feed.LONGEST_UNWRITTEN + 1  # the database does not answer
    assert feed.confirmable() == ([], [], [])
    feed.written()
    assert feed.confirmable()[0] == [ACCOUNT]
    feed.account_value(ACCOUNT, "NetLiquidation", "2", "USD")
    assert feed.confirmable()[0] == [ACCOUNT]
    clock.now += accounts_feed.LONGEST_UNWRITTEN + 1  # nobody takes it
    assert feed.confirmable() == ([], [], [])


def test_the_turn_of_many_positions_pnl_is_no_delay(feed: AccountsFeed, clock: Clock) -> None:
    for number in range(300):
        feed.watch_position_pnl(1000 + number, (ACCOUNT, number))
        feed.position_pnl(1000 + number, 1.0, 2.0, 3.0, 4.0)
    assert len(feed.take().position_pnl) == 300
    feed.written()
    feed.position_pnl(1000, 2.0, 2.0, 3.0, 4.0)
    clock.now += 25
    feed.take()
    assert feed.figures_wait  # thirty seconds for three hundred
    assert len(feed.confirmable()[2]) == 300
    clock.now += 16
    assert feed.confirmable() == ([], [], [])
