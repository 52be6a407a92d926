"""Keeps one connection to IB: connect, bring everything in sync, say `ready`, watch, and build it anew."""

import asyncio
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.utils import timezone

from accounts.domain import is_paper_account
from config.shared.correlation import get_logger
from config.shared.text import time_text
from config.shared.waiting import end_tasks, happens_within
from market_data.models import Instrument
from market_data.selectors import is_details_stale
from market_data.services import upsert_instrument
from trading.domain.attempts import Attempts, Failure
from trading.domain.farms import CODES as FARM_CODES
from trading.domain.farms import CONNECTING, WELL, Farms
from trading.domain.fills import COMBINATION
from trading.domain.orders import OPEN
from trading.gateway import state, watchdog
from trading.gateway.accounts_feed import AccountsFeed
from trading.gateway.accounts_write import close_missing_positions, write_figures
from trading.gateway.contracts import details_json
from trading.gateway.database import in_database, in_database_at_last
from trading.gateway.ib_library import IbLibrary
from trading.gateway.ib_session import AnswerMissing, IbSession
from trading.gateway.ib_wrapper import IbWrapper, RequestRefused
from trading.gateway.inbox import Inbox
from trading.gateway.position_watch import PositionWatch
from trading.gateway.quotes import QuoteDesk
from trading.gateway.records import Snapshot
from trading.metrics import GATEWAY_RECONNECTS_TOTAL
from trading.models.gateway import GatewayStatus

log = get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
CALENDAR_EVERY = 0.25
ASK_AGAIN_EVERY = 60.0
ASK_AT_MOST_EVERY = 1.0
FIGURES_ASKED_EVERY = 1.0

LINK_LOST = frozenset({1100, 2110})
LINK_BACK = frozenset({1101, 1102})
FULL_PASS = 0
"""Among the codes of the link: compare everything again, for a reason of our own."""
# farms that are up, asleep or connecting: no trouble to show; broken ones are listed by name
NO_TROUBLE = frozenset(WELL) | CONNECTING


class ConnectionLost(Exception):
    """The connection ended or has to be given up; the text says why, for people."""

    def __init__(self, reason: str, failure: Failure = Failure.OTHER) -> None:
        super().__init__(reason)
        self.failure = failure


