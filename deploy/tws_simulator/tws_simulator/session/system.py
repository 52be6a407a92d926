"""startApi, ids, time, user: requests about the connection itself."""

from typing import TYPE_CHECKING

from tws_simulator.messages import replies
from tws_simulator.messages.requests import Request
from tws_simulator.session.notices import FARMS_UP, LINK_DOWN
from tws_simulator.session.orders import send_open_orders

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

MAX_CLIENT_ID = 2**31 - 1
MAX_CLIENTS = 32


def start_api(session: "Session", request: Request) -> None:
    """Give the connection its client id and say what a client waits for before it works."""
    gateway, client_id = session.gateway, request["client_id"] or 0
    if session.client_id is not None:
        session.error(-1, 321, "Error validating request.-'b0' : cause - the API has already been started")
        return
    taken = (
        client_id in gateway.sessions
        or gateway.is_lingering(client_id)
        or gateway.faults.use("client_id_in_use", client_id) is not None
    )
    if taken or len(gateway.sessions) >= MAX_CLIENTS or not 0 <= client_id <= MAX_CLIENT_ID:
        session.error(-1, 326, "Unable to connect as the client id is already in use. Retry with a unique client id.")
        session.connection.close()
        return
    session.client_id = client_id
    session.connection.started()
    gateway.sessions[client_id] = session
    if gateway.lifecycle.hides_ids:
        return
    if not session.greeted:
        greet(session, client_id)
    send_open_orders(session, client_id)


def greet_late(session: "Session") -> None:
    """Say what a client has waited for since it connected: the Gateway has logged in only now."""
    client_id = session.client_id or 0
    if not session.greeted:
        greet(session, client_id)
    send_open_orders(session, client_id)


def greet(session: "Session", client_id: int) -> None:
    """The accounts, the next order id, and how the farms are: what libraries wait for."""
    gateway = session.gateway
    if gateway.faults.use("no_managed_accounts", client_id) is None:
        session.send(replies.managed_accounts(gateway.broker.accounts))
    if gateway.faults.use("no_next_valid_id", client_id) is None:
        session.send(replies.next_valid_id(gateway.broker.next_order_id(client_id)))
    _say_farms(session)


def req_ids(session: "Session", request: Request) -> None:
    """The next order number; the count asked for is ignored, as by IB."""
    session.send(replies.next_valid_id(session.gateway.broker.next_order_id(session.client_id or 0)))


def req_managed_accounts(session: "Session", request: Request) -> None:
    """The accounts."""
    session.send(replies.managed_accounts(session.gateway.broker.accounts))


def req_current_time(session: "Session", request: Request) -> None:
    """The time."""
    session.send(replies.current_time(session.gateway.now_epoch()))


def req_user_info(session: "Session", request: Request) -> None:
    """The white-label brand: none."""
    session.send(replies.user_info(request["req_id"] or 0, ""))


def req_family_codes(session: "Session", request: Request) -> None:
    """Accounts without family."""
    session.send(replies.family_codes(session.gateway.broker.accounts))


def nothing_to_say(session: "Session", request: Request) -> None:
    """A setting or cancellation that IB does not answer either."""


def _say_farms(session: "Session") -> None:
    if not session.gateway.link_is_up:
        session.error(-1, *LINK_DOWN)
        return
    for code, text in FARMS_UP:
        session.error(-1, code, text)


HANDLERS = {
    "start_api": start_api,
    "req_ids": req_ids,
    "req_managed_accounts": req_managed_accounts,
    "req_current_time": req_current_time,
    "req_user_info": req_user_info,
    "req_family_codes": req_family_codes,
    "set_server_log_level": nothing_to_say,
}
