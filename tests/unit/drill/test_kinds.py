"""Every kind can strike: the striker knows how, and the simulator takes its parameters."""

import random

import pytest
from tws_simulator.faults import ACTIONS, SWITCHES
from tws_simulator.faults.acts import checked_action
from tws_simulator.faults.board import FaultBoard
from tws_simulator.faults.scenarios import build

from tests.drill.kind import CLIENT_ID, Kind
from tests.drill.kinds import KINDS
from tests.drill.strikes import Striker

_OF_AN_ORDER = {"cancelled", "filled", "overfilled", "corrected", "forgotten"}
_DRAWS = 30


def named(kind: Kind) -> str:
    return kind.name


def drawn(kind: Kind) -> list[dict[str, object]]:
    dice = random.Random(kind.name)
    return [kind.draw(dice) for _ in range(_DRAWS)]


def of(*how: str) -> list[Kind]:
    return [kind for kind in KINDS if kind.how in how]


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_the_striker_knows_how(kind: Kind) -> None:
    assert callable(getattr(Striker, f"do_{kind.how}"))


@pytest.mark.parametrize("kind", of("switch", "reconnect"), ids=named)
def test_the_simulator_takes_a_switch(kind: Kind) -> None:
    assert kind.target in SWITCHES
    assert kind.lasts[1] > 0, "a switch must be taken back"
    board = FaultBoard()
    for given in drawn(kind):
        board.switch_on(kind.target, given)
        assert kind.target in board.describe()


@pytest.mark.parametrize("kind", of("action"), ids=named)
def test_the_simulator_takes_an_action(kind: Kind) -> None:
    for given in drawn(kind):
        assert checked_action(kind.target, given)


@pytest.mark.parametrize("kind", of("scenario"), ids=named)
def test_the_simulator_takes_a_scenario(kind: Kind) -> None:
    for given in drawn(kind):
        assert build(kind.target, given)


@pytest.mark.parametrize("kind", of(*_OF_AN_ORDER, "roll_back"), ids=named)
def test_what_strikes_an_order_is_an_action(kind: Kind) -> None:
    assert kind.target in ACTIONS
    if kind.how == "roll_back":
        assert all(checked_action(kind.target, {"client_id": CLIENT_ID, **given}) for given in drawn(kind))
    elif kind.how != "forgotten":
        assert all(0 <= given["pick"] <= 1 for given in drawn(kind))  # type: ignore[operator]


def test_every_process_is_killed() -> None:
    killed = {kind.target for kind in of("kill")}
    assert {"gateway", "standby", "web", "worker", "beat", "postgres", "redis", "simulator"} <= killed
