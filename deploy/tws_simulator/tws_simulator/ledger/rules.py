"""Why an account may not carry an order, in IB's words.

Margin accounts: an order is looked at as if it alone were filled at once; other working orders hold nothing back, as
at IB, where several orders can together exceed the funds. Cash accounts: the cash that other open orders need is held
back, and shares that other orders sell are not sold twice.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.ledger import margin_rates as rates
from tws_simulator.ledger.accounts import Account, AccountKind
from tws_simulator.ledger.balances import Balances
from tws_simulator.ledger.booking import OPTIONS, PAIRS
from tws_simulator.ledger.options import LedgerRules
from tws_simulator.ledger.shorting import BORROWED
from tws_simulator.model import ZERO

_CENT = Decimal("0.01")
_REFUSED = "Order rejected - reason:"


class Case(NamedTuple):
    """An order before the bench. `quantity` is signed.

    `needs` is the cash this order takes in the worst case, `reserved` what other open orders of the account take, both
    in the instrument's currency. `selling` counts the units that other open orders sell.
    """

    account: Account
    instrument: Instrument
    quantity: Decimal
    balances_before: Callable[[], Balances]
    after: Balances
    dollars: Decimal
    """US dollars for one unit of the base currency."""
    to_base: Decimal
    """Base currency for one unit of the instrument's currency."""
    needs: Decimal = ZERO
    reserved: Decimal = ZERO
    selling: Decimal = ZERO

    @property
    def before(self) -> Balances:
        """The account as it is: asked for only where it matters, for it takes as long as what it will be."""
        return self.balances_before()

    @property
    def held(self) -> Decimal:
        """The position before."""
        return self.account.quantity(self.instrument.con_id)

    @property
    def reduces(self) -> bool:
        """Whether it only makes the position smaller."""
        return self.held * self.quantity < 0 and abs(self.quantity) <= abs(self.held)

    @property
    def shorts(self) -> bool:
        """Whether it ends short of shares."""
        return self.instrument.sec_type in BORROWED and self.quantity < 0 and self.held + self.quantity < 0


def refusal(case: Case, rules: LedgerRules) -> BrokerError | None:
    """The error IB would answer, None if the order is accepted."""
    if case.shorts and case.account.kind is AccountKind.MARGIN and case.instrument.shortable == "none":
        return _no("The contract is not available for short sale.")
    if case.account.kind is AccountKind.CASH:
        found = _cash_refusal(case)
        if found is not None:
            return found
    return _margin_refusal(case, rules)


def _cash_refusal(case: Case) -> BrokerError | None:
    instrument, cash = case.instrument, case.account.cash
    if instrument.sec_type in PAIRS:
        spent = instrument.symbol if case.quantity < 0 else instrument.currency
        amount = -case.quantity if case.quantity < 0 else case.needs
        if cash.get(spent, ZERO) < amount:
            return _no("This order would result in currency leverage, which is not allowed in a cash account.")
        return None
    if case.quantity < 0:
        if instrument.sec_type in BORROWED and case.held - case.selling + case.quantity < 0:
            return BrokerError(426, "None of the accounts have enough shares.")
        return _naked_call(case)
    available = cash.get(instrument.currency, ZERO)
    if case.reduces or available >= case.needs + case.reserved:
        return None
    return _no(
        f"Available settled cash converted to base: {_money(available * case.to_base)} {case.account.base} "
        "Cash needed for this order and other pending orders: "
        f"<br>{_money((case.needs + case.reserved) * case.to_base)} {case.account.base}"
    )


def _naked_call(case: Case) -> BrokerError | None:
    """Calls may be written against shares only."""
    instrument = case.instrument
    short = -(case.held + case.quantity)
    if instrument.sec_type not in OPTIONS or instrument.right != "C" or short <= 0:
        return None
    if case.account.quantity(instrument.underlying) >= short * instrument.multiplier:
        return None
    return _no("Uncovered option positions are not allowed in a cash account.")


def _margin_refusal(case: Case, rules: LedgerRules) -> BrokerError | None:
    after = case.after
    if case.reduces and after.margin <= case.before.margin:
        return None
    if after.margin > after.equity_with_loan:
        return _no(_funds_text(case))
    if case.account.kind is AccountKind.CASH:
        return None
    if after.margin > max(after.previous_equity, ZERO) and after.margin > case.before.margin:
        return _no(_position_text("PREVIOUS DAY EQUITY WITH LOAN VALUE", after.previous_equity, after))
    borrows = (after.cash < ZERO and after.cash < case.before.cash) or case.shorts
    if borrows and case.before.net_liquidation * case.dollars < rates.MINIMUM_EQUITY:
        return _no(
            "YOUR ORDER IS NOT ACCEPTED. MINIMUM OF 2000 USD (OR EQUIVALENT IN OTHER CURRENCIES) REQUIRED IN ORDER "
            "TO PURCHASE ON MARGIN, SELL SHORT, TRADE CURRENCY OR FUTURE"
        )
    if rules.refuses_day_traders and case.before.day_trades_left == 0 and not case.reduces:
        return _no(
            "YOUR ORDER IS NOT ACCEPTED. DAY TRADES LEFT: 0. THE ACCOUNT MUST HOLD 25000 USD (OR EQUIVALENT IN OTHER "
            "CURRENCIES) FOR PATTERN DAY TRADING"
        )
    return None


def _funds_text(case: Case) -> str:
    """IB words it in two ways; here stocks get the older, everything else the newer one."""
    after, base = case.after, case.account.base
    if case.instrument.sec_type in BORROWED:
        return _position_text("EQUITY WITH LOAN VALUE", after.equity_with_loan, after)
    return (
        "We are unable to accept your order. Your Available Funds are in sufficient to cover the change in the "
        "account's margin requirements if this order executes. In order to obtain the desired position your Equity "
        f"with Loan Value [{_money(after.equity_with_loan)} {base}] must exceed the new total Initial Margin of "
        f"[{_money(after.margin)} {base}]."
    )


def _position_text(what: str, equity: Decimal, after: Balances) -> str:
    return (
        f"YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR {what} "
        f"[{_money(equity)} {after.base}] MUST EXCEED THE INITIAL MARGIN [{_money(after.margin)} {after.base}]"
    )


def _no(text: str) -> BrokerError:
    return BrokerError(201, _REFUSED + text)


def _money(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP) + ZERO
