"""One drill of a running desk: strike and trade, take everything back, wait until both sides agree, compare."""

import asyncio
import contextlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from tests.drill.api_client import ApiClient, BooksClosed
from tests.drill.books import Books, Findings
from tests.drill.compare import compare
from tests.drill.listener import CHANNELS, Listener
from tests.drill.monitor import Monitor
from tests.drill.plan import Plan
from tests.drill.scorecard import Scorecard, make_scorecard
from tests.drill.standby import Standby
from tests.drill.strikes import Striker
from tests.drill.strikes_at_ib import GONE
from tests.drill.traffic import PRICES, Traffic
from tests.fixtures.desk import RunningDesk

_SETTLE_SECONDS = 180.0
_LOOK_EVERY = 3.0
_PIN_EVERY = 4.0
_THREADS = 64


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that takes part."""

    desk: RunningDesk
    client: ApiClient
    listener: Listener
    monitor: Monitor
    standby: Standby
    striker: Striker
    traffic: Traffic


async def drill(desk: RunningDesk, plan: Plan) -> Scorecard:
    """The whole of it; the desk is up."""
    # requests that wait for a frozen process must not hold up the strikes
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS))
    client, standby = ApiClient(desk), Standby(desk)
    redis_url = await _shell(desk, "import os; print(os.environ['REDIS_URL'])")
    parts = Parts(
        desk=desk,
        client=client,
        listener=Listener(desk, client),
        monitor=Monitor(client),
        standby=standby,
        striker=Striker(desk, redis_url, standby),
        traffic=Traffic(client, plan.seed),
    )
    await _pin(desk)
    watchers = [asyncio.create_task(part.run()) for part in (parts.listener, parts.monitor, standby)]
    watchers.append(asyncio.create_task(_keep_pinned(desk)))
    try:
        while parts.listener.last is None:
            await asyncio.sleep(0.1)
        began = time.monotonic()
        await asyncio.gather(parts.striker.run(plan.strikes, began), parts.traffic.run(plan.moves, began))
        findings, settled = await _settle(parts)
        for watcher in watchers:
            if watcher.done():
                watcher.result()  # it must not have ended by itself
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        _keep_requests(parts)
    return make_scorecard(
        plan=plan,
        striker=parts.striker,
        traffic=parts.traffic,
        listener=parts.listener,
        recovery=parts.monitor.recovery(parts.striker.struck),
        findings=findings,
        settled=settled,
    )


async def _keep_pinned(desk: RunningDesk) -> None:
    """A simulator that was killed has forgotten the prices that were set by hand."""
    while True:
        await asyncio.sleep(_PIN_EVERY)
        with contextlib.suppress(*GONE):
            await _pin(desk)


async def _pin(desk: RunningDesk) -> None:
    """Markets that stand still: what fills does so because an order met it."""
    for symbol, price in PRICES.items():
        await asyncio.to_thread(
            desk.simulator.post,
            "/prices",
            {"symbol": symbol, "price": price, "bid_size": "500", "ask_size": "500", "frozen": True},
        )


async def _settle(parts: Parts) -> tuple[Findings, float]:
    """Wait until both sides agree twice in a row, or the patience is over; returns what is left and the seconds."""
    await parts.striker.calm()
    await _pin(parts.desk)
    began, clean = time.monotonic(), 0
    findings, settled = Findings(), 0.0
    while clean < 2 and time.monotonic() - began < _SETTLE_SECONDS:
        await parts.monitor.wait_ready(within=30)
        findings = await _look(parts)
        clean = 0 if findings.failures() else clean + 1
        if clean == 1:
            settled = time.monotonic() - began
        await asyncio.sleep(_LOOK_EVERY)
    return findings, round(settled if clean else time.monotonic() - began, 1)


async def _look(parts: Parts) -> Findings:
    """Compare once. Books that cannot be read are a finding as well."""
    wrong = [*parts.traffic.wrong_answers, *(f"the drill: {text}" for text in parts.striker.broken)]
    try:
        return compare(parts.traffic.intents, await _books(parts), parts.listener, wrong_answers=wrong)
    except (*GONE, BooksClosed) as error:
        return Findings(answers_wrong=[*wrong, f"the books could not be read: {error!r}"[:500]])


async def _books(parts: Parts) -> Books:
    desk, client = parts.desk, parts.client
    tables = json.loads(await _shell(desk, _TABLES % (parts.listener.began_after, CHANNELS)))
    told = {strike.kind for strike in parts.striker.struck}
    return Books(
        orders=await client.every("/api/v1/orders/?page_size=200"),
        fills=await client.every("/api/v1/fills/?page_size=200"),
        positions=await client.every("/api/v1/positions/?page_size=200"),
        ib=await asyncio.to_thread(desk.simulator.get, "/state"),
        stream={int(seq): said for seq, said in tables["stream"]},
        incidents=tables["incidents"],
        lies=frozenset({"-0.35"} if "commission_negative" in told else ()),
    )


_TABLES = """
import json
from tests.drill.values import digest
from trading.models import Incident, StreamEvent
events = StreamEvent.objects.filter(seq__gt=%d, channel__in=%r).order_by("seq")
stream = [
    (row.seq, digest(row.channel, row.event, row.data)) for row in events.only("seq", "channel", "event", "data").iterator()
]
incidents = [
    {"kind": row.kind, "order": str(row.order_id) if row.order_id else None, "subject": row.subject}
    for row in Incident.objects.open()
]
print(json.dumps({"stream": stream, "incidents": incidents}))
"""  # noqa: E501


async def _shell(desk: RunningDesk, code: str) -> str:
    """The last line that Python code prints inside the desk; it may be asked while the database comes back."""
    for pause in (1, 2, 4, 8, None):
        ended = await asyncio.to_thread(desk.manage, "shell", "-v0", "-c", code, check=False)
        if ended.returncode == 0 or pause is None:
            break
        await asyncio.sleep(pause)
    if ended.returncode != 0:
        raise BooksClosed(ended.stderr[-300:])
    return ended.stdout.strip().splitlines()[-1]


def _keep_requests(parts: Parts) -> None:
    """Beside the home: what was asked, what was answered and what struck, to be read after a failure."""
    began = parts.striker.struck[0].began if parts.striker.struck else 0.0
    rows: list[dict[str, Any]] = [asdict(row) for row in parts.traffic.requests]
    rows += [
        {"at": row.began, "until": row.ended, "strike": row.kind, "done": row.done, "note": row.note}
        for row in parts.striker.struck
    ]
    rows += [{"at": at, "ready": ready} for at, ready in parts.monitor.changes]
    with (parts.desk.home.parent / "drill.jsonl").open("w") as file:
        for row in sorted(rows, key=lambda row: row["at"]):
            wall = time.time() - time.monotonic() + row["at"]
            clock = time.strftime("%H:%M:%S", time.gmtime(wall))
            file.write(json.dumps({"clock": clock, "second": round(row.pop("at") - began, 2), **row}) + "\n")
