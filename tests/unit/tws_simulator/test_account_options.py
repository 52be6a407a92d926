"""The command line's options of accounts."""

import argparse
from datetime import timedelta
from decimal import Decimal

import pytest
from tws_simulator.ledger.command_line import accounts_of, add_arguments, descriptions_of, rules_of

DEFAULT = ("DU1234567",)


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=lambda text: tuple(text.split(",")))
    add_arguments(parser)
    return parser.parse_args(arguments)


def test_accounts_are_those_listed_and_those_described() -> None:
    assert accounts_of(parse(), DEFAULT) == DEFAULT
    assert accounts_of(parse("--account", "DU3:base=EUR"), DEFAULT) == ("DU3",)
    both = parse("--accounts", "DU1,DU3", "--account", "DU3:base=EUR", "--account", "DU4")
    assert accounts_of(both, DEFAULT) == ("DU1", "DU3", "DU4")
    assert descriptions_of(both)["DU3"].account(Decimal(7)).cash == {"EUR": Decimal(7)}


def test_rules_are_chosen() -> None:
    rules = rules_of(parse("--locate-after", "never", "--liquidate-after", "5", "--day-trader-rule"))
    assert (rules.locate_after, rules.liquidation_grace) == (None, timedelta(seconds=5))
    assert (rules.refuses_day_traders, rules.pays_interest) == (True, False)
    assert rules_of(parse()).liquidation_grace is None


@pytest.mark.parametrize(
    "wrong", [["--locate-after", "soon"], ["--account", "DU3:base=x"], ["--liquidate-after", "-1"]]
)
def test_wrong_options_end_the_program(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse(*wrong)
