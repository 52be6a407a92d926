"""The gateway process: one event loop in which everything between IB and the database happens."""

import asyncio
import contextlib
import signal
import time
import uuid
from collections.abc import Coroutine
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction

from config.shared.clock import boot_seconds
from config.shared.correlation import correlated, get_logger
from config.shared.redis import async_redis_client
from config.shared.waiting import end_tasks, happens_within
from trading.gateway import kill_switch, state
from trading.gateway.accounts_feed import AccountsFeed
from trading.gateway.clock_watch import ClockWatch
from trading.gateway.commands import LATE, CommandDesk, Sending, reserve_order_id
from trading.gateway.connection import ConnectionKeeper
from trading.gateway.database import in_database, in_database_at_last, notifications
from trading.gateway.ib_library import load_ib_library
from trading.gateway.ib_session import AnswerMissing, IbSession
from trading.gateway.ib_wrapper import RequestRefused
from trading.gateway.inbox import Inbox
from trading.gateway.lease import Lease
from trading.gateway.position_watch import PositionWatch
from trading.gateway.queries import QueryDesk
from trading.gateway.quotes import QuoteDesk
from trading.models.gateway import CommandKind
from trading.services.incident_watch import OrderWatch
from trading.services.kill_switch_work import carry_on
from trading.services.orders import NOTIFY_CHANNEL

log = get_logger(__name__)

SWEEP_EVERY = 1.0
BEAT_EVERY = 1.0
IB_TIME_EVERY = 60.0
ACCOUNTS_EVERY = 0.25
CONFIRM_EVERY = 5.0
INCIDENTS_EVERY = 2.0
KILL_SWITCH_EVERY = 0.1
LONGEST_KILL_SWITCH_PAUSE = 2.0
CLEARANCES_AT_MOST = 3
LAST_WORDS = 5.0
LONGEST_PAUSE_OF_QUESTIONS = 30.0


