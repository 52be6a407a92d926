"""The small programs of the deployment: secrets, IB settings, the handshake probe, the container's start."""

import os
import shutil
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from config.desk.home import REPOSITORY
from tests.fixtures.simulator import SimulatorProcess
from tests.unit.deploy.compose import MADE

DEPLOY = REPOSITORY / "deploy"
PATH = os.environ.get("PATH", os.defpath)


def _run(command: list[str], **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, env={"PATH": PATH, **env}, capture_output=True, text=True, check=False, timeout=30)


class TestMakeEnv:
    """deploy/make-env."""

    def _make(self, path: Path) -> dict[str, str]:
        done = _run([str(DEPLOY / "make-env"), str(path)])
        assert done.returncode == 0, done.stderr
        return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)

    def test_every_secret_is_made_strong_and_different(self, tmp_path: Path) -> None:
        made = self._make(tmp_path / "env")
        assert list(made) == MADE
        assert len(set(made.values())) == len(MADE)
        assert all(len(made[name]) == 64 for name in MADE if not name.endswith("ADMIN_PASSWORD"))
        assert all(len(value) >= 24 and value.isalnum() for value in made.values())

    def test_only_the_owner_can_read_it(self, tmp_path: Path) -> None:
        (tmp_path / "env").touch(0o644)
        self._make(tmp_path / "env")
        assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600

    def test_what_is_there_stays(self, tmp_path: Path) -> None:
        (tmp_path / "env").write_text("# mine\nREDIS_PASSWORD=kept\nSECRET_KEY=\nLOG_LEVEL=DEBUG")
        made = self._make(tmp_path / "env")
        assert (made["REDIS_PASSWORD"], made["LOG_LEVEL"]) == ("kept", "DEBUG")
        assert len(made["SECRET_KEY"]) == 64
        assert (tmp_path / "env").read_text().count("SECRET_KEY=") == 1
        assert self._make(tmp_path / "env") == made
        assert list(tmp_path.iterdir()) == [tmp_path / "env"]

    def test_no_secret_is_printed(self, tmp_path: Path) -> None:
        done = _run([str(DEPLOY / "make-env"), str(tmp_path / "env")])
        values = [line.split("=", 1)[1] for line in (tmp_path / "env").read_text().splitlines()]
        assert not [value for value in values if value in done.stdout + done.stderr]


class TestIbSettings:
    """deploy/ib-gateway/check-settings."""

    COMPLETE = {"TWS_USERID": "me", "TWS_PASSWORD_IS_SET": "yes", "IB_HOST": "ib-gateway", "IB_PORT": "4004"}

    def _check(self, **env: str) -> "subprocess.CompletedProcess[str]":
        return _run(["sh", str(DEPLOY / "ib-gateway" / "check-settings")], **env)

    def test_complete_paper_settings_pass(self) -> None:
        assert self._check(**self.COMPLETE).returncode == 0

    @pytest.mark.parametrize("name", sorted(COMPLETE))
    def test_each_missing_setting_is_named(self, name: str) -> None:
        done = self._check(**{**self.COMPLETE, name: ""})
        assert done.returncode == 1
        assert name.removesuffix("_IS_SET") in done.stderr

    def test_everything_missing_is_said_at_once(self) -> None:
        assert len(self._check().stderr.splitlines()) == 4

    def test_a_desk_that_would_use_the_simulator_is_refused(self) -> None:
        assert self._check(**{**self.COMPLETE, "IB_HOST": "simulator"}).returncode == 1

    def test_real_money_needs_the_words(self) -> None:
        live = {**self.COMPLETE, "IB_TRADING_MODE": "live", "IB_PORT": "4003"}
        assert "real money" in self._check(**live).stderr
        assert self._check(**live, IB_ALLOW_LIVE="yes-i-mean-it").returncode == 0

    def test_the_port_must_belong_to_the_mode(self) -> None:
        live = {**self.COMPLETE, "IB_TRADING_MODE": "live", "IB_ALLOW_LIVE": "yes-i-mean-it"}
        assert "IB_PORT=4003" in self._check(**live).stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is missing")
class TestHandshakeProbe:
    """deploy/ib-gateway/handshake-probe."""

    def _probe(self, port: int, seconds: int = 2) -> "subprocess.CompletedProcess[str]":
        return _run(["bash", str(DEPLOY / "ib-gateway" / "handshake-probe"), "127.0.0.1", str(port), str(seconds)])

    def test_an_api_that_answers_is_well_and_no_client_is_left(self, simulator: SimulatorProcess) -> None:
        done = self._probe(simulator.port)
        assert (done.returncode, done.stdout) == (0, "server version 178\n")
        assert simulator.control.get("/health")["clients"] == []

    def test_a_port_that_is_open_but_silent_is_not(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            done = self._probe(silent.getsockname()[1], seconds=1)
        assert done.returncode == 1
        assert "no API answers" in done.stderr

    def test_a_port_that_speaks_something_else_is_not(self, simulator: SimulatorProcess) -> None:
        assert self._probe(simulator.control_port).returncode == 1

    def test_a_closed_port_is_not(self, simulator: SimulatorProcess) -> None:
        simulator.stop()
        done = self._probe(simulator.port)
        assert done.returncode == 1
        assert "nothing listens" in done.stderr


class TestEntrypoint:
    """deploy/web/entrypoint."""

    def test_live_gauges_of_the_last_process_here_are_forgotten_and_nothing_else(self, tmp_path: Path) -> None:
        host = Path("/proc/sys/kernel/hostname").read_text().strip()
        ours = tmp_path / f"gauge_livesum_{host}-7.db"
        kept = [tmp_path / f"counter_{host}-7.db", tmp_path / "gauge_livesum_elsewhere-7.db"]
        for path in [ours, *kept]:
            path.touch()
        done = _run([str(DEPLOY / "web" / "entrypoint"), "echo", "started"], PROMETHEUS_MULTIPROC_DIR=str(tmp_path))
        assert (done.returncode, done.stdout) == (0, "started\n")
        assert sorted(tmp_path.iterdir()) == sorted(kept)

    def test_without_shared_counters_it_just_starts(self) -> None:
        assert _run([str(DEPLOY / "web" / "entrypoint"), "echo", "started"]).stdout == "started\n"
