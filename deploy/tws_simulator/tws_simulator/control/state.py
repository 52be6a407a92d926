"""Everything at one glance, and beginning again."""

from typing import Any

from tws_simulator import snapshot
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.lifecycle import LIFE
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import array, choice, decimal, flag, moment, record, table, text, whole
from tws_simulator.control.views import (
    ACCOUNT,
    CLIENT,
    EXECUTION,
    ORDER,
    account_row,
    client_row,
    execution_row,
    order_row,
)
from tws_simulator.gateway import Gateway


def _state(gateway: Gateway, request: HttpRequest) -> Any:
    broker = gateway.broker
    return {
        "time": gateway.clock.now().isoformat(),
        "seed": broker.seed,
        "calendar": broker.calendar.name,
        "link_up": gateway.link_is_up,
        "lifecycle": gateway.lifecycle.describe(),
        "clients": [client_row(gateway.sessions[key]) for key in sorted(gateway.sessions)],
        "next_order_ids": {str(key): value for key, value in broker.state.next_order_ids.items()},
        "accounts": [account_row(gateway, name) for name in broker.accounts],
        "orders": [order_row(gateway, row) for row in broker.state.orders.values()],
        "executions": [execution_row(gateway, row) for row in broker.state.executions],
        "faults": gateway.faults.describe(),
    }


def _reset(gateway: Gateway, request: HttpRequest) -> Any:
    gateway.reset(request.body.get("starting_cash"))
    return {"status": "ok"}


def _export(gateway: Gateway, request: HttpRequest) -> Any:
    return snapshot.take(gateway)


def _import(gateway: Gateway, request: HttpRequest) -> Any:
    try:
        snapshot.restore(gateway, request.body)
    except snapshot.SnapshotError as error:
        raise HttpError(422, str(error)) from None
    return {"status": "ok"}


OK = record("Done", needs=("status",), status=choice("ok"))
SNAPSHOT = record(
    "Snapshot",
    open=True,
    needs=("kind", "format"),
    kind=text("what it is"),
    format=whole("version of the form of the document"),
    program=text("version of the simulator that wrote it"),
    seed=whole(),
    calendar=text(),
    time=text("of the simulator's clock, ISO 8601"),
    broker={"type": "object"},
    markets={"type": "object"},
    faults={"type": "object"},
)

ROUTES = (
    Route(
        "GET",
        "/state",
        "Everything: orders, executions, accounts, clients, faults",
        _state,
        record(
            "State",
            open=True,
            needs=("time", "seed", "calendar", "link_up", "clients", "accounts", "orders", "executions", "faults"),
            time=moment(),
            seed=whole(),
            calendar=text(),
            link_up=flag(),
            lifecycle=LIFE,
            clients=array(CLIENT),
            next_order_ids=table(whole(), "next valid id of each client id"),
            accounts=array(ACCOUNT),
            orders=array(ORDER),
            executions=array(EXECUTION),
            faults=table({"type": "object"}, "faults that are on, with their settings"),
        ),
    ),
    Route(
        "GET",
        "/state/export",
        "The whole state as one document, to be imported later",
        _export,
        SNAPSHOT,
        description="Orders, fills, accounts, ids, prices set by hand and their past, faults.",
    ),
    Route(
        "POST",
        "/state/import",
        "Put an exported document in place of the present state",
        _import,
        OK,
        description="All or nothing: a document of another version or one that contradicts itself is refused with "
        "the reason. Clients are dropped first, as in a restart.",
        body=SNAPSHOT,
        example={"kind": "tws-simulator-state", "format": 1},
        errors=(422,),
    ),
    Route(
        "POST",
        "/reset",
        "Begin again without orders, fills, positions and faults",
        _reset,
        OK,
        description="Ids go on, so that none is used twice. Clients stay connected.",
        body=record(starting_cash=decimal("in the base currency, in each account", minimum=0, maximum=10**15)),
        body_required=False,
        example={"starting_cash": "50000"},
    ),
)
