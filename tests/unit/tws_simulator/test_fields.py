"""Scalars are written as TWS writes them and read however clients spell them."""

from decimal import Decimal

import pytest
from tws_simulator.wire.fields import FieldError, FieldReader, escape_text, field_text, price_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "1"),
        (False, "0"),
        (7, "7"),
        (Decimal("1E+2"), "100"),
        (Decimal("1.500"), "1.5"),
        (float("inf"), "Infinity"),
        ("a", "a"),
    ],
)
def test_scalars_are_written(value: object, text: str) -> None:
    assert field_text(value) == text  # type: ignore[arg-type]


def test_prices_always_have_a_decimal_point() -> None:
    assert [price_text(Decimal(text)) for text in ("190", "190.10", "0")] == ["190.0", "190.1", "0.0"]


def test_free_text_is_escaped() -> None:
    assert escape_text("a\\b\nü") == "a\\\\b\\n\\xfc"


@pytest.mark.parametrize("text", ["", "None", "1.7976931348623157e+308", "1.7976931348623157E308"])
def test_unset_doubles_are_none(text: str) -> None:
    assert FieldReader([text]).decimal() is None


@pytest.mark.parametrize(("text", "value"), [("0.0", 0), ("12", 12), ("2147483647", None), ("", None)])
def test_integers_in_any_spelling(text: str, value: int | None) -> None:
    assert FieldReader([text]).integer() == value


@pytest.mark.parametrize("text", ["Infinite", "Infinity"])
def test_infinity_in_both_spellings(text: str) -> None:
    assert FieldReader([text]).decimal() == Decimal("Infinity")


@pytest.mark.parametrize("text", ["abc", "NaN", "-Infinity", "1.5.2"])
def test_a_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(FieldError):
        FieldReader([text]).decimal()


def test_reading_past_the_end_is_refused() -> None:
    reader = FieldReader(["1"])
    assert reader.boolean() is True
    with pytest.raises(FieldError, match="ended after 1"):
        reader.text()


@pytest.mark.parametrize("text", ["2", "yes"])
def test_a_flag_is_zero_or_one(text: str) -> None:
    with pytest.raises(FieldError):
        FieldReader([text]).boolean()


def test_a_fraction_is_no_integer() -> None:
    with pytest.raises(FieldError):
        FieldReader(["1.5"]).integer()


def test_a_number_of_thousands_of_digits_is_no_integer_of_the_protocol() -> None:
    assert FieldReader(["9" * 10_000]).integer() is None  # as all that is above Double.MAX_VALUE
    with pytest.raises(FieldError):
        FieldReader(["9" * 200 + ".5"]).integer()
