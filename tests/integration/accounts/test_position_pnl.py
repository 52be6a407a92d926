"""A position's streamed P&L on a real PostgreSQL: it does not survive another quantity; absurd figures are not kept."""

from datetime import timedelta
from decimal import Decimal as D
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import Position, PositionPnl
from accounts.services import record_position, record_position_pnls
from tests.factories import PositionFactory
from trading.gateway.accounts_feed import AccountsFeed
from trading.gateway.accounts_write import close_missing_positions, write_figures

pytestmark = pytest.mark.django_db
UNKNOWN = (D(1), None, None)


@pytest.fixture
def position() -> Position:
    row: Position = PositionFactory(quantity=D(100))
    stream(row, "20000")
    return row


def stream(position: Position, value: str) -> None:
    figures = {"daily": D(1), "unrealized": D(2), "realized": D(0), "market_value": D(value)}
    record_position_pnls(rows={(position.account_id, position.instrument_id): figures}, at=timezone.now())


def pnl(position: Position) -> tuple[D | None, D | None, D | None]:
    row = PositionPnl.objects.get(position=position)
    return row.daily, row.unrealized, row.market_value


@pytest.mark.parametrize("market", [None, {"market_price": D(200), "market_value": D(10000)}])
def test_with_another_quantity_value_and_unrealized_are_not_known(
    position: Position, market: dict[str, D | None] | None
) -> None:
    known = {"account": position.account, "instrument": position.instrument, "average_cost": D(190), "market": market}
    record_position(quantity=D(100), at=timezone.now(), **known)
    assert pnl(position) == (D(1), D(2), D(20000))
    record_position(quantity=D(50), at=timezone.now(), **known)
    assert pnl(position) == UNKNOWN
    stream(position, "10000")
    assert pnl(position) == (D(1), D(2), D(10000))


def test_a_position_that_ib_lists_no_more_is_worth_nothing_known(position: Position) -> None:
    close_missing_positions([position.account_id], set(), timezone.now() + timedelta(seconds=1))
    position.refresh_from_db()
    assert (position.quantity, pnl(position)) == (0, UNKNOWN)


def test_an_absurd_figure_does_not_block_the_position(position: Position) -> None:
    feed = AccountsFeed()
    instrument = position.instrument
    contract = SimpleNamespace(
        conId=instrument.con_id,
        symbol=instrument.symbol,
        secType=instrument.sec_type,
        currency=instrument.currency,
        multiplier="",
        localSymbol="",
        tradingClass="",
    )
    figures = {"quantity": 100.0, "average_cost": 190.0, "market_price": 1e17, "market_value": 1e25}
    feed.portfolio(position.account_id, contract, {**figures, "unrealized_pnl": 5.0, "realized_pnl": 0.0})
    feed.watch_pnl(1, position.account_id)
    feed.pnl(1, -1e20, 5.0, 0.0)
    write_figures(feed.take(everything=True))
    position.refresh_from_db()
    assert (position.market_price, position.market_value, position.unrealized_pnl) == (None, None, D(5))
    told = position.account.pnl
    assert (told.daily, told.unrealized) == (None, D(5))
