"""How the accounts are set up: `DU3:base=EUR,cash=EUR:50000+USD:1000,type=cash,plan=tiered`."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from tws_simulator.ledger.accounts import BASE, Account, AccountKind, Plan

_NAME = re.compile(r"^D[A-Z]{0,2}\d{1,10}$")
_CURRENCY = re.compile(r"^[A-Z]{3}$")


class AccountOptionError(ValueError):
    """A description of an account that cannot be used."""


@dataclass(frozen=True, slots=True)
class AccountOptions:
    """One account to begin with. `cash` by currency; empty means the starting cash of all in the base currency."""

    name: str
    base: str = BASE
    cash: dict[str, Decimal] = field(default_factory=dict)
    kind: AccountKind = AccountKind.MARGIN
    plan: Plan = Plan.FIXED

    def account(self, starting_cash: Decimal) -> Account:
        """The account as it begins."""
        return Account(
            self.name, dict(self.cash) or {self.base: starting_cash}, base=self.base, kind=self.kind, plan=self.plan
        )


@dataclass(frozen=True, slots=True)
class LedgerRules:
    """Rules of all accounts that can be chosen.

    `locate_after` is how long shares that are hard to borrow take to be found (None: until they are given by hand);
    `liquidation_grace` how long an account may lack margin before it is liquidated (None: it never is).
    """

    locate_after: timedelta | None = timedelta(seconds=60)
    liquidation_grace: timedelta | None = None
    refuses_day_traders: bool = False
    """Whether an order that could make a fourth day trade of a small account is refused."""
    pays_interest: bool = False
    """Whether loans cost and cash earns interest, at the day's turn."""


def parse_account(text: str) -> AccountOptions:
    """Read a description. Raises AccountOptionError."""
    name, _, rest = text.strip().partition(":")
    if not _NAME.match(name):
        raise AccountOptionError("account numbers begin with D (paper), like DU1234567")
    given: dict[str, str] = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals or key in given or key not in {"base", "cash", "type", "plan"}:
            raise AccountOptionError(f"{part!r}: give base=, cash=, type= and plan=, each once")
        given[key] = value
    try:
        return AccountOptions(
            name=name,
            base=_currency(given.get("base", BASE)),
            cash=_cash(given.get("cash", "")),
            kind=AccountKind(given.get("type", "margin")),
            plan=Plan(given.get("plan", "fixed")),
        )
    except ValueError as error:
        raise AccountOptionError(str(error)) from None


def _cash(text: str) -> dict[str, Decimal]:
    """`EUR:50000+USD:1000`."""
    amounts: dict[str, Decimal] = {}
    for part in filter(None, text.split("+")):
        currency, _, amount = part.partition(":")
        amounts[_currency(currency)] = _amount(amount)
    return amounts


def _currency(text: str) -> str:
    if not _CURRENCY.match(text):
        raise AccountOptionError(f"{text!r} is no currency; write it like EUR")
    return text


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise AccountOptionError(f"{text!r} is no amount of money") from None
    if not amount.is_finite():
        raise AccountOptionError(f"{text!r} is no amount of money")
    return amount