class ConnectionKeeper:
    """Exactly one attempt or one connection at a time, whatever happens (complaint 6: reconnect storms)."""

    def __init__(
        self,
        *,
        library: IbLibrary,
        accounts: AccountsFeed,
        quotes: QuoteDesk,
        inbox: Inbox,
        positions: PositionWatch,
        doubt_unanswered: Callable[[str], None],
    ) -> None:
        self._library = library
        self._doubt_unanswered = doubt_unanswered
        self._accounts = accounts
        self._quotes = quotes
        self._inbox = inbox
        self._positions = positions
        positions.ask_ib = self.ask_ib
        self.session: IbSession | None = None
        self.is_ready = False
        self._ended = asyncio.Event()
        self._end_reason = ""
        self._link_codes: asyncio.Queue[int] = asyncio.Queue()
        self._must_ask = asyncio.Event()
        self._bare_instruments: set[int] = set()
        self._is_link_down = False
        self._link_losses = 0
        self._was_connected = False
        self._latest_error: tuple[int, str] | None = None
        self._attempts = Attempts()
        self._failure = Failure.OTHER
        self._farms = Farms()
        self._has_farm_news = False
        self._synced_at = timezone.now()

    def take_farms(self) -> list[dict[str, str | None]] | None:
        """The broken data farms when that has changed, once."""
        if not self._has_farm_news:
            return None
        self._has_farm_news = False
        return [{"farm": farm.name, "kind": farm.kind.value, "since": time_text(at)} for farm, at in self._farms.down()]

    def take_error(self) -> tuple[int, str] | None:
        """IB's latest system message that is worth showing, once."""
        error, self._latest_error = self._latest_error, None
        return error

    def ask_ib(self) -> None:
        """Something does not fit: compare with IB's own lists soon."""
        self._must_ask.set()

    def describe_later(self, con_ids: set[int]) -> None:
        """Fetch the details of instruments that only a message has named so far."""
        if con_ids:
            self._bare_instruments |= con_ids
            self._must_ask.set()

    def drop(self, reason: str) -> None:
        """Give the connection up; it is built anew."""
        self._end(reason)

    def _end(self, reason: str) -> None:
        if not self._ended.is_set():
            self._end_reason = reason
            self.is_ready = False
            self._ended.set()

    def _system_message(self, code: int, text: str) -> None:
        if code not in NO_TROUBLE:
            self._latest_error = (code, text)
        if code in FARM_CODES and self._farms.hear(code, text, datetime.now(UTC)):
            self._farms_changed()
        if code in LINK_LOST:
            self.is_ready, self._is_link_down = False, True
            self._link_losses += 1
            self._quotes.doubt(f"IB Gateway has lost its connection to IB ({code})")
        if code in LINK_BACK:
            self._is_link_down = False
        if code in LINK_LOST | LINK_BACK:
            self._link_codes.put_nowait(code)
        elif code == 326:
            client_id = settings.IB_CLIENT_ID
            self._end(f"IB refuses the connection: the client id is in use (326); waiting until id {client_id} is free")
        elif code == 321 and "read-only" in text.lower():
            self._end("The API of IB Gateway is read-only (321): switch Read-Only API off in its settings")
        elif code in (1300, 503, 505, 506, 507, 508):
            self._end(f"IB ended the connection ({code}): {text}")

    def _farms_changed(self) -> None:
        self._has_farm_news = True
        self._quotes.farms_down([farm.name for farm in self._farms.quotes_down()])

    async def follow_calendar(self) -> None:
        """Say when a planned interruption begins and ends; after it everything is compared before orders may go."""
        seen = settings.IB_PLAN.current(timezone.now())
        while True:
            await asyncio.sleep(CALENDAR_EVERY)
            now = timezone.now()
            window, over_since = settings.IB_PLAN.current(now), settings.IB_PLAN.last_end(now)
            if window != seen:
                await in_database_at_last(state.announce)
                log.info("gateway_planned_window", window=window.name if window else "", was=seen.name if seen else "")
                seen = window
            if window is None and over_since is not None and self.is_ready and self._synced_at < over_since:
                self.is_ready = False
                self._link_codes.put_nowait(FULL_PASS)

    # the life of a connection

    async def run(self) -> None:
        """Connect, serve, connect again, until cancelled."""
        pause, is_first_try = FIRST_PAUSE, True
        while True:
            started = time.monotonic()
            reason = await self._one_connection(is_first_try=is_first_try)
            is_first_try = self._was_connected
            if self._was_connected:
                GATEWAY_RECONNECTS_TOTAL.labels(reason=_metric_reason(reason)).inc()
                await in_database_at_last(state.count_reconnect)
            await self._say_why(reason, started)
            await in_database_at_last(self._doubt_unanswered, f"{reason}, before IB had answered")
            if time.monotonic() - started > 30 and self._was_connected:
                pause = FIRST_PAUSE
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 (spread, not secrecy)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _say_why(self, reason: str, started: float) -> None:
        """`disconnected`, or `waiting_for_login` when the attempts together look like it."""
        window = settings.IB_PLAN.current(timezone.now())
        self._attempts.failed(self._failure, began=started, now=time.monotonic())
        status = GatewayStatus.DISCONNECTED
        is_login = window is not None and window.is_login
        if self._attempts.need_login(in_login_window=is_login, in_other_window=window is not None and not is_login):
            status = GatewayStatus.WAITING_FOR_LOGIN
            reason = f"IB Gateway is probably waiting for a login or its second factor. {reason}"
        await in_database_at_last(state.change, status, reason, connected_at=None)

    async def _one_connection(self, *, is_first_try: bool) -> str:
        """Returns why it ended. Further tries leave the state as it is, with what went wrong."""
        self._ended, self._end_reason, self._link_codes = asyncio.Event(), "", asyncio.Queue()
        self._is_link_down = self._was_connected = False
        self._failure = Failure.OTHER
        wrapper = IbWrapper(
            accounts=self._accounts, quotes=self._quotes, on_system=self._system_message, on_record=self._inbox.news
        )
        session = IbSession(self._library, wrapper, on_end=self._end)
        try:
            if is_first_try:
                where = f"{settings.IB_HOST}:{settings.IB_PORT}"
                await in_database_at_last(state.change, GatewayStatus.CONNECTING, f"Connecting to {where}")
            await self._connect(session)
            self.session, self._was_connected = session, True
            self._inbox.open(session)
            await self._serve(session)
        except ConnectionLost as error:
            self._failure = error.failure
            return str(error)
        except ConnectionError as error:
            return self._end_reason or str(error) or "The connection to IB was lost"
        finally:
            self.is_ready = False
            self._quotes.detach()
            self._accounts.forget_connection()
            if self._farms.forget():
                self._farms_changed()
            session.disconnect()
            await self._inbox.close()
            self.session = None
        return "The connection to IB ended"

    async def _connect(self, session: IbSession) -> None:
        """Shake hands. Raises ConnectionLost with what kind of failure it was."""
        connecting = asyncio.ensure_future(session.connect(settings.IB_HOST, settings.IB_PORT, settings.IB_CLIENT_ID))
        ended = asyncio.ensure_future(self._ended.wait())
        silent = asyncio.ensure_future(watchdog.handshake_is_silent(session))
        try:
            await asyncio.wait({connecting, ended, silent}, return_when=asyncio.FIRST_COMPLETED)
            if not connecting.done():
                raise self._failed_handshake(session)
            try:
                await connecting
            except TimeoutError:
                raise self._failed_handshake(session) from None
            except OSError as error:
                where = f"{settings.IB_HOST}:{settings.IB_PORT}"
                reason = f"Nothing answers at {where} ({error.strerror or error})"
                raise ConnectionLost(reason, Failure.REFUSED) from None
        finally:
            await end_tasks((connecting, ended, silent))
            await asyncio.gather(connecting, ended, silent, return_exceptions=True)

    def _failed_handshake(self, session: IbSession) -> ConnectionLost:
        if self._ended.is_set():
            # whoever is told why (326) was answered
            was_answered = session.wrapper.has_heard or "closed" not in self._end_reason
            return ConnectionLost(self._end_reason, Failure.OTHER if was_answered else Failure.CLOSED)
        if session.wrapper.has_heard:
            reason = "IB did not finish the handshake: it gave neither accounts nor the next order id"
            return ConnectionLost(reason, Failure.NO_IDS)
        if not session.is_socket_open:
            where = f"{settings.IB_HOST}:{settings.IB_PORT}"
            return ConnectionLost(f"Nothing answers at {where} (no connection in time)", Failure.REFUSED)
        return ConnectionLost("IB accepted the socket but did not answer the handshake", Failure.SILENT)

    # in sync

    async def _synchronise(self, session: IbSession) -> None:
        """Fetch everything, let the differences become events, and only then say ready."""
        self.is_ready = False
        accounts = session.accounts
        facts: dict[str, Any] = {
            "connected_at": timezone.now(),
            "server_version": session.server_version,
            "accounts": accounts,
            "session": session.id,
        }
        await in_database_at_last(state.change, GatewayStatus.SYNCING, "Comparing with IB's own lists", **facts)
        _require_the_right_kind_of_account(accounts)
        self._accounts.forget_position_streams()
        for account in accounts:
            await self._download_values(session, account)
            self._accounts.watch_pnl(await session.stream_pnl(account), account)
        await self._compare(session)
        await self._write_accounts_at_last()
        await self._describe_instruments(session)
        if self._ended.is_set():
            raise ConnectionLost(self._end_reason)
        if self._is_link_down:
            return  # lost again meanwhile; the next 1101 or 1102 starts over
        if not self._accounts.account_ready:
            raise ConnectionLost("IB says that the account is not ready (its server is being reset)")
        self.is_ready, self._synced_at = True, timezone.now()
        await in_database_at_last(state.change, GatewayStatus.READY, "", synced_at=self._synced_at)
        self._quotes.attach(session)
        self._inbox.ready.set()

    async def _download_values(self, session: IbSession, account: str) -> None:
        """All values of an account, and the stream of their changes."""
        losses = self._link_losses
        self._accounts.download_begins(account)
        await session.account_values(account, is_only_one=len(session.accounts) == 1)
        if not self._is_link_down and losses == self._link_losses:  # otherwise told from memory, which proves nothing
            self._accounts.download_ended(account)

    async def _compare(self, session: IbSession) -> None:
        """Open orders, completed orders, executions, positions, each in full; then what they say together.

        In this order an order that ends meanwhile is in a later answer, and somebody else's order is known with its
        terms before its executions come.
        """
        asked_at, losses = datetime.now(UTC), self._link_losses
        open_orders = await session.open_orders()
        ends = {"open_orders": (datetime.now(UTC), len(open_orders))}
        completed_orders = await session.completed_orders()
        ends["completed_orders"] = (datetime.now(UTC), len(completed_orders))
        executions = await session.executions()
        ends["executions"] = (datetime.now(UTC), len(executions))
        positions_asked_at = datetime.now(UTC)
        positions = await session.positions()
        if self._is_link_down or self._link_losses != losses:
            return  # without its link IB Gateway answers from memory, which proves nothing, also if it is back by now
        self._inbox.add(
            Snapshot(
                asked_at=asked_at, open_orders=_keys(open_orders), completed_orders=_keys(completed_orders), ends=ends
            )
        )
        await self._inbox.written()
        await self._write_accounts_at_last()
        held = {(row["account"], row["con_id"]) for row in positions if row["quantity"]}
        await in_database_at_last(close_missing_positions, session.accounts, held, positions_asked_at)
        await self._positions.answered(
            accounts=session.accounts, positions=positions, asked_at=asked_at, session=session.id
        )

    async def _describe_instruments(self, session: IbSession) -> None:
        bare, self._bare_instruments = self._bare_instruments, set()
        for con_id in await in_database_at_last(_instruments_to_describe, bare):
            try:
                rows = await session.contract_details(self._library.Contract(conId=con_id, exchange="SMART"))
            except RequestRefused:
                log.warning("instrument_unknown_to_ib", con_id=con_id)
                continue
            if rows:
                await in_database_at_last(upsert_instrument, details_json(rows[0]))

    async def _write_accounts_at_last(self) -> None:
        while True:
            try:
                return await self.write_accounts(everything=True)
            except (OperationalError, InterfaceError):
                await asyncio.sleep(0.5)

    async def write_accounts(self, *, everything: bool = False) -> None:
        """Write what the accounts feed has collected; nothing of it is lost while the database is away."""
        collected = self._accounts.take(everything=everything)
        if not collected:
            return
        try:
            noticed = await in_database(write_figures, collected)
        except Exception:
            self._accounts.give_back(collected)
            raise
        self._accounts.written()
        self.describe_later(noticed.bare_con_ids)
        self._positions.touch(noticed.moved)
        if noticed.has_strange_position and self.is_ready:
            self.ask_ib()  # somebody else has traded

    # in service

    async def _serve(self, session: IbSession) -> None:
        """From the handshake until the connection ends: watch it, come in sync, follow the link, compare when asked."""
        self._link_codes.put_nowait(FULL_PASS)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(watchdog.watch(session, give_up=self._end)),
                group.create_task(self._follow_link(session)),
                group.create_task(self._compare_when_asked(session)),
                group.create_task(self._follow_figures(session)),
            ]
            await self._ended.wait()
            await end_tasks(tasks)  # a part that does not end would keep the connection from being built anew
        raise ConnectionLost(self._end_reason)

    async def _follow_link(self, session: IbSession) -> None:
        """1100 and 2110: nothing may be sent. 1101 and 1102: everything is fetched again before anything may."""
        while True:
            code = await self._link_codes.get()
            if code in LINK_LOST:
                self.is_ready = False
                reason = f"IB Gateway has lost its connection to IB ({code})"
                await in_database_at_last(state.change, GatewayStatus.DEGRADED, reason)
            elif self._link_codes.empty() and not self._is_link_down:  # they come in bursts; the last word counts
                try:
                    await self._synchronise(session)
                except (AnswerMissing, RequestRefused) as error:
                    self._end(f"Could not come in sync with IB: {error}")
                except (ConnectionError, ConnectionLost) as error:
                    self._end(str(error) or "The connection to IB was lost")

    async def _compare_when_asked(self, session: IbSession) -> None:
        """When something did not fit, and once a minute anyway: orders placed elsewhere do not announce themselves."""
        while True:
            await happens_within(self._must_ask, ASK_AGAIN_EVERY)
            if self.is_ready:  # what was asked for while in sync waits until then
                self._must_ask.clear()
                await self._or_give_up(self._compare(session))
                await self._or_give_up(self._describe_instruments(session))
            await asyncio.sleep(ASK_AT_MOST_EVERY)

    async def _follow_figures(self, session: IbSession) -> None:
        """Stream the P&L of each position that is held, and ask again for values of which IB has fallen silent."""
        while True:
            await asyncio.sleep(FIGURES_ASKED_EVERY)
            if not self.is_ready:
                continue
            try:
                for key in self._accounts.closed(session.position_streams):
                    await session.end_position_pnl(*key)
                    self._accounts.forget_position_stream(key)
                for account, con_id in self._accounts.positions_without_pnl():
                    req_id = await session.stream_position_pnl(account, con_id)
                    self._accounts.watch_position_pnl(req_id, (account, con_id))
            except ConnectionError:
                continue  # the connection's end is somebody else's to say
            for account in self._accounts.quiet_accounts():
                await self._or_give_up(self._download_values(session, account))

    async def _or_give_up(self, work: Any) -> None:
        """A query that IB does not finish while in service is a reason to build the connection anew."""
        try:
            await work
        except (AnswerMissing, RequestRefused, ConnectionError, ConnectionLost) as error:
            self._end(str(error) or "The connection to IB was lost")


