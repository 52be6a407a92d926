"""Amounts and account numbers."""

from decimal import Decimal as D

import pytest

from accounts.domain import is_paper_account, parse_amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1000.50", D("1000.50")),
        ("-3", D(-3)),
        ("true", None),
        ("", None),
        ("NaN", None),
        ("1.7976931348623157E308", None),
        ("Infinity", None),
        ("-99999999999999999998.99999999", D("-99999999999999999998.99999999")),
        ("1E20", None),
        ("-99999999999999999999.999999999", None),
    ],
)
def test_amounts(text: str, amount: D | None) -> None:
    assert parse_amount(text) == amount


@pytest.mark.parametrize(("account", "paper"), [("DU1234567", True), ("DF7", True), ("U1234567", False)])
def test_paper_accounts_begin_with_d(account: str, paper: bool) -> None:
    assert is_paper_account(account) is paper
