"""When markets are open: always, or by the hours and holidays of each exchange."""

from tws_simulator.exchange.calendar.base import AlwaysOpen, Calendar, ExchangeHours, Session

__all__ = ["AlwaysOpen", "Calendar", "ExchangeHours", "NewYorkHours", "Session", "calendar_named"]

NewYorkHours = ExchangeHours
"""The calendar of the New York exchanges, which is the first of the family."""


def calendar_named(name: str) -> Calendar:
    """The calendar of New York's stocks by name: `always` or `exchange`. `of` gives the others of its kind."""
    return {"always": AlwaysOpen, "exchange": ExchangeHours}[name]()
