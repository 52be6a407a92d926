"""The traffic of a drill: what is asked of the desk through REST, and what exactly it answered to each request."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.drill.api_client import Answer, ApiClient
from tests.drill.plan import Move

PRICES = {"AAPL": "190.00", "MSFT": "430.00", "SPY": "590.00", "KO": "62.00", "INTC": "24.00"}
_ORDERS = "/api/v1/orders/"
_PATIENCE = 40.0
"""Seconds a program goes on asking with the same client order id before it leaves the question to the end."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request and its answer. `status` 0: no answer came, so the desk may or may not have done it."""

    at: float
    what: str
    client_order_id: str
    status: int
    code: str = ""
    order_id: str = ""


@dataclass(slots=True)
class Intent:
    """An order that was asked for. `order_ids`: what the desk named when it said yes, at most one if all is well."""

    client_order_id: str
    body: dict[str, str]
    order_ids: set[str] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)

    @property
    def was_accepted(self) -> bool:
        """Whether the desk ever said yes."""
        return bool(self.order_ids)

    @property
    def order_id(self) -> str:
        """The desk's, empty while it has not said yes."""
        return min(self.order_ids, default="")

    @property
    def was_refused(self) -> bool:
        """Whether each single request was answered by a no, so that there must be no such order."""
        return bool(self.statuses) and all(400 <= status < 500 for status in self.statuses)


@dataclass(slots=True)
class Traffic:
    """Carries out the moves of a plan."""

    client: ApiClient
    seed: int
    intents: list[Intent] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    wrong_answers: list[str] = field(default_factory=list)
    """Answers that no state of the desk excuses."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, moves: tuple[Move, ...], began: float) -> None:
        """Each at its time, none waiting for another; returns when all have had their answers."""
        for move in moves:
            await asyncio.sleep(max(0.0, began + move.at - time.monotonic()))
            task = asyncio.create_task(self._do(move))
            self._tasks.add(task)
            task.add_done_callback(self._finished)
        await asyncio.gather(*self._tasks)

    def done(self, what: str) -> int:
        """How many requests of a kind the desk said yes to."""
        return sum(row.what == what and 200 <= row.status < 300 for row in self.requests)

    def refusals(self) -> dict[str, int]:
        """How often the desk said no, by error code, or nothing."""
        codes = Counter(row.code or "?" for row in self.requests if not 200 <= row.status < 300)
        return dict(sorted(codes.items()))

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.wrong_answers.append(f"the drill's own traffic failed: {error!r}")

    async def _do(self, move: Move) -> None:
        match move.what:
            case "place":
                await self._place(move)
            case "preview":
                await self._ask("preview", "", "POST", f"{_ORDERS}preview/", order_body(move.ticket))
            case "cancel_all":
                await self._ask("cancel_all", "", "POST", f"{_ORDERS}cancel-all/", move.ticket)
            case "refused":
                await self._refused(move)
            case _ if move.target < len(self.intents):
                await self._about(move, self.intents[move.target])

    async def _place(self, move: Move) -> None:
        number = len(self.intents)
        body = {**order_body(move.ticket), "client_order_id": f"drill-{self.seed}-{number}"}
        intent = Intent(body["client_order_id"], body)
        self.intents.append(intent)
        until, pause = time.monotonic() + _PATIENCE, 0.4
        while time.monotonic() < until:
            # The same request twice at once, now and then: a retry that overtakes its first try.
            times = 2 if number % 7 == 0 else 1
            answers = await asyncio.gather(*(self._post(intent) for _ in range(times)))
            if any(answer.is_final for answer in answers):
                return
            await asyncio.sleep(pause)
            pause = min(pause * 1.6, 5.0)

    async def _post(self, intent: Intent, what: str = "place") -> Answer:
        answer = await self._ask(what, intent.client_order_id, "POST", _ORDERS, intent.body)
        intent.statuses.append(answer.status)
        if answer.is_done:
            intent.order_ids.add(answer.body["id"])
        if answer.status == 409:
            self.wrong_answers.append(f"{intent.client_order_id}: asked again, it is called another: {answer.body}")
        return answer

    async def _about(self, move: Move, intent: Intent) -> None:
        if move.what == "repeat":
            await self._post(intent, "repeat")
        elif move.what == "conflict" and intent.was_accepted:
            other = {**intent.body, "quantity": str(Decimal(intent.body["quantity"]) + 1)}
            answer = await self._ask("conflict", intent.client_order_id, "POST", _ORDERS, other)
            if answer.is_done or answer.status in {400, 422}:
                self.wrong_answers.append(
                    f"{intent.client_order_id}: another order under its id is answered by {answer.status}"
                )
        elif move.what in {"modify", "cancel"} and intent.was_accepted:
            path = f"{_ORDERS}{intent.order_id}/"
            asked: Awaitable[Answer]
            if move.what == "cancel":
                asked = self._ask("cancel", intent.client_order_id, "POST", f"{path}cancel/", None)
            else:
                asked = self._ask("modify", intent.client_order_id, "PATCH", path, move.ticket)
            if (answer := await asked).status == 404:
                self.wrong_answers.append(f"{intent.client_order_id}: accepted, and not found afterwards")

    async def _refused(self, move: Move) -> None:
        """Wrong requests carry an id too: nothing may be under it in the end."""
        body = {**order_body(move.ticket), "client_order_id": f"drill-{self.seed}-refused-{move.at}"}
        intent = Intent(body["client_order_id"], body)
        answer = await self._ask("refused", intent.client_order_id, "POST", _ORDERS, body)
        intent.statuses.append(answer.status)
        if answer.is_done:
            self.wrong_answers.append(f"{intent.client_order_id}: an order that cannot be was accepted: {move.ticket}")

    async def _ask(self, what: str, client_order_id: str, method: str, path: str, body: Any) -> Answer:
        began = time.monotonic()
        answer = await self.client.call(method, path, body)
        told = answer.body if isinstance(answer.body, dict) else {}
        code, order_id = str(told.get("error_code", "")), str(told.get("id", ""))
        if not answer.status:
            code = _no_answer(str(answer.body))
        self.requests.append(Request(began, what, client_order_id, answer.status, code, order_id))
        if answer.status and not answer.is_done and not code:
            self.wrong_answers.append(f"{method} {path}: {answer.status} without the error shape: {answer.body!r:.200}")
        return answer


def _no_answer(error: str) -> str:
    if "timed out" in error or "TimeoutError" in error:
        return "no answer: timed out"
    return "no answer: refused" if "refused" in error else "no answer: cut"


def order_body(ticket: dict[str, str]) -> dict[str, str]:
    """The request of a planned ticket: its offset in ticks becomes a price around the pinned market."""
    body = {name: value for name, value in ticket.items() if name != "offset"}
    if "offset" in ticket:
        ticks = Decimal(ticket["offset"]) * Decimal("0.01")
        price = Decimal(PRICES.get(ticket["symbol"], "100.00"))
        if body["order_type"] == "STP":
            # a stop waits beyond the market, on the side the price would come from
            price += abs(ticks) if body["side"] == "BUY" else -abs(ticks)
            body["stop_price"] = str(price)
        else:
            price += ticks if body["side"] == "BUY" else -ticks
            body["limit_price"] = str(price)
    return body
