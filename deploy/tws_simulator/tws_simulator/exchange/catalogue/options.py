"""Options on stocks, funds and the S&P 500, made when somebody asks for them.

Trading classes, expiry rules and price steps are those of the exchanges; strikes are a simple grid around the
reference price; contract ids are ours (see `numbering`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tws_simulator.exchange.calendar import holidays
from tws_simulator.exchange.calendar.schedules import SCHEDULES
from tws_simulator.exchange.catalogue import numbering
from tws_simulator.exchange.catalogue.expiries import Pattern, listed_expiries
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market_rules import CENTS, NICKEL_OPTIONS, PENNY_OPTIONS
from tws_simulator.exchange.resolution import expiry_date_fits, right_of
from tws_simulator.model import ContractSpec

OPTION_EXCHANGES = (
    "SMART", "AMEX", "CBOE", "PHLX", "PSE", "ISE", "BOX", "BATS", "NASDAQOM", "CBOE2", "NASDAQBX", "MIAX", "GEMINI",
    "EDGX", "MERCURY", "PEARL", "EMERALD", "MEMX", "IBUSOPT",
)  # fmt: skip
# Two exchanges and IB's own take every cent; SMART does because of them.
_BY_CENT = {"SMART", "NASDAQOM", "NASDAQBX", "IBUSOPT"}
_EQUITY_RULES = tuple(CENTS if name in _BY_CENT else PENNY_OPTIONS for name in OPTION_EXCHANGES)
_INDEX_EXCHANGES = ("SMART", "CBOE", "IBUSOPT")
_REMEMBERED = 10_000
_RIGHTS = ("C", "P")


@dataclass(frozen=True)
class Grid:
    """Strikes: by `step` between the `near` ones, by `wide` steps further out to `low` and `high`."""

    low: int
    near_low: int
    near_high: int
    high: int
    step: Decimal
    wide: Decimal

    def strikes(self) -> list[Decimal]:
        """Every strike, lowest first."""
        count = int((self.high - self.low) / self.step) + 1
        return [strike for index in range(count) if self.has(strike := self.low + index * self.step)]

    def has(self, strike: Decimal) -> bool:
        """Whether there is such a strike."""
        step = self.step if self.near_low <= strike <= self.near_high else self.wide
        return self.low <= strike <= self.high and strike % step == 0


@dataclass(frozen=True)
class OptionClass:
    """What the options of one trading class have in common."""

    trading_class: str
    pattern: Pattern
    grid: Grid
    hours: str = "us_option"
    last_time: str = "16:00:00"
    thousands: int = 20
    """Thousand contracts a day in the busiest option."""
    settles_next_morning: bool = False
    """Trading ends on the day before the third Friday, whose opening prices settle it."""


@dataclass
class OptionChain:
    """The options of one class on one underlying."""

    number: int
    under: Instrument
    terms: OptionClass
    sec_type: str = "OPT"
    _made: dict[int, Instrument] = field(default_factory=dict)

    @property
    def symbol(self) -> str:
        """The symbol clients use: the underlying's."""
        return self.under.symbol

    @property
    def underlying(self) -> int:
        """Contract id of the underlying."""
        return self.under.con_id

    @property
    def exchanges(self) -> tuple[str, ...]:
        """Where they trade."""
        return _INDEX_EXCHANGES if self.under.sec_type == "IND" else OPTION_EXCHANGES

    @property
    def trading_class(self) -> str:
        """The name of the class."""
        return self.terms.trading_class

    @property
    def multiplier(self) -> Decimal:
        """Shares, or dollars a point, for one option."""
        return Decimal(100)

    @property
    def strikes(self) -> list[Decimal]:
        """Every strike, lowest first."""
        return list(_strikes(self.terms.grid))

    def expiries(self, today: date) -> list[date]:
        """Last trading days of the options listed on a day."""
        found = listed_expiries(self.terms.pattern, today, shifted=self.terms.settles_next_morning)
        return [day for day in found if numbering.has_options(day)]

    def get(self, con_id: int) -> Instrument | None:
        """By contract id, expired or not; None if there is no such option."""
        parts = numbering.option_parts(con_id)
        if parts is None or parts[0] != self.number:
            return None
        _, expiry, strike, right = parts
        return self._option(expiry, strike * self.terms.grid.step, right)

    def find(self, spec: ContractSpec, today: date, *, expired: bool) -> Iterator[Instrument]:
        """Those a description may mean: every one that is listed if it says no more than the symbol."""
        if spec.local_symbol:
            yield from self._by_local_symbol(spec.local_symbol.upper(), today, expired=expired)
            return
        rights = _RIGHTS if not right_of(spec) else (right_of(spec) or "",)
        strikes = [spec.strike] if spec.strike else self.strikes
        for expiry in self._expiries_for(spec.expiry.strip(), today, expired=expired):
            for strike in strikes:
                for right in rights:
                    row = self._option(expiry, strike, right)
                    if row is not None:
                        yield row

    def listed(self, today: date) -> Iterator[Instrument]:
        """Every option listed on a day."""
        return self.find(ContractSpec(), today, expired=False)

    def _expiries_for(self, text: str, today: date, *, expired: bool) -> list[date]:
        found = [day for day in self.expiries(today) if expiry_date_fits(day, self._settled(day), text)]
        if expired and len(text) >= len("yyyymmdd"):
            day = _date(text[:8])
            wanted = {day, day - timedelta(days=1)} if day is not None else set()
            found += sorted(each for each in wanted if each < today and self.terms.pattern.holds(self._settled(each)))
        return found

    def _by_local_symbol(self, text: str, today: date, *, expired: bool) -> Iterator[Instrument]:
        """`AAPL  261218C00230000`: class, day, right and strike in thousandths."""
        head, tail = text[:-15].strip(), text[-15:]
        if head != self.terms.trading_class or len(tail) < 15 or not tail[7:].isdecimal():
            return
        settled = _date("20" + tail[:6])
        if settled is None:
            return
        expiry = settled - timedelta(days=1) if self.terms.settles_next_morning else settled
        row = self._option(expiry, Decimal(tail[7:]) / 1000, tail[6])
        if row is not None and (expired or expiry in self.expiries(today)):
            yield row

    def _option(self, expiry: date, strike: Decimal, right: str) -> Instrument | None:
        grid = self.terms.grid
        if not grid.has(strike) or right not in _RIGHTS:
            return None
        if not numbering.has_options(expiry):
            return None
        con_id = numbering.option_id(self.number, expiry, int(strike / grid.step), right)
        if con_id not in self._made:
            if not self._is_expiry(expiry):
                return None
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            self._made[con_id] = self._make(con_id, expiry, strike, right)
        return self._made[con_id]

    def _is_expiry(self, expiry: date) -> bool:
        if expiry.weekday() > 4 or expiry in holidays.new_york(expiry.year):
            return False
        return self.terms.pattern.holds(self._settled(expiry))

    def _settled(self, expiry: date) -> date:
        return expiry + timedelta(days=1) if self.terms.settles_next_morning else expiry

    def _make(self, con_id: int, expiry: date, strike: Decimal, right: str) -> Instrument:
        under, terms, settled = self.under, self.terms, self._settled(expiry)
        worth = under.reference_price - strike if right == "C" else strike - under.reference_price
        is_index = under.sec_type == "IND"
        rule = NICKEL_OPTIONS if is_index else CENTS
        return Instrument(
            con_id=con_id,
            symbol=under.symbol,
            name=under.name,
            primary_exchange="CBOE",
            stock_type="",
            reference_price=max(worth, Decimal("0.05")),
            volatility=under.volatility,
            daily_volume=self._volume(strike),
            industry=under.industry,
            category=under.category,
            sec_type="OPT",
            trading_class=terms.trading_class,
            market_rule=rule,
            multiplier=self.multiplier,
            expiry=f"{expiry:%Y%m%d}",
            strike=strike.normalize() if strike % 1 else strike.quantize(Decimal(1)),
            right=right,
            underlying=under.con_id,
            local_symbol=f"{terms.trading_class:<6}{settled:%y%m%d}{right}{int(strike * 1000):08d}",
            exchanges=self.exchanges,
            hours=terms.hours,
            exchange_rules=() if is_index else _EQUITY_RULES,
            settles_on=f"{settled:%Y%m%d}" if settled != expiry else "",
            last_trade_time=self._last_time(expiry),
        )

    def _last_time(self, expiry: date) -> str:
        """The end of trading on the last day, earlier where all trading ends early."""
        end = SCHEDULES[self.terms.hours].spans(expiry, regular=True)[-1][1]
        return min(self.terms.last_time, f"{end // 60:02d}:{end % 60:02d}:00")

    def _volume(self, strike: Decimal) -> int:
        """Most trading is near the money."""
        distance = abs(float(strike / self.under.reference_price) - 1)
        return max(10, int(self.terms.thousands * 1000 / (1 + (distance * 20) ** 2)))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.isdecimal() else None
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _strikes(grid: Grid) -> tuple[Decimal, ...]:
    return tuple(grid.strikes())


