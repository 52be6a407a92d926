"""The ledger of fills: what counts in an order, in a position and in its cost, whatever way IB tells it."""

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from psycopg import sql

from tests.factories import AccountFactory, FillFactory
from tests.fixtures.gateway import anomalies_of, fills_of
from tests.fixtures.ib_words import Ib, commission, fresh
from trading.domain.incidents import Choice
from trading.gateway.records import Snapshot
from trading.models import CommissionReport, Fill, Incident, Order

pytestmark = pytest.mark.django_db(transaction=True)

NAMELESS: dict[str, Any] = {"order_ref": "", "perm_id": 0, "client_id": 0, "order_id": 0}
COMBO: dict[str, Any] = {
    "con_id": 28812380,
    "symbol": "AAPL",
    "sec_type": "BAG",
    "local_symbol": "",
    "trading_class": "COMB",
}
OPTION: dict[str, Any] = {"con_id": 700001, "symbol": "AAPL", "sec_type": "OPT", "multiplier": "100"}
FOREIGN: dict[str, Any] = {"order_ref": "", "perm_id": 4711, "client_id": 3, "order_id": 12}


@pytest.fixture
def ib() -> Ib:
    return Ib()


def moving() -> dict[int, D]:
    """What the fills add up to, by instrument."""
    total: dict[int, D] = {}
    for con_id, side, quantity in Fill.objects.moving_positions().values_list("instrument_id", "side", "quantity"):
        total[con_id] = total.get(con_id, D(0)) + (quantity if side == "BUY" else -quantity)
    return {con_id: quantity for con_id, quantity in total.items() if quantity}


# append-only


@pytest.mark.parametrize("change", ["quantity = 1", "price = 1", "exec_id = 'forged'", "order_id = gen_random_uuid()"])
def test_the_facts_of_a_fill_cannot_be_changed(change: str) -> None:
    FillFactory()
    assert "Cannot update rows" in refused(f"UPDATE trading_fill SET {change}")


@pytest.mark.parametrize("make", [FillFactory, lambda: CommissionReport.objects.create(**REPORT)])
def test_nothing_leaves_the_ledger(make: Callable[[], Any]) -> None:
    row = make()
    assert "Cannot delete rows" in refused(f"DELETE FROM {row._meta.db_table}")
    with pytest.raises(DatabaseError, match="Cannot delete rows"), transaction.atomic():
        row.delete()
    assert type(row).objects.filter(pk=row.pk).exists()


REPORT: dict[str, Any] = {"exec_id": "1.01", "commission": D(1), "currency": "USD", "received_at": "2026-01-05T15:00Z"}


def test_a_fill_that_has_ceased_to_count_never_counts_again() -> None:
    fill = FillFactory()
    Fill.objects.filter(pk=fill.pk).update(is_current=False)
    assert "Cannot update rows" in refused("UPDATE trading_fill SET is_current = true")


def test_a_commission_does_not_become_unknown_again() -> None:
    CommissionReport.objects.create(**REPORT)
    assert "Cannot update rows" in refused("UPDATE trading_commissionreport SET commission = NULL")


def test_one_row_by_account_and_execution_id() -> None:
    fill = FillFactory(exec_id="0001.01.01")
    with pytest.raises(DatabaseError), transaction.atomic():
        FillFactory(order=fill.order, exec_id="0001.01.01")
    FillFactory(exec_id="0001.01.01")  # of another account
    assert Fill.objects.filter(exec_id="0001.01.01").count() == 2


