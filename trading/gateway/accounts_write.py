"""Writes what the gateway has collected of accounts, and tells the clients."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.domain import is_storable_amount, is_storable_price
from accounts.models import Account, Position
from accounts.services import (
    MARKET_FIGURES,
    PNL_FIGURES,
    ensure_account,
    forget_pnl_of_another_quantity,
    forget_untold_values,
    record_account_values,
    record_pnl,
    record_position,
    record_position_pnls,
)
from trading import publish
from trading.gateway.collected_figures import CollectedFigures, Key, PositionPnlFigures
from trading.gateway.contracts import instrument_from_message
from trading.gateway.ib_mapping import to_decimal
from trading.models import Fill

# IB repeats these with every tick of its clock; a change of them alone is no news for a client.
_CLOCK_TAGS = frozenset({"TimeStamp"})


@dataclass
class Noticed:
    """What the written figures ask for: details of instruments, a look at what somebody else has traded."""

    bare_con_ids: set[int] = field(default_factory=set)
    has_strange_position: bool = False
    moved: set[tuple[str, int]] = field(default_factory=set)


def write_figures(collected: CollectedFigures) -> Noticed:
    """Write in one transaction and tell the clients."""
    now = timezone.now()
    noticed = Noticed()
    with publish.recording():
        for code, values in collected.values.items():
            account = ensure_account(code)
            rows = [(tag, currency, text) for (tag, currency), text in values.items()]
            record_account_values(account=account, rows=rows, at=now)
            if {tag for tag, _ in values} - _CLOCK_TAGS:
                publish.account_changed(code)
        for code, told in collected.complete.items():
            if forget_untold_values(account_code=code, told=told | set(collected.values.get(code, ()))):
                publish.account_changed(code)
        for code, figures in collected.pnl.items():
            daily, unrealized, realized = (_amount(figure) for figure in figures)
            account = ensure_account(code)
            record_pnl(account=account, daily=daily, unrealized=unrealized, realized=realized, at=now)
            publish.account_changed(code)
        for (code, _), row in collected.positions.items():
            position, has_moved, has_changed = _write_position(ensure_account(code), row, now)
            if has_changed:
                publish.position_changed(position.pk)
            if has_moved:
                noticed.moved.add((code, position.instrument_id))
            if position.instrument.details_at is None:
                noticed.bare_con_ids.add(position.instrument_id)
            if has_moved and not _is_explained(position, now):
                noticed.has_strange_position = True
        for pk in _write_position_pnls(collected.position_pnl, now):
            publish.position_changed(pk)
    return noticed


def _is_explained(position: Position, now: datetime) -> bool:
    """Whether a fill of ours may have moved it; the two reports of one trade come close together."""
    recent = Fill.objects.filter(account_id=position.account_id, instrument_id=position.instrument_id)
    return recent.filter(recorded_at__gte=now - timedelta(seconds=10)).exists()


def _amount(value: float) -> Decimal | None:
    amount = to_decimal(value)
    return amount if amount is None or is_storable_amount(amount) else None


def _market_figure(name: str, value: float) -> Decimal | None:
    amount = to_decimal(value)
    fits = is_storable_price if name == "market_price" else is_storable_amount
    return amount if amount is None or fits(amount) else None


# what IB repeats in every complete answer; only a change of it is news
_SHOWN = ("quantity", "average_cost", "market_price", "market_value", "unrealized_pnl", "realized_pnl")


def _write_position(account: Account, row: dict[str, Any], now: datetime) -> tuple[Position, bool, bool]:
    """The row as it is now, whether its quantity has changed, and whether anything has."""
    contract = row["contract"]
    instrument = instrument_from_message(
        {
            "con_id": contract.conId,
            "symbol": contract.symbol,
            "sec_type": contract.secType,
            "currency": contract.currency,
            "multiplier": contract.multiplier,
            "local_symbol": contract.localSymbol,
            "trading_class": contract.tradingClass,
        }
    )
    market = {name: _market_figure(name, row[name]) for name in MARKET_FIGURES} if "market_price" in row else None
    quantity = to_decimal(row["quantity"]) or Decimal(0)
    before = Position.objects.filter(account=account, instrument=instrument).values_list(*_SHOWN).first()
    position = record_position(
        account=account,
        instrument=instrument,
        quantity=quantity,
        average_cost=to_decimal(row["average_cost"]) or Decimal(0),
        at=now,
        market=market,
    )
    after = tuple(getattr(position, name) for name in _SHOWN)
    return position, quantity != (before[0] if before else 0), before != after


def _write_position_pnls(told: dict[Key, PositionPnlFigures], now: datetime) -> list[int]:
    rows = {key: {name: _amount(getattr(figures, name)) for name in PNL_FIGURES} for key, figures in told.items()}
    return record_position_pnls(rows=rows, at=now) if rows else []


def close_missing_positions(account_codes: list[str], held: set[tuple[str, int]], asked_at: datetime) -> None:
    """After a complete answer: what IB does not list any more is not held any more.

    What has been written since the question may be newer than the answer; the next one tells.
    """
    now = timezone.now()
    with publish.recording():
        open_before = Position.objects.filter(account__in=account_codes, as_of__lt=asked_at).exclude(quantity=0)
        for position in open_before:
            if (position.account_id, position.instrument_id) not in held:
                position.quantity, position.market_value, position.unrealized_pnl, position.as_of = 0, None, None, now
                position.save(update_fields=["quantity", "market_value", "unrealized_pnl", "as_of"])
                forget_pnl_of_another_quantity(position)
                publish.position_changed(position.pk)
