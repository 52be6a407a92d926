"""Positions and the portfolio: what is held, and every change of it."""

from typing import TYPE_CHECKING

from tws_simulator.ledger.accounts import Position
from tws_simulator.ledger.booking import PAIRS
from tws_simulator.messages import replies
from tws_simulator.messages.replies import Message
from tws_simulator.messages.requests import Request

if TYPE_CHECKING:
    from tws_simulator.session.session import Session


def req_positions(session: "Session", request: Request) -> None:
    """All positions of all accounts, then changes."""
    session.positions = True
    broker = session.gateway.broker
    for name in broker.accounts:
        for _, held in broker.account(name).open_positions():
            session.send(position(session, name, held))
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
        for _, held in broker.account(name).open_positions():
            session.send(position_multi(session, req_id, name, held))
    session.send(replies.position_multi_end(req_id))


def cancel_positions_multi(session: "Session", request: Request) -> None:
    """End it."""
    session.positions_multi.pop(request["req_id"], None)


def tell_position(session: "Session", account: str, con_id: int) -> None:
    """Tell this client of a changed position, by every stream it has."""
    held = session.gateway.broker.account(account).positions.get(con_id) or Position(con_id)
    if session.positions:
        session.send(position(session, account, held))
    for req_id, name in session.positions_multi.items():
        if name in {"", account}:
            session.send(position_multi(session, req_id, account, held))


def position(session: "Session", account: str, held: Position) -> Message:
    """A position; also of a currency pair, which is only a memory of its trades."""
    instrument = session.gateway.broker.instrument(held.con_id)
    return replies.position(account, instrument, held.quantity, held.average_cost)


def position_multi(session: "Session", req_id: int, account: str, held: Position) -> Message:
    """The same under a request id."""
    instrument = session.gateway.broker.instrument(held.con_id)
    return replies.position_multi(req_id, account, instrument, held.quantity, held.average_cost)


def send_portfolio(session: "Session", account: str, held: Position) -> None:
    """A position with its value, in the instrument's currency. Currencies are in the account values instead."""
    broker = session.gateway.broker
    instrument = broker.instrument(held.con_id)
    if instrument.sec_type in PAIRS:
        return
    unit = broker.ledger.unit(held.con_id)
    session.send(
        replies.portfolio_value(
            account,
            instrument,
            position=held.quantity,
            mark=broker.mark(held.con_id) / instrument.price_magnifier,
            value=held.market_value(unit),
            average_cost=held.average_cost,
            unrealized=held.unrealized_pnl(unit),
            realized=held.realized_pnl,
        )
    )


HANDLERS = {
    "req_positions": req_positions,
    "cancel_positions": cancel_positions,
    "req_positions_multi": req_positions_multi,
    "cancel_positions_multi": cancel_positions_multi,
}
