"""The last messages in and out."""

from typing import Any

from tws_simulator.control.http import HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import array, choice, flag, moment, or_null, record, text, whole
from tws_simulator.gateway import Gateway
from tws_simulator.storage.codec import dump


def _log(gateway: Gateway, request: HttpRequest) -> Any:
    return {"messages": [dump(row) for row in gateway.log.entries(**request.params)]}


def _clear_log(gateway: Gateway, request: HttpRequest) -> Any:
    gateway.log.clear()
    return {"messages": []}


MESSAGE = record(
    "LogMessage",
    open=True,
    needs=("number", "at", "client_id", "direction", "fields"),
    number=whole("counts up from 1 as long as the simulator runs"),
    at=moment(),
    client_id=or_null(whole("null before the client has said who it is")),
    direction=choice("in", "out", description="in: from the client"),
    fields=array(text(), "as on the wire; long messages and fields are cut"),
)
MESSAGES = record("LogMessages", needs=("messages",), messages=array(MESSAGE))

ROUTES = (
    Route(
        "GET",
        "/log",
        "The last messages in and out",
        _log,
        MESSAGES,
        query={
            "after": whole("only messages numbered above", minimum=0, default=0),
            "limit": whole("at most so many", minimum=0, maximum=100_000, default=500),
            "client_id": whole("only this client's"),
        },
    ),
    Route(
        "POST",
        "/log",
        "Forget the messages so far",
        _clear_log,
        MESSAGES,
        body=record(needs=("clear",), clear=flag("must be true", enum=[True])),
        example={"clear": True},
    ),
)
