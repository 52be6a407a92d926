"""Equity index futures, one family for each product, with the next six quarterly contracts.

Symbols, multipliers, ticks and expiry rules are those of the exchanges; contract ids are ours (see `numbering`). At IB
the underlying of such a future is an entry of its own; here it is the index itself, which the price follows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from tws_simulator.exchange.calendar import holidays
from tws_simulator.exchange.calendar.holidays import Days
from tws_simulator.exchange.catalogue import numbering
from tws_simulator.exchange.catalogue.indices import DAX, ESTX50, INDU, NDX, RUT, SPX
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market_rules import QUARTER_POINT, TENTH_POINT, WHOLE_POINT
from tws_simulator.model import ContractSpec

_LISTED, _EXPIRED = 6, 8
_CODES = {3: "H", 6: "M", 9: "U", 12: "Z"}
_FRIDAY = 4


@dataclass(frozen=True)
class Product:
    """What the contracts of one future have in common."""

    symbol: str
    trading_class: str
    name: str
    exchange: str
    multiplier: int
    rule: int
    underlying: int
    level: str
    volatility: float
    thousands: int
    """Thousand contracts a day."""
    currency: str = "USD"
    hours: str = "cme_index"
    last_time: str = "08:30:00"
    closed: Callable[[int], Days] = holidays.new_york


@dataclass
class FutureFamily:
    """The contracts of one product, made when somebody asks for them."""

    number: int
    product: Product
    sec_type: str = "FUT"
    _made: dict[date, Instrument] = field(default_factory=dict)

    @property
    def symbol(self) -> str:
        """The symbol clients use."""
        return self.product.symbol

    @property
    def underlying(self) -> int:
        """Contract id of the index."""
        return self.product.underlying

    def get(self, con_id: int) -> Instrument | None:
        """By contract id, expired or not; None if it is no quarterly contract of this family."""
        parts = numbering.future_month(con_id)
        if parts is None or parts[0] != self.number or parts[1].month not in _CODES:
            return None
        return self._contract(parts[1])

    def find(self, spec: ContractSpec, today: date, *, expired: bool) -> Iterator[Instrument]:
        """Those a description may mean."""
        for row in self._between(today, _EXPIRED if expired else 0):
            if spec.local_symbol.upper() in {"", row.local}:
                yield row

    def listed(self, today: date) -> Iterator[Instrument]:
        """Those that can be traded on a day, the nearest first."""
        return self._between(today, 0)

    def _between(self, today: date, past: int) -> Iterator[Instrument]:
        """The next contracts, after `past` ones that have expired."""
        month = date(today.year, (today.month + 2) // 3 * 3, 1)
        if self._contract(month).expiry < f"{today:%Y%m%d}":
            month = _quarters_later(month, 1)
        for index in range(-past, _LISTED):
            yield self._contract(_quarters_later(month, index))

    def _contract(self, month: date) -> Instrument:
        if month not in self._made:
            self._made[month] = self._make(month)
        return self._made[month]

    def _make(self, month: date) -> Instrument:
        product = self.product
        expiry = self._last_day(month)
        return Instrument(
            con_id=numbering.future_id(self.number, month),
            symbol=product.symbol,
            name=product.name,
            primary_exchange=product.exchange,
            stock_type="",
            reference_price=Decimal(product.level),
            volatility=product.volatility,
            daily_volume=product.thousands * 1000,
            currency=product.currency,
            sec_type="FUT",
            trading_class=product.trading_class,
            market_rule=product.rule,
            multiplier=Decimal(product.multiplier),
            expiry=f"{expiry:%Y%m%d}",
            underlying=product.underlying,
            local_symbol=self._local_symbol(month, expiry),
            exchanges=(product.exchange,),
            hours=product.hours,
            last_trade_time=product.last_time,
        )

    def _last_day(self, month: date) -> date:
        """The third Friday, or the trading day before it."""
        day = holidays.nth_weekday(month.year, month.month, _FRIDAY, 3)
        while day in self.product.closed(day.year):
            day -= timedelta(days=1)
        return day

    def _local_symbol(self, month: date, expiry: date) -> str:
        if self.product.exchange == "EUREX":
            return f"{self.product.trading_class} {expiry:%Y%m%d} M"
        return f"{self.product.trading_class}{_CODES[month.month]}{month.year % 10}"


def _quarters_later(month: date, quarters: int) -> date:
    years, index = divmod(month.month - 1 + 3 * quarters, 12)
    return date(month.year + years, index + 1, 1)


def _eurex(
    symbol: str, trading_class: str, name: str, multiplier: int, underlying: int, level: str, thousands: int, time: str
) -> Product:
    return Product(
        symbol, trading_class, name, "EUREX", multiplier, WHOLE_POINT, underlying, level, 0.17, thousands, "EUR",
        "eurex_index", time, holidays.frankfurt,
    )  # fmt: skip


# Family numbers are part of contract ids: add at the end, never reorder.
_PRODUCTS = (
    Product("ES", "ES", "E-mini S&P 500", "CME", 50, QUARTER_POINT, SPX, "5962", 0.15, 1500),
    Product("MES", "MES", "Micro E-Mini S&P 500 Stock Price Index", "CME", 5, QUARTER_POINT, SPX, "5962", 0.15, 1200),
    Product("NQ", "NQ", "E-mini NASDAQ 100", "CME", 20, QUARTER_POINT, NDX, "20820", 0.2, 600),
    Product("MNQ", "MNQ", "Micro E-Mini Nasdaq-100 Index", "CME", 2, QUARTER_POINT, NDX, "20820", 0.2, 1400),
    Product("RTY", "RTY", "E-Mini Russell 2000 Index", "CME", 50, TENTH_POINT, RUT, "2402", 0.22, 190),
    Product("M2K", "M2K", "Micro E-Mini Russell 2000 Index", "CME", 5, TENTH_POINT, RUT, "2402", 0.22, 200),
    Product("YM", "YM", "E-mini Dow Jones Industrial Average $5", "CBOT", 5, WHOLE_POINT, INDU, "44310", 0.14, 150),
    Product(
        "MYM", "MYM", "Micro E-Mini Dow Jones Industrial Average", "CBOT", 1, WHOLE_POINT, INDU, "44310", 0.14, 120
    ),
    _eurex("DAX", "FDAX", "DAX 40 Index (Deutscher Aktienindex)", 25, DAX, "19310", 40, "13:00:00"),
    _eurex("DAX", "FDXM", "DAX 40 Index (Deutscher Aktienindex)", 5, DAX, "19310", 60, "13:00:00"),
    _eurex("ESTX50", "FESX", "Dow Jones Euro STOXX50", 10, ESTX50, "4788", 700, "12:00:00"),
)


def future_families() -> list[FutureFamily]:
    """Every product."""
    return [FutureFamily(number, product) for number, product in enumerate(_PRODUCTS)]