def _class(name: str, pattern: Pattern, strikes: str, thousands: int, **terms: Any) -> OptionClass:
    """`strikes`: low, near low, near high, high, step, wide step."""
    low, near_low, near_high, high, step, wide = strikes.split()
    grid = Grid(int(low), int(near_low), int(near_high), int(high), Decimal(step), Decimal(wide))
    return OptionClass(name, pattern, grid, thousands=thousands, **terms)


_FUND = {"hours": "us_etf_option", "last_time": "16:15:00"}
_MORNING = {"hours": "us_index_option", "last_time": "15:15:00", "settles_next_morning": True}
_EVENING = {"hours": "us_index_option", "last_time": "15:00:00"}
# Their numbers are part of contract ids: add at the end, never reorder, and never change a step.
_CLASSES: tuple[tuple[int, OptionClass], ...] = (
    (265598, _class("AAPL", Pattern.WEEKLY, "100 170 300 400 2.5 10", 60)),
    (272093, _class("MSFT", Pattern.WEEKLY, "200 350 520 700 5 20", 20)),
    (4815747, _class("NVDA", Pattern.WEEKLY, "60 100 200 260 2.5 5", 150)),
    (76792991, _class("TSLA", Pattern.WEEKLY, "120 230 460 640 5 20", 120)),
    (756733, _class("SPY", Pattern.DAILY, "450 550 645 750 1 10", 200, **_FUND)),
    (320227571, _class("QQQ", Pattern.DAILY, "360 460 555 650 1 10", 120, **_FUND)),
    (9579970, _class("IWM", Pattern.DAILY, "160 210 270 320 1 5", 60, **_FUND)),
    (416904, _class("SPX", Pattern.MONTHLY, "4400 5600 6400 7600 10 100", 20, **_MORNING)),
    (416904, _class("SPXW", Pattern.DAILY, "4400 5600 6400 7600 10 100", 60, **_EVENING)),
    (3691937, _class("AMZN", Pattern.WEEKLY, "100 160 260 340 2.5 10", 50)),
    (107113386, _class("META", Pattern.WEEKLY, "280 460 680 860 5 20", 20)),
    (4391, _class("AMD", Pattern.WEEKLY, "60 100 190 250 2.5 10", 50)),
)


def option_chains(listed: dict[int, Instrument]) -> list[OptionChain]:
    """Every chain, on underlyings of the catalogue. Raises KeyError when one is not there."""
    return [OptionChain(number, listed[con_id], terms) for number, (con_id, terms) in enumerate(_CLASSES)]
