"""The traffic of a drill: orders, changes and cancels through REST, and what the desk answered to each."""

import asyncio
import time
from dataclasses import dataclass, field
from decimal import Decimal

from tests.drill.api_client import Answer, ApiClient
from tests.drill.plan import Move

PRICES = {"AAPL": "190.00", "MSFT": "430.00", "SPY": "590.00", "KO": "62.00", "INTC": "24.00"}
_PATIENCE = 40.0
"""Seconds a program goes on asking with the same client order id before it leaves the question to the end."""


@dataclass(slots=True)
class Intent:
    """An order that was asked for. `order_id` is the desk's, once it has said yes."""

    client_order_id: str
    body: dict[str, str]
    order_id: str = ""
    answers: list[int] = field(default_factory=list)
    last: Answer | None = None

    @property
    def was_accepted(self) -> bool:
        """Whether the desk ever said yes."""
        return bool(self.order_id)


@dataclass(slots=True)
class Traffic:
    """Carries out the moves of a plan."""

    client: ApiClient
    seed: int
    intents: list[Intent] = field(default_factory=list)
    changes: dict[str, int] = field(default_factory=lambda: {"modify": 0, "cancel": 0})
    refused: dict[str, int] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, moves: tuple[Move, ...], began: float) -> None:
        """Each at its time, none waiting for another; returns when all have had their answers."""
        for move in moves:
            await asyncio.sleep(max(0.0, began + move.at - time.monotonic()))
            task = asyncio.create_task(self._place(move) if move.what == "place" else self._change(move))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        for done in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(done, BaseException):
                raise done

    async def _place(self, move: Move) -> None:
        number = len(self.intents)
        body = {**order_body(move.ticket), "client_order_id": f"drill-{self.seed}-{number}"}
        intent = Intent(body["client_order_id"], body)
        self.intents.append(intent)
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            # The same request twice at once, now and then: a retry that overtakes its first try.
            times = 2 if number % 7 == 0 else 1
            answers = await asyncio.gather(*(self.client.call("POST", "/api/v1/orders/", body) for _ in range(times)))
            for answer in answers:
                self._note(intent, answer)
            if any(answer.is_final for answer in answers):
                return
            await asyncio.sleep(0.7)

    def _note(self, intent: Intent, answer: Answer) -> None:
        intent.answers.append(answer.status)
        intent.last = answer
        if answer.is_done:
            intent.order_id = answer.body["id"]
        elif answer.status and isinstance(answer.body, dict):
            code = answer.body.get("error_code", "?")
            self.refused[code] = self.refused.get(code, 0) + 1

    async def _change(self, move: Move) -> None:
        if move.target >= len(self.intents) or not self.intents[move.target].was_accepted:
            return
        path = f"/api/v1/orders/{self.intents[move.target].order_id}/"
        if move.what == "cancel":
            answer = await self.client.call("POST", f"{path}cancel/")
        else:
            answer = await self.client.call("PATCH", path, move.ticket)
        self.changes[move.what] += answer.is_done


def order_body(ticket: dict[str, str]) -> dict[str, str]:
    """The request of a planned ticket: its offset in ticks becomes a price around the pinned market."""
    body = {name: value for name, value in ticket.items() if name != "offset"}
    if "offset" in ticket:
        ticks = Decimal(ticket["offset"]) * Decimal("0.01")
        price = Decimal(PRICES[ticket["symbol"]])
        if body["order_type"] == "STP":
            # a stop waits beyond the market, on the side the price would come from
            price += abs(ticks) if body["side"] == "BUY" else -abs(ticks)
            body["stop_price"] = str(price)
        else:
            price += ticks if body["side"] == "BUY" else -ticks
            body["limit_price"] = str(price)
    return body