def _keys(rows: list[dict[str, Any]]) -> frozenset[tuple[int, str]]:
    return frozenset((int(row["perm_id"] or 0), str(row["order_ref"] or "")) for row in rows)


def _instruments_to_describe(bare: set[int]) -> list[int]:
    """Instruments in use whose details are missing or old."""
    open_orders = Q(orders__status__in=[status.value for status in OPEN])
    in_use = Instrument.objects.filter(open_orders | Q(positions__isnull=False) | Q(pk__in=bare)).distinct()
    in_use = in_use.exclude(sec_type=COMBINATION)  # IB describes its legs only
    return [instrument.con_id for instrument in in_use if is_details_stale(instrument)]


def _require_the_right_kind_of_account(accounts: list[str]) -> None:
    """Paper trading happens in paper accounts only (design §5); `live` is allowed by the settings or not at all."""
    if settings.IB_TRADING_MODE == "paper" and (live := [a for a in accounts if not is_paper_account(a)]):
        raise ConnectionLost(
            f"Account {', '.join(live)} is not a paper account and IB_TRADING_MODE is paper: the desk will not trade it"
        )


_METRIC_REASONS = (
    ("client id", "client_id_in_use"),
    ("silent", "silent"),
    ("handshake", "handshake"),
    ("Nothing answers", "refused"),
    ("in sync", "sync_failed"),
    ("not a paper account", "wrong_account"),
    ("read-only", "read_only"),
    ("asked", "requested"),
)


def _metric_reason(reason: str) -> str:
    return next((label for part, label in _METRIC_REASONS if part in reason), "closed")