class Gateway:
    """Wires the parts together and runs them until asked to stop."""

    def __init__(self) -> None:
        self._library = load_ib_library()
        self._redis = async_redis_client()
        self._accounts = AccountsFeed()
        self._quotes = QuoteDesk(self._redis)
        self._inbox = Inbox(client_id=settings.IB_CLIENT_ID)
        self._lease = Lease()
        self._commands = CommandDesk(
            library=self._library, client_id=settings.IB_CLIENT_ID, lease_epoch=lambda: self._lease.epoch
        )
        self._positions = PositionWatch()
        self._keeper = ConnectionKeeper(
            library=self._library,
            accounts=self._accounts,
            quotes=self._quotes,
            inbox=self._inbox,
            positions=self._positions,
            doubt_unanswered=self._commands.doubt_unanswered,
        )
        self._queries = QueryDesk(self._redis, session=lambda: self._keeper.session, take_order_id=self._take_order_id)
        self._clocks = ClockWatch()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Until SIGTERM or SIGINT, or until a part fails: then the process ends and its supervisor starts it anew."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        if not await self._is_our_turn():
            await self._lease.release()
            return
        await in_database_at_last(
            state.start,
            library=f"{self._library.name} {self._library.version}",
            client_id=settings.IB_CLIENT_ID,
            epoch=self._lease.epoch,
        )
        await in_database_at_last(self._commands.doubt_unanswered, "The gateway process ended before IB had answered")
        parts: dict[str, Coroutine[Any, Any, None]] = {
            "lease": self._lease.keep(),
            "inbox": self._inbox.run(),
            "findings": self._follow_findings(),
            "listener": self._listen(),
            "commands": self._pump(),
            "watch": self._watch_answers(),
            "incidents": self._watch_orders(),
            "kill_switch": self._carry_out_kill_switch(),
            "accounts": self._write_accounts(),
            "figures": self._confirm_accounts(),
            "positions": self._positions.run(),
            "heartbeat": self._beat(),
            "clock": self._ask_ib_the_time(),
            "quotes": self._quotes.run(),
            "queries": self._queries.run(),
            "calendar": self._keeper.follow_calendar(),
            "connection": self._keeper.run(),
        }
        tasks = {asyncio.create_task(part, name=name) for name, part in parts.items()}
        stopping = asyncio.create_task(self._stopping.wait(), name="stop")
        done, _ = await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await self._end(tasks, stopping)
        for task in done - {stopping}:
            log.critical("gateway_part_ended", part=task.get_name())
            task.result()
            raise RuntimeError(f"{task.get_name()} ended by itself")

    async def _is_our_turn(self) -> bool:
        """Stand by until no other gateway is active; False when asked to stop meanwhile."""
        taking = asyncio.create_task(self._lease.take())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({taking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (taking, stopping):
            task.cancel()
        await asyncio.gather(taking, stopping, return_exceptions=True)
        return self._lease.is_held

    async def _end(self, tasks: set["asyncio.Task[None]"], stopping: "asyncio.Task[bool]") -> None:
        """Stop taking commands, let IB's last words in, write them down, close."""
        self._keeper.is_ready = False
        connection = next(task for task in tasks if task.get_name() == "connection")
        await _cancel({*(tasks - {connection}), stopping})
        try:
            async with asyncio.timeout(LAST_WORDS):
                if self._keeper.session is not None:
                    await asyncio.sleep(0.3)  # what IB is saying just now (field guide §8.2, shutdown)
                await _cancel({connection})
                await in_database(self._commands.take_back_all, "The gateway was stopped before it was sent")
                await in_database(state.stop, "The gateway process was stopped")
        except (TimeoutError, DatabaseError, InterfaceError):
            log.warning("gateway_stopped_without_last_words", exc_info=True)
        await self._lease.release()
        await self._redis.aclose()

    # commands

    async def _listen(self) -> None:
        async for _ in notifications(NOTIFY_CHANNEL):
            self._wake.set()

    @property
    def _may_send(self) -> bool:
        return self._keeper.is_ready and self._lease.is_held

    async def _pump(self) -> None:
        """Send what is queued: at once when notified, and once a second in case a notification was lost."""
        while True:
            await happens_within(self._wake, SWEEP_EVERY)
            self._wake.clear()
            try:
                while await self._send_some():
                    pass
            except (DatabaseError, InterfaceError):
                log.exception("commands_database_away", error_code="DATABASE_ERROR")
                await asyncio.sleep(0.5)

    async def _send_some(self) -> bool:
        """Claim what the pacing allows and send it; returns whether more may be waiting."""
        session = self._keeper.session
        may_send = self._may_send and session is not None and session.is_ready
        limit = session.pacer.orders_allowed() if session is not None else 0
        if may_send and limit == 0:
            await asyncio.sleep(0.02)  # a slot is free within the second
            return True
        next_valid_id = session.wrapper.next_valid_id if session is not None else 0
        sendings = await in_database(self._commands.claim, limit=limit, next_valid_id=next_valid_id, may_send=may_send)
        unsent: set[uuid.UUID | None] = set()  # a change of an order that was not sent means nothing to IB
        for sending in _cancels_first(sendings):
            if sending.order_id in unsent:
                await self._give_back(sending, "the order itself was not sent")
            elif not await self._send(sending, session) and sending.kind is CommandKind.PLACE:
                unsent.add(sending.order_id)
        return bool(sendings) and len(sendings) == limit

    async def _send(self, sending: Sending, session: IbSession | None) -> bool:
        """Write it to the socket, unless anything has changed since it was claimed; returns whether it was written."""
        if sending.kind in (CommandKind.RECONNECT, CommandKind.COMPARE):
            self._commands.written(sending)
            if sending.kind is CommandKind.RECONNECT:
                self._keeper.drop("A reconnect was asked for")
            else:
                self._keeper.ask_ib()
            return True
        with correlated(sending.correlation_id, order_id=str(sending.order_id)):
            if session is not None:
                await session.pacer.order()  # questions may have gone since the claim
            if session is not None and session.is_jammed:
                await self._until_it_drains(session, sending)
            if halted := await self._halted(sending):
                is_unknown = halted in (kill_switch.NOBODY_KNOWS, kill_switch.TOO_SLOW)
                code = "DATABASE_ERROR" if is_unknown else "TRADING_HALTED"
                await self._give_back(sending, halted, code)
                return False
            # from here to the write nothing may interrupt: no await
            obstacle = self._obstacle(session, sending)
            if session is None or obstacle:
                await self._give_back(sending, obstacle)
                return False
            before = session.messages_written
            session.order_ids.written(sending.ib_order_id)
            try:
                _write_to_socket(session, sending)
            except Exception as error:
                if session.messages_written == before:
                    log.exception("command_not_written", error_code="INTERNAL_SERVER_ERROR")
                    await self._give_back(sending, str(error) or type(error).__name__)
                    return False
                log.exception("command_written_with_an_error", error_code="INTERNAL_SERVER_ERROR")  # IB will tell
            self._commands.written(sending)
            log.info(
                "order_sent_to_ib",
                ib_event_type=sending.kind.value,
                symbol=sending.symbol,
                ib_order_id=sending.ib_order_id,
            )
            return True

    def _obstacle(self, session: IbSession | None, sending: Sending) -> str:
        """Why it must not be written at this very moment; empty when it may."""
        if session is None or session is not self._keeper.session or not self._may_send or not session.can_write:
            return "the connection to IB was lost before anything was sent"
        if session.order_ids.owner(sending.ib_order_id) not in (None, sending.order_id):
            return "IB has given the order's number to another order"
        if boot_seconds() >= sending.not_after:
            return LATE
        if session.is_jammed:
            return "IB does not take what is sent to it"
        return ""

    async def _until_it_drains(self, session: IbSession, sending: Sending) -> None:
        """What the socket does not take at once would wait in this process and go out when nobody expects it."""
        while session.can_write and session.is_jammed and boot_seconds() < sending.not_after:
            await asyncio.sleep(0.01)

    async def _halted(self, sending: Sending) -> str:
        """What the kill switch has against it, by an answer of PostgreSQL that is no older than it may be."""
        cleared_at = sending.cleared_at
        rounds = 0
        while sending.kind is not CommandKind.CANCEL and boot_seconds() - cleared_at > kill_switch.FRESH:
            if boot_seconds() >= sending.not_after:
                return ""  # too late anyway, as the next look will find
            if rounds == CLEARANCES_AT_MOST:
                return kill_switch.TOO_SLOW  # asking on would load it even more, and hold up every other command
            rounds += 1
            try:
                reason, cleared_at = await in_database(kill_switch.bar_now, sending.command_id)
            except (DatabaseError, InterfaceError):
                return kill_switch.NOBODY_KNOWS
            if reason:
                return reason
        return ""

    async def _give_back(self, sending: Sending, reason: str, code: str = "IB_CONNECTION_FAILED") -> None:
        await in_database_at_last(self._commands.not_sent, sending, reason, code)

    async def _take_order_id(self, next_valid_id: int) -> int:
        def reserve() -> int:
            with transaction.atomic():
                return reserve_order_id(next_valid_id)

        return await in_database(reserve)

    async def _watch_answers(self) -> None:
        """No acknowledgement in time: ask IB, never send again; and again later, ever less often."""
        seen: frozenset[int] = frozenset()
        ask_again_at, pause = 0.0, 1.0
        while True:
            await asyncio.sleep(1)
            if not self._keeper.is_ready:
                continue
            try:
                overdue = await in_database(self._commands.overdue)
            except (DatabaseError, InterfaceError):
                log.warning("watch_database_away")
                continue
            if overdue - seen:
                ask_again_at, pause = 0.0, 1.0
            seen = overdue
            if overdue and time.monotonic() >= ask_again_at:
                self._keeper.ask_ib()
                pause = min(pause * 2, LONGEST_PAUSE_OF_QUESTIONS)
                ask_again_at = time.monotonic() + pause

    async def _watch_orders(self) -> None:
        """Call a person for what IB does not settle."""
        watch = OrderWatch()
        while True:
            await asyncio.sleep(INCIDENTS_EVERY)
            try:
                await in_database(watch.look)
            except (DatabaseError, InterfaceError):
                log.warning("incidents_database_away")

    async def _carry_out_kill_switch(self) -> None:
        """Cancel and close while the kill switch is engaged, after a restart as before it."""
        pause = KILL_SWITCH_EVERY
        while True:
            await asyncio.sleep(pause)
            if not self._lease.is_held:
                continue
            began, sent = boot_seconds(), False
            try:
                sent = await in_database(carry_on)
            except (DatabaseError, InterfaceError):
                log.warning("kill_switch_database_away")
            # many positions take long to look at, and for hours where a market is closed; other work must go on
            took = boot_seconds() - began
            pause = KILL_SWITCH_EVERY if sent else min(max(KILL_SWITCH_EVERY, 3 * took), LONGEST_KILL_SWITCH_PAUSE)

    async def _follow_findings(self) -> None:
        while True:
            findings = await self._inbox.findings.get()
            self._keeper.describe_later(findings.unknown_con_ids)
            self._positions.touch(findings.moved)
            if findings.must_ask_ib:
                self._keeper.ask_ib()

    # figures and signs of life

    async def _write_accounts(self) -> None:
        while True:
            if not self._accounts.figures_wait:
                await self._accounts.has_news.wait()
            await asyncio.sleep(ACCOUNTS_EVERY)
            try:
                await self._keeper.write_accounts()
            except (DatabaseError, InterfaceError):
                log.warning("accounts_database_away")

    async def _confirm_accounts(self) -> None:
        """Say that the streams of figures are up, so that silence of the market is told from silence of the gateway."""
        while True:
            await asyncio.sleep(CONFIRM_EVERY)
            if not self._keeper.is_ready:
                continue
            try:
                await in_database(self._accounts.confirm, *self._accounts.confirmable())
            except (DatabaseError, InterfaceError):
                log.warning("figures_database_away")

    async def _ask_ib_the_time(self) -> None:
        while True:
            await asyncio.sleep(IB_TIME_EVERY)
            session = self._keeper.session
            if session is None or not self._keeper.is_ready:
                continue
            # a silent connection is the keeper's business
            with contextlib.suppress(AnswerMissing, RequestRefused, ConnectionError):
                self._clocks.compare("IB's", await session.current_time(timeout=5))

    async def _beat(self) -> None:
        while True:
            try:
                self._clocks.look()
                lag, note = self._inbox.lag_seconds, self._clocks.sentence
                database_now = await in_database(state.beat, lag_seconds=lag, clock_note=note)
                self._clocks.compare_time("the database's", database_now)
                if (error := self._keeper.take_error()) is not None:
                    await in_database(state.note_error, *error)
                if (farms := self._keeper.take_farms()) is not None:
                    await in_database_at_last(state.note_farms, farms)
            except (DatabaseError, InterfaceError):
                log.warning("heartbeat_database_away")
            await asyncio.sleep(BEAT_EVERY)


def _cancels_first(sendings: list[Sending]) -> list[Sending]:
    """Cancels need no word of the database any more: they wait for no order that does, only for their own."""
    first: list[Sending] = []
    rest: list[Sending] = []
    earlier: set[uuid.UUID | None] = set()
    for sending in sendings:
        if sending.kind is CommandKind.CANCEL and sending.order_id not in earlier:
            first.append(sending)
        else:
            rest.append(sending)
            earlier.add(sending.order_id)
    return first + rest


def _write_to_socket(session: IbSession, sending: Sending) -> None:
    """Raises ConnectionError, before anything is written, when the socket is closed."""
    if sending.kind is CommandKind.CANCEL:
        session.client.cancelOrder(sending.ib_order_id, "")
    else:
        session.client.placeOrder(sending.ib_order_id, sending.contract, sending.order)


async def _cancel(tasks: set["asyncio.Task[Any]"]) -> None:
    """Given up after some seconds: the process is about to end."""
    if left := await end_tasks(tasks, tries=5):
        log.warning("gateway_parts_do_not_end", parts=sorted(task.get_name() for task in left))


async def run_gateway() -> None:
    """Run the gateway process in this event loop."""
    await Gateway().run()
