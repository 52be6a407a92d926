"""Requests that this simulator does not carry out, each answered by the error IB would give, never by silence."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tws_simulator.errors import BrokerError
from tws_simulator.messages import replies
from tws_simulator.messages.requests import Request

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

Handler = Callable[["Session", Request], None]

_NOT_ADVISOR = "Error validating request.-'bF' : cause - FA data operations ignored for non FA customers."

REFUSALS: dict[str, tuple[int, str]] = {
    "req_fundamental_data": (430, "We are sorry, but fundamentals data for the security specified is not available."),
    "req_financial_advisor": (321, _NOT_ADVISOR),
    "replace_financial_advisor": (321, _NOT_ADVISOR),
    "query_display_groups": (321, "Error validating request.-'bG' : cause - a Gateway has no display groups"),
    "subscribe_to_group_events": (321, "Error validating request.-'bG' : cause - a Gateway has no display groups"),
    "update_display_group": (321, "Error validating request.-'bG' : cause - a Gateway has no display groups"),
    "req_wsh_meta": (10276, "News feed is not allowed."),
    "req_wsh_event": (10276, "News feed is not allowed."),
    "verify_request": (321, "Error validating request.-'bV' : cause - verification is not offered"),
    "verify_message": (321, "Error validating request.-'bV' : cause - verification is not offered"),
    "cancel_fundamental_data": (366, "No fundamental data query found for this id"),
}


def _refuser(code: int, text: str) -> Handler:
    def refuse(session: "Session", request: Request) -> None:
        raise BrokerError(code, text)

    return refuse


def _ignore(session: "Session", request: Request) -> None:
    """A cancellation that IB does not answer."""


HANDLERS: dict[str, Handler] = {
    **{name: _refuser(code, text) for name, (code, text) in REFUSALS.items()},
    "req_soft_dollar_tiers": lambda session, request: session.send(replies.soft_dollar_tiers(request["req_id"])),
    "unsubscribe_from_group_events": _ignore,
    "cancel_wsh_meta": _ignore,
    "cancel_wsh_event": _ignore,
}
