"""What the actions do to a Gateway."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tws_simulator.faults.actions import ACTIONS
from tws_simulator.faults.acts_orders import ORDER_ACTS
from tws_simulator.faults.spec import FaultError, Parameters, checked
from tws_simulator.session.notices import FARMS_DOWN, FARMS_UP, LINK_DOWN, LINK_UP_KEPT, LINK_UP_LOST
from tws_simulator.session.requests_met import COMPETING
from tws_simulator.wire.framing import frame

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway

_SERVER_DOWN = (
    2110,
    "Connectivity between Trader Workstation and server is broken. It will be restored automatically.",
)
_FARM_TEXTS: dict[int, tuple[str, str]] = {
    2103: ("Market data farm connection is broken:{}", "usfarm"),
    2104: ("Market data farm connection is OK:{}", "usfarm"),
    2105: ("HMDS data farm connection is broken:{}", "ushmds"),
    2106: ("HMDS data farm connection is OK:{}", "ushmds"),
    2107: ("HMDS data farm connection is inactive but should be available upon demand.{}", "ushmds"),
    2108: ("Market data farm connection is inactive but should be available upon demand.{}", "usfarm"),
    2119: ("Market data farm is connecting:{}", "usfarm"),
    2157: ("Sec-def data farm connection is broken:{}", "secdefnj"),
    2158: ("Sec-def data farm connection is OK:{}", "secdefnj"),
}
FARM_EFFECTS: dict[int, tuple[str, Parameters]] = {
    2103: ("freeze_quotes", {}),
    2105: ("swallow_requests", {"requests": ["req_historical_data", "req_head_timestamp", "req_historical_ticks"]}),
    2157: ("swallow_requests", {"requests": ["req_contract_details", "req_matching_symbols", "req_option_parameters"]}),
}
"""What a broken farm stops."""
_MENDS = {2104: 2103, 2106: 2105, 2158: 2157}


def act(gateway: "Gateway", name: str, given: Parameters) -> None:
    """Do a one-time fault. Raises FaultError."""
    parameters = checked_action(name, given)
    work = _ACTS[name]
    work(gateway, **parameters)


def checked_action(name: str, given: Parameters) -> Parameters:
    """The parameters of an action, completed, without doing it. Raises FaultError."""
    spec = ACTIONS.get(name)
    if spec is None:
        raise FaultError(f"no fault named {name!r}")
    parameters = checked(spec, given, name)
    if not 1 <= parameters.get("times", 1) <= 1000:
        raise FaultError(f"{name}: times must be 1 to 1000")
    return parameters


def _drop_connections(gateway: "Gateway", client_id: int | None, reset: bool) -> None:
    for connection in list(gateway.connections):
        if client_id is None or connection.client_id == client_id:
            connection.cut(reset=reset)


def _link_down(gateway: "Gateway", code: int, times: int) -> None:
    for _ in range(times):
        gateway.broadcast_error(*(LINK_DOWN if code == LINK_DOWN[0] else _SERVER_DOWN))
    gateway.link_is_up = False


def _link_up(gateway: "Gateway", data_lost: bool, discard_held: bool, times: int, release_after: float) -> None:
    gateway.link_is_up = True
    for session in gateway.chosen(None):
        if data_lost:
            session.drop_market_data()
    for _ in range(times):
        gateway.broadcast_error(*(LINK_UP_LOST if data_lost else LINK_UP_KEPT))
    held, gateway.held = gateway.held, []
    if discard_held:
        return
    if release_after:
        due = gateway.clock.now() + timedelta(seconds=release_after)
        gateway.agenda.at(due, lambda: _release(held))
    else:
        _release(held)


def _release(held: list[tuple[Any, Any]]) -> None:
    for session, request in held:
        session.perform(request)


def _port_changed(gateway: "Gateway", port: int) -> None:
    gateway.broadcast_error(
        1300,
        f"Socket port has been reset and this connection is being dropped. Please reconnect on the new port - {port}",
    )
    for session in gateway.chosen(None):
        session.connection.close()


def _farms_down(gateway: "Gateway") -> None:
    for code, text in FARMS_DOWN:
        gateway.broadcast_error(code, text)


def _farms_up(gateway: "Gateway") -> None:
    for code, text in FARMS_UP:
        gateway.broadcast_error(code, text)


def _farm_notice(gateway: "Gateway", code: int, farm: str | None, acts: bool) -> None:
    text, usual = _FARM_TEXTS[code]
    gateway.broadcast_error(code, text.format(farm or usual))
    if not acts:
        return
    if code in FARM_EFFECTS:
        name, given = FARM_EFFECTS[code]
        gateway.faults.switch_on(name, given, source=f"farm {code}")
    elif code in _MENDS:
        gateway.faults.clear(source=f"farm {_MENDS[code]}")


def _competing_session_starts(gateway: "Gateway") -> None:
    gateway.faults.switch_on("competing_session", {}, source="competing session")
    gateway.faults.switch_on("freeze_quotes", {}, source="competing session")
    for session in gateway.chosen(None):
        for req_id in sorted({*session.quotes, *session.books, *session.tick_streams, *session.real_time_bars}):
            session.error(req_id, 10197, COMPETING)


def _competing_session_ends(gateway: "Gateway") -> None:
    gateway.faults.clear(source="competing session")


def _send_garbage(gateway: "Gateway", bytes: int, seed: int, framed: bool, client_id: int | None) -> None:
    if not 1 <= bytes <= 1 << 16:
        raise FaultError("send_garbage: bytes must be 1 to 65536")
    data = random.Random(seed).randbytes(bytes)  # noqa: S311 - reproducible, not secret
    for connection in list(gateway.connections):
        if connection.session is not None and client_id in {None, connection.client_id}:
            connection.write_raw(frame(data) if framed else data)


def _error(gateway: "Gateway", code: int, text: str, id: int, client_id: int | None) -> None:
    gateway.broadcast_error(code, text, req_id=id, client_id=client_id)


_ACTS: dict[str, Callable[..., None]] = {
    "drop_connections": _drop_connections,
    "link_down": _link_down,
    "link_up": _link_up,
    "port_changed": _port_changed,
    "farms_down": _farms_down,
    "farms_up": _farms_up,
    "farm_notice": _farm_notice,
    "competing_session_starts": _competing_session_starts,
    "competing_session_ends": _competing_session_ends,
    "send_garbage": _send_garbage,
    "error": _error,
    **ORDER_ACTS,
}
assert set(_ACTS) == set(ACTIONS)
