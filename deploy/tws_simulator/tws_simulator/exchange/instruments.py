"""What an instrument is."""

from dataclasses import dataclass
from decimal import Decimal

from tws_simulator.exchange.market_rules import MARKET_RULES, STOCK_MARKET_RULE, finest_step, step_at

__all__ = [
    "EXCHANGE_ALIASES", "KNOWN_SECURITY_TYPES", "MARKET_RULES", "STOCK_EXCHANGES", "STOCK_MARKET_RULE", "VENUES",
    "Instrument", "canonical_exchange",
]  # fmt: skip

STOCK_EXCHANGES = (
    "SMART", "AMEX", "NYSE", "CBOE", "PHLX", "ISE", "CHX", "ARCA", "NASDAQ", "DRCTEDGE", "BEX", "BATS",
    "EDGEA", "BYX", "IEX", "EDGX", "FOXRIVER", "PEARL", "NYSENAT", "LTSE", "MEMX", "IBEOS", "OVERNIGHT",
    "TPLUS0", "PSX",
)  # fmt: skip
EXCHANGE_ALIASES = {"ISLAND": "NASDAQ", "NASDAQ.NMS": "NASDAQ"}
VENUES = ("NASDAQ", "ARCA", "BATS", "DRCTEDGE", "IEX", "MEMX")  # where SMART-routed executions are reported
KNOWN_SECURITY_TYPES = {
    "STK", "OPT", "FUT", "CASH", "IND", "CFD", "BOND", "FUND", "FOP", "WAR", "IOPT", "CMDTY", "BAG", "NEWS",
    "CONTFUT", "CRYPTO", "FUT+CONTFUT",
}  # fmt: skip
_FRACTION = Decimal("0.0001")
_CENT = Decimal("0.01")
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Instrument:
    """One contract. `daily_volume` in shares, contracts or units.

    Prices are quoted in `currency`, times `price_magnifier`: 100 for London's stocks, quoted in pence. A trade of one
    unit is worth price x `multiplier` / `price_magnifier`. `underlying` is the contract id a derivative is priced
    from (0: none). `hours` names the trading-hours schedule its `Calendar.of` gives.
    """

    con_id: int
    symbol: str
    name: str
    primary_exchange: str
    stock_type: str
    reference_price: Decimal
    volatility: float
    daily_volume: int
    industry: str = ""
    category: str = ""
    currency: str = "USD"
    sec_type: str = "STK"
    trading_class: str = ""
    market_rule: int = STOCK_MARKET_RULE
    multiplier: Decimal = Decimal(1)
    expiry: str = ""
    """Last trading day of a derivative, `yyyymmdd`."""
    strike: Decimal = Decimal(0)
    right: str = ""
    """`C` or `P` for an option."""
    underlying: int = 0
    local_symbol: str = ""
    """What its exchange calls it; empty for the symbol."""
    exchanges: tuple[str, ...] = STOCK_EXCHANGES
    """Valid exchanges, the first is where an order goes by default."""
    hours: str = "us_equity"
    price_magnifier: int = 1
    shortable: str = "easy"
    """`easy`, `hard` (held for locate) or `none`."""
    isin: str = ""
    """Empty when it is not known for certain."""
    exchange_rules: tuple[int, ...] = ()
    """Market rule at each of `exchanges`; empty: `market_rule` at all of them."""
    settles_on: str = ""
    """Day a derivative is settled, `yyyymmdd`, if it is not the last trading day."""
    last_trade_time: str = ""
    """When a derivative stops trading on its last day, `hh:mm:ss` in the zone of its hours."""

    @property
    def min_tick(self) -> Decimal:
        """The smallest price step at any price and exchange."""
        return finest_step(self.market_rule)

    @property
    def local(self) -> str:
        """What its exchange calls it."""
        return self.local_symbol or self.symbol

    @property
    def rules(self) -> tuple[int, ...]:
        """The market rule at each of `exchanges`."""
        return self.exchange_rules or (self.market_rule,) * len(self.exchanges)

    @property
    def is_tradable(self) -> bool:
        """Whether orders are taken; an index is only quoted."""
        return self.sec_type != "IND"

    @property
    def is_derivative(self) -> bool:
        """Whether it expires."""
        return bool(self.expiry)

    @property
    def real_expiration(self) -> str:
        """The day it is settled, `yyyymmdd`; empty for what does not expire."""
        return self.settles_on or self.expiry

    @property
    def contract_month(self) -> str:
        """`yyyymm` of a derivative."""
        return self.real_expiration[:6]

    @property
    def size_rule(self) -> tuple[Decimal, Decimal, Decimal]:
        """Smallest size, size step and suggested size step of an order, in units."""
        if self.sec_type == "CASH":
            return _CENT, _CENT, _ONE
        if self.sec_type == "STK":
            fraction = _FRACTION if self.exchanges == STOCK_EXCHANGES else _ONE
            return fraction, fraction, Decimal(100) if self.currency == "USD" else _ONE
        return _ONE, _ONE, _ONE

    def is_on_tick(self, price: Decimal, exchange: str = "") -> bool:
        """Whether a price is a whole number of steps, at an exchange or where orders go by default."""
        return price % self.tick_at(price, exchange) == 0

    def tick_at(self, price: Decimal, exchange: str = "") -> Decimal:
        """The price step that applies at this price, at an exchange or where orders go by default."""
        rule = self.market_rule
        if self.exchange_rules and exchange in self.exchanges:
            rule = self.exchange_rules[self.exchanges.index(exchange)]
        return step_at(rule, price)


def canonical_exchange(name: str) -> str:
    """The present name of an exchange."""
    return name if name in STOCK_EXCHANGES else EXCHANGE_ALIASES.get(name.upper(), name.upper())
