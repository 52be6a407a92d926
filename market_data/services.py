"""Writes of instruments, and getting quotes to flow."""

import time
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils import timezone
from redis.exceptions import RedisError

from config.shared.errors import DeskError, ErrorCode
from config.shared.gateway_queries import ask_gateway
from config.shared.redis import QUOTES_INTEREST, redis_client
from market_data.models import Instrument
from market_data.selectors import Quote, is_details_stale, known_instrument, latest_quote

INTEREST_SECONDS = 60


def upsert_instrument(details: dict[str, Any]) -> Instrument:
    """Create or refresh an instrument from IB's contract details (keys are the model's field names)."""
    fields = {
        **{name: details.get(name) or "" for name in _TEXT_FIELDS},
        "min_tick": Decimal(details.get("min_tick") or "0"),
        "multiplier": Decimal(details.get("multiplier") or "1"),
        "details_at": timezone.now(),
    }
    instrument, _ = Instrument.objects.update_or_create(con_id=int(details["con_id"]), defaults=fields)
    return instrument


_TEXT_FIELDS = (
    "symbol",
    "sec_type",
    "exchange",
    "primary_exchange",
    "currency",
    "local_symbol",
    "trading_class",
    "long_name",
    "valid_exchanges",
    "order_types",
    "market_rule_ids",
    "time_zone",
    "trading_hours",
    "liquid_hours",
)


def resolve_instrument(*, symbol: str | None = None, con_id: int | None = None) -> Instrument:
    """The instrument meant by a symbol or con_id, asking IB when the desk does not know it well enough.

    Raises DeskError IB_INVALID_CONTRACT when IB knows none or several, IB_CONNECTION_FAILED when it cannot be asked.
    """
    known = known_instrument(symbol=symbol, con_id=con_id)
    if known is not None and not is_details_stale(known):
        return known
    try:
        details = ask_gateway("instrument_details", symbol=symbol, con_id=con_id)
    except DeskError as error:
        if known is not None and error.code in (
            ErrorCode.IB_CONNECTION_FAILED,
            ErrorCode.EXTERNAL_SERVICE_ERROR,
        ):
            return known
        raise
    return upsert_instrument(details)


def keep_quotes_flowing(con_ids: Iterable[int]) -> None:
    """Tell the gateway that somebody wants these quotes for the next minute."""
    expiry = time.time() + INTEREST_SECONDS
    interest: dict[str, bytes | float | int | str] = {str(con_id): expiry for con_id in con_ids}
    if interest:
        redis_client().zadd(QUOTES_INTEREST, interest)


def fresh_quote(instrument: Instrument, *, wait_seconds: float = 3.0) -> Quote | None:
    """A fresh quote, waiting for the first ticks when nobody was watching; None when none comes."""
    quote = quote_to_judge(instrument, wait_seconds=wait_seconds)
    return quote if quote is not None and quote.is_fresh(timezone.now()) else None


def quote_to_judge(instrument: Instrument, *, wait_seconds: float = 3.0) -> Quote | None:
    """Like `fresh_quote`, but when no fresh one comes the stale one, which can say why it is stale."""
    quote = None
    try:
        keep_quotes_flowing([instrument.con_id])
        deadline = time.monotonic() + wait_seconds
        while True:
            quote = latest_quote(instrument.con_id)
            if quote is not None and quote.is_fresh(timezone.now()) and (quote.bid or quote.ask or quote.last):
                return quote
            if time.monotonic() >= deadline:
                return quote
            time.sleep(0.05)
    except RedisError:
        return quote
