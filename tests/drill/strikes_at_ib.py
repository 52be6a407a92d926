"""Strikes that the simulator carries out: its switches, actions and scenarios, and what happens to single orders."""

import asyncio
import contextlib
import urllib.error
from decimal import Decimal
from typing import Any

from tests.drill.kind import CLIENT_ID, Kind
from tests.drill.plan import Strike
from tests.fixtures.desk import RunningDesk

GONE = (OSError, urllib.error.URLError, ValueError)
_YOUNGEST = 40
_TRADES = {"Submitted", "PreSubmitted", "Cancelled"}
_DONE = {"Cancelled", "Filled", "Inactive"}


class NothingToStrike(Exception):
    """There is no order or execution of the kind that is to be struck."""


class SimulatorStrikes:
    """The part of the striker that speaks to the simulator's control port."""

    __slots__ = ()
    desk: RunningDesk

    async def calm_simulator(self) -> None:
        """No fault, no scenario, and the link is up."""
        running = (await self._get("/scenarios"))["runs"]
        for title in {row["title"].split()[-1] for row in running if row["state"] == "running"}:
            await asyncio.to_thread(self.desk.simulator.delete, f"/scenarios/{title}")
        await asyncio.to_thread(self.desk.simulator.delete, "/faults")
        await self._fault("link_up")

    async def do_action(self, kind: Kind, strike: Strike) -> bool:
        """What is over at once."""
        await self._fault(kind.target, **strike.parameters)
        return True

    async def do_switch(self, kind: Kind, strike: Strike, *, cut: bool = False) -> bool:
        """On, and off again."""
        await self._fault(kind.target, **strike.parameters)
        if cut:
            await self._fault("drop_connections")
        await asyncio.sleep(strike.lasts)
        with contextlib.suppress(*GONE):
            await self._fault(kind.target, on=False)
        return True

    async def do_reconnect(self, kind: Kind, strike: Strike) -> bool:
        """A fault that only a new connection meets, so the old one is cut."""
        return await self.do_switch(kind, strike, cut=True)

    async def do_scenario(self, kind: Kind, strike: Strike) -> bool:
        """A script of the simulator; what it leaves on is undone."""
        await asyncio.to_thread(self.desk.simulator.post, f"/scenarios/{kind.target}", strike.parameters)
        await asyncio.sleep(max(strike.lasts, strike.parameters.get("seconds", 0) + 0.5))
        with contextlib.suppress(*GONE):
            await asyncio.to_thread(self.desk.simulator.delete, f"/scenarios/{kind.target}")
        return True

    async def do_link(self, kind: Kind, strike: Strike) -> bool:
        """IB's gateway loses IB, and finds it again."""
        await self._fault("link_down", code=2110 if kind.target == "server" else 1100)
        await asyncio.sleep(strike.lasts)
        lost, discarded = kind.target == "lost", kind.target == "discarded"
        await self._fault("link_up", data_lost=lost, discard_held=discarded)
        return True

    async def do_farms(self, kind: Kind, strike: Strike) -> bool:
        """All data farms at once."""
        await self._fault("farms_down")
        await asyncio.sleep(strike.lasts)
        await self._fault("farms_up")
        return True

    async def do_farm(self, kind: Kind, strike: Strike) -> bool:
        """One farm breaks, again and again in a burst, and what it serves stops; then it is back."""
        for _ in range(5):
            await self._fault("farm_notice", code=int(kind.target))
        await asyncio.sleep(strike.lasts)
        await self._fault("farm_notice", code=int(kind.target) + 1)
        return True

    async def do_roll_back(self, kind: Kind, strike: Strike) -> bool:
        """Order ids go back, as after a restart of IB's gateway."""
        await self._fault(kind.target, client_id=CLIENT_ID, **strike.parameters)
        await self._fault("drop_connections")
        return True

    async def do_forgotten(self, kind: Kind, strike: Strike) -> bool:
        """IB restarts and does not know its newest order any more."""
        try:
            await self._fault(kind.target, client_id=CLIENT_ID)
        except urllib.error.HTTPError as error:
            raise NothingToStrike(error.msg) from None
        await self._fault("drop_connections")
        return True

    async def do_cancelled(self, kind: Kind, strike: Strike) -> bool:
        """IB ends a working order by itself."""
        order = await self._order(strike, lambda row: row["status"] not in _DONE)
        await self._fault(kind.target, client_id=CLIENT_ID, order_id=order["order_id"])
        return True

    async def do_filled(self, kind: Kind, strike: Strike) -> bool:
        """A fill of an order that works, or was cancelled."""
        wanted = Decimal(strike.parameters["quantity"])

        def fits(row: dict[str, Any]) -> bool:
            return row["status"] in _TRADES and Decimal(row["remaining"]) >= wanted

        order = await self._order(strike, fits)
        await self._fault(kind.target, client_id=CLIENT_ID, order_id=order["order_id"], quantity=str(wanted))
        return True

    async def do_overfilled(self, kind: Kind, strike: Strike) -> bool:
        """IB fills more than was ordered."""
        order = await self._order(strike, lambda row: row["status"] == "Filled" and Decimal(row["remaining"]) <= 0)
        quantity = strike.parameters["quantity"]
        await self._fault(kind.target, client_id=CLIENT_ID, order_id=order["order_id"], quantity=quantity)
        return True

    async def do_corrected(self, kind: Kind, strike: Strike) -> bool:
        """An execution gets another price or quantity, or is taken back."""
        rows = (await self._get("/state"))["executions"]
        standing = [row for row in rows if not row["replaced_by"] and Decimal(row["quantity"])][-_YOUNGEST:]
        execution, given = _picked(standing, strike), {}
        if "by" in strike.parameters:
            given["price"] = str(Decimal(execution["price"]) + Decimal(strike.parameters["by"]))
        elif strike.parameters.get("half"):
            given["quantity"] = str(max(Decimal(1), Decimal(execution["quantity"]) // 2))
        else:
            given["quantity"] = strike.parameters["quantity"]
        await self._fault(kind.target, exec_id=execution["exec_id"], **given)
        return True

    async def _order(self, strike: Strike, fits: Any) -> dict[str, Any]:
        rows = (await self._get(f"/orders?client_id={CLIENT_ID}"))["orders"]
        return _picked([row for row in rows if fits(row)][-_YOUNGEST:], strike)

    async def _get(self, path: str) -> Any:
        return await asyncio.to_thread(self.desk.simulator.get, path)

    async def _fault(self, name: str, **parameters: Any) -> None:
        await asyncio.to_thread(self.desk.simulator.post, "/faults", {"name": name, **parameters})


def _picked(rows: list[dict[str, Any]], strike: Strike) -> dict[str, Any]:
    if not rows:
        raise NothingToStrike
    return rows[min(int(strike.parameters["pick"] * len(rows)), len(rows) - 1)]
