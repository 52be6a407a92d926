"""An account with prices and rates set by hand, for tests of the ledger."""

from datetime import date
from decimal import Decimal
from typing import Any

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.balances import Balances, balances_of
from tws_simulator.ledger.booking import Trade, book, unit_value
from tws_simulator.ledger.day import begin_day
from tws_simulator.ledger.holdings import Holding

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
OPTION = instrument(4, "OPT", multiplier=D(100), strike=D(100), right="C", underlying=1)
PAIR = instrument(5, "CASH", symbol="EUR", currency="USD")
PENCE = instrument(6, currency="EUR", price_magnifier=100)
ALL = {row.con_id: row for row in (STOCK, EURO_STOCK, FUTURE, OPTION, PAIR, PENCE)}


class Books:
    """One account with marks set by hand."""

    def __init__(self, cash: str = "100000", **settings: Any) -> None:
        self.account = Account("DU1", {"USD": D(cash)}, **settings)
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
