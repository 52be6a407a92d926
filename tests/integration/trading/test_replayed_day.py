"""Each reconnect replays IB's day: what is on record already costs nothing, whatever one open question there is.

A drill of an hour has thousands of completed orders and commissions, and a reconnect every half minute.
"""

from decimal import Decimal as D
from typing import Any

import pytest

from tests.fixtures.ib_words import CLIENT_ID, Ib, commission, fresh, nothing_open, record
from trading.gateway.recorder import Recorder
from trading.gateway.records import IbRecord, Kind
from trading.models import Fill, IbMessage, Order, StreamEvent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ib() -> Ib:
    return Ib()


def reconnected(ib: Ib) -> Ib:
    """The same words to the recorder of a new connection, which remembers nothing."""
    ib.recorder = Recorder(session_id="next", client_id=CLIENT_ID)
    return ib


def replayed(exec_id: str, amount: float, realized: float = 1.7976931348623157e308) -> IbRecord:
    return record(Kind.COMMISSION_REPORT, dict(commission(exec_id, amount, realized).payload), sync=True)


def written(ib: Ib, *items: IbRecord) -> tuple[int, int]:
    """How many raw messages and events for clients these leave."""
    before = IbMessage.objects.count(), StreamEvent.objects.count()
    ib.says(*items)
    return IbMessage.objects.count() - before[0], StreamEvent.objects.count() - before[1]


def ended(ib: Ib, **changes: Any) -> Order:
    order = ib.order()
    ib.says(ib.open_order(order, **changes), ib.completed(order, "Cancelled", "Cancelled by Trader", **changes))
    assert fresh(order).status == "cancelled"
    return order


def test_completed_orders_on_record_leave_no_trace_after_a_reconnect(ib: Ib) -> None:
    order = ended(ib)
    again = ib.completed(order, "Cancelled", "Cancelled by Trader")
    assert written(ib, again) == (0, 0)
    assert written(reconnected(ib), again) == (0, 0)
    assert written(ib, ib.completed(order, "Cancelled", "other words")) == (1, 0)


def test_an_order_that_stays_unknown_does_not_have_the_others_written_again(ib: Ib) -> None:
    order, lost = ended(ib), ib.order()
    ib.says(nothing_open())
    assert fresh(lost).status == "unknown"
    assert written(ib, ib.completed(order, "Cancelled", "Cancelled by Trader")) == (0, 0)


def test_the_end_of_an_order_that_is_open_at_the_desk_is_weighed_again(ib: Ib) -> None:
    """Its completed order may have come before the desk could believe it."""
    order = ended(ib, perm_id=9002)
    Order.objects.filter(pk=order.pk).update(status="unknown")
    ib.says(nothing_open())
    ib.says(ib.completed(order, "Cancelled", "Cancelled by Trader", perm_id=9002))
    assert fresh(order).status == "cancelled"
    Order.objects.filter(pk=order.pk).update(status="unknown")
    reconnected(ib).says(ib.completed(order, "Cancelled", "Cancelled by Trader", perm_id=9002))
    assert fresh(order).status == "cancelled"


def test_commissions_on_record_leave_no_trace_after_a_reconnect(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0), commission("0001.02.01.01", 1.25, 12.123456789))
    again = replayed("0001.02.01.01", 1.25, 12.123456789)
    assert written(ib, again) == (0, 0)
    assert written(reconnected(ib), again) == (0, 0)
    assert written(ib, replayed("0001.02.01.01", 1.5, 12.123456789))[0] == 1
    assert Fill.objects.get(order=order).commission == D("1.5")


def test_ib_may_return_to_a_commission_it_named_before(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0), commission("0001.02.01.01", 1.25))
    ib.says(commission("0001.02.01.01", -0.35))
    ib.says(replayed("0001.02.01.01", 1.25))
    assert Fill.objects.get(order=order).commission == D("1.25")


def test_a_placeholder_that_was_replaced_does_not_come_back_as_news(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0), commission("0001.02.01.01", -1.0))
    assert written(reconnected(ib), replayed("0001.02.01.01", -1.0)) == (0, 0)
    ib.says(replayed("0001.02.01.01", 1.25))
    assert Fill.objects.get(order=order).commission == D("1.25")
