"""Accounts' values, P&L and positions: collected as IB streams them, to be written a few times a second."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from accounts.services import confirm_streams
from trading.gateway.collected_figures import CollectedFigures, Download, Key, Kind, PositionPnlFigures

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
    """Receives IB's callbacks; `take` gives what has changed and is to be written."""

    def __init__(self) -> None:
        self._collected = CollectedFigures()
        self._known: dict[tuple[str, str, str], str] = {}
        self._downloads: dict[str, Download] = {}
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
        asked = {key for key in self._position_requests.values() if self._held.get(key)}
        room = MOST_POSITION_STREAMS - len(asked)
        return [key for key, quantity in self._held.items() if quantity and key not in asked][: max(room, 0)]

    def closed(self, streams: Iterable[Key]) -> list[Key]:
        """Streams of positions that are not held any more; IB gives only so many at a time."""
        return [key for key in streams if not self._held.get(key)]

    def forget_position_stream(self, key: Key) -> None:
        """It was given up; held again, the position gets a new one."""
        self._position_requests = {number: name for number, name in self._position_requests.items() if name != key}
        self._position_pnl_heard.discard(key)

    def download_begins(self, account: str) -> None:
        """All values of an account were asked for."""
        self._downloads[account] = Download()

    def download_ended(self, account: str) -> None:
        """Their end marker came: what IB has not named is gone."""
        if account in self._downloads:
            self._downloads[account].ended_at = time.monotonic()
            self.has_news.set()

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
        self._downloads.clear()

    # callbacks

    def account_value(self, account: str, tag: str, value: str, currency: str) -> None:
        self._values_heard[account] = time.monotonic()
        if tag == "AccountReady":
            self.account_ready = value.lower() != "false"
        if account in self._downloads:
            self._downloads[account].heard.add((tag, currency))
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
            collected.complete |= self._take_complete(now)
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

    def _take_complete(self, now: float) -> dict[str, frozenset[tuple[str, str]]]:
        """Accounts whose download has settled. What was not named would be news if IB named it again."""
        settled = {account: download for account, download in self._downloads.items() if download.is_settled(now)}
        for account in settled:
            del self._downloads[account]
        whole = {account: frozenset(told.heard) for account, told in settled.items() if told.is_whole}
        if not self.account_ready:  # its server is being reset
            return {}
        for account, tag, currency in list(self._known):
            if account in whole and (tag, currency) not in whole[account]:
                del self._known[account, tag, currency]
        return whole

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
        """Whether values or P&L are kept back, or a complete download is about to settle."""
        settling = any(download.ended_at is not None for download in self._downloads.values())
        return bool(settling or self._collected.values or self._collected.pnl or self._collected.position_pnl)

    def written(self) -> None:
        """What was taken is in the database."""
        self._has_write_failed, self._taken_since = False, None

    def give_back(self, collected: CollectedFigures) -> None:
        """The write failed: keep what nothing newer has replaced."""
        self._has_write_failed, self._taken_since = True, None
        self._collected.take_back(collected, self._held)
        self.has_news.set()
