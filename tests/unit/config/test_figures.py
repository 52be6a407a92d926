"""How figures are written on the admin's pages."""

from decimal import Decimal as D

import pytest

from config.shared.figures import average_price, figure, money, number, pill, price, signed_money


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (D("100.00000000"), "100"),
        (D("1E+3"), "1,000"),
        (D("-0.50"), "-0.5"),
        (D("0E-8"), "0"),
        (D("1234567.125"), "1,234,567.125"),
    ],
)
def test_numbers_keep_every_digit_that_says_something(value: D | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(D("190"), "190.00"), (D("0.00010000"), "0.0001"), (D("0"), "0.00"), (None, "–")]
)
def test_prices_have_at_least_two_decimals(value: D | None, text: str) -> None:
    assert price(value) == text


def test_averages_are_rounded_and_amounts_have_cents() -> None:
    assert average_price(D("189.98765432")) == "189.9877"
    assert average_price(None) == "–"
    assert money(D("1003451.2249"), "USD") == "1,003,451.22 USD"
    assert money(None, "USD") == "–"


def test_gains_and_losses_carry_sign_and_colour() -> None:
    assert "desk-gain" in signed_money(D(5), "USD")
    assert "+5.00 USD" in signed_money(D(5), "USD")
    assert "desk-loss" in signed_money(D(-5))
    assert "desk-" not in signed_money(D(0)).replace("desk-figure", "")
    assert "–" in signed_money(None)


def test_words_from_outside_are_escaped() -> None:
    assert "<b>" not in pill("<b>", "bad")
    assert "<b>" not in figure("<b>")
