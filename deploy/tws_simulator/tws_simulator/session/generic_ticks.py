"""Ticks beyond the quote: greeks of options, and what generic tick lists ask for."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import DayStatistics, Quote
from tws_simulator.exchange.noise import unit
from tws_simulator.exchange.options_pricing import greeks, implied_volatility
from tws_simulator.exchange.processes.derived import Derivation
from tws_simulator.exchange.quote import SLOT_SECONDS, slot_of
from tws_simulator.exchange.volatility import implied_volatility_at, realized_volatility
from tws_simulator.exchange.volume import daily_volume, open_interest
from tws_simulator.messages import replies
from tws_simulator.messages.replies import Message, OptionValues
from tws_simulator.session import tick_types as types

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway

Ticks = Iterator[tuple[str, object, Message]]
_DAY = 86_400.0
_WEEKS = ((13, types.LOW_13_WEEKS, types.HIGH_13_WEEKS), (26, types.LOW_26_WEEKS, types.HIGH_26_WEEKS),
          (52, types.LOW_52_WEEKS, types.HIGH_52_WEEKS))  # fmt: skip
_SHORTABLE = {"easy": 3.0, "hard": 2.0, "none": 1.0}
_SHARES_TO_LEND = {"easy": 5, "hard": 0.05, "none": 0}
_OPTIONS = {"OPT", "FOP"}


class Asked:
    """What the ticks of one list are computed from."""

    def __init__(
        self, gateway: "Gateway", instrument: Instrument, quote: Quote, day: DayStatistics, at: datetime
    ) -> None:
        self.market = gateway.broker.market
        self.instrument = instrument
        self.quote = quote
        self.day = day
        self.at = at
        self.seconds = at.timestamp()
        self.today = at.date().toordinal()
        """What changes once a day is stamped with this."""

    def draw(self, *key: object) -> float:
        """A number in [0, 1) that belongs to the instrument."""
        return unit(self.market.seed, self.instrument.con_id, *key)


def ticks(
    gateway: "Gateway", instrument: Instrument, generic: frozenset[str], quote: Quote, day: DayStatistics, at: datetime
) -> Ticks:
    """The ticks of all lists asked for."""
    if not generic:
        return
    asked = Asked(gateway, instrument, quote, day, at)
    for number in sorted(generic):
        maker = _MAKERS.get(number)
        if maker is not None:
            yield from maker(asked)


def option_ticks(
    gateway: "Gateway", instrument: Instrument, quote: Quote, at: datetime, *, kinds: tuple[int, int, int, int]
) -> Ticks:
    """Implied volatility and greeks of an option at bid, ask, last and by the model."""
    derivation = gateway.broker.market.derivation(instrument)
    if derivation is None:
        return
    seconds = slot_of(at) * SLOT_SECONDS
    spot = derivation.spot(seconds)
    for kind, price in zip(kinds[:3], (quote.bid, quote.ask, quote.last), strict=True):
        values = computed(derivation, seconds, spot, float(price))
        yield f"option {kind}", values, replies.tick_option_computation(0, kind, values)
    model = derivation.implied(seconds, spot)
    values = values_at(derivation, seconds, spot, model)
    yield f"option {kinds[3]}", values, replies.tick_option_computation(0, kinds[3], values)


def computed(derivation: Derivation, seconds: float, spot: float, price: float) -> OptionValues:
    """Greeks at a price; only the price when no volatility gives it."""
    volatility = implied_volatility(derivation.terms(seconds), spot, price)
    if volatility is None:
        return OptionValues(price=price, underlying=spot)
    return values_at(derivation, seconds, spot, volatility, price)


def values_at(
    derivation: Derivation, seconds: float, spot: float, volatility: float, price: float | None = None
) -> OptionValues:
    """Greeks at a volatility."""
    found = greeks(derivation.terms(seconds), spot, volatility)
    return OptionValues(
        implied=volatility,
        delta=found.delta,
        price=found.price if price is None else price,
        dividends=0.0,
        gamma=found.gamma,
        vega=found.vega,
        theta=found.theta,
        underlying=spot,
    )


def _option_volume(asked: Asked) -> Ticks:
    if asked.instrument.sec_type in _OPTIONS:
        volumes = (asked.day.volume, 0) if asked.instrument.right.startswith("C") else (0, asked.day.volume)
    else:
        share = asked.day.volume / 250
        volumes = int(share * (0.5 + asked.draw("calls"))), int(share * (0.4 + asked.draw("puts")))
    for kind, volume in zip((types.CALL_VOLUME, types.PUT_VOLUME), volumes, strict=True):
        yield f"generic {kind}", volume, replies.tick_size(0, kind, volume)


def _open_interest(asked: Asked) -> Ticks:
    if asked.instrument.sec_type in _OPTIONS:
        own = open_interest(asked.market.seed, asked.instrument)
        amounts = (own, 0) if asked.instrument.right.startswith("C") else (0, own)
    else:
        usual = asked.instrument.daily_volume / 20
        amounts = int(usual * (1 + asked.draw("calls open"))), int(usual * (0.8 + asked.draw("puts open")))
    for kind, amount in zip((types.CALL_OPEN_INTEREST, types.PUT_OPEN_INTEREST), amounts, strict=True):
        yield f"generic {kind}", amount, replies.tick_size(0, kind, amount)


def _historical_volatility(asked: Asked) -> Ticks:
    value = round(realized_volatility(asked.market, asked.instrument, asked.seconds), 6)
    yield "generic 23", (asked.today, value), replies.tick_generic(0, types.HISTORICAL_VOLATILITY, value)


def _real_time_volatility(asked: Asked) -> Ticks:
    value = round(realized_volatility(asked.market, asked.instrument, asked.seconds, 10), 6)
    yield "generic 58", (asked.today, value), replies.tick_generic(0, types.RT_HISTORICAL_VOLATILITY, value)


def _average_option_volume(asked: Asked) -> Ticks:
    volume = int(daily_volume(asked.market.seed, asked.instrument) / 250 * (1 + asked.draw("average")))
    yield "generic 87", volume, replies.tick_size(0, types.AVERAGE_OPTION_VOLUME, volume)


def _implied_volatility(asked: Asked) -> Ticks:
    value = implied_volatility_at(asked.market, asked.instrument, asked.seconds)
    value = round(value, 6)
    yield "generic 24", value, replies.tick_generic(0, types.IMPLIED_VOLATILITY, value)


def _premium(asked: Asked) -> Ticks:
    value = round(float(asked.quote.last) * 0.002, 2)
    yield "generic 31", value, replies.tick_generic(0, types.INDEX_FUTURE_PREMIUM, value)


def _statistics(asked: Asked) -> Ticks:
    midnight = asked.seconds // _DAY * _DAY
    tick = asked.instrument.tick_at(asked.quote.last)
    for weeks, low_type, high_type in _WEEKS:
        days = range(1, weeks * 7)
        levels = [asked.market.traded_price(asked.instrument, midnight - _DAY * back) for back in days]
        ends = (low_type, min(*levels, float(asked.day.low))), (high_type, max(*levels, float(asked.day.high)))
        for kind, level in ends:
            price = Decimal(round(level / float(tick))) * tick
            yield f"generic {kind}", price, replies.tick_price(0, kind, price)
    volume = daily_volume(asked.market.seed, asked.instrument)
    yield "generic 21", volume, replies.tick_size(0, types.AVERAGE_VOLUME, volume)


def _mark(asked: Asked) -> Ticks:
    yield "generic 37", asked.quote.mark, replies.tick_price(0, types.MARK, asked.quote.mark)


def _rt_volume(asked: Asked) -> Ticks:
    stamp = (asked.quote.last_at, asked.quote.last)
    yield "generic 48", stamp, replies.tick_string(0, types.RT_VOLUME, _volume_text(asked))


def _rt_trade_volume(asked: Asked) -> Ticks:
    stamp = (asked.quote.last_at, asked.quote.last)
    yield "generic 77", stamp, replies.tick_string(0, types.RT_TRADE_VOLUME, _volume_text(asked))


def _volume_text(asked: Asked) -> str:
    """Price, size, time in ms, day's volume, its average price, and whether one market maker filled it."""
    quote, day = asked.quote, asked.day
    average = (day.open + day.high + day.low + quote.last) / 4
    at = int(quote.last_at.timestamp() * 1000)
    return f"{quote.last};{quote.last_size};{at};{day.volume};{average:.8f};true"


