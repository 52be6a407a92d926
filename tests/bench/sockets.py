"""Five hundred WebSocket clients on the one web process: quotes and events, beside a server that only copies bytes."""

import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import redis
from desk_client import Desk

from config.shared.redis import QUOTES_CHANNEL
from tests.bench.canned_stream import PAUSE, quote
from tests.bench.report import Result
from tests.fixtures.desk import RunningDesk

HERE = Path(__file__).parent
CLIENTS = 500
FRAMES = 40
ORDERS = 20


class Crowd:
    """The clients' process."""

    def __init__(self, host: str, port: int, paths: list[str]) -> None:
        command = [sys.executable, str(HERE / "crowd.py"), host, str(port)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._say(paths)

    def _say(self, message: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def subscribe(self, *channels: str) -> None:
        """All of them; returns when each has been confirmed."""
        self._say({"subscribe": channels})
        assert self._process.stdout
        if self._process.stdout.readline().strip() != "ready":
            raise RuntimeError("the clients could not connect")

    def stop(self) -> dict[str, Any]:
        """What they heard. Raises RuntimeError when one of them lost its connection."""
        out, _ = self._process.communicate(json.dumps({"stop": True}) + "\n", timeout=60)
        heard: dict[str, Any] = json.loads(out.splitlines()[-1])
        if heard["ended"]:
            raise RuntimeError(f"{heard['ended']} clients lost their connection")
        return heard


def measure_sockets(desk: RunningDesk) -> list[Result]:
    """Milliseconds and processor time at 500 clients."""
    client = Desk(desk.base_url, username=desk.username, password=desk.password)
    host, port = desk.base_url.removeprefix("http://").split(":")
    floor, floor_cpu = _floor()
    one = _events(desk, client, Crowd(host, int(port), _paths(client, 1)), count=ORDERS)
    crowd = Crowd(host, int(port), _paths(client, CLIENTS))
    crowd.subscribe("quotes:AAPL")
    time.sleep(1)
    web = desk.pids()["web"]
    before = _cpu(web)
    _publish_quotes(desk)
    cpu = (_cpu(web) - before) / FRAMES * 1000
    many = _events(desk, client, crowd, count=ORDERS)
    if len(many["latencies"]) < CLIENTS * FRAMES * 0.99:
        raise RuntimeError(f"only {len(many['latencies'])} of {CLIENTS * FRAMES} quotes arrived")
    return [
        Result.of("quotes_to_500_clients_p50", statistics.median(many["latencies"]), "ms", statistics.median(floor)),
        Result.of("quotes_to_500_clients_p99", _p99(many["latencies"]), "ms", _p99(floor)),
        Result.of("quotes_to_500_clients_cpu_a_frame", cpu, "ms", floor_cpu),
        Result.of("post_to_event_500_clients_p50", many["event"], "ms", one["event"]),
        Result.of("post_to_event_last_of_500_clients_p50", many["last"], "ms", one["last"]),
    ]


def _floor() -> tuple[list[float], float]:
    command = [sys.executable, str(HERE / "canned_stream.py"), str(CLIENTS), str(FRAMES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        crowd = Crowd("127.0.0.1", int(server.stdout.readline()), ["/ws/"] * CLIENTS)
        crowd.subscribe("quotes:AAPL")
        before = _cpu(server.pid)
        server.stdout.readline()
        cpu = (_cpu(server.pid) - before) / FRAMES * 1000
        time.sleep(0.5)
        heard = crowd.stop()
        server.kill()
    return heard["latencies"], cpu


def _paths(client: Desk, count: int) -> list[str]:
    return [f"/ws/?ticket={client.ticket()}" for _ in range(count)]


def _publish_quotes(desk: RunningDesk) -> None:
    address = desk.manage("shell", "-v0", "-c", "import os; print(os.environ['REDIS_URL'])").stdout.split()[-1]
    with redis.from_url(address) as server:
        for _ in range(FRAMES):
            server.publish(QUOTES_CHANNEL, json.dumps([quote(time.monotonic())]))
            time.sleep(PAUSE)
    time.sleep(0.5)


def _events(desk: RunningDesk, client: Desk, crowd: Crowd, *, count: int) -> dict[str, Any]:
    """From the request to the event: half of the clients, and the last one; medians over the orders."""
    crowd.subscribe("orders")
    began: dict[str, float] = {}
    for _ in range(count):
        at = time.monotonic()
        order = client.place_order("MSFT", "BUY", 1, "LMT", limit_price="100.00", client_order_id=uuid.uuid4().hex)
        began[order["id"]] = at
        time.sleep(0.3)
    heard = crowd.stop()
    first = _first_events(desk, list(began))
    arrivals = {int(seq): times for seq, times in heard["arrivals"].items()}
    clients = max(len(times) for times in arrivals.values())
    if any(len(arrivals.get(seq, [])) != clients for seq in first.values()) or len(first) != count:
        raise RuntimeError("a client has missed an event")
    waits = [[at - began[order] for at in arrivals[seq]] for order, seq in first.items()]
    return {
        "latencies": heard["latencies"],
        "event": statistics.median(statistics.median(wait) for wait in waits) * 1000,
        "last": statistics.median(max(wait) for wait in waits) * 1000,
    }


def _first_events(desk: RunningDesk, orders: list[str]) -> dict[str, int]:
    script = (
        "import json; from trading.models import StreamEvent as S; "
        f"rows = S.objects.filter(event='order.created', data__id__in={orders!r}); "
        "print(json.dumps({row.data['id']: row.seq for row in rows}))"
    )
    found: dict[str, int] = json.loads(desk.manage("shell", "-v0", "-c", script).stdout.strip().splitlines()[-1])
    return found


def _cpu(pid: int) -> float:
    """Seconds of processor time of a process."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]
