"""Floods of quotes, to find out how many a client can take."""

from typing import Any

from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import record, whole
from tws_simulator.gateway import Gateway
from tws_simulator.session import flood
from tws_simulator.session.session import Session


def _start(gateway: Gateway, request: HttpRequest) -> Any:
    body = request.body
    sessions = [row for row in _chosen(gateway, body.get("client_id")) if row.quotes]
    if not sessions:
        raise HttpError(409, "no client has subscribed to quotes")
    return {"clients": len(sessions), "quotes": sum(flood.start(row, body["quotes"]) for row in sessions)}


def _stop(gateway: Gateway, request: HttpRequest) -> Any:
    return {"clients": sum(flood.stop(row) for row in list(gateway.sessions.values())), "quotes": 0}


def _chosen(gateway: Gateway, client_id: int | None) -> list[Session]:
    return [row for key, row in list(gateway.sessions.items()) if client_id is None or key == client_id]


FLOOD = record(
    "Flood",
    needs=("clients", "quotes"),
    clients=whole("how many clients it concerns"),
    quotes=whole("how many are to come, of all subscriptions together"),
)

ROUTES = (
    Route(
        "POST",
        "/market/flood",
        "Send quotes as fast as clients read them",
        _start,
        FLOOD,
        description="Every running quote subscription gets `quotes` prices more, a seeded walk around the market "
        "that nobody can trade on; then the market is told anew. A client that reads slowly slows its own flood only.",
        body=record(
            needs=("quotes",),
            quotes=whole("for each subscription", minimum=1, maximum=100_000_000),
            client_id=whole("only this client's subscriptions"),
        ),
        example={"quotes": 100_000},
        errors=(409,),
    ),
    Route("DELETE", "/market/flood", "End all floods", _stop, FLOOD),
)
