"""An account with prices and rates set by hand, for tests of the ledger."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tws_simulator.exchange.instrument_book import InstrumentBook
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Quote
from tws_simulator.exchange.orders import Execution, Order, OrderStatus
from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.balances import Balances, balances_of
from tws_simulator.ledger.booking import Trade, book, unit_value
from tws_simulator.ledger.day import begin_day
from tws_simulator.ledger.holding import Holding
from tws_simulator.ledger.ledger import Cost, Ledger
from tws_simulator.ledger.options import LedgerRules
from tws_simulator.model import OrderTicket

D = Decimal
RATES = {"USD": D(1), "EUR": D("1.25"), "JPY": D("0.008")}


def rate(currency: str, base: str) -> Decimal:
    return RATES[currency] / RATES[base]


def instrument(con_id: int, sec_type: str = "STK", **changes: Any) -> Instrument:
    """An instrument of which only what the ledger looks at matters."""
    given = {"symbol": f"X{con_id}", "name": "", "primary_exchange": "NYSE", "stock_type": "COMMON", **changes}
    return Instrument(
        con_id, reference_price=D(100), volatility=0.2, daily_volume=1_000_000, sec_type=sec_type, **given
    )


STOCK = instrument(1)
EURO_STOCK = instrument(2, currency="EUR")
FUTURE = instrument(3, "FUT", symbol="ES", multiplier=D(50))
OPTION = instrument(4, "OPT", multiplier=D(100), strike=D(100), right="C", underlying=1, expiry="20261127")
PUT = instrument(7, "OPT", multiplier=D(100), strike=D(100), right="P", underlying=1, expiry="20261127")
LATER_PUT = instrument(10, "OPT", multiplier=D(100), strike=D(90), right="P", underlying=1, expiry="20261218")
EARLIER_PUT = instrument(11, "OPT", multiplier=D(100), strike=D(99), right="P", underlying=1, expiry="20261125")
HARD = instrument(8, shortable="hard")
NEVER = instrument(9, shortable="none")
PAIR = instrument(5, "CASH", symbol="EUR", currency="USD")
PENCE = instrument(6, currency="EUR", price_magnifier=100)
STOCKS = (STOCK, EURO_STOCK, PENCE, HARD, NEVER)
ALL = {row.con_id: row for row in (*STOCKS, FUTURE, OPTION, PUT, LATER_PUT, EARLIER_PUT, PAIR)}


class Books:
    """One account with marks set by hand."""

    def __init__(self, cash: str = "100000", **settings: Any) -> None:
        self.account = Account("DU1", {"USD": D(cash)}, **settings)
        self.rules = LedgerRules()
        self.marks = {key: D(100) for key in ALL}
        self.rates: Any = type("FixedRates", (), {"between": staticmethod(rate)})()
        self.turn(date(2026, 11, 24))

    def fill(self, what: Instrument, side: str, quantity: object, price: object, commission: object = "0") -> Any:
        signed = D(str(quantity)) if side == "BUY" else -D(str(quantity))
        charged_in = self.account.base if what.sec_type == "CASH" else what.currency
        trade = Trade(signed, unit_value(what, D(str(price))), D(str(commission)), charged_in)
        return book(self.account, what, trade).realized

    def holdings(self, account: Account) -> list[Holding]:
        return [
            Holding(ALL[key], held, unit_value(ALL[key], self.marks[key]), self.marks[1])
            for key, held in account.open_positions()
        ]

    @property
    def balances(self) -> Balances:
        return balances_of(self.account, self.holdings(self.account), rate)

    def turn(self, day: date) -> None:
        begin_day(self, self.account, day)


class Bench:
    """A ledger of accounts with prices set by hand, and orders filled at will."""

    def __init__(self, *accounts: Account, rules: LedgerRules | None = None) -> None:
        self.now = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
        self.marks = {key: D(100) for key in ALL}
        self.marks[PAIR.con_id] = D("1.25")
        self.orders = 0
        self.open: list[Order] = []
        self.executions: list[Execution] = []
        self.ledger = Ledger(
            {row.name: row for row in accounts or (Account("DU1", {"USD": D(100_000)}),)},
            instruments=InstrumentBook(ALL),
            quote=self.quote,
            now=lambda: self.now,
            open_orders=lambda: self.open,
            executions=lambda: self.executions,
            rules=rules,
        )
        self.ledger.turn_day(self.now)

    @property
    def account(self) -> Account:
        return next(iter(self.ledger.accounts.values()))

    @property
    def balances(self) -> Balances:
        return self.ledger.balances(self.account.name)

    def quote(self, con_id: int) -> Quote:
        mark = self.marks[con_id]
        return Quote(mark, mark, D(100), D(100), mark, D(100), self.now)

    def order(self, what: Instrument, side: str, quantity: object, limit: object = None) -> Order:
        price = None if limit is None else D(str(limit))
        ticket = OrderTicket(side, D(str(quantity)), "LMT" if limit else "MKT", price, account=self.account.name)
        self.orders += 1
        return Order(self.orders, 1, self.orders, what.con_id, ticket, OrderStatus.SUBMITTED, self.now)

    def cost(self, what: Instrument, side: str, quantity: object, price: object = None) -> Cost:
        at = self.marks[what.con_id] if price is None else D(str(price))
        return self.ledger.cost(self.order(what, side, quantity), price=at, takes=True)

    def refusal(self, what: Instrument, side: str, quantity: object, price: object = None) -> str:
        """What IB would answer, empty if the order is accepted."""
        error = self.cost(what, side, quantity, price).refusal
        return "" if error is None else f"{error.code} {error.text}"

    def fill(self, what: Instrument, side: str, quantity: object, price: object = None) -> Execution:
        order = self.order(what, side, quantity)
        at = self.marks[what.con_id] if price is None else D(str(price))
        booked = self.ledger.book_fill(order, order.remaining, at)
        execution = Execution(
            exec_id=f"0000aaaa.bbbb{len(self.executions):04x}.01.01",
            perm_id=order.perm_id,
            client_id=1,
            order_id=order.order_id,
            con_id=what.con_id,
            account=self.account.name,
            is_buy=side == "BUY",
            quantity=order.ticket.quantity,
            price=at,
            at=self.now,
            venue="NYSE",
            cumulative=order.ticket.quantity,
            average_price=at,
            order_ref="",
            added_liquidity=False,
            commission=booked.commission,
            realized_pnl=booked.realized,
            currency=booked.currency,
        )
        self.executions.append(execution)
        return execution

    def turn(self, days: int = 1) -> list[tuple[str, int]]:
        """Let days pass; what expired."""
        self.now += timedelta(days=days)
        changed = self.ledger.expire(self.now)
        self.ledger.turn_day(self.now)
        return changed
