"""All accounts together: what an order costs, what a fill does, what an account is worth now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tws_simulator.clock import trading_day
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Quote
from tws_simulator.exchange.orders import Order
from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.commissions import next_commission, order_commission
from tws_simulator.ledger.margin import Balances, MarginChange, balances_of, margin_change


@dataclass(frozen=True, slots=True)
class Cost:
    """What an order would do to its account. `commission` in `currency`."""

    change: MarginChange
    commission: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Booked:
    """What a fill did. Amounts in `currency`; `realized` is None if it only opened or added."""

    commission: Decimal
    currency: str
    realized: Decimal | None


class Ledger:
    """The accounts. `instrument` and `quote` look up a contract id, the quote at the present moment."""

    def __init__(
        self,
        accounts: dict[str, Account],
        instrument: Callable[[int], Instrument],
        quote: Callable[[int], Quote],
    ) -> None:
        self.accounts = accounts
        self._instrument = instrument
        self._quote = quote

    def account(self, name: str) -> Account:
        """An account by number; empty means the only one. Raises BrokerError 321 when there is none or several."""
        if not name and len(self.accounts) == 1:
            return next(iter(self.accounts.values()))
        found = self.accounts.get(name)
        if found is None:
            raise BrokerError(321, f"Error validating request.-'bB' : cause - Invalid account code '{name}'.")
        return found

    def mark(self, con_id: int) -> Decimal:
        """The mark price now."""
        return self._quote(con_id).mark

    def balances(self, name: str) -> Balances:
        """Balances of an account at market prices now."""
        account = self.account(name)
        return balances_of(account, self._marks(account))

    def cost(self, order: Order, *, price: Decimal, takes: bool) -> Cost:
        """What the rest of an order would do to margin and cash.

        `price` is what it would trade at in the worst case; `takes` says whether it would trade at once, so that
        the distance from the mark is lost.
        """
        ticket, instrument = order.ticket, self._instrument(order.con_id)
        account, mark = self.account(ticket.account), self.mark(order.con_id)
        commission = order_commission(ticket.quantity, ticket.quantity * price)
        change = margin_change(
            balances_of(account, self._marks(account)),
            held=account.quantity(instrument.con_id),
            change=order.remaining if ticket.is_buy else -order.remaining,
            mark=mark,
            price=price if takes else mark,
            commission=commission,
        )
        return Cost(change, commission, instrument.currency)

    def book_fill(self, order: Order, quantity: Decimal, price: Decimal) -> Booked:
        """Book a fill of an order, which has not counted it yet."""
        commission = next_commission(
            quantity=order.filled + quantity, value=order.value + quantity * price, charged=order.commission
        )
        realized = self.account(order.ticket.account).apply_fill(
            con_id=order.con_id,
            is_buy=order.ticket.is_buy,
            quantity=quantity,
            price=price,
            commission=commission,
        )
        return Booked(commission, self._instrument(order.con_id).currency, realized)

    def turn_day(self, now: datetime) -> list[Account]:
        """Begin a new trading day where one is due; returns the accounts for which it began."""
        today = trading_day(now)
        turned = [account for account in self.accounts.values() if account.day != today]
        for account in turned:
            account.begin_day(today, self._marks(account))
        return turned

    def _marks(self, account: Account) -> dict[int, Decimal]:
        return {key: self.mark(key) for key in account.positions}
