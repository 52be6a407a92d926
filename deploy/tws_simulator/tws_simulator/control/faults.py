"""Which faults there are, and switching them."""

from typing import Any

from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import flag, or_null, record, table, text, whole
from tws_simulator.faults import ACTIONS, SWITCHES, FaultError, FaultSpec
from tws_simulator.gateway import Gateway


def _faults(gateway: Gateway, request: HttpRequest) -> Any:
    return {
        "on": gateway.faults.describe(),
        "switches": {name: _spec(row) for name, row in SWITCHES.items()},
        "actions": {name: _spec(row) for name, row in ACTIONS.items()},
    }


def _spec(spec: FaultSpec) -> dict[str, Any]:
    return {
        "doc": spec.doc,
        "parameters": {key: kind.__name__ for key, kind in spec.parameters.items()},
        "defaults": spec.defaults,
        "choices": {key: list(values) for key, values in spec.choices.items()},
        "narrowed_by": list(spec.filters),
        "lasting": spec.lasting,
    }


def _set_faults(gateway: Gateway, request: HttpRequest) -> Any:
    name = request.body["name"]
    parameters = {key: value for key, value in request.body.items() if key not in {"name", "on"}}
    try:
        if name in ACTIONS:
            gateway.act(name, parameters)
        elif request.body["on"]:
            gateway.faults.switch_on(name, parameters)
        else:
            gateway.clear_faults(name)
    except FaultError as error:
        raise HttpError(404 if name not in SWITCHES and name not in ACTIONS else 400, str(error)) from None
    return {"on": gateway.faults.describe()}


def _clear_faults(gateway: Gateway, request: HttpRequest) -> Any:
    gateway.clear_faults()
    return {"on": {}}


ON = table({"type": "object"}, "faults that are on, with their settings")
SPECS = table(
    record(
        "FaultKind",
        needs=("doc", "parameters", "defaults"),
        open=True,
        doc=text(),
        parameters=table(text(), "type of each parameter"),
        defaults={"type": "object"},
    )
)
SWITCHED = record("FaultsOn", needs=("on",), on=ON)

ROUTES = (
    Route(
        "GET",
        "/faults",
        "Which faults there are and which are on",
        _faults,
        record("Faults", open=True, needs=("on", "switches", "actions"), on=ON, switches=SPECS, actions=SPECS),
    ),
    Route(
        "POST",
        "/faults",
        "Switch a fault on or off, or do a one-time fault",
        _set_faults,
        SWITCHED,
        description="The fault's own parameters stand beside `name`; `GET /faults` lists them.",
        body=record(
            open=True,
            needs=("name",),
            name=text("of the switch or action", minLength=1, maxLength=60),
            on=flag("false switches it off", default=True),
            client_id=or_null(whole("only this client")),
            count=or_null(whole("only the next so many times")),
        ),
        example={"name": "swallow_orders", "count": 1},
        errors=(404,),
    ),
    Route("DELETE", "/faults", "Switch all faults off", _clear_faults, SWITCHED),
)
