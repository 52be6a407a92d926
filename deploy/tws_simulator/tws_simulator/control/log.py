"""The last messages in and out."""

import asyncio
from datetime import datetime
from typing import Any

from tws_simulator.control.http import HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import array, choice, flag, moment, number, or_null, record, text, whole
from tws_simulator.gateway import Gateway
from tws_simulator.messages.names import message_name, request_name
from tws_simulator.storage.codec import dump
from tws_simulator.wire.log import LogEntry

_POLL_SECONDS = 0.05
_LONGEST_WAIT = 60


async def _waited(gateway: Gateway, wanted: dict[str, Any], seconds: float) -> Any:
    """Wait until there is something to tell, at most so long."""
    ends = asyncio.get_running_loop().time() + seconds
    seen = -1
    rows: list[dict[str, Any]] = []
    while not rows and asyncio.get_running_loop().time() < ends:
        if gateway.log.count != seen:
            seen, rows = gateway.log.count, _rows(gateway, wanted)
        if not rows:
            await asyncio.sleep(_POLL_SECONDS)
    return _answer(gateway, rows)


def _log(gateway: Gateway, request: HttpRequest) -> Any:
    wanted = dict(request.params)
    seconds = wanted.pop("wait")
    rows = _rows(gateway, wanted)
    return _answer(gateway, rows) if rows or not seconds else _waited(gateway, wanted, seconds)


def _answer(gateway: Gateway, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"messages": rows, "last": gateway.log.count}


def _rows(gateway: Gateway, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    after, limit = wanted["after"], wanted["limit"]
    names = set(wanted.get("name", ()))
    direction, since = wanted.get("direction"), wanted.get("since")
    if not names and direction is None and since is None:
        entries = gateway.log.entries(after=after, limit=limit, client_id=wanted.get("client_id"))
        return [_row(entry) for entry in entries]
    entries = gateway.log.entries(after=after, limit=gateway.log.capacity, client_id=wanted.get("client_id"))
    rows = [_row(entry) for entry in entries if _fits(entry, direction, since)]
    found = [row for row in rows if not names or row["name"] in names]
    return found[:limit] if after else found[-limit:] if limit else []


def _fits(entry: LogEntry, direction: str | None, since: datetime | None) -> bool:
    return direction in {None, entry.direction} and (since is None or entry.at >= since)


def _row(entry: LogEntry) -> dict[str, Any]:
    if entry.direction == "in":
        name = request_name(entry.fields)
    else:
        name = message_name(entry.fields, greeted=entry.client_id is not None)
    row: dict[str, Any] = dump(entry)
    return {**row, "name": name}


def _clear_log(gateway: Gateway, request: HttpRequest) -> Any:
    gateway.log.clear()
    return _answer(gateway, [])


MESSAGE = record(
    "LogMessage",
    open=True,
    needs=("number", "at", "client_id", "direction", "name", "fields"),
    number=whole("counts up from 1 as long as the simulator runs"),
    at=moment(),
    client_id=or_null(whole("null before the client has said who it is")),
    direction=choice("in", "out", description="in: from the client"),
    name=text("of the request or message, like place_order or order_status"),
    fields=array(text(), "as on the wire, the message's number first; long messages and fields are cut"),
)
MESSAGES = record(
    "LogMessages",
    needs=("messages", "last"),
    messages=array(MESSAGE),
    last=whole("number of the newest message, whether it is shown or not"),
)

ROUTES = (
    Route(
        "GET",
        "/log",
        "The last messages in and out",
        _log,
        MESSAGES,
        description="The last 5,000 messages are kept. To follow the log, ask again with `after` set to the number "
        "of the last message seen and with `wait`.",
        query={
            "after": whole("only messages numbered above; then the oldest come first in line", minimum=0, default=0),
            "limit": whole("at most so many", minimum=0, maximum=100_000, default=500),
            "client_id": whole("only this client's"),
            "direction": choice("in", "out", description="in: from the client"),
            "name": array(text(), "only messages of these names, by comma"),
            "since": moment("only messages at or after this time"),
            "wait": number(
                "wait so many seconds for a message if there is none", minimum=0, maximum=_LONGEST_WAIT, default=0
            ),
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
