"""The Gateway's life: restarts, server resets, logins."""

from collections.abc import Callable
from typing import Any

from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import array, choice, flag, moment, number, or_null, record, text
from tws_simulator.gateway import Gateway
from tws_simulator.life_plan import RESET_DATA, WAITING_SHOWS
from tws_simulator.lifecycle import LifecycleError, Phase

_DAY = 86_400


def _restart(gateway: Gateway, given: dict[str, Any]) -> None:
    gateway.lifecycle.restart(given.get("seconds", gateway.lifecycle.plan.restart_seconds))


def _reset(gateway: Gateway, given: dict[str, Any]) -> None:
    gateway.lifecycle.reset(
        given.get("seconds", 60.0), data=given.get("data", "mixed"), report_missed=given.get("report_missed", True)
    )


def _require_login(gateway: Gateway, given: dict[str, Any]) -> None:
    gateway.lifecycle.require_login(given.get("shows"))


def _login(gateway: Gateway, given: dict[str, Any]) -> None:
    gateway.lifecycle.login()


def _logoff(gateway: Gateway, given: dict[str, Any]) -> None:
    gateway.lifecycle.logoff(keep_sockets=given.get("keep_sockets", False), shows=given.get("shows"))


_ACTIONS: dict[str, tuple[Callable[[Gateway, dict[str, Any]], None], frozenset[str]]] = {
    "restart": (_restart, frozenset({"seconds"})),
    "reset": (_reset, frozenset({"seconds", "data", "report_missed"})),
    "require_login": (_require_login, frozenset({"shows"})),
    "login": (_login, frozenset()),
    "logoff": (_logoff, frozenset({"keep_sockets", "shows"})),
}
"""What can be done, and which other keys go with it."""


def _show(gateway: Gateway, request: HttpRequest) -> Any:
    return gateway.lifecycle.describe()


def _act(gateway: Gateway, request: HttpRequest) -> Any:
    given = dict(request.body)
    name = given.pop("action")
    work, known = _ACTIONS[name]
    unknown = sorted(set(given) - known)
    if unknown:
        raise HttpError(400, f"{unknown[0]} does not go with {name}", field=unknown[0])
    return _done(gateway, work, given)


def _log_in(gateway: Gateway, request: HttpRequest) -> Any:
    return _done(gateway, _login, {})


def _done(gateway: Gateway, work: Callable[[Gateway, dict[str, Any]], None], given: dict[str, Any]) -> Any:
    try:
        work(gateway, given)
    except LifecycleError as wrong:
        raise HttpError(409, str(wrong)) from None
    return gateway.lifecycle.describe()


LIFE = record(
    "Lifecycle",
    open=True,
    needs=("state", "since", "login_expired", "shows", "next"),
    state=choice(*Phase),
    since=moment(),
    login_expired=flag("whether the next restart will wait for a second factor"),
    shows=or_null(text("what a client meets that connects now, null when it can work")),
    next=array(record("ComingEvent", needs=("event", "at"), event=text(), at=moment()), "what happens by itself"),
)

ROUTES = (
    Route("GET", "/lifecycle", "Where the Gateway is in its life, and what comes next", _show, LIFE),
    Route(
        "POST",
        "/lifecycle",
        "Restart, reset, log off, or log in",
        _act,
        LIFE,
        description=(
            "`restart`: every socket closes and the port refuses connections for `seconds`. `reset`: the link to IB is "
            "lost for `seconds` (1100 bursts, then 1101 or 1102 by `data`); with `report_missed` false, what happened "
            "meanwhile is only told to those who ask. `require_login`, `logoff`: the Gateway waits for `login`; "
            "`shows` is what clients meet meanwhile. An act that does not fit the state answers 409."
        ),
        body=record(
            needs=("action",),
            action=choice(*_ACTIONS),
            seconds=number("how long", exclusiveMinimum=0, maximum=_DAY),
            data=choice(*RESET_DATA, description="kept: 1102, lost: 1101, mixed: drawn by seed"),
            report_missed=flag("tell clients afterwards what happened meanwhile (true)"),
            shows=choice(*WAITING_SHOWS),
            keep_sockets=flag("clients stay connected and see 1100"),
        ),
        example={"action": "restart", "seconds": 75},
    ),
    Route("POST", "/login", "Confirm the second factor", _log_in, LIFE),
)
