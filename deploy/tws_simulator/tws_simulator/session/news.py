"""News providers, headlines, articles and bulletins."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import TYPE_CHECKING

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.bar_query import parse_time
from tws_simulator.exchange.headlines import PROVIDER, PROVIDER_NAME, Headline, article, headlines, report
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.messages import market_data
from tws_simulator.messages.requests import Request

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway
    from tws_simulator.session.session import Session

MAX_HEADLINES = 300
_INVALID = "Error validating request.-'cJ' : cause - "
_NO_ARTICLE = "Failed to request news article:No such article"


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A message of IB to all: kind 1 general, 2 an exchange is unavailable, 3 it is available again."""

    number: int
    kind: int
    text: str
    exchange: str
    at: datetime


def req_news_providers(session: "Session", request: Request) -> None:
    """The one provider there is."""
    session.send(market_data.news_providers([(PROVIDER, PROVIDER_NAME)]))


def req_historical_news(session: "Session", request: Request) -> None:
    """Headlines on an instrument between two moments, the newest first."""
    providers = [name.strip() for name in request["providers"].split("+") if name.strip()]
    if PROVIDER not in providers:
        raise BrokerError(10276, "News feed is not allowed.")
    gateway = session.gateway
    instrument = gateway.broker.book.get(request["con_id"] or 0)
    if instrument is None:
        raise BrokerError(321, f"{_INVALID}Invalid contract id")
    count = request["count"] or 0
    if not 1 <= count <= MAX_HEADLINES:
        raise BrokerError(321, f"{_INVALID}Number of headlines must be 1 to {MAX_HEADLINES}")
    start, end = _moment(request["start"]), _moment(request["end"])
    found = _between(gateway, instrument, start, end)
    rows = list(islice(found, count + 1))
    for row in rows[:count]:
        at = f"{row.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}.0"
        session.send(market_data.historical_news(request["req_id"], at, PROVIDER, row.article_id, row.text))
    session.send(market_data.historical_news_end(request["req_id"], has_more=len(rows) > count))


def req_news_article(session: "Session", request: Request) -> None:
    """The text behind a headline."""
    provider, _, rest = request["article_id"].partition("$")
    con_id, _, day = rest.partition("-")
    if request["provider"] != PROVIDER or provider != PROVIDER or not con_id.isascii() or not con_id.isdigit():
        raise BrokerError(10172, _NO_ARTICLE)
    gateway = session.gateway
    instrument = gateway.broker.book.get(int(con_id))
    try:
        found = report(gateway.broker.market, instrument, date.fromisoformat(day)) if instrument else None
    except ValueError:
        found = None
    if found is None or instrument is None or found.at > gateway.clock.now():
        raise BrokerError(10172, _NO_ARTICLE)
    session.send(market_data.news_article(request["req_id"], article(found, instrument)))


def req_news_bulletins(session: "Session", request: Request) -> None:
    """Bulletins from now on, and those of the day if all are asked for."""
    session.wants_bulletins = True
    gateway = session.gateway
    today = gateway.clock.now().date()
    for row in gateway.bulletins:
        if request["all_messages"] and row.at.date() == today:
            _tell(session, row)


def cancel_news_bulletins(session: "Session", request: Request) -> None:
    """No more bulletins."""
    session.wants_bulletins = False


def publish(gateway: "Gateway", text: str, kind: int = 1, exchange: str = "") -> Bulletin:
    """Send a bulletin to all who want them."""
    number = gateway.bulletins[-1].number + 1 if gateway.bulletins else 1
    bulletin = Bulletin(number, kind, text, exchange, gateway.clock.now())
    gateway.bulletins.append(bulletin)
    for session in list(gateway.sessions.values()):
        if session.wants_bulletins:
            _tell(session, bulletin)
    return bulletin


def _tell(session: "Session", row: Bulletin) -> None:
    session.send(market_data.news_bulletin(row.number, row.kind, row.text, row.exchange))


def _between(
    gateway: "Gateway", instrument: Instrument, start: datetime | None, end: datetime | None
) -> list[Headline]:
    found: list[Headline] = []
    for row in headlines(gateway.broker.market, instrument, gateway.clock.now()):
        if start is not None and row.at < start:
            break
        if end is None or row.at <= end:
            found.append(row)
        if len(found) > MAX_HEADLINES:
            break
    return found


def _moment(text: str) -> datetime | None:
    """A time as news requests have it, `yyyy-mm-dd hh:mm:ss.f` in UTC or the usual form; None for an empty text."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()[:19]).replace(tzinfo=UTC)
    except ValueError:
        return parse_time(text)


HANDLERS = {
    "req_news_providers": req_news_providers,
    "req_historical_news": req_historical_news,
    "req_news_article": req_news_article,
    "req_news_bulletins": req_news_bulletins,
    "cancel_news_bulletins": cancel_news_bulletins,
}
