"""A typed client of IBKR Desk: REST that never places an order twice, and a stream that proves it has no holes."""

from desk_client.errors import DeskError, Unanswered
from desk_client.rest import ENDED, Desk
from desk_client.shapes import Account, Fill, Order, Position, Quote
from desk_client.stream import Event, Quotes, Reset, Stream

__all__ = [
    "ENDED",
    "Account",
    "Desk",
    "DeskError",
    "Event",
    "Fill",
    "Order",
    "Position",
    "Quote",
    "Quotes",
    "Reset",
    "Stream",
    "Unanswered",
]
