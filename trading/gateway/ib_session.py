"""One connection to IB, from handshake to the end: every question has a time-out, and a time-out is never "none"."""

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any

from trading.gateway.ib_library import IbLibrary
from trading.gateway.ib_wrapper import FIRST_REQUEST_ID, IbWrapper
from trading.gateway.order_ids import OrderIds
from trading.gateway.pacing import Pacer
from trading.metrics import IB_MESSAGES_TOTAL

HANDSHAKE_TIMEOUT = 15.0
ANSWER_TIMEOUT = 15.0
SEARCH_EVERY = 1.1


class AnswerMissing(Exception):
    """IB did not finish an answer in time; nothing may be concluded from what came."""


class IbSession:
    """A socket to IB Gateway (or to what speaks like one) and the questions asked over it."""

    def __init__(self, library: IbLibrary, wrapper: IbWrapper, *, on_end: Callable[[str], None]) -> None:
        self.id = uuid.uuid4().hex[:12]
        self.library = library
        self.wrapper = wrapper
        self.pacer = Pacer()
        self.order_ids = OrderIds()
        self.client = library.Client(wrapper)
        # the library's throttle queues in memory and loses the queue with the connection (field guide §5)
        self.client.MaxRequests = 0
        # also fires when IB closes during the handshake, of which the library tells nobody
        self.client.conn.disconnected += lambda *_: on_end("IB closed the connection")
        self._listen_to_raw_fields()
        self._count_what_is_sent()
        self._next_request_id = FIRST_REQUEST_ID
        names = ("open_orders", "completed_orders", "positions", "time", "account")
        self._one_at_a_time = {name: asyncio.Lock() for name in names}
        self._searching = asyncio.Lock()
        self._searched_at = float("-inf")
        self._account_streams: dict[str, int] = {}
        self._pnl_streams: dict[str, int] = {}
        self._position_streams: dict[tuple[str, int], int] = {}

    def _listen_to_raw_fields(self) -> None:
        decode = self.client.decoder.interpret

        def interpret(fields: list[str]) -> None:
            self.wrapper.heard(fields)
            decode(fields)
            self.wrapper.decoded()

        self.client.decoder.interpret = interpret

    def _count_what_is_sent(self) -> None:
        """Every message spends from the pace where it is written: none can be forgotten."""
        write = self.client.conn.sendMsg

        def send(message: bytes) -> None:
            self.pacer.spend()
            IB_MESSAGES_TOTAL.labels(direction="out").inc()
            write(message)

        self.client.conn.sendMsg = send

    async def connect(self, host: str, port: int, client_id: int) -> None:
        """Shake hands and wait for accounts and the next valid id. Raises OSError or TimeoutError."""
        await self.client.connectAsync(host, port, client_id, HANDSHAKE_TIMEOUT)

    def disconnect(self) -> None:
        """Close the socket and fail what is still waiting; safe to call twice."""
        self.client.disconnect()
        self.wrapper.answers.fail_all(ConnectionError("the connection to IB was closed"))

    @property
    def is_socket_open(self) -> bool:
        """Whether something has accepted the socket."""
        return bool(self.client.conn.isConnected())

    @property
    def is_ready(self) -> bool:
        """Whether the handshake is through and the socket open."""
        return bool(self.client.isReady())

    @property
    def can_write(self) -> bool:
        """Whether what is written now goes out: a transport that is closing swallows it without a word."""
        transport = self.client.conn.transport
        return self.is_ready and transport is not None and not transport.is_closing()

    @property
    def is_jammed(self) -> bool:
        """Whether the other side does not read: what is written now would wait in this process."""
        transport = self.client.conn.transport
        return transport is not None and transport.get_write_buffer_size() > 0

    @property
    def messages_written(self) -> int:
        """How many messages were handed to the socket."""
        return int(self.client.conn.numMsgSent)

    @property
    def accounts(self) -> list[str]:
        """The accounts of this login."""
        return list(self.client.getAccounts())

    @property
    def server_version(self) -> int:
        """The negotiated protocol version."""
        return int(self.client.serverVersion())

    def new_request_id(self) -> int:
        """A number that no order has."""
        self._next_request_id += 1
        return self._next_request_id

    async def ask(self, key: Any, send: Callable[[], None], *, timeout: float = ANSWER_TIMEOUT) -> list[Any]:
        """Send a question and wait for its end marker. Raises AnswerMissing, RequestRefused, ConnectionError."""
        await self.pacer.question()
        future = self.wrapper.answers.start(key)
        try:
            send()
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            raise AnswerMissing(f"IB did not finish its answer to {key!r} within {timeout:g} s") from None
        finally:
            self.wrapper.answers.fail(key, ConnectionError("nobody waits for this answer"))

    async def _ask_alone(self, name: str, send: Callable[[], None], *, timeout: float = ANSWER_TIMEOUT) -> list[Any]:
        """Answers without a request id can be told apart only when one is under way at a time."""
        async with self._one_at_a_time[name]:
            return await self.ask(name, send, timeout=timeout)

    async def open_orders(self) -> list[dict[str, Any]]:
        """All open orders of the login, whoever placed them."""
        return await self._ask_alone("open_orders", self.client.reqAllOpenOrders)

    async def completed_orders(self) -> list[dict[str, Any]]:
        """Today's orders that cannot change any more."""
        return await self._ask_alone("completed_orders", lambda: self.client.reqCompletedOrders(False))

    async def executions(self) -> list[dict[str, Any]]:
        """All executions since midnight at the gateway, of every client."""
        req_id = self.new_request_id()
        everything = self.library.ExecutionFilter()
        return await self.ask(("executions", req_id), lambda: self.client.reqExecutions(req_id, everything))

    async def positions(self) -> list[dict[str, Any]]:
        """All positions; they go on streaming afterwards."""
        return await self._ask_alone("positions", self.client.reqPositions)

    async def current_time(self, *, timeout: float) -> float:
        """A sign of life: IB's clock, in whole seconds since 1970."""
        told = await self._ask_alone("time", self.client.reqCurrentTime, timeout=timeout)
        return float(told[-1])

    async def account_values(self, account: str, *, is_only_one: bool) -> None:
        """Subscribe to an account's values (and portfolio, which IB streams for one account at a time)."""
        if account in self._account_streams:
            await self.pacer.question(2)
        if is_only_one:
            if account in self._account_streams:
                self.client.reqAccountUpdates(False, account)
            self._account_streams[account] = 0
            await self._ask_alone("account", lambda: self.client.reqAccountUpdates(True, account))
            return
        if account in self._account_streams:  # after 1101 and 1102: two streams of one account are one too many
            self.client.cancelAccountUpdatesMulti(self._account_streams[account])
        req_id = self._account_streams[account] = self.new_request_id()
        await self.ask(req_id, lambda: self.client.reqAccountUpdatesMulti(req_id, account, "", False))

    async def stream_pnl(self, account: str) -> int:
        """Subscribe to an account's profit and loss, in place of an earlier subscription; returns the request id."""
        await self.pacer.question(2)
        if account in self._pnl_streams:
            self.client.cancelPnL(self._pnl_streams[account])
        req_id = self._pnl_streams[account] = self.new_request_id()
        self.client.reqPnL(req_id, account, "")
        return req_id

    async def stream_position_pnl(self, account: str, con_id: int) -> int:
        """Subscribe to one position's profit and loss, in place of an earlier subscription; returns the request id."""
        await self.pacer.question(2)
        if (account, con_id) in self._position_streams:
            self.client.cancelPnLSingle(self._position_streams[account, con_id])
        req_id = self._position_streams[account, con_id] = self.new_request_id()
        self.client.reqPnLSingle(req_id, account, "", con_id)
        return req_id

    @property
    def position_streams(self) -> list[tuple[str, int]]:
        """The positions (account and con_id) whose profit and loss is subscribed to."""
        return list(self._position_streams)

    async def end_position_pnl(self, account: str, con_id: int) -> None:
        """Give the subscription to one position's profit and loss up."""
        await self.pacer.question()
        if (req_id := self._position_streams.pop((account, con_id), None)) is not None:
            self.client.cancelPnLSingle(req_id)

    async def search(self, pattern: str, *, timeout: float) -> list[Any]:
        """Instruments by the beginning of their name, one question a second.

        IB lets a second one wait, and everything behind it on the same connection: orders too (field guide §5).
        """
        async with self._searching:
            await asyncio.sleep(self._searched_at + SEARCH_EVERY - time.monotonic())
            await self.pacer.question()
            self._searched_at = time.monotonic()
            req_id = self.new_request_id()
            return await self.ask(req_id, lambda: self.client.reqMatchingSymbols(req_id, pattern), timeout=timeout)

    async def contract_details(self, contract: Any, *, timeout: float = ANSWER_TIMEOUT) -> list[Any]:
        """What IB knows of a contract; more than one row means that the contract is ambiguous."""
        req_id = self.new_request_id()
        return await self.ask(req_id, lambda: self.client.reqContractDetails(req_id, contract), timeout=timeout)
