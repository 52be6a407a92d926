"""How orders, fills, accounts and clients look on the control port."""

from typing import Any

from tws_simulator.control.http import HttpError
from tws_simulator.control.schemas import (
    Schema,
    array,
    choice,
    decimal,
    flag,
    moment,
    or_null,
    record,
    table,
    text,
    whole,
)
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.orders import Execution, Order, OrderStatus
from tws_simulator.gateway import Gateway
from tws_simulator.ledger.tags import money
from tws_simulator.session.session import Session
from tws_simulator.storage.codec import dump

_TICKET_KEYS = (
    "action", "quantity", "order_type", "limit_price", "stop_price", "time_in_force", "account", "order_ref",
)  # fmt: skip

STATUS = choice(*OrderStatus, description="IB's status word")
ORDER: Schema = record(
    "Order",
    open=True,
    needs=("perm_id", "client_id", "order_id", "symbol", "status", "filled", "remaining"),
    perm_id=whole("IB's number of the order, never used twice"),
    client_id=whole("the client that placed it; 0 also for orders entered by hand"),
    order_id=whole("the client's own number"),
    con_id=whole(),
    symbol=text(),
    status=STATUS,
    action=text("BUY, SELL or SSHORT"),
    quantity=decimal(),
    filled=decimal(),
    remaining=decimal(),
    average_price=decimal("of the fills; 0 without fills"),
    order_type=text(),
    limit_price=or_null(decimal()),
    stop_price=or_null(decimal()),
    time_in_force=text(),
    account=text(),
    order_ref=text("what the client wrote on it"),
    created_at=moment(),
    expires_at=or_null(moment()),
    completed_at=or_null(moment()),
    completed_status=text(),
    reject_text=text(),
    why_held=text(),
)
EXECUTION: Schema = record(
    "Execution",
    open=True,
    needs=("exec_id", "perm_id", "symbol", "quantity", "price", "commission"),
    exec_id=text(),
    perm_id=whole(),
    client_id=whole(),
    order_id=whole(),
    con_id=whole(),
    symbol=text(),
    account=text(),
    is_buy=flag(),
    quantity=decimal(),
    price=decimal(),
    at=moment(),
    venue=text(),
    commission=decimal(),
    realized_pnl=or_null(decimal()),
)
POSITION: Schema = record(
    "Position",
    open=True,
    needs=("con_id", "symbol", "quantity", "average_cost", "mark"),
    con_id=whole(),
    symbol=text(),
    quantity=decimal("negative when short"),
    average_cost=decimal("with commission, per share"),
    mark=decimal("price now"),
)
ACCOUNT: Schema = record(
    "Account",
    open=True,
    needs=("account", "cash", "net_liquidation", "positions"),
    account=text(),
    base=text("base currency"),
    kind=choice("margin", "cash"),
    plan=choice("fixed", "tiered", description="of commissions"),
    cash=decimal("of all currencies, in the base currency"),
    cash_by_currency=table(decimal(), "negative is a loan"),
    net_liquidation=decimal(),
    available_funds=decimal(),
    buying_power=decimal(),
    margin=decimal("initial"),
    maintenance=decimal(),
    equity_with_loan=decimal(),
    excess_liquidity=decimal(),
    sma=decimal(),
    day_trades_left=whole("-1: any number"),
    unrealized_pnl=decimal(),
    realized_pnl=decimal("of today"),
    daily_pnl=decimal(),
    positions=array(POSITION),
)
CLIENT: Schema = record(
    "Client",
    open=True,
    needs=("client_id", "server_version", "peer", "connected_at"),
    client_id=whole(),
    server_version=whole("agreed on in the handshake"),
    peer=text("address of the client"),
    connected_at=moment(),
    quotes=array(text(), "symbols whose quotes it streams"),
)


def order_row(gateway: Gateway, order: Order) -> dict[str, Any]:
    """One order."""
    ticket = dump(order.ticket)
    row = {key: value for key, value in dump(order).items() if key != "ticket"}
    return {
        **row,
        "symbol": gateway.broker.instrument(order.con_id).symbol,
        "remaining": str(order.remaining),
        "average_price": str(order.average_price),
        **{key: ticket[key] for key in _TICKET_KEYS},
    }


def execution_row(gateway: Gateway, execution: Execution) -> dict[str, Any]:
    """One fill."""
    return {**dump(execution), "symbol": gateway.broker.instrument(execution.con_id).symbol}


def account_row(gateway: Gateway, name: str) -> dict[str, Any]:
    """One account with its positions."""
    broker = gateway.broker
    account, balances = broker.account(name), broker.balances(name)
    return {
        "account": name,
        "base": account.base,
        "kind": account.kind.value,
        "plan": account.plan.value,
        "cash": money(balances.cash),
        "cash_by_currency": {currency: money(amount) for currency, amount in sorted(account.cash.items())},
        "net_liquidation": money(balances.net_liquidation),
        "available_funds": money(balances.available_funds),
        "buying_power": money(balances.buying_power),
        "margin": money(balances.margin),
        "maintenance": money(balances.maintenance),
        "equity_with_loan": money(balances.equity_with_loan),
        "excess_liquidity": money(balances.excess_liquidity),
        "sma": money(balances.sma),
        "day_trades_left": balances.day_trades_left,
        "unrealized_pnl": money(balances.unrealized_pnl),
        "realized_pnl": money(balances.realized_pnl),
        "daily_pnl": money(balances.daily_pnl),
        "positions": [
            {
                "con_id": con_id,
                "symbol": broker.instrument(con_id).symbol,
                "quantity": str(held.quantity),
                "average_cost": str(held.average_cost),
                "mark": str(broker.mark(con_id)),
            }
            for con_id, held in account.open_positions()
        ],
    }


def client_row(session: Session) -> dict[str, Any]:
    """One connected client."""
    return {
        "client_id": session.client_id,
        "server_version": session.version,
        "peer": session.connection.peer,
        "connected_at": session.started_at.isoformat(),
        "quotes": sorted(row.instrument.symbol for row in session.quotes.values()),
    }


def named_instrument(gateway: Gateway, name: str) -> Instrument:
    """An instrument by its symbol or con_id. Raises HttpError 404."""
    book = gateway.broker.book
    found = book.get(int(name)) if name.isascii() and name.isdigit() else book.by_symbol(name)
    if found is None:
        raise HttpError(404, f"there is no instrument {name[:60]!r}", field="symbol")
    return found
