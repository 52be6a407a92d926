"""Connected clients, and dropping them."""

from typing import Any

from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import array, record, whole
from tws_simulator.control.views import CLIENT, client_row
from tws_simulator.gateway import Gateway


def _clients(gateway: Gateway, request: HttpRequest) -> Any:
    return {"clients": [client_row(gateway.sessions[key]) for key in sorted(gateway.sessions)]}


def _drop(gateway: Gateway, request: HttpRequest) -> Any:
    session = gateway.sessions.get(request.params["client_id"])
    if session is None:
        raise HttpError(404, f"client {request.params['client_id']} is not connected", field="client_id")
    session.connection.abort()
    return {"dropped": session.client_id}


ROUTES = (
    Route(
        "GET",
        "/clients",
        "Connected clients",
        _clients,
        record("Clients", needs=("clients",), clients=array(CLIENT)),
    ),
    Route(
        "DELETE",
        "/clients/{client_id}",
        "Cut the connection of a client",
        _drop,
        record("Dropped", needs=("dropped",), dropped=whole("the client's id")),
        parameters={"client_id": whole()},
        errors=(404,),
    ),
)
