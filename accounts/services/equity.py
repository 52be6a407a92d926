"""The history of equity: kept once a minute, thinned with age, read with its gaps."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import DateTimeField, F, Func, Sum, Value, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.domain.equity import KEPT, MOST_POINTS, Gap, Known, Resolution, gaps, resolution_for
from accounts.domain.freshness import is_stale
from accounts.models import Account, AccountPnl, EquitySnapshot
from config.shared.correlation import get_logger
from config.shared.errors import DeskError, ErrorCode

log = get_logger(__name__)

_TAGS = {
    "net_liquidation": "NetLiquidation",
    "total_cash": "TotalCashValue",
    "gross_position_value": "GrossPositionValue",
    "buying_power": "BuyingPower",
    "init_margin": "InitMarginReq",
    "maint_margin": "MaintMarginReq",
}


def take_snapshots(now: datetime | None = None) -> int:
    """Keep this minute's figures of every account whose values are known to be current; returns how many.

    Of an account whose stream is not up nothing is kept: an old figure under a new time would be a lie.
    """
    now = now or timezone.now()
    minute = now.replace(second=0, microsecond=0)
    known = Account.objects.exclude(values_at=None).select_related("pnl").prefetch_related("values")
    rows = [_snapshot(account, minute, now) for account in known if not is_stale(account.values_confirmed_at, now)]
    rows = [row for row in rows if row.net_liquidation is not None]
    EquitySnapshot.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _snapshot(account: Account, minute: datetime, now: datetime) -> EquitySnapshot:
    amounts = {v.tag: v.amount for v in account.values.all() if v.currency == account.base_currency}
    pnl: AccountPnl | None = getattr(account, "pnl", None)
    if pnl is not None and is_stale(account.pnl_confirmed_at, now):
        pnl = None
    figures: dict[str, Decimal | None] = {name: amounts.get(tag) for name, tag in _TAGS.items()}
    return EquitySnapshot(
        account=account,
        at=minute,
        span_seconds=int(Resolution.MINUTE.span.total_seconds()),
        currency=account.base_currency,
        daily_pnl=pnl.daily if pnl else None,
        unrealized_pnl=pnl.unrealized if pnl else None,
        realized_pnl=pnl.realized if pnl else None,
        values_at=account.values_at or now,
        pnl_at=pnl.as_of if pnl else None,
        **figures,
    )


_THIN = """
WITH ranked AS (
    SELECT id,
           row_number() OVER bucket_newest_first AS place,
           sum(known_minutes) OVER bucket AS minutes
    FROM accounts_equitysnapshot
    WHERE span_seconds < %(span)s AND at < date_bin(%(span)s * interval '1 second', %(before)s, 'epoch'::timestamptz)
    WINDOW bucket AS (PARTITION BY account_id, date_bin(%(span)s * interval '1 second', at, 'epoch'::timestamptz)),
           bucket_newest_first AS (bucket ORDER BY at DESC)
), gone AS (
    DELETE FROM accounts_equitysnapshot WHERE id IN (SELECT id FROM ranked WHERE place > 1) RETURNING id
), kept AS (
    UPDATE accounts_equitysnapshot AS row SET span_seconds = %(span)s, known_minutes = ranked.minutes
    FROM ranked WHERE row.id = ranked.id AND ranked.place = 1 RETURNING row.id
)
SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM kept)
"""


def thin_history(now: datetime | None = None) -> int:
    """Of what is old keep the last snapshot of each quarter of an hour, of what is older of each day.

    Only buckets that have ended are thinned; returns how many rows went.
    """
    now = now or timezone.now()
    deleted = 0
    for resolution, age in KEPT:
        with transaction.atomic(), connection.cursor() as cursor:
            span = int(resolution.span.total_seconds())
            cursor.execute(_THIN, {"span": span, "before": now - age})
            deleted += int(cursor.fetchone()[0])
    log.info("equity_thinned", deleted=deleted)
    return deleted


@dataclass(frozen=True)
class EquityHistory:
    """A stretch of an account's history."""

    resolution: Resolution
    since: datetime
    until: datetime
    points: list[tuple[EquitySnapshot, int]]
    """With the minutes of the bucket of which something is known."""
    gaps: list[Gap]


def equity_history(
    account: Account,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    resolution: Resolution | None = None,
) -> EquityHistory:
    """The last snapshot of each bucket, oldest first; nothing is filled in between.

    Raises DeskError VALIDATION_ERROR for a stretch that is none or has too many points.
    """
    now = timezone.now()
    end = min(until or now, now)
    begin = since or end - timedelta(days=1)
    if begin >= end:
        raise DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", {"since": ["must be before until"]})
    chosen = resolution or resolution_for(end - begin)
    if (end - begin) / chosen.span > MOST_POINTS:
        message = f"is too long for this resolution: at most {MOST_POINTS} points"
        raise DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", {"since": [message]})
    points = [(point, int(point.minutes)) for point in _points(account, begin, end, chosen)]
    spans = [_known(point, chosen) for point, _ in points]
    last_before = EquitySnapshot.objects.filter(account=account, at__lt=begin).order_by("-at").first()
    earlier = _known(last_before, chosen) if last_before else None
    return EquityHistory(chosen, begin, end, points, gaps(spans, since=begin, until=end, earlier=earlier))


def _known(point: EquitySnapshot, resolution: Resolution) -> Known:
    return point.at, max(resolution.span, timedelta(seconds=point.span_seconds))


def _points(account: Account, since: datetime, until: datetime, resolution: Resolution) -> Any:
    bucket = Func(
        Value(resolution.span),
        F("at"),
        Value(datetime(1970, 1, 1, tzinfo=UTC)),
        function="date_bin",
        output_field=DateTimeField(),
    )
    rows = EquitySnapshot.objects.filter(account=account, at__gte=since, at__lt=until).annotate(bucket=bucket)
    place = Window(RowNumber(), partition_by=[F("bucket")], order_by=F("at").desc())
    minutes = Window(Sum("known_minutes"), partition_by=[F("bucket")])
    return rows.annotate(place=place, minutes=minutes).filter(place=1).order_by("at")
