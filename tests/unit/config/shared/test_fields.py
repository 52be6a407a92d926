"""What a client may send in a field: amounts exact, types as they are, unknown names refused."""

from decimal import Decimal as D
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from config.shared.fields import (
    AmountField,
    ChoiceWordField,
    FlagField,
    QuerySerializer,
    StrictSerializer,
    SymbolField,
    WholeField,
    WordField,
)


@pytest.mark.parametrize(
    ("sent", "amount"),
    [
        ("100", D(100)),
        ("0", D(0)),
        ("-5", D(-5)),
        ("190.01", D("190.01")),
        ("0.00000001", D("0.00000001")),
        ("123456789012345678", D("123456789012345678")),
        ("100.00000000", D(100)),
        (100, D(100)),
        (D("190.10"), D("190.10")),
    ],
)
def test_amounts_are_exact_decimals(sent: Any, amount: D) -> None:
    assert AmountField().to_internal_value(sent) == amount


@pytest.mark.parametrize(
    "sent",
    [
        "",
        " ",
        " 1",
        "1 ",
        "1\n",
        "+1",
        "1.",
        ".5",
        "1e3",
        "1E3",
        "0x10",
        "1,000",
        "1_000",
        "١٢٣",  # Arabic-Indic digits, which Decimal() would take
        "１００",  # full-width digits
        "NaN",
        "Infinity",
        "-",
        "--1",
        "1" * 19,
        "1" * 5000,
        "0.123456789",
        "12345678901.12345678",
        "<script>",
        True,
        False,
        None,
        1.5,
        10**18,
        -(10**18),
        D("1E+2"),
        D("NaN"),
        D("Infinity"),
        D("0.123456789"),
        [],
        ["1"],
        {},
        {"quantity": "1"},
    ],
)
def test_what_is_no_plain_amount_is_refused(sent: Any) -> None:
    with pytest.raises(ValidationError):
        AmountField().to_internal_value(sent)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=8, allow_nan=False, allow_infinity=False))
def test_every_amount_that_fits_survives_the_way_as_text(amount: D) -> None:
    assert AmountField().to_internal_value(f"{amount:f}") == amount


@given(
    st.text(max_size=30) | st.integers() | st.floats() | st.booleans() | st.none() | st.lists(st.integers(), max_size=2)
)
def test_an_amount_is_finite_and_fits_the_database_or_is_refused(sent: Any) -> None:
    try:
        amount = AmountField().to_internal_value(sent)
    except ValidationError:
        return
    assert amount.is_finite()
    assert abs(amount) < 10**18
    assert amount == round(amount, 8)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        (WordField(), [1, True, None, D(1), [], {}]),
        (WholeField(), ["1", True, 1.0, D("1.0"), None, []]),
        (FlagField(), ["true", 1, 0, None, "", []]),
        (ChoiceWordField(choices=["BUY", "SELL"]), ["buy", "Buy", " BUY", "", 1, None, [], {}]),
    ],
)
def test_types_are_not_guessed(field: serializers.Field[Any, Any, Any, Any], wrong: list[Any]) -> None:
    for sent in wrong:
        with pytest.raises(ValidationError):
            field.to_internal_value(sent)


@pytest.mark.parametrize(
    ("sent", "symbol"), [("AAPL", "AAPL"), ("aapl", "AAPL"), ("BRK B", "BRK B"), ("BF.B", "BF.B"), ("1234", "1234")]
)
def test_symbols_are_in_capitals(sent: str, symbol: str) -> None:
    assert SymbolField().to_internal_value(sent) == symbol


@pytest.mark.parametrize("sent", ["<script>alert(1)</script>", "AA'; --", "ÄPL", ".AAPL", "A" * 41, 5, None, "A\tB"])
def test_what_no_exchange_would_call_a_symbol_is_refused(sent: Any) -> None:
    with pytest.raises(ValidationError):
        SymbolField().run_validation(sent)


class Ticket(StrictSerializer):
    symbol = SymbolField()
    quantity = AmountField()


def test_a_misspelt_field_is_named_and_nothing_is_accepted() -> None:
    ticket = Ticket(data={"symbol": "AAPL", "quantity": "1", "qty": "5", "limit price": "3"})
    assert not ticket.is_valid()
    assert set(ticket.errors) == {"qty", "limit price"}


def test_a_thousand_unknown_fields_do_not_make_a_thousand_messages() -> None:
    ticket = Ticket(data={f"field{n}" + "x" * 200: 1 for n in range(1000)})
    assert not ticket.is_valid()
    assert len(ticket.errors) <= 20
    assert all(len(name) <= 60 for name in ticket.errors)


def test_every_missing_field_is_named() -> None:
    ticket = Ticket(data={})
    assert not ticket.is_valid()
    assert set(ticket.errors) == {"symbol", "quantity"}


class Filters(QuerySerializer):
    symbol = SymbolField(required=False)
    account = WordField(required=False, max_length=20)


def filtered(query: str) -> dict[str, Any]:
    checked = Filters(data=QueryDict(query))
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def test_filters_leave_paging_alone_and_empty_values_out() -> None:
    assert filtered("symbol=aapl&account=&cursor=abc&page_size=3") == {"symbol": "AAPL"}


@pytest.mark.parametrize(
    "query", ["symbl=AAPL", "symbol=AAPL&symbol=MSFT", "symbol=%3Cscript%3E", "account=" + "D" * 21]
)
def test_a_filter_that_cannot_be_meant_is_refused(query: str) -> None:
    with pytest.raises(ValidationError):
        filtered(query)


def test_nul_in_a_filter_is_refused() -> None:
    with pytest.raises(ValidationError):
        filtered("account=%00")
