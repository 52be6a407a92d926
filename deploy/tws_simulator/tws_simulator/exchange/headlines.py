"""Headlines of a made-up news provider: what prices did, day by day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Market

PROVIDER, PROVIDER_NAME = "SIM", "Simulated closing reports"
_DAY = timedelta(days=1)
_REACH = 400  # days


@dataclass(frozen=True, slots=True)
class Headline:
    """One report. `article_id` finds its text."""

    at: datetime
    article_id: str
    text: str


def headlines(market: Market, instrument: Instrument, now: datetime) -> Iterator[Headline]:
    """The reports on an instrument, the newest first: one after each close."""
    hours = market.calendar.of(instrument.hours)
    day = hours.trading_day(now)
    for _ in range(_REACH):
        found = report(market, instrument, day)
        if found is not None and found.at <= now:
            yield found
        day -= _DAY


def report(market: Market, instrument: Instrument, day: date) -> Headline | None:
    """The report on a day; None if there was no trading."""
    hours = market.calendar.of(instrument.hours)
    session = hours.session(day, regular=True)
    if session is None:
        return None
    before = hours.previous_close(session.end - timedelta(seconds=1))
    close = market.traded_price(instrument, session.end.timestamp())
    change = (close / market.traded_price(instrument, before.timestamp()) - 1) * 100
    word = "up" if change >= 0 else "down"
    text = f"{instrument.symbol} closes {word} {abs(change):.2f}% at {close:.2f} {instrument.currency}"
    return Headline(session.end, f"{PROVIDER}${instrument.con_id}-{day:%Y%m%d}", text)


def article(headline: Headline, instrument: Instrument) -> str:
    """The text of a report."""
    return f"{headline.text}. {instrument.name}, {headline.at:%Y-%m-%d %H:%M} UTC. Made by the simulator."
