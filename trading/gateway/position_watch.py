"""Compares positions with the ledger at all times: after every change of either, and after each complete answer."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from config.shared.correlation import get_logger
from config.shared.text import decimal_text, time_text
from config.shared.waiting import happens_within
from trading import publish
from trading.domain.position_check import Key, Openings, Suspicion
from trading.gateway.contracts import instrument_from_message
from trading.gateway.database import in_database, in_database_at_last
from trading.gateway.ib_mapping import to_decimal
from trading.services.positions import accounts_without_ledger, check_positions, net_of_fills, open_ledger

log = get_logger(__name__)

# The two reports of one trade usually come together; both are in the database before the look.
TOGETHER = 0.25
LOOK_AGAIN_EVERY = 1.0


class PositionWatch:
    """Remembers what does not agree yet, and asks IB before it calls a person."""

    def __init__(self) -> None:
        self.ask_ib: Callable[[], None] = lambda: None
        self._accounts: list[str] = []
        self._touched: set[Key] = set()
        self._news = asyncio.Event()
        self._suspicions: dict[Key, Suspicion] = {}
        self._openings = Openings()
        self._answered: datetime | None = None
        self._must_ask = False

    def touch(self, keys: Iterable[Key]) -> None:
        """A fill or a position of these has changed."""
        self._touched |= set(keys)
        if self._touched:
            self._news.set()

    async def run(self) -> None:
        """Look at what has changed, and at what does not agree yet, until cancelled."""
        while True:
            await happens_within(self._news, LOOK_AGAIN_EVERY)
            if self._news.is_set():
                await asyncio.sleep(TOGETHER)
            self._news.clear()
            moving = {key for key, suspicion in self._suspicions.items() if not suspicion.stands}
            keys, self._touched = self._touched | moving, set()
            if not keys or not self._accounts:
                continue
            try:
                await in_database(self._check, keys)
                self._ask_if_due()
            except (DatabaseError, InterfaceError):
                self._touched |= keys
                log.warning("positions_database_away")

    async def answered(
        self, *, accounts: list[str], positions: list[dict[str, Any]], asked_at: datetime, session: str
    ) -> None:
        """IB has answered about executions and positions in full, and both are written."""
        self._accounts, self._answered = accounts, asked_at
        for account in await in_database_at_last(accounts_without_ledger, accounts):
            rows = [row for row in positions if row["account"] == account and row["quantity"]]
            if not await in_database_at_last(self._open, account, rows, asked_at, session):
                self.ask_ib()  # believed once a second answer says the same
        await in_database_at_last(self._check, None)
        self._ask_if_due()

    def _open(self, account: str, rows: list[dict[str, Any]], asked_at: datetime, session: str) -> bool:
        """Database thread; returns whether the ledger of the account has begun."""
        fills = {con_id: net for (_, con_id), net in net_of_fills(accounts=[account]).items()}
        ib: Mapping[int, Decimal] = {row["con_id"]: to_decimal(row["quantity"]) or Decimal(0) for row in rows}
        openings = self._openings.learn(account, ib, fills)
        if openings is None:
            return False
        evidence = {
            "session": session,
            "asked_at": time_text(asked_at),
            "ib": {str(con_id): decimal_text(quantity) for con_id, quantity in ib.items()},
            "fills": {str(con_id): decimal_text(quantity) for con_id, quantity in fills.items() if quantity},
        }
        with publish.recording():
            for row in rows:
                instrument_from_message(row)
            open_ledger(account=account, openings=openings, asked_at=asked_at, evidence=evidence)
        return True

    def _check(self, keys: set[Key] | None) -> None:
        """Database thread."""
        checked = check_positions(
            accounts=self._accounts,
            keys=keys,
            suspicions=self._suspicions,
            now=timezone.now(),
            answered=self._answered,
        )
        others = {} if keys is None else {key: old for key, old in self._suspicions.items() if key not in keys}
        self._suspicions = others | checked.suspicions
        self._must_ask |= checked.must_ask_ib

    def _ask_if_due(self) -> None:
        if self._must_ask:
            self._must_ask = False
            self.ask_ib()
