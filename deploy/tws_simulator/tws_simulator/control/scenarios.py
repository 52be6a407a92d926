"""Scenarios by name, timelines of steps, and chaos from a seed."""

from collections.abc import Callable
from typing import Any

from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import array, number, or_null, record, table, text, whole
from tws_simulator.faults import FaultError
from tws_simulator.faults.scenarios import SCENARIOS, TITLE, start, stop
from tws_simulator.faults.timeline import Script, ScriptError
from tws_simulator.gateway import Gateway

_TIMELINE = "timeline"


def _scenarios(gateway: Gateway, request: HttpRequest) -> Any:
    running = [row.describe() for row in gateway.scripts.listing() if row.title.startswith(f"{TITLE} ")]
    return {"scenarios": {name: row.describe() for name, row in SCENARIOS.items()}, "runs": running}


def _start_scenario(gateway: Gateway, request: HttpRequest) -> Any:
    name = _known(request)
    return _begun(gateway, lambda: start(gateway, name, request.body or {}))


def _stop_scenario(gateway: Gateway, request: HttpRequest) -> Any:
    return {"runs": [row.describe() for row in stop(gateway, _known(request))]}


def _known(request: HttpRequest) -> str:
    name: str = request.params["name"]
    if name not in SCENARIOS:
        raise HttpError(404, f"no scenario {name!r}")
    return name


def _begun(gateway: Gateway, begin: Callable[[], Script]) -> Any:
    """A script once it has started. Raises HttpError if it cannot, or if its first steps failed."""
    try:
        script = begin()
    except ScriptError as error:
        raise HttpError(400, str(error), field=f"steps[{error.index}]") from None
    except FaultError as error:
        raise HttpError(400, str(error)) from None
    failed = [(index, row) for index, row in enumerate(script.rows) if row.state == "failed"]
    if failed:
        gateway.scripts.stop(script.number)
        raise HttpError(409, f"step {failed[0][0]}: {failed[0][1].reason}", field=f"steps[{failed[0][0]}]")
    return script.describe()


def _timelines(gateway: Gateway, request: HttpRequest) -> Any:
    return {"timelines": [row.describe() for row in gateway.scripts.listing() if row.title == _TIMELINE]}


def _start_timeline(gateway: Gateway, request: HttpRequest) -> Any:
    return _begun(gateway, lambda: gateway.scripts.start(gateway.scripts.read(request.body["steps"]), _TIMELINE))


def _timeline(gateway: Gateway, request: HttpRequest) -> Any:
    return _found(gateway, request).describe()


def _stop_timeline(gateway: Gateway, request: HttpRequest) -> Any:
    return gateway.scripts.stop(_found(gateway, request).number).describe()


def _stop_timelines(gateway: Gateway, request: HttpRequest) -> Any:
    return {"timelines": [row.describe() for row in gateway.scripts.stop_all(lambda row: row.title == _TIMELINE)]}


def _found(gateway: Gateway, request: HttpRequest) -> Script:
    script = gateway.scripts.get(request.params["id"])
    if script is None:
        raise HttpError(404, f"no timeline {request.params['id']}")
    return script


def _chaos(gateway: Gateway, request: HttpRequest) -> Any:
    return gateway.chaos.describe()


def _start_chaos(gateway: Gateway, request: HttpRequest) -> Any:
    body = request.body
    try:
        gateway.chaos.start(body["seed"], body["rate_per_minute"], body["kinds"], body["seconds"])
    except FaultError as error:
        raise HttpError(400, str(error)) from None
    return gateway.chaos.describe()


def _stop_chaos(gateway: Gateway, request: HttpRequest) -> Any:
    gateway.chaos.stop()
    return gateway.chaos.describe()


_STEP: dict[str, Any] = {"type": "object"}
SCRIPT = record(
    "Script",
    needs=("id", "title", "state", "started_at", "steps"),
    id=whole(),
    title=text(),
    state=text("running, done or stopped"),
    started_at=text(),
    steps=array(_STEP, "each with its state: waiting, done, failed or cancelled"),
)
SCENARIO = record(
    "Scenario",
    open=True,
    needs=("doc", "sources", "parameters", "defaults"),
    doc=text(),
    sources=array(text()),
    parameters=table(text()),
    defaults={"type": "object"},
)
CHAOS = record("Chaos", open=True, needs=("on", "struck", "next"), on={"type": "boolean"}, struck=array(_STEP))
_NAME = {"name": text("of the scenario", maxLength=60)}
_ID = {"id": whole("of the timeline", minimum=1)}

ROUTES = (
    Route(
        "GET",
        "/scenarios",
        "All scenarios, and which have been started",
        _scenarios,
        record(needs=("scenarios", "runs"), scenarios=table(SCENARIO), runs=array(SCRIPT)),
    ),
    Route(
        "POST",
        "/scenarios/{name}",
        "Start a scenario with its parameters",
        _start_scenario,
        SCRIPT,
        parameters=_NAME,
        body=record(open=True),
        body_required=False,
        example={"seconds": 30},
        errors=(404, 409),
    ),
    Route(
        "DELETE",
        "/scenarios/{name}",
        "Stop a scenario and undo what it switched",
        _stop_scenario,
        record(needs=("runs",), runs=array(SCRIPT)),
        parameters=_NAME,
        errors=(404,),
    ),
    Route("GET", "/timeline", "All timelines", _timelines, record(needs=("timelines",), timelines=array(SCRIPT))),
    Route(
        "POST",
        "/timeline",
        "Run steps by the clock; all are checked before the first is done",
        _start_timeline,
        SCRIPT,
        description="Each step has `at` (seconds from now, or a time) and one of `fault`, `clear`, `action`, `price` "
        "or `scenario`, with its parameters beside it; `for` ends a fault or scenario after so many seconds.",
        body=record(needs=("steps",), steps=array(_STEP, minItems=1, maxItems=10_000)),
        example={"steps": [{"at": 5, "action": "link_down"}, {"at": 20, "action": "link_up", "data_lost": True}]},
        errors=(409,),
    ),
    Route(
        "DELETE",
        "/timeline",
        "Stop all timelines and undo what they switched",
        _stop_timelines,
        record(needs=("timelines",), timelines=array(SCRIPT)),
    ),
    Route("GET", "/timeline/{id}", "One timeline", _timeline, SCRIPT, parameters=_ID, errors=(404,)),
    Route(
        "DELETE",
        "/timeline/{id}",
        "Stop a timeline and undo what it switched",
        _stop_timeline,
        SCRIPT,
        parameters=_ID,
        errors=(404,),
    ),
    Route("GET", "/chaos", "What has struck, and what is planned next", _chaos, CHAOS),
    Route(
        "POST",
        "/chaos",
        "Let random faults strike; the same seed strikes the same way",
        _start_chaos,
        CHAOS,
        body=record(
            seed=whole("of the plan", default=1),
            rate_per_minute=number("strikes a minute on average", default=1.0),
            kinds=array(text(), "what may strike; empty for everything", default=[]),
            seconds=or_null(number("how long, null for ever", default=None, minimum=0)),
        ),
        example={"seed": 7, "rate_per_minute": 2, "kinds": ["drop", "outage"]},
    ),
    Route("DELETE", "/chaos", "End it and undo what is still on", _stop_chaos, CHAOS),
)
