"""A desk started the way docker compose starts it: an order goes through nginx to the simulator and into Prometheus."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import websockets

from tests.fixtures.waiting import eventually
from tests.integration.deploy.prometheus import PROMETHEUS, Prometheus
from tests.integration.deploy.rehearsal import Rehearsal
from tests.unit.deploy.test_nginx import NGINX, Nginx

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is missing: apt-get install prometheus"),
    pytest.mark.skipif(NGINX is None, reason="nginx is missing: apt-get install nginx-light"),
]


@pytest.fixture(scope="module")
def desk() -> Iterator[Rehearsal]:
    """The services, without nginx and the monitoring."""
    root = Path(tempfile.mkdtemp(prefix="desk-compose-"))
    root.chmod(0o755)  # PostgreSQL runs as somebody else when we are root
    rehearsal = Rehearsal(root)
    try:
        yield rehearsal.up()
    finally:
        rehearsal.down()
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="module")
def door(desk: Rehearsal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """nginx in front of the desk."""
    running = Nginx(tmp_path_factory.mktemp("nginx"), web_port=desk.web_port)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def token(desk: Rehearsal, door: Nginx) -> str:
    """Of the superuser that `migrate` made from DESK_ADMIN_PASSWORD."""
    status, _, body = _post(door, "/api/v1/auth/token/", username="admin", password=desk.secrets["DESK_ADMIN_PASSWORD"])
    assert status == 200, body
    return str(body["access"])


@pytest.fixture(scope="module")
def filled_order(door: Nginx, token: str) -> dict[str, Any]:
    """100 AAPL, bought through nginx."""
    status, _, order = _post(
        door, "/api/v1/orders/", token, symbol="AAPL", side="BUY", quantity="100", order_type="MKT"
    )
    assert status == 201, order
    return eventually(lambda: _filled(door, token, order["id"]), within=20, every=0.2)


def _filled(door: Nginx, token: str, order_id: str) -> Any:
    order = door.ask("GET", f"/api/v1/orders/{order_id}/", Authorization=f"Bearer {token}")[2]
    return order if order["status"] == "filled" else None


def _post(door: Nginx, path: str, token: str = "", **body: str) -> tuple[int, Any, Any]:
    signed = {"Authorization": f"Bearer {token}"} if token else {}
    return door.ask("POST", path, json.dumps(body).encode(), Content_Type="application/json", **signed)


def test_an_order_goes_from_nginx_to_the_exchange_and_back(filled_order: dict[str, Any]) -> None:
    assert filled_order["filled_quantity"] == "100"


def test_every_health_check_tells_well_from_unwell(desk: Rehearsal, filled_order: dict[str, Any]) -> None:
    for name in ("web", "gateway", "worker"):
        assert desk.check(name).returncode == 0, name
    desk.sql("UPDATE django_celery_beat_periodictask SET last_run_at = now()")
    assert desk.check("beat").returncode == 0
    desk.sql("UPDATE django_celery_beat_periodictask SET last_run_at = now() - interval '1 hour'")
    done = desk.check("beat")
    assert (done.returncode, "nothing was started" in done.stderr) == (1, True)


def test_health_is_ok_through_the_front_door(door: Nginx, filled_order: dict[str, Any]) -> None:
    eventually(lambda: door.ask("GET", "/health")[2]["status"] == "ok", within=20)


def test_prometheus_sees_what_every_process_counted(
    desk: Rehearsal, filled_order: dict[str, Any], tmp_path: Path
) -> None:
    prometheus = Prometheus(tmp_path, desk=f"127.0.0.1:{desk.web_port}")
    try:
        for expr in (
            'up{job="desk"} == 1',
            "desk_gateway_connected == 1",
            "desk_gateway_ready == 1",
            "sum(desk_fills_total) > 0",  # counted by the gateway, shown by web
            'desk_orders_total{outcome="submitted"} > 0',
            "desk_order_ack_seconds_count > 0",
            'desk_ib_messages_total{direction="in"} > 0',
            'desk_position_value{symbol="AAPL"} > 0',
            'process_resident_memory_bytes{job="desk"} > 0',
            "django_http_responses_total_by_status_total > 0",
        ):
            prometheus.wait_for(expr)
    finally:
        prometheus.stop()


def test_web_answers_under_the_name_prometheus_uses_and_no_other(desk: Rehearsal, door: Nginx) -> None:
    assert door.ask("GET", "/health/live", Host="web:8000")[0] == 200
    assert door.ask("GET", "/api/v1/orders/", Host="evil.example")[0] == 400


def test_a_websocket_goes_through_the_front_door(door: Nginx, token: str) -> None:
    ticket = _post(door, "/api/v1/auth/ws-ticket/", token)[2]["ticket"]

    async def subscribe() -> Any:
        async with websockets.connect(f"ws://127.0.0.1:{door.port}/ws/?ticket={ticket}") as connection:
            await connection.send(json.dumps({"type": "subscribe", "channels": ["orders"]}))
            return json.loads(await asyncio.wait_for(connection.recv(), 10))

    answer = asyncio.run(subscribe())
    assert (answer["type"], answer["channels"]) == ("subscribed", ["orders"])


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE trading_orderevent DISABLE TRIGGER ALL",
        "TRUNCATE trading_orderevent",
        "DROP TABLE trading_orderevent",
        "CREATE TABLE mine (id int)",
        "UPDATE trading_orderevent SET actor = NULL",
        "DELETE FROM trading_orderevent",
        "SET session_replication_role = replica",
    ],
)
def test_the_processes_cannot_rewrite_the_trade_log(
    desk: Rehearsal, filled_order: dict[str, Any], statement: str
) -> None:
    before = desk.sql("SELECT count(*) FROM trading_orderevent")
    with pytest.raises(psycopg.Error):
        desk.sql(statement)
    assert desk.sql("SELECT count(*) FROM trading_orderevent") == before


def test_migrating_again_changes_nothing(desk: Rehearsal) -> None:
    assert "nothing to migrate" in desk.run_once("migrate")


def test_a_restored_backup_has_every_row_and_every_right(
    desk: Rehearsal, filled_order: dict[str, Any], tmp_path: Path
) -> None:
    """The commands of docs/operations.md."""
    dump = str(tmp_path / "desk.dump")
    desk.as_superuser("pg_dump", "-Fc", "-f", dump, "desk")
    make = "CREATE DATABASE restored OWNER desk_owner TEMPLATE template0"
    allow = ("REVOKE ALL ON DATABASE restored FROM PUBLIC", "GRANT CONNECT ON DATABASE restored TO desk")
    desk.as_superuser("psql", "-d", "postgres", "-c", make)
    desk.as_superuser("pg_restore", "-d", "restored", "--exit-on-error", dump)
    desk.as_superuser("psql", "-d", "postgres", "-c", allow[0], "-c", allow[1])
    found = desk.sql("SELECT status FROM trading_order", database="restored")
    assert found == [("filled",)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        desk.sql("ALTER TABLE trading_orderevent DISABLE TRIGGER ALL", database="restored")
    with pytest.raises(psycopg.Error, match=r"Cannot update"):
        desk.sql("UPDATE trading_orderevent SET correlation_id = ''", database="restored")
