"""Account values, portfolio, positions, profit and loss."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tws_simulator.clock import new_york
from tws_simulator.errors import BrokerError
from tws_simulator.events import PositionChanged
from tws_simulator.ledger.accounts import Position
from tws_simulator.ledger.tags import Row, ledger_rows, summary_rows, update_rows
from tws_simulator.messages import replies
from tws_simulator.messages.replies import Message
from tws_simulator.messages.requests import Request
from tws_simulator.model import ZERO
from tws_simulator.session.subscriptions import AccountSubscription, PnlSubscription

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

MAX_SUMMARIES = 2
_PNL_EVERY = timedelta(seconds=1)


# Account updates -------------------------------------------------------------------------------------------------


def req_account_updates(session: "Session", request: Request) -> None:
    """Start or stop the one account stream a client can have."""
    if not request["subscribe"]:
        session.updates = None
        return
    broker = session.gateway.broker
    name = request["account"] or broker.accounts[0]
    account = broker.account(name)
    session.updates = AccountSubscription(account.name)
    _send_updates(session, session.updates)
    for con_id, held in account.open_positions():
        session.send(_portfolio(session, account.name, con_id, held))
    session.send(replies.account_update_time(f"{new_york(session.gateway.clock.now()):%H:%M}"))
    session.send(replies.account_download_end(account.name))


def req_account_updates_multi(session: "Session", request: Request) -> None:
    """Account values under a request id."""
    account = session.gateway.broker.account(request["account"])
    subscription = AccountSubscription(account.name, ledger_only=request["ledger_and_nlv"])
    session.updates_multi[request["req_id"]] = subscription
    _send_multi(session, request["req_id"], subscription)
    session.send(replies.account_update_multi_end(request["req_id"]))


def cancel_account_updates_multi(session: "Session", request: Request) -> None:
    """End it."""
    session.updates_multi.pop(request["req_id"], None)


# Account summary -------------------------------------------------------------------------------------------------


def req_account_summary(session: "Session", request: Request) -> None:
    """Chosen tags of all accounts; at most two at a time."""
    req_id = request["req_id"]
    if len(session.summaries) >= MAX_SUMMARIES and req_id not in session.summaries:
        raise BrokerError(
            322, "Error processing request.-'bC' : cause - Maximum number of account summary requests exceeded"
        )
    tags = tuple(tag.strip() for tag in request["tags"].split(",") if tag.strip())
    if not tags:
        raise BrokerError(321, "Error validating request.-'bC' : cause - Please specify tags")
    subscription = AccountSubscription(request["group"] or "All", tags=tags)
    session.summaries[req_id] = subscription
    _send_summary(session, req_id, subscription)


def cancel_account_summary(session: "Session", request: Request) -> None:
    """End it."""
    session.summaries.pop(request["req_id"], None)


# Positions -------------------------------------------------------------------------------------------------------


def req_positions(session: "Session", request: Request) -> None:
    """All positions of all accounts, then changes."""
    session.positions = True
    broker = session.gateway.broker
    for name in broker.accounts:
        for con_id, held in broker.account(name).open_positions():
            session.send(replies.position(name, broker.instrument(con_id), held.quantity, held.average_cost))
    session.send(replies.position_end())


def cancel_positions(session: "Session", request: Request) -> None:
    """End it."""
    session.positions = False


def req_positions_multi(session: "Session", request: Request) -> None:
    """Positions of one account or all under a request id, then changes."""
    broker, req_id = session.gateway.broker, request["req_id"]
    names = [broker.account(request["account"]).name] if request["account"] else broker.accounts
    session.positions_multi[req_id] = request["account"]
    for name in names:
        for con_id, held in broker.account(name).open_positions():
            session.send(
                replies.position_multi(req_id, name, broker.instrument(con_id), held.quantity, held.average_cost)
            )
    session.send(replies.position_multi_end(req_id))


def cancel_positions_multi(session: "Session", request: Request) -> None:
    """End it."""
    session.positions_multi.pop(request["req_id"], None)


# Profit and loss -------------------------------------------------------------------------------------------------


def req_pnl(session: "Session", request: Request) -> None:
    """Profit of an account, about once a second."""
    account = session.gateway.broker.account(request["account"])
    session.pnl[request["req_id"]] = PnlSubscription(account.name)
    _send_pnl(session, request["req_id"], session.pnl[request["req_id"]])


def req_pnl_single(session: "Session", request: Request) -> None:
    """Profit of one position, about once a second."""
    broker = session.gateway.broker
    account = broker.account(request["account"])
    if broker.book.get(request["con_id"] or 0) is None:
        raise BrokerError(200, "No security definition has been found for the request")
    session.pnl[request["req_id"]] = PnlSubscription(account.name, con_id=request["con_id"])
    _send_pnl(session, request["req_id"], session.pnl[request["req_id"]])


def cancel_pnl(session: "Session", request: Request) -> None:
    """End it."""
    session.pnl.pop(request["req_id"], None)


# Being told ------------------------------------------------------------------------------------------------------


def on_position(session: "Session", event: PositionChanged) -> None:
    """Tell this client of a changed position, by every stream it has."""
    broker = session.gateway.broker
    instrument, held = broker.instrument(event.con_id), broker.account(event.account).position(event.con_id)
    if session.positions:
        session.send(replies.position(event.account, instrument, held.quantity, held.average_cost))
    for req_id, name in session.positions_multi.items():
        if name in {"", event.account}:
            session.send(replies.position_multi(req_id, event.account, instrument, held.quantity, held.average_cost))
    # Account values follow with the next tick, so that many fills at once bring one update.
    for subscription in [session.updates, *session.updates_multi.values()]:
        if subscription is not None and subscription.account == event.account:
            subscription.touched.add(event.con_id)


def on_tick(session: "Session") -> None:
    """Send profit every second, and account values every few minutes."""
    now = session.gateway.clock.now()
    for req_id, pnl in list(session.pnl.items()):
        if pnl.next_at is None or now >= pnl.next_at:
            _send_pnl(session, req_id, pnl)
    if session.updates is not None and _is_due(session.updates, now):
        _refresh_updates(session, session.updates, now)
    for req_id, multi in list(session.updates_multi.items()):
        if _is_due(multi, now):
            _send_multi(session, req_id, multi)
    for req_id, summary in list(session.summaries.items()):
        if _is_due(summary, now):
            _send_summary(session, req_id, summary)


def _is_due(subscription: AccountSubscription, now: datetime) -> bool:
    return bool(subscription.touched) or (subscription.next_at is not None and now >= subscription.next_at)


def _refresh_updates(session: "Session", updates: AccountSubscription, now: datetime) -> None:
    """Send what changed: after a trade the positions that were traded, else all of them at their new prices."""
    account = session.gateway.broker.account(updates.account)
    traded = {con_id: account.position(con_id) for con_id in sorted(updates.touched)}
    _send_updates(session, updates)
    for con_id, held in (traded or dict(account.open_positions())).items():
        session.send(_portfolio(session, account.name, con_id, held))
    session.send(replies.account_update_time(f"{new_york(now):%H:%M}"))


def _changed(session: "Session", subscription: AccountSubscription, rows: list[Row]) -> list[Row]:
    """The rows whose value differs from what was sent."""
    interval = session.gateway.settings.account_interval
    subscription.next_at = session.gateway.clock.now() + timedelta(seconds=interval)
    subscription.touched.clear()
    fresh = [row for row in rows if subscription.sent.get((row[0], row[2])) != row[1]]
    subscription.sent.update({(tag, currency): value for tag, value, currency in rows})
    return fresh


def _send_updates(session: "Session", subscription: AccountSubscription) -> None:
    ready = session.gateway.faults.use("account_not_ready", session.client_id) is None
    rows = update_rows(subscription.account, session.gateway.broker.balances(subscription.account), ready=ready)
    for tag, value, currency in _changed(session, subscription, rows):
        session.send(replies.account_value(subscription.account, tag, value, currency))


def _send_multi(session: "Session", req_id: int, subscription: AccountSubscription) -> None:
    balances = session.gateway.broker.balances(subscription.account)
    rows = ledger_rows(balances) if subscription.ledger_only else update_rows(subscription.account, balances)
    for tag, value, currency in _changed(session, subscription, rows):
        session.send(replies.account_update_multi(req_id, subscription.account, tag, value, currency))


def _send_summary(session: "Session", req_id: int, subscription: AccountSubscription) -> None:
    interval = session.gateway.settings.account_interval
    first = subscription.next_at is None
    subscription.next_at = session.gateway.clock.now() + timedelta(seconds=interval)
    for name in session.gateway.broker.accounts:
        for tag, value, currency in summary_rows(session.gateway.broker.balances(name), list(subscription.tags)):
            key = (f"{name} {tag}", currency)
            if subscription.sent.get(key) != value:
                subscription.sent[key] = value
                session.send(replies.account_summary(req_id, name, tag, value, currency))
    if first:
        session.send(replies.account_summary_end(req_id))


def _send_pnl(session: "Session", req_id: int, subscription: PnlSubscription) -> None:
    subscription.next_at = session.gateway.clock.now() + _PNL_EVERY
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
    held = broker.account(subscription.account).positions.get(subscription.con_id)
    if held is None:
        return (ZERO, ZERO, ZERO, ZERO, ZERO)
    mark = broker.mark(subscription.con_id)
    return (
        held.quantity,
        held.daily_pnl(mark),
        held.unrealized_pnl(mark),
        held.realized_pnl,
        held.market_value(mark),
    )


def _portfolio(session: "Session", account: str, con_id: int, held: Position) -> Message:
    broker = session.gateway.broker
    mark = broker.mark(con_id)
    return replies.portfolio_value(
        account,
        broker.instrument(con_id),
        position=held.quantity,
        mark=mark,
        average_cost=held.average_cost,
        unrealized=held.unrealized_pnl(mark),
        realized=held.realized_pnl,
    )


HANDLERS = {
    "req_account_updates": req_account_updates,
    "req_account_updates_multi": req_account_updates_multi,
    "cancel_account_updates_multi": cancel_account_updates_multi,
    "req_account_summary": req_account_summary,
    "cancel_account_summary": cancel_account_summary,
    "req_positions": req_positions,
    "cancel_positions": cancel_positions,
    "req_positions_multi": req_positions_multi,
    "cancel_positions_multi": cancel_positions_multi,
    "req_pnl": req_pnl,
    "req_pnl_single": req_pnl_single,
    "cancel_pnl": cancel_pnl,
    "cancel_pnl_single": cancel_pnl,
}
