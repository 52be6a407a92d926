"""What every process of the desk is told, from what is set and from DESK_HOME."""

import os
from pathlib import Path

import pytest

from config.desk.environment import (
    apply_embedded_defaults,
    desk_environment,
    embedded_parts,
    move_redis_port,
    port_of,
    redis_port,
)
from config.desk.errors import DeskStartError
from config.desk.home import REPOSITORY, DeskHome


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"DESK_HOME": str(tmp_path / "home")}


def test_unset_addresses_mean_embedded_servers_and_the_simulator(env: dict[str, str]) -> None:
    parts = embedded_parts(env)
    assert (parts.postgres, parts.redis, parts.simulator) == (True, True, True)


def test_addresses_stay_the_same_from_process_to_process(env: dict[str, str]) -> None:
    first, second = dict(env), dict(env)
    apply_embedded_defaults(first)
    apply_embedded_defaults(second)
    assert first == second
    assert first["DATABASE_URL"].startswith("postgresql://desk:")


def test_filled_in_addresses_still_count_as_unset(env: dict[str, str]) -> None:
    apply_embedded_defaults(env)
    parts = embedded_parts(env)
    assert (parts.postgres, parts.redis) == (True, True)


def test_addresses_inherited_from_another_desk_are_replaced_by_our_own(env: dict[str, str], tmp_path: Path) -> None:
    apply_embedded_defaults(env)
    other = {**env, "DESK_HOME": str(tmp_path / "other")}
    apply_embedded_defaults(other)
    assert other["DATABASE_URL"] != env["DATABASE_URL"]
    assert other["REDIS_URL"] != env["REDIS_URL"]


def test_a_given_database_gets_no_made_up_keys(env: dict[str, str]) -> None:
    env |= {"DATABASE_URL": "postgresql://me@db/desk", "REDIS_URL": "redis://cache/0"}
    apply_embedded_defaults(env)
    assert "SECRET_KEY" not in env
    assert env["DATABASE_URL"] == "postgresql://me@db/desk"
    assert not Path(env["DESK_HOME"]).exists()


def test_given_keys_win_over_kept_ones(env: dict[str, str]) -> None:
    env["SECRET_KEY"] = "mine"
    apply_embedded_defaults(env)
    assert env["SECRET_KEY"] == "mine"
    assert len(env["JWT_SIGNING_KEY"]) == 64


def test_children_are_spared_the_recompiling_of_every_package(env: dict[str, str]) -> None:
    child = desk_environment(
        {**env, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": f"/elsewhere{os.pathsep}{REPOSITORY}"}
    )
    assert "PYTHONDONTWRITEBYTECODE" not in child
    assert child["PYTHONPATH"].split(os.pathsep) == [
        str(REPOSITORY),
        str(REPOSITORY / "deploy" / "tws_simulator"),
        "/elsewhere",
    ]


@pytest.mark.parametrize(
    ("given", "host", "port"),
    [
        ({"IB_HOST": "10.0.0.5"}, "10.0.0.5", "4002"),
        ({"IB_PORT": "7497"}, "127.0.0.1", "7497"),
        ({"IB_HOST": "gw", "IB_TRADING_MODE": "live"}, "gw", "4001"),
    ],
)
def test_half_an_address_of_ib_is_completed(env: dict[str, str], given: dict[str, str], host: str, port: str) -> None:
    child = desk_environment(env | given)
    assert (child["IB_HOST"], child["IB_PORT"]) == (host, port)


@pytest.mark.parametrize("text", ["0", "65536", "eight", "-1", "80 ", "٨"])
def test_a_bad_port_names_its_variable(text: str) -> None:
    with pytest.raises(DeskStartError, match="DESK_HTTP_PORT"):
        port_of({"DESK_HTTP_PORT": text}, "DESK_HTTP_PORT")


def test_redis_keeps_its_port_until_a_stranger_takes_it(env: dict[str, str]) -> None:
    home = DeskHome.of(env)
    first = redis_port(home)
    assert redis_port(home) == first
    moved = move_redis_port(home)
    assert redis_port(home) == moved


def test_a_long_home_still_gets_sockets_short_enough(tmp_path: Path) -> None:
    deep = DeskHome(tmp_path / ("d" * 100))
    shallow = DeskHome(Path("/srv/desk"))
    assert len(os.fsencode(deep.sockets)) < 60
    assert deep.sockets != DeskHome(tmp_path / ("e" * 100)).sockets
    assert shallow.sockets == Path("/srv/desk/run/s")
