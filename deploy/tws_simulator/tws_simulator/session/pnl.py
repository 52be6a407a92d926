"""Profit and loss of accounts and positions, about once a second, in the account's base currency."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tws_simulator.messages import replies
from tws_simulator.messages.requests import Request
from tws_simulator.model import ZERO
from tws_simulator.session.subscriptions import PnlSubscription

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

_EVERY = timedelta(seconds=1)


def req_pnl(session: "Session", request: Request) -> None:
    """Profit of an account."""
    account = session.gateway.broker.account(request["account"])
    session.pnl[request["req_id"]] = PnlSubscription(account.name)
    _send(session, request["req_id"], session.pnl[request["req_id"]])


def req_pnl_single(session: "Session", request: Request) -> None:
    """Profit of one position. A contract id that nobody knows is not answered, as at IB."""
    broker = session.gateway.broker
    account, con_id = broker.account(request["account"]), request["con_id"] or 0
    if broker.book.get(con_id) is None:
        return
    session.pnl[request["req_id"]] = PnlSubscription(account.name, con_id=con_id)
    _send(session, request["req_id"], session.pnl[request["req_id"]])


def cancel_pnl(session: "Session", request: Request) -> None:
    """End it."""
    session.pnl.pop(request["req_id"], None)


def on_tick(session: "Session") -> None:
    """Send profits that are due and have changed."""
    if not session.pnl:
        return
    now = session.gateway.clock.now()
    for req_id, subscription in list(session.pnl.items()):
        if subscription.next_at is None or now >= subscription.next_at:
            _send(session, req_id, subscription)


def _send(session: "Session", req_id: int, subscription: PnlSubscription) -> None:
    subscription.next_at = session.gateway.clock.now() + _EVERY
    figures = _figures(session, subscription)
    if figures == subscription.last:
        return
    subscription.last = figures
    if subscription.con_id is None:
        session.send(replies.pnl(req_id, figures[0], figures[1], figures[2]))
    else:
        session.send(replies.pnl_single(req_id, figures[0], figures[1], figures[2], figures[3], figures[4]))


def _figures(session: "Session", subscription: PnlSubscription) -> tuple[Decimal, ...]:
    broker = session.gateway.broker
    if subscription.con_id is None:
        balances = broker.balances(subscription.account)
        return (balances.daily_pnl, balances.unrealized_pnl, balances.realized_pnl)
    account = broker.account(subscription.account)
    held = account.positions.get(subscription.con_id)
    if held is None:
        return (ZERO, ZERO, ZERO, ZERO, ZERO)
    unit = broker.ledger.unit(subscription.con_id)
    rate = broker.ledger.rates.between(broker.instrument(subscription.con_id).currency, account.base)
    return (
        held.quantity,
        held.daily_pnl(unit) * rate,
        held.unrealized_pnl(unit) * rate,
        held.realized_pnl * rate,
        held.market_value(unit) * rate,
    )


HANDLERS = {
    "req_pnl": req_pnl,
    "req_pnl_single": req_pnl_single,
    "cancel_pnl": cancel_pnl,
    "cancel_pnl_single": cancel_pnl,
}
