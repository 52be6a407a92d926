"""Accounts' values, P&L and positions: collected as IB streams them, written a few times a second."""

import asyncio
import time
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
    confirm_streams,
    ensure_account,
    forget_pnl_of_another_quantity,
    record_account_values,
    record_pnl,
    record_position,
    record_position_pnls,
)
from trading import publish
from trading.gateway.collected_figures import CollectedFigures, Key, Kind, PositionPnlFigures
from trading.gateway.contracts import instrument_from_message
from trading.gateway.ib_mapping import to_decimal
from trading.models import Fill

# IB repeats these with every tick of its clock; a change of them alone is no news for a client.
_CLOCK_TAGS = frozenset({"TimeStamp"})
# Dozens of figures move with every tick of a market; positions are written at once.
FIGURES_EVERY = 2.0
# Every position's P&L moves once a second: that many of them are written and told in a second at most.
POSITION_PNLS_A_SECOND = 10
# IB repeats values every three minutes at the latest (field guide §6.1); whoever was silent for longer is asked again.
QUIET_AFTER, DEAF_AFTER = 185.0, 260.0
MOST_POSITION_STREAMS = 300

# Confirming says that what was written last still stands: not while something newer is due for longer than this.
LONGEST_UNWRITTEN = 10.0


class AccountsFeed:
    """Receives IB's callbacks; `write` puts what has changed into the database."""

    def __init__(self) -> None:
        self._collected = CollectedFigures()
        self._known: dict[tuple[str, str, str], str] = {}
        self._pnl_requests: dict[int, str] = {}
        self._position_requests: dict[int, Key] = {}
        self._held: dict[Key, float] = {}
        self._values_heard: dict[str, float] = {}
        self._pnl_heard: set[str] = set()
        self._position_pnl_heard: set[Key] = set()
        self.has_news = asyncio.Event()
        self.account_ready = True
        self._figures_at = 0.0
        self._position_pnl_at = 0.0
        self._has_write_failed = False
        self._taken_since: float | None = None

    def watch_pnl(self, req_id: int, account: str) -> None:
        """Remember whose P&L a request streams, in place of an earlier one that may be silent since the link broke."""
        self._pnl_requests = {number: name for number, name in self._pnl_requests.items() if name != account}
        self._pnl_requests[req_id] = account
        self._pnl_heard.discard(account)

    def forget_position_streams(self) -> None:
        """They are to be asked for again."""
        self._position_requests.clear()
        self._position_pnl_heard.clear()

    def watch_position_pnl(self, req_id: int, key: Key) -> None:
        """Remember which position's P&L a request streams."""
        self._position_requests[req_id] = key

    def positions_without_pnl(self) -> list[Key]:
        """What is held and whose P&L nobody has asked for over this connection."""
        asked = set(self._position_requests.values())
        room = MOST_POSITION_STREAMS - len(asked)
        return [key for key, quantity in self._held.items() if quantity and key not in asked][: max(room, 0)]

    def quiet_accounts(self) -> list[str]:
        """Accounts of whose values IB has not said a word for longer than it ever should."""
        now = time.monotonic()
        return [account for account, heard in self._values_heard.items() if now - heard > QUIET_AFTER]

    def forget_connection(self) -> None:
        """Requests end with their connection; figures stay."""
        self._pnl_requests.clear()
        self.forget_position_streams()
        self._held.clear()
        self._values_heard.clear()
        self._pnl_heard.clear()
        self._known.clear()

    # callbacks

    def account_value(self, account: str, tag: str, value: str, currency: str) -> None:
        self._values_heard[account] = time.monotonic()
        if tag == "AccountReady":
            self.account_ready = value.lower() != "false"
        if self._known.get((account, tag, currency)) == value:
            return
        self._known[account, tag, currency] = value
        self._collected.values[account][tag, currency] = value
        self._note("values")

    def account_time(self) -> None:
        """IB has said everything of the one account it streams; it names only the time."""
        if len(self._values_heard) == 1:
            self._values_heard = dict.fromkeys(self._values_heard, time.monotonic())

    def portfolio(self, account: str, contract: Any, figures: dict[str, float]) -> None:
        key = (account, contract.conId)
        self._hold(key, figures["quantity"])
        self._collected.positions[key].update({"contract": contract, **figures})
        self._note("positions")

    def position(self, account: str, contract: Any, quantity: float, average_cost: float) -> None:
        key = (account, contract.conId)
        self._hold(key, quantity)
        row = {"contract": contract, "quantity": quantity, "average_cost": average_cost}
        waiting = self._collected.positions[key]
        if waiting.get("quantity") != quantity:
            waiting.clear()  # what another quantity was worth
        waiting.update(row)
        self._note("positions")

    def pnl(self, req_id: int, daily: float, unrealized: float, realized: float) -> None:
        account = self._pnl_requests.get(req_id)
        if account is not None:
            self._pnl_heard.add(account)
            self._collected.pnl[account] = (daily, unrealized, realized)
            self._note("pnl")

    def position_pnl(self, req_id: int, daily: float, unrealized: float, realized: float, value: float) -> None:
        key = self._position_requests.get(req_id)
        if key is not None:
            self._position_pnl_heard.add(key)
            held = self._held.get(key)
            self._collected.position_pnl[key] = PositionPnlFigures(daily, unrealized, realized, value, held)
            self._note("position_pnl")

    def _hold(self, key: Key, quantity: float) -> None:
        """With another quantity its P&L is not known until IB says the next one."""
        if self._held.get(key) != quantity:
            self._position_pnl_heard.discard(key)
            self._collected.position_pnl.pop(key, None)
        self._held[key] = quantity

    def _note(self, kind: Kind) -> None:
        self._collected.note(kind)
        self.has_news.set()

    # database thread

    def take(self, *, everything: bool = False) -> CollectedFigures:
        """What is to be written now; collecting starts anew. Call it on the event loop.

        Values and P&L wait for their turn, unless `everything` is wanted.
        """
        collected, self._collected = self._collected, CollectedFigures()
        self.has_news.clear()
        now = time.monotonic()
        if everything or now >= self._figures_at:
            self._figures_at = now + FIGURES_EVERY
        else:
            collected.hand_over("values", self._collected)
            collected.hand_over("pnl", self._collected)
        if everything or now >= self._position_pnl_at:
            self._position_pnl_at = now + max(FIGURES_EVERY, len(collected.position_pnl) / POSITION_PNLS_A_SECOND)
        else:
            collected.hand_over("position_pnl", self._collected)
        if collected and self._taken_since is None:
            self._taken_since = now
        return collected

    def confirmable(self) -> tuple[list[str], list[str], list[Key]]:
        """Whose values and P&L, and which positions' P&L, IB streams over this connection: it spoke of them.

        None while IB has said something newer that could not be written: what was written last does not stand then.
        """
        now = time.monotonic()
        if self._is_something_unwritten(now):
            return [], [], []
        values = [account for account, heard in self._values_heard.items() if now - heard <= DEAF_AFTER]
        return values, sorted(self._pnl_heard), sorted(self._position_pnl_heard)

    def _is_something_unwritten(self, now: float) -> bool:
        """Whether a write failed, or took or is overdue for longer than writing ever should."""
        turns: dict[Kind, float] = {
            "values": self._figures_at,
            "positions": 0.0,
            "pnl": self._figures_at,
            "position_pnl": self._position_pnl_at,
        }
        waits = {kind: self._collected.waits_since(kind) for kind in turns}
        due = [max(since, turns[kind]) for kind, since in waits.items() if since is not None]
        if self._taken_since is not None:
            due.append(self._taken_since)
        return self._has_write_failed or any(now - at > LONGEST_UNWRITTEN for at in due)

    @staticmethod
    def confirm(values: list[str], pnl: list[str], positions: list[Key]) -> None:
        """Write that these streams are up."""
        confirm_streams(values=values, pnl=pnl, positions=positions, at=timezone.now())

    @property
    def figures_wait(self) -> bool:
        """Whether values or P&L are kept back."""
        return bool(self._collected.values or self._collected.pnl or self._collected.position_pnl)

    def written(self) -> None:
        """What was taken is in the database."""
        self._has_write_failed, self._taken_since = False, None

    def give_back(self, collected: CollectedFigures) -> None:
        """The write failed: keep what nothing newer has replaced."""
        self._has_write_failed, self._taken_since = True, None
        self._collected.take_back(collected, self._held)
        self.has_news.set()

    @staticmethod
    def write(collected: CollectedFigures) -> "Noticed":
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


@dataclass
class Noticed:
    """What the written figures ask for: details of instruments, a look at what somebody else has traded."""

    bare_con_ids: set[int] = field(default_factory=set)
    has_strange_position: bool = False
    moved: set[tuple[str, int]] = field(default_factory=set)


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