def _shortable(asked: Asked) -> Ticks:
    kind = asked.instrument.shortable
    level = _SHORTABLE.get(kind, 3.0)
    shares = int(asked.instrument.daily_volume * _SHARES_TO_LEND.get(kind, 5) * (0.5 + asked.draw("lend")))
    yield "generic 46", level, replies.tick_generic(0, types.SHORTABLE, level)
    yield "generic 89", shares, replies.tick_size(0, types.SHORTABLE_SHARES, shares)


def _trade_figures(kind: int, per_trade: float, seconds: float | None) -> Callable[[Asked], Ticks]:
    """Count of trades (seconds None), or a rate for so many seconds."""

    def make(asked: Asked) -> Ticks:
        if seconds is None:
            value = float(int(asked.day.volume / per_trade))
        else:
            end = asked.seconds
            value = asked.market.volume_between(asked.instrument, end - seconds, end) / per_trade
        yield f"generic {kind}", (asked.quote.last_at, asked.quote.last), replies.tick_generic(0, kind, value)

    return make


def _last_regular_trade(asked: Asked) -> Ticks:
    hours = asked.market.calendar.of(asked.instrument.hours)
    price = asked.quote.last
    if not hours.is_open(asked.at, regular=True):
        close = hours.session(hours.trading_day(asked.at), regular=True)
        end = close.end if close is not None and close.end <= asked.at else hours.previous_close(asked.at)
        price = asked.market.quote(asked.instrument, end - timedelta(seconds=1)).last
    yield "generic 57", price, replies.tick_price(0, types.LAST_RTH_TRADE, price)


