"""The simulator's clock: what it reads, and steering it if it is a virtual one."""

from datetime import datetime, timedelta
from typing import Any

from tws_simulator.clock import new_york
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import Invalid, choice, flag, moment, number, or_null, read, record, text, whole
from tws_simulator.gateway import Gateway
from tws_simulator.timekeeper import FURTHEST, MAX_SPEED, MIN_SPEED, ClockBusy, ClockError

_WORDS = ("next_open", "next_close")
_TARGET = text(
    "a time with its offset, or `next_open` or `next_close` of New York's regular session", minLength=1, maxLength=60
)


def _clock(gateway: Gateway, request: HttpRequest) -> Any:
    return _reading(gateway)


def _reading(gateway: Gateway) -> dict[str, Any]:
    keeper, now, calendar = gateway.timekeeper, gateway.clock.now(), gateway.broker.calendar
    return {
        "kind": "virtual" if keeper.is_virtual else "real",
        "now": now.isoformat(),
        "new_york": new_york(now).isoformat(),
        "speed": keeper.speed,
        "paused": keeper.is_paused,
        "until": keeper.until.isoformat() if keeper.until else None,
        "stepping_to": keeper.target.isoformat() if keeper.target else None,
        "lag_seconds": round(keeper.lag, 3),
        "ticks": keeper.ticks,
        "market_open": calendar.is_open(now),
        "next_open": calendar.next_open(now).isoformat(),
        "next_close": calendar.close_of(now).isoformat(),
    }


async def _steer(gateway: Gateway, request: HttpRequest) -> Any:
    body = request.body
    _check_one_wish(body)
    try:
        reached = await _carried_out(gateway, body)
    except ClockBusy as busy:
        raise HttpError(409, str(busy)) from None
    except ClockError as wrong:
        raise HttpError(422, str(wrong)) from None
    return {**_reading(gateway), "reached": reached}


def _check_one_wish(body: dict[str, Any]) -> None:
    wishes = [key for key in ("step_seconds", "advance_to") if key in body]
    if len(wishes) + ("speed" in body or "paused" in body) != 1:
        raise HttpError(400, "send one of speed and paused, step_seconds, or advance_to")
    if "until" in body and (wishes or body.get("paused")):
        raise HttpError(400, "until goes with speed, or with paused false", field="until")


async def _carried_out(gateway: Gateway, body: dict[str, Any]) -> bool:
    """Do what was asked; whether the moment that was asked for is reached."""
    keeper = gateway.timekeeper
    if "step_seconds" in body:
        seconds = min(body["step_seconds"], FURTHEST.total_seconds() + 1)
        return await keeper.advance_to(gateway.clock.now() + timedelta(seconds=seconds))
    if "advance_to" in body:
        return await keeper.advance_to(_moment(gateway, body["advance_to"], "advance_to"))
    speed = body.get("speed", keeper.speed)
    if body.get("paused"):
        keeper.pause(speed)
    else:
        keeper.run_at(speed, _moment(gateway, body["until"], "until") if "until" in body else None)
    return True


def _moment(gateway: Gateway, word: str, field: str) -> datetime:
    calendar, now = gateway.broker.calendar, gateway.clock.now()
    if word == "next_open":
        return calendar.next_open(now)
    if word == "next_close":
        return calendar.close_of(now)
    try:
        found = read(moment(), word, field)
    except Invalid:
        raise HttpError(
            400, f"{field} must be a time with its offset, like 2026-01-05T09:30:00-05:00, or {' or '.join(_WORDS)}",
            field=field,
        ) from None  # fmt: skip
    assert isinstance(found, datetime)
    return found


_READING: dict[str, Any] = {
    "kind": choice("real", "virtual"),
    "now": moment(),
    "new_york": moment("the same on New York's wall clock"),
    "speed": number("seconds of this clock per real second while it runs"),
    "paused": flag("whether it stands still unless stepped"),
    "until": or_null(moment("when a running clock will pause by itself")),
    "stepping_to": or_null(moment("where a step that is under way leads")),
    "lag_seconds": number("how far it is behind where its speed wants it, in its own seconds"),
    "ticks": whole("slots of a quarter of a second in which anything could happen, so far"),
    "market_open": flag("New York's regular session"),
    "next_open": moment(),
    "next_close": moment(),
}

ROUTES = (
    Route(
        "GET",
        "/clock",
        "What the simulator's clock reads",
        _clock,
        record("Clock", _READING, open=True, needs=tuple(_READING)),
    ),
    Route(
        "POST",
        "/clock",
        "Pause, step or run a virtual clock",
        _steer,
        record(
            "ClockMoved",
            {**_READING, "reached": flag("false when a pause ended a step before its end")},
            open=True,
            needs=(*_READING, "reached"),
        ),
        description=(
            "`speed` lets the clock run (up to `until`, if given), `paused` stops it or lets it go on, `step_seconds` "
            "and `advance_to` go forward as fast as possible and answer when they have arrived. A real clock answers "
            f"409, a way backwards or of more than {FURTHEST.days} days 422."
        ),
        body=record(
            speed=number("virtual seconds per real second", minimum=MIN_SPEED, maximum=MAX_SPEED),
            paused=flag(),
            until=_TARGET,
            step_seconds=number("how far to go", exclusiveMinimum=0),
            advance_to=_TARGET,
        ),
        example={"step_seconds": 60},
    ),
)