def refused(statement: str) -> str:
    """The database's words when it refuses the statement."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement))  # type: ignore[arg-type]
    return str(caught.value)


# corrections


def test_a_bust_that_came_before_what_it_takes_back(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.02", 0, 0.0), ib.execution(order, "0001.02.01.01", 100, 190.0))
    assert (fills_of(order), fresh(order).filled_quantity, moving()) == ([], D(0), {})


def test_a_bust_can_be_taken_back(ib: Ib) -> None:
    order = ib.order()
    for revision, quantity in enumerate((100, 0, 100), start=1):
        ib.says(ib.execution(order, f"0001.02.01.{revision:02d}", quantity, 190.0))
    assert (fills_of(order), fresh(order).status) == ([(D(100), D(190))], "filled")


def test_corrections_hold_over_a_restart(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.02", 60, 189.5))
    after = Ib(again=True)
    after.says(after.execution(order, "0001.02.01.01", 100, 190.0, sync=True))
    after.says(after.execution(order, "0001.02.01.03", 50, 189.0, sync=True))
    after.says(after.execution(order, "0001.02.01.02", 60, 189.5, sync=True))
    assert fills_of(order) == [(D(50), D(189))]
    assert Fill.objects.count() == 3


@pytest.mark.parametrize(
    "ids",
    [
        ("0000e0d5.65012201", "0000e0d5.65012202"),  # two segments: the second tells executions apart
        ("20260105.1234", "20260105.1235"),
        ("U1234567.00012345", "U1234567.00012346"),
        ("123456789", "123456790"),
        (".01", ".02"),
    ],
)
def test_ids_of_other_forms_do_not_replace_each_other(ib: Ib, ids: tuple[str, str]) -> None:
    order = ib.order()
    ib.says(*(ib.execution(order, exec_id, 50, 190.0) for exec_id in ids))
    assert fresh(order).filled_quantity == D(100)


def test_a_correction_by_name_takes_the_fill_from_the_stranger_it_was_booked_on(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0, **NAMELESS), commission("0001.02.01.01", 1.0))
    stranger = Order.objects.get(origin="external")
    assert fresh(stranger).filled_quantity == D(100)
    ib.says(ib.execution(order, "0001.02.01.02", 100, 189.0))
    assert (fresh(stranger).filled_quantity, fresh(stranger).commission) == (D(0), None)
    assert (fresh(order).filled_quantity, moving()) == (D(100), {ib.apple.con_id: D(100)})


def test_an_advisors_executions_belong_to_their_own_accounts(ib: Ib) -> None:
    order = ib.order()
    other = AccountFactory(code="DU7654321")
    ib.says(
        ib.open_order(order),
        ib.execution(order, "0001.02.01.01", 100, 190.0),
        ib.execution(order, "0001.02.01.01", 40, 190.0, account=other.code, order_ref="", order_id=0),
    )
    assert fresh(order).filled_quantity == D(100)
    theirs = Fill.objects.get(account=other)
    assert (theirs.quantity, theirs.order.origin, theirs.order.account_id) == (D(40), "external", other.code)


# commissions


def test_a_placeholder_never_takes_the_place_of_a_figure(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0), commission("0001.02.01.01", 1.25, realized=7.5))
    for nothing in (-1.0, 0.0, 1.7976931348623157e308):
        ib.says(commission("0001.02.01.01", nothing, realized=0.0))
        fill = Fill.objects.get(order=order)
        assert (fill.commission, fill.realized_pnl, fresh(order).commission) == (D("1.25"), D("7.5"), D("1.25"))


def test_a_commission_of_zero_is_a_figure(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0), commission("0001.02.01.01", 0.0))
    assert (Fill.objects.get(order=order).commission, fresh(order).commission) == (D(0), D(0))


def test_a_commission_that_never_comes_stays_unknown(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0))
    assert (Fill.objects.get(order=order).commission, fresh(order).commission) == (None, None)


def test_what_a_replaced_execution_cost_is_not_part_of_the_order(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0), commission("0001.02.01.01", 1.0))
    ib.says(ib.execution(order, "0001.02.01.02", 100, 189.0))
    assert fresh(order).commission is None
    ib.says(commission("0001.02.01.02", 1.5), commission("0001.02.01.01", 1.0))
    assert fresh(order).commission == D("1.5")


def test_currencies_are_not_added_up(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.01.01.01", 50, 190.0), commission("0001.01.01.01", 1.0))
    order = fresh(order)
    assert (order.commission, order.commission_currency) == (D(1), "USD")
    euros = commission("0001.02.01.01", 2.0)
    euros = type(euros)(kind=euros.kind, payload={**euros.payload, "currency": "EUR"}, received_at=euros.received_at)
    ib.says(ib.execution(order, "0001.02.01.01", 50, 190.0), euros)
    order = fresh(order)
    assert (order.commission, order.commission_currency) == (None, "")
    assert {fill.commission_currency: fill.commission for fill in order.fills.all()} == {"USD": D(1), "EUR": D(2)}


# combinations


def test_a_combination_counts_its_own_executions_and_positions_count_its_legs(ib: Ib) -> None:
    ours = ib.order()
    ib.says(ib.open_order(ours, **FOREIGN, **COMBO, quantity=10.0, limit_price=1.5))
    order = Order.objects.get(origin="external")
    ib.says(
        ib.execution(ours, "0001.01.00.01", 4, 1.5, **FOREIGN, **COMBO),
        ib.execution(ours, "0001.01.01.01", 4, 190.0, **FOREIGN),
        ib.execution(ours, "0001.01.02.01", 4, 3.0, **FOREIGN, **OPTION, side="SLD"),
        commission("0001.01.01.01", 1.0),
        commission("0001.01.02.01", 2.0),
    )
    order = fresh(order)
    assert (order.status, order.filled_quantity, order.average_fill_price) == ("partially_filled", D(4), D("1.5"))
    assert order.commission == D(3)
    assert moving() == {ib.apple.con_id: D(4), OPTION["con_id"]: D(-4)}
    assert anomalies_of(order) == []


@pytest.mark.parametrize("by", ["open order", "execution"])
def test_a_combination_of_which_a_leg_came_first(ib: Ib, by: str) -> None:
    ours = ib.order()
    ib.says(
        ib.execution(ours, "0001.01.02.01", 20, 3.0, **FOREIGN, **OPTION, side="SLD"),
        ib.execution(ours, "0001.01.01.01", 10, 190.0, **FOREIGN),
    )
    order = Order.objects.get(origin="external")
    whole = ib.execution(ours, "0001.01.00.01", 10, 1.5, **FOREIGN, **COMBO)
    opened = ib.open_order(ours, **FOREIGN, **COMBO, quantity=10.0, limit_price=1.5, status="Filled")
    ib.says(*((opened, whole) if by == "open order" else (whole, opened)))
    order = fresh(order)
    assert (order.instrument_id, order.filled_quantity, order.status) == (COMBO["con_id"], D(10), "filled")
    assert order.average_fill_price == D("1.5")
    assert moving() == {ib.apple.con_id: D(10), OPTION["con_id"]: D(-20)}


def test_the_summary_of_a_combination_is_no_progress_of_a_stock_order(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.01.00.01", 100, 190.0, **COMBO), ib.execution(order, "0001.01.01", 100, 190.0))
    assert (fresh(order).filled_quantity, fresh(order).status) == (D(100), "filled")
    assert moving() == {ib.apple.con_id: D(100)}


def test_corrections_of_a_combination_and_of_a_leg(ib: Ib) -> None:
    ours = ib.order()
    ib.says(
        ib.open_order(ours, **FOREIGN, **COMBO, quantity=10.0, limit_price=1.5),
        ib.execution(ours, "0001.01.00.01", 10, 1.5, **FOREIGN, **COMBO),
        ib.execution(ours, "0001.01.01.01", 10, 190.0, **FOREIGN),
        ib.execution(ours, "0001.01.00.02", 8, 1.5, **FOREIGN, **COMBO),
        ib.execution(ours, "0001.01.01.02", 8, 190.0, **FOREIGN),
    )
    order = Order.objects.get(origin="external")
    assert (order.filled_quantity, moving()) == (D(8), {ib.apple.con_id: D(8)})


# several numbers, and orders nobody here placed


def test_fills_of_each_perm_id_count_in_the_one_order(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order), ib.open_order(order, perm_id=9002))
    bare = {"order_ref": "", "order_id": 0, "client_id": 0}
    ib.says(
        ib.execution(order, "0001.01.01.01", 30, 190.0, **bare),
        ib.execution(order, "0002.01.01.01", 20, 190.0, perm_id=9002, **bare),
    )
    assert fresh(order).filled_quantity == D(50)
    assert Order.objects.count() == 1


def test_a_liquidation_moves_the_position_and_no_order_of_ours(ib: Ib) -> None:
    ours = ib.order()
    alien = {**NAMELESS, "liquidation": 1, "side": "SLD"}
    ib.says(ib.execution(ours, "0009.01.01", 10, 180.0, **alien), ib.execution(ours, "0009.01.02", 8, 180.0, **alien))
    order = Order.objects.get(origin="liquidation")
    assert (order.filled_quantity, moving(), fresh(ours).filled_quantity) == (D(8), {ib.apple.con_id: D(-8)}, D(0))


# two live orders for one intent


def open_at_ib(order: Order, *perm_ids: int) -> Snapshot:
    rows = frozenset((perm_id, order.order_ref) for perm_id in perm_ids)
    return Snapshot(asked_at=timezone.now(), open_orders=rows)


def doubled(order: Order) -> Incident | None:
    return Incident.objects.open().filter(kind="doubled_at_ib", order=order).first()


def test_two_numbers_that_are_both_open_call_a_person(ib: Ib) -> None:
    order = ib.order()
    assert ib.says(ib.open_order(order), ib.open_order(order, perm_id=9002)).must_ask_ib
    ib.says(open_at_ib(order, 9001, 9002))
    incident = doubled(order)
    assert incident is not None
    assert incident.evidence["live_perm_ids"] == [9001, 9002]
    assert Choice.SEND_CANCEL in incident.choices_now
    ib.says(open_at_ib(order, 9002))
    assert doubled(order) is None


def test_a_second_number_alone_is_no_double(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order), ib.open_order(order, perm_id=9002), open_at_ib(order, 9002))
    assert doubled(order) is None


def test_filled_under_one_number_and_open_under_the_other(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order), ib.open_order(order, perm_id=9002), ib.execution(order, "0001.01.01", 100, 190.0))
    ib.says(open_at_ib(order, 9002))
    incident = doubled(order)
    assert incident is not None
    assert (incident.evidence["live_perm_ids"], incident.evidence["status"]) == ([9002], "filled")


def test_the_end_of_one_number_among_completed_orders_does_not_end_the_other(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order), ib.open_order(order, perm_id=9002))
    ib.says(ib.completed(order, "Cancelled"), open_at_ib(order, 9002))
    assert fresh(order).status == "working"
    ib.says(ib.completed(order, "Cancelled", perm_id=9002))
    assert fresh(order).status == "cancelled"


def test_more_than_was_ordered_calls_a_person_until_a_correction_takes_it_back(ib: Ib) -> None:
    order = ib.order()
    too_much = Incident.objects.open().filter(kind="fill_over_quantity", order=order)
    ib.says(ib.execution(order, "0001.01.01", 100, 190.0))
    assert not too_much.exists()
    ib.says(ib.execution(order, "0002.01.01", 50, 190.0))
    evidence = too_much.get().evidence
    assert (evidence["quantity"], evidence["filled_quantity"]) == ("100", "150")
    ib.says(ib.execution(order, "0002.01.02", 0, 0.0))
    assert not too_much.exists()
