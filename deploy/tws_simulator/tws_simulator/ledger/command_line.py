"""Options of the command line that set up accounts."""

import argparse
from datetime import timedelta

from tws_simulator.ledger.options import AccountOptionError, AccountOptions, LedgerRules, parse_account


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument(
        "--account",
        type=_account,
        action="append",
        default=[],
        metavar="DU3:base=EUR,cash=EUR:50000+USD:1000",
        help="one account with its base currency, cash by currency, type=margin|cash and plan=fixed|tiered; repeat it",
    )
    parser.add_argument(
        "--locate-after",
        type=_seconds,
        default=timedelta(seconds=60),
        metavar="SECONDS",
        help="until shares hard to borrow are found; `never` waits for the control port (60)",
    )
    parser.add_argument(
        "--liquidate-after",
        type=_seconds,
        metavar="SECONDS",
        help="until an account that lacks margin is liquidated (never)",
    )
    parser.add_argument("--day-trader-rule", action="store_true", help="refuse a small account its fourth day trade")
    parser.add_argument("--interest", action="store_true", help="loans cost and cash earns interest overnight")


def rules_of(options: argparse.Namespace) -> LedgerRules:
    """The rules that were chosen."""
    return LedgerRules(
        locate_after=options.locate_after,
        liquidation_grace=options.liquidate_after,
        refuses_day_traders=options.day_trader_rule,
        pays_interest=options.interest,
    )


def accounts_of(options: argparse.Namespace, default: tuple[str, ...]) -> tuple[str, ...]:
    """Account numbers in order: those of `--accounts`, then those of `--account`, each once."""
    described = [row.name for row in options.account]
    plain = options.accounts if options.accounts is not None else () if described else default
    return tuple(dict.fromkeys((*plain, *described)))


def descriptions_of(options: argparse.Namespace) -> dict[str, AccountOptions]:
    """How accounts begin that are described one by one, by number."""
    return {row.name: row for row in options.account}


def _account(text: str) -> AccountOptions:
    try:
        return parse_account(text)
    except AccountOptionError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _seconds(text: str) -> timedelta | None:
    if text == "never":
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 10**6:
        raise argparse.ArgumentTypeError("seconds, or never")
    return timedelta(seconds=seconds)