def _fundamentals(asked: Asked) -> Ticks:
    """Figures that follow from the instrument's own prices; companies' accounts are not known here."""
    day = asked.day
    text = f"TTMNPMGN=;NLOW={day.low};NHIG={day.high};NPRICE={day.previous_close};VOL10DAVG="
    text += f"{asked.instrument.daily_volume / 1e6:.5f};CURRENCY={asked.instrument.currency};"
    yield "generic 47", text, replies.tick_string(0, types.FUNDAMENTALS, text)


def _dividends(asked: Asked) -> Ticks:
    """Sum of the past and the next twelve months, next date and amount: a payer of 0.8% a year, each quarter."""
    yearly = asked.instrument.reference_price * Decimal("0.008")
    dates = (date(asked.at.year + years, month, 10) for years in (0, 1) for month in (3, 6, 9, 12))
    due = next(day for day in dates if day > asked.at.date())
    text = f"{yearly:.2f},{yearly:.2f},{due:%Y%m%d},{yearly / 4:.2f}"
    yield "generic 59", text, replies.tick_string(0, types.DIVIDENDS, text)


def _futures_open_interest(asked: Asked) -> Ticks:
    amount = open_interest(asked.market.seed, asked.instrument)
    yield "generic 86", amount, replies.tick_size(0, types.FUTURES_OPEN_INTEREST, amount)


_MAKERS: dict[str, Callable[[Asked], Ticks]] = {
    "100": _option_volume,
    "101": _open_interest,
    "104": _historical_volatility,
    "105": _average_option_volume,
    "106": _implied_volatility,
    "162": _premium,
    "165": _statistics,
    "221": _mark,
    "232": _mark,
    "233": _rt_volume,
    "236": _shortable,
    "258": _fundamentals,
    "293": _trade_figures(types.TRADE_COUNT, 140.0, None),
    "294": _trade_figures(types.TRADE_RATE, 140.0, 60.0),
    "295": _trade_figures(types.VOLUME_RATE, 1.0, 60.0),
    "318": _last_regular_trade,
    "375": _rt_trade_volume,
    "411": _real_time_volatility,
    "456": _dividends,
    "588": _futures_open_interest,
}
