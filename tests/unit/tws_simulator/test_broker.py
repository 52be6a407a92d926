"""Orders from acceptance to their end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tws_simulator.errors import BrokerError
from tws_simulator.events import CommissionReported, ExecutionReported, OrderCancelled, OrderUpdated, OrderWarned
from tws_simulator.model import ContractSpec, OrderTicket

from tests.unit.tws_simulator.trading import D, S, Trader


@pytest.fixture
def trader(desk: Any) -> Trader:
    desk.pin("189.99", "190.01", "500")
    return Trader(desk)


def test_a_market_order_is_said_to_be_filled_as_tws_says_it(trader: Trader) -> None:
    order = trader.place()
    assert (order.status, order.average_price, order.commission) == (S.FILLED, D("190.01"), D(1))
    kinds = [type(event).__name__ for event in trader.told]
    assert kinds == ["OrderUpdated", "ExecutionReported", "OrderUpdated", "CommissionReported", "PositionChanged"]


def test_a_sale_trades_at_the_bid(trader: Trader) -> None:
    assert trader.place("SELL").average_price == D("189.99")


def test_a_limit_order_takes_the_better_price(trader: Trader) -> None:
    assert trader.place(kind="LMT", limit_price="191").average_price == D("190.01")


def test_a_limit_order_waits_and_trades_at_its_own_price(trader: Trader) -> None:
    order = trader.place(kind="LMT", limit_price="189.5")
    assert order.status is S.SUBMITTED
    trader.desk.pin("189.48", "189.49")
    assert (order.status, order.average_price) == (S.FILLED, D("189.5"))
    (fill,) = [row.execution for row in trader.told if isinstance(row, ExecutionReported)]
    assert fill.added_liquidity


def test_shown_size_is_there_once(trader: Trader) -> None:
    first, second = trader.place(quantity="300"), trader.place(quantity="300")
    assert (first.status, second.filled) == (S.FILLED, D(200))
    trader.desk.pass_time()
    assert second.filled == 200
    trader.desk.pin("189.99", "190.01", "500")
    assert second.status is S.FILLED


def test_replenished_sizes_fill_a_large_order_over_time(trader: Trader) -> None:
    trader.desk.pin("189.99", "190.01", "500", replenish=True)
    order = trader.place(quantity="1200")
    seen = [order.filled]
    for _ in range(2):
        trader.desk.pass_time()
        seen.append(order.filled)
    assert seen == [D(500), D(1000), D(1200)]
    assert order.commission == D(6)
    assert len({row.execution.exec_id for row in trader.told if isinstance(row, ExecutionReported)}) == 3


def test_a_stop_waits_for_the_last_price(trader: Trader) -> None:
    order = trader.place("SELL", kind="STP", stop_price="189")
    assert (order.status, order.why_held) == (S.PRE_SUBMITTED, "trigger")
    trader.desk.pin("188.98", "189.02")
    assert order.status is S.PRE_SUBMITTED  # the last price is still above
    trader.desk.pin("188.90", "188.92")
    assert (order.status, order.average_price, order.why_held) == (S.FILLED, D("188.90"), "")


def test_a_stop_limit_becomes_a_limit_order(trader: Trader) -> None:
    order = trader.place("BUY", kind="STP LMT", stop_price="191", limit_price="191.05")
    trader.desk.pin("191.10", "191.12")
    assert (order.status, order.triggered, order.filled) == (S.SUBMITTED, True, D(0))
    trader.desk.pin("191.00", "191.02")
    assert (order.status, order.average_price) == (S.FILLED, D("191.05"))


def test_what_an_ioc_cannot_take_is_cancelled(trader: Trader) -> None:
    order = trader.place(quantity="800", kind="LMT", limit_price="190.01", time_in_force="IOC")
    assert (order.status, order.filled) == (S.CANCELLED, D(500))


def test_an_order_at_the_best_price_is_filled_by_others_trades(desk: Any) -> None:
    trader = Trader(desk)
    quote = desk.broker.quote(265598)
    order = trader.place(kind="LMT", limit_price=str(quote.ask - D("0.01")))
    for _ in range(400):
        if order.is_done:
            break
        desk.pass_time()
    assert order.status is S.FILLED


def test_a_change_keeps_the_order_and_its_number(trader: Trader) -> None:
    order = trader.place(kind="LMT", limit_price="189")
    changed = trader.place(kind="LMT", limit_price="189.1", quantity="200", order_id=order.order_id)
    assert changed is order
    assert (order.ticket.limit_price, order.ticket.quantity, order.status) == (D("189.1"), D(200), S.SUBMITTED)
    trader.place(kind="LMT", limit_price="190.01", quantity="200", order_id=order.order_id)
    assert (order.status, order.average_price) == (S.FILLED, D("190.01"))


def test_reducing_to_what_is_filled_ends_the_order(trader: Trader) -> None:
    order = trader.place(quantity="800", kind="LMT", limit_price="190.01")
    trader.place(quantity="500", kind="LMT", limit_price="190.01", order_id=order.order_id)
    assert order.status is S.FILLED


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"action": "SELL", "kind": "LMT", "limit_price": "189", "order_id": 1}, 105),
        ({"symbol": "MSFT", "kind": "LMT", "limit_price": "189", "order_id": 1}, 105),
        ({"kind": "MKT", "order_id": 1}, 329),
        ({"kind": "LMT", "limit_price": "189.001", "order_id": 1}, 110),
        ({"kind": "LMT", "limit_price": "189", "quantity": "1000000", "order_id": 1}, 201),
    ],
)
def test_a_refused_change_leaves_the_order_alone(trader: Trader, change: dict[str, Any], code: int) -> None:
    order = trader.place(kind="LMT", limit_price="188")
    before = order.ticket
    assert trader.refusal(**change) == code
    assert order.ticket is before
    assert order.status is S.SUBMITTED


def test_finished_orders_cannot_be_changed(trader: Trader) -> None:
    filled, partly = trader.place(), trader.place(quantity="800", kind="LMT", limit_price="190.01")
    assert trader.refusal(order_id=filled.order_id) == 104
    assert trader.refusal(order_id=partly.order_id, quantity="100", kind="LMT", limit_price="190.01") == 134
    trader.broker.cancel(client_id=1, order_id=partly.order_id)
    assert trader.refusal(order_id=partly.order_id, quantity="900", kind="LMT", limit_price="190.01") == 103


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"symbol": "NOSUCH"}, 200),
        ({"action": "HOLD"}, 321),
        ({"kind": "VOL"}, 387),
        ({"kind": "TRAIL"}, 321),
        ({"time_in_force": "FOK"}, 111),
        ({"kind": "STP", "stop_price": "1", "time_in_force": "IOC"}, 111),
        ({"quantity": "0"}, 434),
        ({"quantity": "-5"}, 321),
        ({"quantity": "Infinity"}, 321),
        ({"quantity": "1.5"}, 10243),
        ({"quantity": "99999999999"}, 383),
        ({"kind": "LMT"}, 321),
        ({"kind": "LMT", "limit_price": "-1"}, 321),
        ({"kind": "LMT", "limit_price": "190.001"}, 110),
        ({"kind": "STP"}, 403),
        ({"kind": "STP", "stop_price": "190.001"}, 110),
        ({"account": "DU999"}, 321),
        ({"oca_group": "g", "oca_type": 4}, 321),
        ({"parent_id": 3}, 10006),
        ({"minimum_quantity": 500}, 321),
        ({"unsupported": ["algo_strategy"]}, 439),
        ({"algo": "Adaptive", "kind": "STP", "stop_price": "200"}, 442),
        ({"algo": "Adaptive", "algo_params": [["adaptivePriority", "Soon"]]}, 441),
        ({"unsupported": ["hedge_type"]}, 321),
    ],
)
def test_impossible_orders_are_refused(trader: Trader, order: dict[str, Any], code: int) -> None:
    assert trader.refusal(**order) == code
    assert trader.broker.state.orders == {}
    assert trader.told == []


def test_an_order_number_is_used_once(trader: Trader) -> None:
    trader.place(order_id=10)
    assert trader.broker.next_order_id(1) == 11
    assert trader.refusal(order_id=9) == 103
    assert trader.broker.next_order_id(2) == 1


def test_too_large_for_the_account(trader: Trader) -> None:
    order = trader.place(quantity="100000")
    assert order.status is S.INACTIVE
    assert "MUST EXCEED THE INITIAL MARGIN" in order.reject_text
    assert trader.broker.account("").cash == {"USD": D(1_000_000)}


def test_a_preview_says_what_the_order_would_cost_and_places_nothing(trader: Trader) -> None:
    contract = ContractSpec(con_id=265598, exchange="SMART")
    ticket = OrderTicket("BUY", D(100), "MKT", what_if=True)
    preview = trader.broker.preview(client_id=1, order_id=5, contract=contract, ticket=ticket)
    cost = preview.cost
    assert (cost.commission, cost.change.margin_after) == (D(1), D(100) * trader.broker.mark(265598) / 4)
    assert trader.broker.state.orders == {}
    assert trader.broker.next_order_id(1) == 6
    trader.next_id = 6
    order = trader.place()
    assert trader.broker.balances("").margin == preview.cost.change.margin_after
    assert order.commission == preview.cost.commission


def test_cancel(trader: Trader) -> None:
    order = trader.place(kind="LMT", limit_price="180")
    trader.broker.cancel(client_id=1, order_id=order.order_id)
    assert order.status is S.CANCELLED
    assert [event.text for event in trader.told if isinstance(event, OrderCancelled)] == ["Order Canceled - reason:"]
    with pytest.raises(BrokerError, match="state: Cancelled") as refused:
        trader.broker.cancel(client_id=1, order_id=order.order_id)
    assert refused.value.code == 10148


def test_only_its_owner_cancels_an_order(trader: Trader) -> None:
    order = trader.place(kind="LMT", limit_price="180")
    with pytest.raises(BrokerError) as refused:
        trader.broker.cancel(client_id=2, order_id=order.order_id)
    assert refused.value.code == 10147
    trader.broker.cancel_all()
    assert order.is_done


def test_a_fill_can_cross_a_slow_cancel(trader: Trader) -> None:
    order = trader.place(kind="LMT", limit_price="180")
    trader.broker.begin_cancel(client_id=1, order_id=order.order_id)
    assert order.status is S.PENDING_CANCEL
    trader.desk.pin("179.98", "179.99")
    assert order.status is S.FILLED
    with pytest.raises(BrokerError):
        trader.broker.begin_cancel(client_id=1, order_id=order.order_id)


def test_day_orders_end_with_the_day_and_gtc_stays(trader: Trader) -> None:
    day = trader.place(kind="LMT", limit_price="180")
    kept = trader.place(kind="LMT", limit_price="180", time_in_force="GTC")
    trader.desk.pass_time(15 * 3600)
    assert (day.status, day.completed_status, kept.status) == (S.CANCELLED, "Expired", S.SUBMITTED)
    assert trader.broker.account("").day == datetime(2026, 11, 25, tzinfo=UTC).date()
    assert trader.broker.executions_today() == []


def test_an_untransmitted_order_waits_in_silence(trader: Trader) -> None:
    order = trader.place(kind="LMT", limit_price="191", transmit=False)
    assert (order.status, trader.told) == (S.API_PENDING, [])
    trader.desk.pass_time()
    assert order.filled == 0
    trader.place(kind="LMT", limit_price="191", transmit=False, order_id=order.order_id)
    assert trader.told == []
    trader.place(kind="LMT", limit_price="191", order_id=order.order_id)
    assert order.status is S.FILLED


def test_outside_hours_an_order_waits_for_the_opening(make_desk: Callable[..., Any], clock: Any) -> None:
    clock.advance(timedelta(hours=8))  # 18:00 in New York
    desk = make_desk(calendar="exchange")
    trader = Trader(desk)
    order = trader.place(time_in_force="DAY")
    assert order.status is S.PRE_SUBMITTED
    (warning,) = [event for event in trader.told if isinstance(event, OrderWarned)]
    assert warning.code == 399
    assert "20261125 09:30:00 US/Eastern" in warning.text
    late = trader.place(kind="LMT", limit_price="1000", outside_rth=True)
    assert late.filled > 0
    desk.pass_time(15.5 * 3600)
    assert order.filled > 0


def test_commissions_can_be_late_or_missing(trader: Trader) -> None:
    trader.broker.commission_delay = lambda client_id: timedelta(seconds=30)
    trader.place()
    assert not [event for event in trader.told if isinstance(event, CommissionReported)]
    trader.broker.reload()  # as after a restart
    trader.desk.pass_time(31)
    assert len([event for event in trader.told if isinstance(event, CommissionReported)]) == 1
    trader.broker.commission_delay = lambda client_id: None
    trader.desk.pin("189.99", "190.01")
    trader.place()
    trader.desk.pass_time(3600)
    assert len([event for event in trader.told if isinstance(event, CommissionReported)]) == 1
    assert len(trader.fills()) == 2


def test_with_several_accounts_one_must_be_named(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(accounts=("DU1", "DU2"))
    desk.pin("189.99", "190.01")
    trader = Trader(desk)
    assert trader.refusal() == 435
    trader.place(account="DU2")
    assert [desk.broker.account(name).quantity(265598) for name in ("DU1", "DU2")] == [D(0), D(100)]


def test_two_runs_with_one_seed_are_the_same(make_desk: Callable[..., Any]) -> None:
    def run() -> list[str]:
        desk = make_desk()
        trader = Trader(desk)
        for quantity in ("100", "2500", "7"):
            trader.place(quantity=quantity)
        return [repr(event) for event in trader.told]

    assert run() == run()


def test_ids_do_not_repeat_after_a_reset(trader: Trader) -> None:
    first = trader.place()
    trader.desk.gateway.reset(D(5_000_000))
    trader.desk.pin("189.99", "190.01")
    second = trader.place()
    assert second.perm_id > first.perm_id
    assert len({event.execution.exec_id for event in trader.told if isinstance(event, ExecutionReported)}) == 2
    assert trader.broker.completed_orders() == [second]
    assert trader.broker.account("").cash == {"USD": D(5_000_000) - D("19002")}


def test_every_status_is_told(trader: Trader) -> None:
    trader.place(kind="LMT", limit_price="189")
    assert (
        len([event for event in trader.told if isinstance(event, OrderUpdated)]) == 2
    )  # accepted, then at the exchange


def test_what_is_a_week_old_is_forgotten(trader: Trader) -> None:
    kept = trader.place(kind="LMT", limit_price="180", time_in_force="GTC")
    trader.place()
    trader.desk.pass_time(6 * 86_400)
    assert len(trader.broker.state.executions) == 1
    trader.desk.pass_time(2 * 86_400)
    assert list(trader.broker.state.orders) == [kept.perm_id]
    assert trader.broker.state.executions == []
    assert trader.refusal(order_id=2) == 103
