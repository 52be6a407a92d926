"""Account values: the stream of one account, under request ids, and the summary of all."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tws_simulator.clock import new_york
from tws_simulator.errors import BrokerError
from tws_simulator.events import PositionChanged
from tws_simulator.ledger.accounts import Position
from tws_simulator.ledger.tags import Row, ledger_rows, summary_rows, update_rows
from tws_simulator.messages import replies
from tws_simulator.messages.requests import Request
from tws_simulator.session import pnl, positions
from tws_simulator.session.subscriptions import AccountSubscription

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

MAX_SUMMARIES = 2
_INVALID = "Error validating request.-'bC' : cause - "


# Account updates -------------------------------------------------------------------------------------------------


def req_account_updates(session: "Session", request: Request) -> None:
    """Start or stop the one account stream a client can have."""
    if not request["subscribe"]:
        session.updates = None
        return
    broker = session.gateway.broker
    name = request["account"] or broker.accounts[0]
    account = broker.account(name)
    if session.updates is not None and session.updates.account != account.name:
        session.error(
            -1, 2100, "New account data requested from TWS. API client has been unsubscribed from account data."
        )
    session.updates = AccountSubscription(account.name)
    _send_updates(session, session.updates)
    for _, held in account.open_positions():
        positions.send_portfolio(session, account.name, held)
    session.send(replies.account_update_time(f"{new_york(session.gateway.clock.now()):%H:%M}"))
    session.send(replies.account_download_end(account.name))


def req_account_updates_multi(session: "Session", request: Request) -> None:
    """Account values under a request id."""
    account = session.gateway.broker.account(request["account"])
    subscription = AccountSubscription(account.name, ledger_only=request["ledger_and_nlv"], model_code=request["model"])
    session.updates_multi[request["req_id"]] = subscription
    _send_multi(session, request["req_id"], subscription)
    session.send(replies.account_update_multi_end(request["req_id"]))


def cancel_account_updates_multi(session: "Session", request: Request) -> None:
    """End it."""
    session.updates_multi.pop(request["req_id"], None)


# Account summary -------------------------------------------------------------------------------------------------


def req_account_summary(session: "Session", request: Request) -> None:
    """Chosen tags of all accounts, or of one given in place of a group; at most two at a time."""
    req_id, group = request["req_id"], request["group"]
    if len(session.summaries) >= MAX_SUMMARIES and req_id not in session.summaries:
        raise BrokerError(
            322, "Error processing request.-'bC' : cause - Maximum number of account summary requests exceeded"
        )
    tags = tuple(tag.strip() for tag in request["tags"].split(",") if tag.strip())
    if not tags:
        raise BrokerError(321, f"{_INVALID}Please specify tags")
    if group.lower() not in {"", "all"} and group not in session.gateway.broker.accounts:
        raise BrokerError(321, f"{_INVALID}Invalid group '{group[:40]}'")
    subscription = AccountSubscription(group or "All", tags=tags)
    session.summaries[req_id] = subscription
    _send_summary(session, req_id, subscription)


def cancel_account_summary(session: "Session", request: Request) -> None:
    """End it."""
    session.summaries.pop(request["req_id"], None)


# Being told ------------------------------------------------------------------------------------------------------


def on_position(session: "Session", event: PositionChanged) -> None:
    """Tell this client of a changed position; a change of cash alone has no contract id."""
    if event.con_id:
        positions.tell_position(session, event.account, event.con_id)
    # Account values follow with the next tick, so that many fills at once bring one update.
    for subscription in [session.updates, *session.updates_multi.values()]:
        if subscription is not None and subscription.account == event.account:
            subscription.touched.add(event.con_id)


def on_tick(session: "Session") -> None:
    """Send profit every second, and account values every few minutes."""
    pnl.on_tick(session)
    now = session.gateway.clock.now()
    if session.updates is not None and _is_due(session.updates, now):
        _refresh_updates(session, session.updates, now)
    for req_id, multi in list(session.updates_multi.items()):
        if _is_due(multi, now):
            _send_multi(session, req_id, multi)
    for req_id, summary in list(session.summaries.items()):
        if _is_due(summary, now):
            _send_summary(session, req_id, summary)


def next_due(session: "Session", now: datetime) -> datetime | None:
    """When account values or profit are to be sent next."""
    moments = [row.next_at or now for row in session.pnl.values()]
    rows = [*session.updates_multi.values(), *session.summaries.values()]
    if session.updates is not None:
        rows.append(session.updates)
    if any(row.touched for row in rows):
        return now
    return min([*moments, *(row.next_at for row in rows if row.next_at is not None)], default=None)


def _is_due(subscription: AccountSubscription, now: datetime) -> bool:
    return bool(subscription.touched) or (subscription.next_at is not None and now >= subscription.next_at)


def _refresh_updates(session: "Session", updates: AccountSubscription, now: datetime) -> None:
    """Send what changed: after a trade the positions that were traded, else all of them at their new prices."""
    account = session.gateway.broker.account(updates.account)
    traded = [account.positions.get(con_id) or Position(con_id) for con_id in sorted(updates.touched) if con_id]
    _send_updates(session, updates)
    for held in traded or [held for _, held in account.open_positions()]:
        positions.send_portfolio(session, account.name, held)
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
    if subscription.ledger_only:
        rows = summary_rows(balances, ["NetLiquidation"]) + ledger_rows(balances)
    else:
        rows = update_rows(subscription.account, balances)
    for tag, value, currency in _changed(session, subscription, rows):
        session.send(
            replies.account_update_multi(
                req_id, subscription.account, tag, value, currency, model_code=subscription.model_code
            )
        )


def _send_summary(session: "Session", req_id: int, subscription: AccountSubscription) -> None:
    interval = session.gateway.settings.account_interval
    broker = session.gateway.broker
    first = subscription.next_at is None
    subscription.next_at = session.gateway.clock.now() + timedelta(seconds=interval)
    names = [subscription.account] if subscription.account in broker.accounts else broker.accounts
    for name in names:
        for tag, value, currency in summary_rows(broker.balances(name), subscription.tags):
            key = (f"{name} {tag}", currency)
            if subscription.sent.get(key) != value:
                subscription.sent[key] = value
                session.send(replies.account_summary(req_id, name, tag, value, currency))
    if first:
        session.send(replies.account_summary_end(req_id))


HANDLERS = {
    "req_account_updates": req_account_updates,
    "req_account_updates_multi": req_account_updates_multi,
    "cancel_account_updates_multi": cancel_account_updates_multi,
    "req_account_summary": req_account_summary,
    "cancel_account_summary": cancel_account_summary,
    **positions.HANDLERS,
    **pnl.HANDLERS,
}
