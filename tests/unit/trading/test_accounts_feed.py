"""What the gateway collects of accounts: no value of another quantity is kept, and nothing unwritten is confirmed."""

from types import SimpleNamespace
from typing import Any

import pytest

from trading.gateway import accounts_feed
from trading.gateway.accounts_feed import MOST_POSITION_STREAMS, AccountsFeed
from trading.gateway.collected_figures import VALUES_AFTER_THE_END

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


def test_closed_positions_make_room_for_new_ones(feed: AccountsFeed) -> None:
    streams = [(ACCOUNT, number) for number in range(MOST_POSITION_STREAMS)]
    for number, key in enumerate(streams):
        feed.position(ACCOUNT, SimpleNamespace(conId=key[1]), 1, 1.0)
        feed.watch_position_pnl(1000 + number, key)
    feed.position(ACCOUNT, APPLE, 100, 190.0)
    feed.forget_position_stream(KEY)
    assert (feed.positions_without_pnl(), feed.closed(streams)) == ([], [])
    feed.position(ACCOUNT, SimpleNamespace(conId=5), 0, 0.0)
    assert feed.closed(streams) == [(ACCOUNT, 5)]
    assert feed.positions_without_pnl() == [KEY]
    feed.forget_position_stream((ACCOUNT, 5))
    feed.position(ACCOUNT, APPLE, 0, 0.0)
    feed.position(ACCOUNT, SimpleNamespace(conId=5), 2, 1.0)
    assert feed.positions_without_pnl() == [(ACCOUNT, 5)]  # held again, asked for again


def download(feed: AccountsFeed, *currencies: str, tag: str = "NetLiquidation") -> None:
    feed.download_begins(ACCOUNT)
    for currency in currencies:
        feed.account_value(ACCOUNT, tag, "1", currency)
    feed.download_ended(ACCOUNT)


def test_after_a_complete_download_only_what_ib_has_named_is_left(feed: AccountsFeed, clock: Clock) -> None:
    feed.account_value(ACCOUNT, "NetLiquidation", "1", "USD")
    feed.account_value(ACCOUNT, "CashBalance", "1", "EUR")
    feed.take(everything=True)
    download(feed, "USD")  # unchanged, and heard all the same
    feed.account_value(ACCOUNT, "CashBalance", "1", "CHF")  # behind the end marker
    assert feed.take(everything=True).complete == {}
    assert feed.figures_wait
    clock.now += VALUES_AFTER_THE_END
    whole = feed.take(everything=True)
    assert whole.complete == {ACCOUNT: {("NetLiquidation", "USD"), ("CashBalance", "CHF")}}
    assert not feed.figures_wait
    feed.give_back(whole)
    assert feed.take(everything=True).complete == whole.complete
    feed.account_value(ACCOUNT, "CashBalance", "1", "EUR")  # there again, with what it was before
    assert feed.take(everything=True).values[ACCOUNT] == {("CashBalance", "EUR"): "1"}


def test_a_download_that_is_not_whole_or_not_ended_proves_nothing(feed: AccountsFeed, clock: Clock) -> None:
    download(feed)
    clock.now += VALUES_AFTER_THE_END
    assert feed.take(everything=True).complete == {}
    download(feed, "USD", tag="CashBalance")
    clock.now += VALUES_AFTER_THE_END
    assert feed.take(everything=True).complete == {}
    feed.download_begins(ACCOUNT)
    feed.account_value(ACCOUNT, "NetLiquidation", "1", "USD")
    clock.now += VALUES_AFTER_THE_END
    assert feed.take(everything=True).complete == {}
    download(feed, "USD")
    feed.account_value(ACCOUNT, "AccountReady", "false", "")
    clock.now += VALUES_AFTER_THE_END
    assert feed.take(everything=True).complete == {}
