"""What faults do with a request before it is carried out."""

from datetime import timedelta
from typing import TYPE_CHECKING

from tws_simulator.messages.requests import Request

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

REQUEST_FAULTS = frozenset(
    {"swallow_requests", "late_answers", "refuse_requests", "read_only_api", "competing_session", "drop_on_request"}
)
READ_ONLY = "Error validating request.-'b0' : cause - The API interface is currently in Read-Only mode."
COMPETING = "No market data during competing live session"
_WRITING = frozenset(
    {"place_order", "cancel_order", "req_global_cancel", "req_auto_open_orders", "req_completed_orders"}
)
_DATA = frozenset(
    {
        "req_market_data",
        "req_market_depth",
        "req_tick_by_tick",
        "req_real_time_bars",
        "req_historical_data",
        "req_historical_ticks",
        "req_head_timestamp",
    }
)


def meet(session: "Session", request: Request) -> bool:
    """Let the faults have a request. Returns whether it is done with."""
    faults, client_id = session.gateway.faults, session.client_id
    if faults.use_if("swallow_requests", "requests", request.name, client_id):
        return True
    if request.name in _WRITING and faults.on("read_only_api", client_id):
        session.refuse(request, 321, READ_ONLY)
        return True
    if request.name in _DATA and faults.on("competing_session", client_id):
        session.refuse(request, 10197, COMPETING)
        return True
    return _refused(session, request) or _late(session, request) or _dropped(session, request)


def _refused(session: "Session", request: Request) -> bool:
    given = session.gateway.faults.take(
        "refuse_requests", lambda row: request.name in row["requests"], session.client_id
    )
    if given is not None:
        session.refuse(request, given["code"], given["text"])
    return given is not None


def _late(session: "Session", request: Request) -> bool:
    given = session.gateway.faults.take("late_answers", lambda row: request.name in row["requests"], session.client_id)
    if given is not None:
        due = session.gateway.clock.now() + timedelta(seconds=given["seconds"])
        session.gateway.agenda.at(due, lambda: session.take(request))
    return given is not None


def _dropped(session: "Session", request: Request) -> bool:
    """The socket goes in the moment of the request, which may or may not have been taken."""
    given = session.gateway.faults.take(
        "drop_on_request", lambda row: request.name in row["requests"], session.client_id
    )
    if given is None:
        return False
    if given["taken"]:
        session.take(request)
    session.connection.cut(reset=given["reset"])
    return True
