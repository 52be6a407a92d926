"""The Flex Web Service, under the paths it has at IB."""

from datetime import date
from typing import Any

from tws_simulator.control.http import HttpError, HttpRequest, Reply
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import text
from tws_simulator.flex.statement import Period
from tws_simulator.gateway import Gateway

BASE = "/AccountManagement/FlexWebService"
_XML = "text/xml; charset=utf-8"


def _send_request(gateway: Gateway, request: HttpRequest) -> Any:
    _check_agent(request)
    given = request.params
    url = f"http://{request.headers.get('host', '127.0.0.1')}{BASE}/GetStatement"
    return Reply(gateway.flex.send_request(given["t"], given["q"], given["v"], _period(given), url), _XML)


def _get_statement(gateway: Gateway, request: HttpRequest) -> Any:
    _check_agent(request)
    given = request.params
    return Reply(gateway.flex.get_statement(given["t"], given["q"], given["v"]), _XML)


def _check_agent(request: HttpRequest) -> None:
    if not request.headers.get("user-agent"):
        raise HttpError(403, "the Flex Web Service wants a User-Agent")


def _period(given: dict[str, Any]) -> Period | None:
    """The days asked for by `fd` and `td`; both or none."""
    if not given["fd"] and not given["td"]:
        return None
    return Period(_day("fd", given["fd"]), _day("td", given["td"]))


def _day(name: str, word: str) -> date:
    try:
        return date(int(word[:4]), int(word[4:6]), int(word[6:]))
    except ValueError:
        raise HttpError(400, f"{name} must be a day like 20261124", field=name) from None


_QUERY = {
    "t": text("the token", default=""),
    "q": text("the query id (1 activity, 2 trade confirmations) or the reference code", default=""),
    "v": text("the version: 3", default=""),
}

ROUTES = (
    Route(
        "GET",
        f"{BASE}/SendRequest",
        "Flex: ask for a statement",
        _send_request,
        text("XML: FlexStatementResponse"),
        query={**_QUERY, "fd": text("first day, like 20261124", default=""), "td": text("last day", default="")},
        content_type="text/xml",
        errors=(403,),
    ),
    Route(
        "GET",
        f"{BASE}/GetStatement",
        "Flex: fetch a statement by its reference code",
        _get_statement,
        text("XML: FlexQueryResponse, or FlexStatementResponse with an error"),
        query=_QUERY,
        content_type="text/xml",
        errors=(403,),
    ),
)
