"""Which choices a person has, for every kind of incident and every state of an order."""

from decimal import Decimal

import pytest

from trading.domain.incidents import (
    SEVERITY_OF,
    TITLE_OF,
    Choice,
    IncidentKind,
    OrderFacts,
    allowed_choices,
    choices_of,
)
from trading.domain.orders import TERMINAL, OrderOrigin, OrderStatus


def facts(
    status: OrderStatus = OrderStatus.UNKNOWN,
    origin: OrderOrigin = OrderOrigin.DESK,
    has_ib_order_id: bool = True,
    filled: str = "0",
) -> OrderFacts:
    return OrderFacts(status=status, origin=origin, has_ib_order_id=has_ib_order_id, filled_quantity=Decimal(filled))


def now(kind: IncidentKind, order: OrderFacts | None, **more: bool) -> tuple[Choice, ...]:
    return allowed_choices(kind, order, **{"is_open": True, "is_acknowledged": False, **more})


@pytest.mark.parametrize("kind", list(IncidentKind))
def test_every_kind_has_a_severity_a_title_and_choices(kind: IncidentKind) -> None:
    assert kind in SEVERITY_OF
    assert TITLE_OF[kind]
    assert Choice.ASK_IB in choices_of(kind)


@pytest.mark.parametrize("kind", list(IncidentKind))
def test_an_incident_that_is_over_offers_nothing(kind: IncidentKind) -> None:
    assert now(kind, facts(), is_open=False) == ()


def test_an_unknown_order_offers_all() -> None:
    assert set(now(IncidentKind.ORDER_UNSETTLED, facts())) == {
        Choice.ASK_IB,
        Choice.SEND_CANCEL,
        Choice.KEEP_WAITING,
        Choice.NEVER_REACHED,
        Choice.WAS_CANCELLED,
    }


@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not OrderStatus.UNKNOWN])
def test_only_an_unknown_order_can_be_closed_on_a_word(status: OrderStatus) -> None:
    assert not {Choice.NEVER_REACHED, Choice.WAS_CANCELLED} & set(now(IncidentKind.ORDER_UNSETTLED, facts(status)))


def test_an_order_with_a_fill_did_reach_ib() -> None:
    choices = now(IncidentKind.ORDER_UNSETTLED, facts(filled="1"))
    assert Choice.NEVER_REACHED not in choices
    assert Choice.WAS_CANCELLED in choices


@pytest.mark.parametrize("status", list(OrderStatus))
def test_no_word_ends_an_order_that_ib_goes_on_listing(status: OrderStatus) -> None:
    assert not any(choice.is_attestation for choice in now(IncidentKind.ORDER_SWALLOWED, facts(status)))


@pytest.mark.parametrize("status", list(OrderStatus))
def test_a_cancel_is_sent_for_open_orders_only(status: OrderStatus) -> None:
    offered = Choice.SEND_CANCEL in now(IncidentKind.ORDER_SWALLOWED, facts(status))
    assert offered is (status not in TERMINAL)


@pytest.mark.parametrize(
    "order",
    [facts(has_ib_order_id=False), facts(origin=OrderOrigin.EXTERNAL), None],
    ids=["never numbered", "placed elsewhere", "no order"],
)
def test_no_cancel_for_what_ib_would_not_take_one_for(order: OrderFacts | None) -> None:
    assert Choice.SEND_CANCEL not in now(IncidentKind.ORDER_UNSETTLED, order)


def test_who_waits_already_is_not_asked_to_wait_again() -> None:
    assert Choice.KEEP_WAITING not in now(IncidentKind.ORDER_UNSETTLED, facts(), is_acknowledged=True)


def test_a_reason_is_due_exactly_where_a_word_takes_the_place_of_evidence() -> None:
    assert {choice for choice in Choice if choice.needs_reason} == {
        Choice.NEVER_REACHED,
        Choice.WAS_CANCELLED,
        Choice.ACCEPT_IB,
        Choice.DEALT_WITH,
    }
