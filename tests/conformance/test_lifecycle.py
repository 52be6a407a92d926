"""A Gateway that restarts, waits for a login and ends, as seen from outside; and many of them at once."""

import json
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.conversation import Clock, Talker

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(60)]

VIRTUAL = ("--clock", "virtual", "--start", "2026-01-05T23:44:59-05:00", "--paused", "--calendar", "exchange")


def is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def answer_to_a_handshake(port: int) -> bytes | None:
    """What a client reads after its handshake: nothing at all (None), the end (empty), or bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"API\0\0\0\0\x09v157..178")
        client.settimeout(0.3)
        try:
            return client.recv(100)
        except TimeoutError:
            return None
        except ConnectionError:
            return b""


def test_the_nightly_restart_shuts_the_port_and_opens_the_same_one(start_simulator: Callable[..., Any]) -> None:
    simulator = start_simulator(*VIRTUAL, "--restart-at", "23:45", "--restart-seconds", "60")
    clock = Clock(simulator.control_port)
    for _ in range(2):
        client = Talker(simulator.port, 1)
        clock.post(advance_to=clock.get("/lifecycle")["next"][0]["at"])
        assert client.all()  # what was said, then the end
        assert is_refused(simulator.port)
        clock.post(step_seconds=59.75)
        assert is_refused(simulator.port)
        clock.post(step_seconds=0.25)
        again = Talker(simulator.port, 1)
        again.sync()
        again.close()
        clock.post(step_seconds=1)


def test_the_port_stays_ours_while_it_is_shut(start_simulator: Callable[..., Any]) -> None:
    """No other program can take it meanwhile, so that the clients find the Gateway where it was."""
    simulator = start_simulator(*VIRTUAL)
    clock = Clock(simulator.control_port)
    clock.post("/lifecycle", action="restart", seconds=60)
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", simulator.port))
    clock.post(step_seconds=60)
    Talker(simulator.port, 1).sync()


@pytest.mark.parametrize(("shows", "met"), [("accept_then_eof", b""), ("no_handshake", None), ("no_ids", b"178")])
def test_what_a_client_meets_before_the_login(start_simulator: Callable[..., Any], shows: str, met: bytes) -> None:
    simulator = start_simulator(*VIRTUAL, "--login-shows", shows)
    clock = Clock(simulator.control_port)
    clock.post("/lifecycle", action="require_login")
    got = answer_to_a_handshake(simulator.port)
    assert got == met or (met and got and met in got)
    assert clock.get("/health")["lifecycle"] == "login_required"
    clock.post("/login")
    Talker(simulator.port, 1).sync()


def test_a_client_that_does_not_read_cannot_delay_a_restart(start_simulator: Callable[..., Any]) -> None:
    simulator = start_simulator(*VIRTUAL)
    clock = Clock(simulator.control_port)
    client = Talker(simulator.port, 1)
    for _ in range(2000):
        client.say(61, 1)
    clock.post("/lifecycle", action="restart", seconds=1)
    clock.post(step_seconds=1)
    again = Talker(simulator.port, 1)  # its id is free
    again.sync()


def test_a_client_that_closes_its_half_still_gets_its_answers(start_simulator: Callable[..., Any]) -> None:
    simulator = start_simulator()
    client = Talker(simulator.port, 1)
    for _ in range(50):
        client.say(49, 1)
    client.finish()
    assert client.all().count(b"49\0001\000") == 50
    Talker(simulator.port, 1).sync()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_a_step_saves_the_state(
    start_simulator: Callable[..., Any], tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "state"
    simulator = start_simulator(*VIRTUAL[:-1], "always", "--state-file", str(file))
    client = Talker(simulator.port, 1)
    client.place(1, "BUY", 100, "LMT", "1", tif="GTC")
    client.say(1, 11, 11, 265598, "AAPL", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "", 0, "", 0, 0, "")
    client.sync()
    with socket.create_connection(("127.0.0.1", simulator.control_port)) as control:
        body = b'{"step_seconds": 86400}'
        head = f"POST /clock HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        control.sendall(head.encode() + body)
        time.sleep(0.1)
        os.kill(simulator.process.pid, number)
        assert simulator.process.wait(10) == 0
    assert b'"limit_price":"1"' in file.read_bytes()
    again = start_simulator("--state-file", str(file))
    assert [row["order_id"] for row in Clock(again.control_port).get("/state")["orders"]] == [1]


def test_many_simulators_side_by_side_have_lives_of_their_own(start_simulator: Callable[..., Any]) -> None:
    simulators = [start_simulator(*VIRTUAL, "--seed", str(seed)) for seed in range(4)]
    clocks = [Clock(row.control_port) for row in simulators]
    for clock in clocks:
        clock.post("/lifecycle", action="restart", seconds=60)
    for clock in clocks[:2]:
        clock.post(step_seconds=60)
    assert [is_refused(row.port) for row in simulators] == [False, False, True, True]
    assert len({row.port for row in simulators} | {row.control_port for row in simulators}) == 8
    assert [clock.get()["now"][14:19] for clock in clocks] == ["45:59", "45:59", "44:59", "44:59"]


def test_the_control_port_answers_while_time_runs_as_fast_as_it_can(start_simulator: Callable[..., Any]) -> None:
    simulator = start_simulator(*VIRTUAL[:-1], "always")
    clock = Clock(simulator.control_port)
    client = Talker(simulator.port, 1)
    client.say(92, 15, "DU1234567", "")
    clock.post("/clock", speed=1000)
    longest = 0.0
    for _ in range(20):
        began = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{simulator.control_port}/health", timeout=5) as answer:
            assert json.load(answer)["status"] == "ok"
        longest = max(longest, time.monotonic() - began)
    assert longest < 0.5
    client.sync()
