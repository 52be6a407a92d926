"""What an instrument is, and how a client's description finds one."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tws_simulator.errors import BrokerError
from tws_simulator.model import ContractSpec

STOCK_EXCHANGES = (
    "SMART", "AMEX", "NYSE", "CBOE", "PHLX", "ISE", "CHX", "ARCA", "NASDAQ", "DRCTEDGE", "BEX", "BATS",
    "EDGEA", "BYX", "IEX", "EDGX", "FOXRIVER", "PEARL", "NYSENAT", "LTSE", "MEMX", "IBEOS", "OVERNIGHT",
    "TPLUS0", "PSX",
)  # fmt: skip
EXCHANGE_ALIASES = {"ISLAND": "NASDAQ", "NASDAQ.NMS": "NASDAQ"}
VENUES = ("NASDAQ", "ARCA", "BATS", "DRCTEDGE", "IEX", "MEMX")  # where SMART-routed executions are reported
STOCK_MARKET_RULE = 26
ORDER_TYPES = ("ACTIVETIM", "AD", "DAY", "GTC", "IOC", "LMT", "MKT", "STP", "STPLMT", "WHATIF")
KNOWN_SECURITY_TYPES = {
    "STK", "OPT", "FUT", "CASH", "IND", "CFD", "BOND", "FUND", "FOP", "WAR", "IOPT", "CMDTY", "BAG", "NEWS",
    "CONTFUT", "CRYPTO", "FUT+CONTFUT",
}  # fmt: skip

# Market rules by id: (low edge, increment) rows. Rule 26 is what IB reports for US stocks.
MARKET_RULES: dict[int, tuple[tuple[Decimal, Decimal], ...]] = {
    STOCK_MARKET_RULE: ((Decimal(0), Decimal("0.01")),),
}


@dataclass(frozen=True, slots=True)
class Instrument:
    """One contract. Prices in `currency` per unit; `daily_volume` in shares, contracts or units.

    A trade of one unit is worth price x `multiplier`. `underlying` is the contract id a derivative is priced from
    (0: none). `hours` names the trading-hours schedule its `Calendar.of` gives.
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
    exchanges: tuple[str, ...] = STOCK_EXCHANGES
    """Valid exchanges, the first is where an order goes by default."""
    hours: str = "us_equity"
    price_magnifier: int = 1
    shortable: str = "easy"
    """`easy`, `hard` (held for locate) or `none`."""

    @property
    def min_tick(self) -> Decimal:
        """The smallest price step."""
        return MARKET_RULES[self.market_rule][0][1]

    def is_on_tick(self, price: Decimal) -> bool:
        """Whether a price is a whole number of steps."""
        return price % self.tick_at(price) == 0

    def tick_at(self, price: Decimal) -> Decimal:
        """The price step that applies at this price."""
        return [step for edge, step in MARKET_RULES[self.market_rule] if edge <= abs(price)][-1]


def stock(
    con_id: int, symbol: str, name: str, exchange: str, industry: str, category: str, price: str,
    volatility: float, millions: float,
) -> Instrument:  # fmt: skip
    """A US common stock."""
    return Instrument(
        con_id=con_id,
        symbol=symbol,
        name=name,
        primary_exchange=exchange,
        stock_type="COMMON",
        reference_price=Decimal(price),
        volatility=volatility,
        daily_volume=int(millions * 1_000_000),
        industry=industry,
        category=category,
        trading_class="NMS" if exchange == "NASDAQ" else symbol,
    )


def etf(
    con_id: int, symbol: str, name: str, exchange: str, price: str, volatility: float, millions: float
) -> Instrument:
    """A US exchange-traded fund."""
    return Instrument(
        con_id=con_id,
        symbol=symbol,
        name=name,
        primary_exchange=exchange,
        stock_type="ETF",
        reference_price=Decimal(price),
        volatility=volatility,
        daily_volume=int(millions * 1_000_000),
        trading_class="NMS" if exchange == "NASDAQ" else symbol,
    )


class InstrumentBook:
    """Finds instruments by what clients say about them."""

    def __init__(self, instruments: dict[int, Instrument]) -> None:
        self._by_id = instruments
        self._by_symbol: dict[str, list[Instrument]] = {}
        for instrument in instruments.values():
            self._by_symbol.setdefault(instrument.symbol, []).append(instrument)

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._by_id.values())

    def get(self, con_id: int) -> Instrument | None:
        """By contract id."""
        return self._by_id.get(con_id)

    def by_symbol(self, symbol: str) -> Instrument | None:
        """By exact symbol."""
        found = self._by_symbol.get(symbol.upper(), [])
        return found[0] if found else None

    def resolve(self, spec: ContractSpec, *, needs_exchange: bool = True) -> Instrument:
        """The one instrument meant. Raises BrokerError 200 or 321 in IB's words."""
        if spec.sec_type and spec.sec_type not in KNOWN_SECURITY_TYPES:
            raise BrokerError(321, "Error validating request.-'bN' : cause - Please enter a valid security type")
        if needs_exchange and not spec.exchange:
            raise BrokerError(321, "Error validating request.-'bN' : cause - Please enter exchange")
        matches = self._matches(spec)
        if len(matches) != 1:
            raise BrokerError(200, "No security definition has been found for the request")
        return matches[0]

    def search(self, pattern: str, limit: int = 16) -> list[Instrument]:
        """Instruments whose symbol begins with, or whose name contains, the pattern."""
        wanted = pattern.strip().upper()
        if not wanted:
            return []
        exact = [row for row in self._by_id.values() if row.symbol == wanted]
        prefix = [row for row in self._by_id.values() if row.symbol.startswith(wanted) and row.symbol != wanted]
        named = [row for row in self._by_id.values() if wanted in row.name and not row.symbol.startswith(wanted)]
        return (exact + sorted(prefix, key=lambda row: row.symbol) + named)[:limit]

    def _matches(self, spec: ContractSpec) -> list[Instrument]:
        if spec.con_id:
            by_id = self._by_id.get(spec.con_id)
            candidates = [by_id] if by_id else []
        else:
            candidates = self._by_symbol.get((spec.symbol or spec.local_symbol).upper(), [])
            if not spec.sec_type:
                candidates = []
        return [row for row in candidates if _fits(row, spec)]


def canonical_exchange(name: str) -> str:
    """The present name of an exchange."""
    return EXCHANGE_ALIASES.get(name.upper(), name.upper())


def _fits(row: Instrument, spec: ContractSpec) -> bool:
    exchange = canonical_exchange(spec.exchange)
    primary = canonical_exchange(spec.primary_exchange)
    return (
        (not spec.symbol or bool(spec.con_id) or spec.symbol.upper() == row.symbol)
        and (not spec.sec_type or spec.sec_type == row.sec_type)
        and (not spec.currency or spec.currency.upper() == row.currency)
        and (not exchange or exchange in STOCK_EXCHANGES)
        and (not primary or primary in {row.primary_exchange, "SMART"})
        and (not spec.local_symbol or bool(spec.con_id) or spec.local_symbol.upper() == row.symbol)
        and (not spec.trading_class or spec.trading_class == row.trading_class)
    )
