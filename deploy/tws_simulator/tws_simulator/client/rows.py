"""The rows the control port answers with, for type checkers. Money, prices and quantities are strings."""

from typing import Any, TypedDict

Faults = dict[str, dict[str, Any]]


class Order(TypedDict, total=False):
    """One order."""

    perm_id: int
    client_id: int
    order_id: int
    con_id: int
    symbol: str
    status: str
    action: str
    quantity: str
    filled: str
    remaining: str
    average_price: str
    order_type: str
    limit_price: str | None
    stop_price: str | None
    time_in_force: str
    account: str
    order_ref: str
    reject_text: str
    why_held: str
    executions: list["Execution"]


class Execution(TypedDict, total=False):
    """One fill."""

    exec_id: str
    perm_id: int
    client_id: int
    order_id: int
    symbol: str
    account: str
    is_buy: bool
    quantity: str
    price: str
    at: str
    venue: str
    commission: str
    realized_pnl: str | None


class Position(TypedDict, total=False):
    """What an account holds of one instrument."""

    con_id: int
    symbol: str
    quantity: str
    average_cost: str
    mark: str


class Account(TypedDict, total=False):
    """Balances and positions of one account."""

    account: str
    cash: str
    net_liquidation: str
    available_funds: str
    buying_power: str
    margin: str
    unrealized_pnl: str
    realized_pnl: str
    daily_pnl: str
    positions: list[Position]


class Client(TypedDict, total=False):
    """One connected client."""

    client_id: int
    server_version: int
    peer: str
    connected_at: str
    quotes: list[str]


class Price(TypedDict, total=False):
    """The quote of one instrument."""

    symbol: str
    con_id: int
    frozen: bool
    bid: str
    ask: str
    last: str
    bid_size: str
    ask_size: str
    last_size: str


class Message(TypedDict, total=False):
    """One message of the log."""

    number: int
    at: str
    client_id: int | None
    direction: str
    name: str
    fields: list[str]
