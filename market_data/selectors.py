"""Reads of quotes and instruments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from django.utils import timezone

from config.shared.redis import QUOTES_LATEST, redis_client
from market_data.domain import staleness
from market_data.models import Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The latest prices of an instrument, in its currency; None where IB gives none."""

    con_id: int
    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None
    time: datetime
    doubt: str = ""

    def staleness(self, now: datetime) -> str:
        """Why it must not be used to judge an order; empty when it may be."""
        return staleness(self.time, now, self.doubt)

    def is_fresh(self, now: datetime) -> bool:
        """Whether the quote may be used to judge an order."""
        return not self.staleness(now)

    def price_to(self, side_is_buy: bool) -> Decimal | None:
        """What a market order would meet: the ask for a buy, the bid for a sell, else the last price."""
        return (self.ask if side_is_buy else self.bid) or self.last


def latest_quote_json(con_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The latest quotes, stale ones marked as such, by con_id; instruments without a quote are left out."""
    fields = [str(con_id) for con_id in con_ids]
    if not fields:
        return {}
    rows = redis_client().hmget(QUOTES_LATEST, fields)
    now = timezone.now()
    return {int(key): judged(orjson.loads(row), now) for key, row in zip(fields, rows, strict=True) if row}


def judged(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A quote as the gateway wrote it, with what has become of it since: the gateway may have died meanwhile."""
    reason = staleness(_moment(row.get("time")), now, row.get("stale_reason") or "")
    return {**row, "stale": bool(reason), "stale_reason": reason or None}


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def latest_quote(con_id: int) -> Quote | None:
    """The latest quote of one instrument, fresh or not."""
    row = latest_quote_json([con_id]).get(con_id)
    if row is None:
        return None
    return Quote(
        con_id=con_id,
        bid=_price(row.get("bid")),
        ask=_price(row.get("ask")),
        last=_price(row.get("last")),
        time=datetime.fromisoformat(row["time"]),
        doubt=row["stale_reason"] or "",
    )


def _price(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def known_instrument(*, symbol: str | None = None, con_id: int | None = None) -> Instrument | None:
    """The instrument as the desk knows it; a symbol means the US stock or ETF of that name on SMART."""
    if con_id is not None:
        return Instrument.objects.filter(pk=con_id).first()
    rows = Instrument.objects.filter(symbol=(symbol or "").upper(), sec_type="STK", currency="USD")
    return rows.order_by("-details_at").first()


def is_details_stale(instrument: Instrument) -> bool:
    """Whether IB should be asked for the details again: hours and permissions change daily (field guide §6.2)."""
    return instrument.details_at is None or timezone.now() - instrument.details_at > timedelta(hours=20)
