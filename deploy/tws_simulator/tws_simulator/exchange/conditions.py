"""Whether the conditions of an order are met."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Protocol

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.bars import parse_time
from tws_simulator.exchange.market import Quote
from tws_simulator.exchange.triggers import METHODS, crosses
from tws_simulator.model import Condition, OrderTicket

PRICE, TIME, MARGIN, EXECUTION, VOLUME, CHANGE = 1, 3, 4, 5, 6, 7
_ON_CONTRACT = {PRICE, VOLUME, CHANGE}


class Facts(Protocol):
    """What conditions ask about; all at the present moment."""

    def now(self) -> datetime:
        """The time."""

    def quote_of(self, con_id: int) -> Quote:
        """The quote of a contract."""

    def volume(self, con_id: int) -> Decimal:
        """Shares traded today."""

    def change(self, con_id: int) -> Decimal:
        """Change of the last price since the previous close, in percent."""

    def cushion(self, account: str) -> Decimal:
        """Excess liquidity of an account in percent of its value."""

    def has_traded(self, symbol: str, sec_type: str, exchange: str, since: datetime) -> bool:
        """Whether the user's own orders in a contract traded since a moment."""

    def knows(self, con_id: int) -> bool:
        """Whether there is such a contract."""


def are_met(ticket: OrderTicket, since: datetime, facts: Facts) -> bool:
    """Whether the conditions hold now: those joined by `and` bind closer than those joined by `or`."""
    rows = ticket.conditions
    together = True
    for index, row in enumerate(rows):
        together = together and _holds(row, ticket, since, facts)
        if index == len(rows) - 1 or not row.joins_and:
            if together:
                return True
            together = True
    return not rows


def check(ticket: OrderTicket, facts: Facts) -> None:
    """Raise BrokerError 147, 146 or 10314 for a condition that cannot be watched."""
    for row in ticket.conditions:
        if row.kind in _ON_CONTRACT and not facts.knows(row.con_id):
            raise BrokerError(147, "The conditional contract info is incomplete.")
        if row.kind == EXECUTION and not (row.symbol and row.sec_type):
            raise BrokerError(147, "The conditional contract info is incomplete.")
        if row.kind == PRICE and row.trigger_method not in METHODS:
            raise BrokerError(146, "Invalid trigger method.")
        if row.kind == TIME:
            parse_time(row.value)
        elif row.kind != EXECUTION:
            _number(row.value)


def _holds(row: Condition, ticket: OrderTicket, since: datetime, facts: Facts) -> bool:
    if row.kind == EXECUTION:
        return facts.has_traded(row.symbol, row.sec_type, row.exchange, since)
    if row.kind == TIME:
        at = _moment(row.value)
        return facts.now() >= at if row.is_more else facts.now() <= at
    wanted = _number(row.value)
    if row.kind == PRICE:
        quote = facts.quote_of(row.con_id)
        side = quote.bid if row.is_more else quote.ask
        return crosses(row.trigger_method or 2, quote, side, wanted, up=row.is_more)
    if row.kind == MARGIN:
        seen = facts.cushion(ticket.account)
    else:
        seen = facts.volume(row.con_id) if row.kind == VOLUME else facts.change(row.con_id)
    return seen >= wanted if row.is_more else seen <= wanted


@lru_cache(maxsize=1024)
def _moment(text: str) -> datetime:
    return parse_time(text)


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise BrokerError(147, "The conditional contract info is incomplete.") from None
    if not number.is_finite():
        raise BrokerError(147, "The conditional contract info is incomplete.")
    return number
