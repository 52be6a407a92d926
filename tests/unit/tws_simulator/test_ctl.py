"""The command line `ctl` against a running simulator."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tws_simulator import running_simulator
from tws_simulator.__main__ import main as program
from tws_simulator.ctl.main import build_parser, main
from tws_simulator.ctl.tables import table, values

from tests.unit.tws_simulator.test_client import greet

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def shared() -> Iterator[Any]:
    with running_simulator(seed=7) as simulator:
        yield simulator


@pytest.fixture
def ctl(shared: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("TWS_SIMULATOR_CONTROL", f"http://127.0.0.1:{shared.control_port}")
    shared.control.clear_faults()
    shared.control.reset()

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main(list(words))
        except SystemExit as ended:
            code = int(str(ended.code))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def out(ctl: Run, *words: str) -> str:
    code, said, errors = ctl(*words)
    assert (code, errors) == (0, "")
    return said


def test_prices(ctl: Run) -> None:
    assert "189.99" in out(ctl, "price", "AAPL", "190.00", "--spread", "0.02", "--freeze")
    (row,) = json.loads(out(ctl, "--json", "price", "AAPL"))
    assert (row["bid"], row["ask"], row["frozen"]) == ("189.99", "190.01", True)
    (row,) = json.loads(out(ctl, "price", "AAPL", "--bid", "188", "--ask", "189", "--size", "5", "--freeze", "--once",
                            "--json"))  # fmt: skip
    assert (row["bid"], row["ask_size"]) == ("188", "5")
    assert json.loads(out(ctl, "price", "AAPL", "--release", "--json"))[0]["frozen"] is False
    assert out(ctl, "prices", "AAPL", "MSFT").count("\n") == 3
    assert out(ctl, "prices").count("\n") > 50
    assert "265598" in out(ctl, "instruments", "apple")


def test_markets(ctl: Run) -> None:
    assert out(ctl, "process", "set", "AAPL", "constant", "price=180") == "set\n"
    assert "AAPL" in out(ctl, "process", "list")
    assert "constant" in out(ctl, "process", "show", "AAPL")
    assert out(ctl, "process", "end", "AAPL") == "ended\n"
    assert out(ctl, "process", "end") == "ended\n"
    assert out(ctl, "process", "list") == "none\n"
    assert "0.5" in out(ctl, "liquidity", "0.5", "--symbol", "AAPL")
    out(ctl, "liquidity", "1")
    assert "0.5" not in out(ctl, "liquidity")
    assert "live" in out(ctl, "data", "default=live")


def test_faults(ctl: Run) -> None:
    said = out(ctl, "fault", "on", "delay_ms", "ms=5", "--client", "3", "--count", "2")
    assert "delay_ms" in said
    assert "ms=5" in said
    assert "count=2" in out(ctl, "fault", "show")
    assert "delay_ms" in out(ctl, "fault", "list")
    assert out(ctl, "fault", "off", "delay_ms") == "no fault is on\n"
    assert out(ctl, "fault", "on", "error", "code=1234", "text=hello there") == "no fault is on\n"
    assert out(ctl, "fault", "clear") == "no fault is on\n"


def test_acts_by_hand(ctl: Run) -> None:
    out(ctl, "price", "AAPL", "190", "--freeze")
    assert "Filled" in out(ctl, "enter", "AAPL", "buy", "100")
    (fill,) = json.loads(out(ctl, "executions", "--json"))
    assert "189.50" in out(ctl, "correct", fill["exec_id"], "--price", "189.50")
    last = json.loads(out(ctl, "executions", "--json"))[-1]
    assert "exec_id" in out(ctl, "bust", last["exec_id"])
    assert "1000500.00" in out(ctl, "cash", "DU1234567", "USD", "500")
    assert "AAPL" in out(ctl, "position", "DU1234567", "AAPL", "10", "--cost", "100")
    assert "cash" in out(ctl, "dividend", "DU1234567", "AAPL", "0.5")
    assert "cash" in out(ctl, "locate", "DU1234567", "MSFT", "100")
    assert ctl("exercise", "DU1234567", "exercise", "NOSUCH", "1")[0] == 1
    assert "AAPL" in out(ctl, "halt", "AAPL")
    assert "AAPL" not in out(ctl, "halt", "AAPL", "--kind", "0")
    assert out(ctl, "halt").startswith("halted")
    assert "quotes" in out(ctl, "flood", "0")
    assert "closed early" in out(ctl, "bulletin", "closed early", "--kind", "1")
    assert "closed early" in out(ctl, "bulletin")
    assert "touch" in out(ctl, "rules", "fill_model=touch")
    assert "max_open_orders" in out(ctl, "rules")


def test_scripts_life_and_time(ctl: Run, tmp_path: Path) -> None:
    assert "scenarios" in out(ctl, "scenario", "list")
    (tmp_path / "steps.json").write_text('[{"at": 5, "action": "farms_down"}]')
    script = json.loads(out(ctl, "timeline", "run", str(tmp_path / "steps.json")))
    assert "farms_down" in out(ctl, "timeline", "list")
    assert "farms_down" in out(ctl, "timeline", "show", str(script["id"]))
    out(ctl, "timeline", "stop", str(script["id"]))
    out(ctl, "timeline", "stop")
    out(ctl, "chaos", "start", "seed=7", "rate_per_minute=1")
    assert "seed" in out(ctl, "chaos", "show")
    out(ctl, "chaos", "stop")
    assert "running" in out(ctl, "life")
    assert ctl("login")[0] == 1
    assert "real" in out(ctl, "clock", "show")
    for words in (("step", "60"), ("advance", "next_open"), ("run", "10"), ("pause",)):
        assert ctl("clock", *words)[0] == 1


def test_the_whole(ctl: Run, tmp_path: Path) -> None:
    assert "market_open" in out(ctl, "health")
    assert "no orders" in out(ctl, "state")
    assert "GET /health" in out(ctl, "routes")
    assert json.loads(out(ctl, "openapi"))["openapi"] == "3.1.0"
    assert "DU1234567" in out(ctl, "accounts")
    assert "net_liquidation" in out(ctl, "account", "DU1234567")
    assert out(ctl, "clients") == "nobody is connected\n"
    assert out(ctl, "orders", "--open", "--symbol", "AAPL") == "none\n"
    assert out(ctl, "executions") == "no fills\n"
    assert out(ctl, "reset", "--cash", "5000") == "reset\n"
    assert "state.json" in out(ctl, "save", str(tmp_path / "state.json"))
    out(ctl, "reset")
    assert out(ctl, "load", str(tmp_path / "state.json")) == "loaded\n"
    assert "5000.00" in out(ctl, "accounts")
    assert json.loads(out(ctl, "save", "-").splitlines()[0])["kind"] == "tws-simulator-state"
    assert json.loads(out(ctl, "request", "get", "/health"))["status"] == "ok"
    assert json.loads(out(ctl, "request", "POST", "/faults", '{"name": "link_up"}')) == {"on": {}}


def test_the_log(ctl: Run, shared: Any) -> None:
    assert out(ctl, "log", "--clear") == ""
    asyncio.run(greet(shared.port))
    said = out(ctl, "log", "--limit", "2")
    assert "-> handshake v157..178" in said
    assert "<- handshake 178" in said
    assert out(ctl, "log", "--name", "place_order") == ""
    assert json.loads(out(ctl, "log", "--direction", "in", "--json"))["name"] == "handshake"


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("order", "5"), 1, "there is no order 5"),
        (("cancel", "5"), 1, "there is no order 5"),
        (("drop", "5"), 1, "client 5 is not connected"),
        (("price", "NOSUCH"), 1, "there is no instrument 'NOSUCH'"),
        (("price", "AAPL", "x"), 1, "price must be a number"),
        (("fault", "on", "nothing"), 1, "no switchable fault"),
        (("fault", "on", "delay_ms", "ms"), 2, "'ms' is no NAME=VALUE"),
        (("price", "AAPL", "--spread", "1"), 2, "--spread goes with a price"),
        (("price", "AAPL", "x", "--spread", "1"), 2, "must be numbers"),
        (("price", "AAPL", "1", "--once"), 2, "--once needs --freeze"),
        (("price", "AAPL", "--freeze", "--release"), 2, "not allowed with"),
        (("order", "x"), 2, "invalid int value"),
        (("nothing",), 2, "invalid choice"),
        ((), 2, "required: COMMAND"),
        (("load", "/nowhere/x"), 2, "No such file"),
        (("save", "/nowhere/x"), 2, "No such file"),
        (("request", "POST", "/faults", "{"), 2, "no JSON"),
        (("timeline", "run", "/nowhere"), 2, "No such file"),
        (("health", "--control", "http://127.0.0.1:1"), 3, "no simulator answers"),
        (("--control", "http://127.0.0.1:1", "health"), 3, "say where it is by --control"),
        (("--control", "here", "health"), 2, "no address"),
    ],
)
def test_what_goes_wrong_has_its_exit_code(ctl: Run, words: tuple[str, ...], code: int, reason: str) -> None:
    ended, said, errors = ctl(*words)
    assert (ended, said) == (code, "")
    assert reason in errors


def test_the_program_passes_the_command_on(ctl: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert program(["ctl", "health"]) == 0
    assert "market_open" in capsys.readouterr().out


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    text = build_parser().format_help()
    for command in ("state", "orders", "price", "fault", "clock", "save", "load", "log"):
        assert command in text
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
        assert "usage" in capsys.readouterr().out


def test_tables() -> None:
    rows = [{"name": "a", "count": 5, "at": "2026-01-05T14:30:00.123+00:00"}, {"name": "long", "count": 10, "at": None}]
    assert table(rows, ("name", "count", "at")) == ("name  count  at\na         5  2026-01-05 14:30:00\nlong     10  -")
    assert table([], ("name",)) == "none"
    assert values({"a": True, "longer": {"x": 1}}) == 'a       yes\nlonger  {"x": 1}'
