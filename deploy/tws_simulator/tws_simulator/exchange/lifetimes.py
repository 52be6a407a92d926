"""From when and until when an order works."""

from datetime import datetime
from typing import NamedTuple

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.bars import parse_time
from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.kinds import KINDS
from tws_simulator.model import OrderTicket

_START_TEXT = (
    "Start Date/Time: The date, time, or time-zone entered is invalid. "
    "The correct format is yyyymmdd hh:mm:ss xx/xxxx where yyyymmdd and xx/xxxx are optional."
)


class Lifetime(NamedTuple):
    """None: at once, for ever, or in no auction."""

    start: datetime | None
    end: datetime | None
    auction: datetime | None


AT_ONCE = Lifetime(None, None, None)
"""At once and for ever."""


def lifetime_of(ticket: OrderTicket, calendar: Calendar, now: datetime) -> Lifetime:
    """When an order works. Raises BrokerError 201, 334, 10314 or 10315."""
    start = _start(ticket)
    begins = max(start, now) if start else now
    if KINDS[ticket.order_type].at_close:
        close = calendar.close_of(begins, regular=True)
        return Lifetime(start, None, close)
    if ticket.time_in_force == "OPG":
        return Lifetime(start, None, _opening(calendar, begins))
    return Lifetime(start, _end(ticket, calendar, begins, now), None)


def _start(ticket: OrderTicket) -> datetime | None:
    if not ticket.good_after:
        return None
    try:
        return parse_time(ticket.good_after)
    except BrokerError:
        raise BrokerError(10315, _START_TEXT) from None


def _end(ticket: OrderTicket, calendar: Calendar, begins: datetime, now: datetime) -> datetime | None:
    if ticket.time_in_force == "GTC":
        return None
    if ticket.time_in_force == "GTD":
        end = parse_time(ticket.good_till) if ticket.good_till else None
        if end is None or end <= begins:
            raise BrokerError(334, "Invalid Good Till Date order.")
        return end
    close = calendar.close_of(begins, regular=not ticket.outside_rth)
    if ticket.good_till:
        # As TWS has it, a time given with a DAY order ends it earlier on that day.
        end = parse_time(ticket.good_till)
        if end <= now:
            raise BrokerError(334, "Invalid Good Till Date order.")
        return min(end, close)
    return close


def _opening(calendar: Calendar, begins: datetime) -> datetime:
    if calendar.name != "always" and calendar.is_open(begins, regular=True):
        raise BrokerError(201, "Order rejected - reason:The exchange is closed for opening orders.")
    return calendar.next_open(begins, regular=True)
