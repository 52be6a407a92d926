"""What is remembered of orders to read and write them faster never shows: the bytes are those of a first time."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tws_simulator.exchange.catalogue import instruments
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.messages import decoding
from tws_simulator.messages.decoding import decode_request
from tws_simulator.messages.orders import Figures, open_order
from tws_simulator.model import Condition, OrderTicket
from tws_simulator.wire.fields import FieldError, encode_fields, field_text

from tests.unit.tws_simulator.test_session import order_fields

AAPL = instruments()[265598]
TICKET = OrderTicket("BUY", Decimal(100), "LMT", Decimal("190.5"), account="DU1234567", order_ref="mine")
OTHER: dict[str, Any] = {
    "conditions": [Condition(1, value="5.5", con_id=3, exchange="SMART")],
    "algo_params": [["adaptivePriority", "Patient"]],
    "algo": "Adaptive",
    "order_type": "TRAIL",
    "unsupported": ["hedge_type"],
    "obsolete": [10268],
}


def another(name: str, value: Any) -> Any:
    """Something else that this field of a ticket may hold."""
    if name in OTHER:
        return OTHER[name]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return f"{value}x"
    hint = OrderTicket.__annotations__[name]
    return 7 if hint is int or "int" in str(hint) else Decimal("0.75")


def written(ticket: OrderTicket, *, packed: bool, version: int = 178, **more: Any) -> bytes:
    order = Order(900_000_001, 4, 17, 265598, ticket, OrderStatus.SUBMITTED, datetime(2026, 11, 24, tzinfo=UTC))
    order.stop_now = ticket.trail_stop_price
    return encode_fields(open_order(order, AAPL, version=version, packed=packed, **more))


@pytest.mark.parametrize("version", [157, 163, 176, 178])
def test_an_order_told_from_memory_is_told_the_same(version: int) -> None:
    for ticket in (TICKET, *(replace(TICKET, **{row.name: another(row.name, getattr(TICKET, row.name))})
                             for row in fields(OrderTicket))):  # fmt: skip
        first = written(ticket, packed=True, version=version)
        assert first == written(ticket, packed=True, version=version)
        assert first == written(ticket, packed=False, version=version)


def test_every_attribute_of_a_ticket_that_is_told_makes_a_difference_from_memory_too() -> None:
    plain = written(TICKET, packed=True)
    for row in fields(OrderTicket):
        changed = replace(TICKET, **{row.name: another(row.name, getattr(TICKET, row.name))})
        told = written(changed, packed=False) != plain
        assert (written(changed, packed=True) != plain) == told, row.name


def test_figures_of_a_preview_are_told_from_memory_too() -> None:
    figures = Figures(commission=Decimal("1.5"), currency="USD", warning="so näy")
    assert written(TICKET, packed=True, figures=figures) == written(TICKET, packed=False, figures=figures)


def read_anew(texts: list[str], version: int = 178) -> Any:
    """The values of a message, or why it cannot be read, with nothing remembered."""
    before = dict(decoding._compiled)
    decoding._compiled.clear()
    try:
        return read(texts, version)
    finally:
        decoding._compiled.update(before)


def read(texts: list[str], version: int = 178) -> Any:
    try:
        return decode_request(texts, version).values
    except FieldError as wrong:
        return str(wrong)


@pytest.mark.parametrize("text", ["1", "2", "", "x", "0.25"])
def test_an_order_read_from_memory_is_read_the_same(text: str) -> None:
    usual = [field_text(value) for value in order_fields(5, kind="LMT", limit="190.5", ref="mine")]
    assert read(usual) == read(usual) == read_anew(usual)
    for number in range(1, len(usual)):
        changed = [*usual[:number], text, *usual[number + 1 :]]
        assert read(changed) == read_anew(changed), number
    assert read(usual) == read_anew(usual)


def test_an_order_cut_short_is_not_read_from_memory() -> None:
    usual = [field_text(value) for value in order_fields(5)]
    read(usual)
    for end in range(len(usual)):
        assert read(usual[:end]) == read_anew(usual[:end])
    assert "too many" in read([*usual, "1"])


@pytest.mark.parametrize(("kind", "exchange"), [("PEG BENCH", "SMART"), ("PEG MID", "IBKRATS")])
def test_what_an_order_type_adds_is_not_remembered_of_another(kind: str, exchange: str) -> None:
    contract = (265598, "AAPL", "STK", "", "0.0", "", "", exchange, "", "USD", "", "")
    usual = [field_text(value) for value in order_fields(5, contract=contract)]
    other = [field_text(value) for value in order_fields(5, kind=kind, contract=contract)]
    read(usual)
    assert read(other) == read_anew(other)
    assert "ended" in read(other)
