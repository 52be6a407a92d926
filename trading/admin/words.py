"""How statuses, sides and events look on the admin's pages."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.shared.figures import NOTHING, number, pill, price
from trading.domain.orders import OrderStatus
from trading.models import Order

_TONES = {
    OrderStatus.PENDING_SUBMIT: "busy",
    OrderStatus.WORKING: "good",
    OrderStatus.PARTIALLY_FILLED: "good",
    OrderStatus.FILLED: "done",
    OrderStatus.PENDING_REPLACE: "busy",
    OrderStatus.PENDING_CANCEL: "busy",
    OrderStatus.CANCELLED: "calm",
    OrderStatus.REJECTED: "bad",
    OrderStatus.EXPIRED: "calm",
    OrderStatus.UNKNOWN: "alarm",
    OrderStatus.SUSPENDED: "warn",
}


def status_pill(status: str, *, in_list: bool = False) -> SafeString:
    """A status as a coloured word. In a list it marks its row: open orders quietly, unknown ones loudly."""
    try:
        known = OrderStatus(status)
    except ValueError:
        return pill(status or NOTHING, "calm")
    marker = ""
    if in_list:
        marker = "desk-row-unknown" if known is OrderStatus.UNKNOWN else "" if known.is_terminal else "desk-row-open"
    return pill(known.value.replace("_", " "), _TONES[known], marker=marker)


def side_word(side: str) -> SafeString:
    """BUY or SELL in its colour."""
    return format_html('<span class="desk-side-{}">{}</span>', side.lower(), side)


def event_title(event_type: str) -> str:
    """`order_found_open` → `Order found open`."""
    words = event_type.replace("_", " ").replace(" ib ", " IB ").replace(" at ib", " at IB")
    return (words[:1].upper() + words[1:]).replace("Ib ", "IB ")


def order_title(order: Order) -> str:
    """One line a trader recognises: `BUY 100 AAPL LMT 190.00`."""
    parts = [order.side, number(order.quantity), order.symbol, order.order_type]
    parts += price_words(order)
    return " ".join(parts)


def price_words(order: Order) -> list[str]:
    """Stop, then limit, then how it follows the market: what a trader reads as "at what price"."""
    words = [price(value) for value in (order.stop_price, order.limit_price) if value is not None]
    if order.trailing_amount is not None:
        words.append(f"trails {price(order.trailing_amount)}")
    if order.trailing_percent is not None:
        words.append(f"trails {number(order.trailing_percent)}%")
    if order.limit_offset is not None:
        words.append(f"limit ±{price(order.limit_offset)}")
    if order.offset_amount is not None:
        words.append(f"offset {price(order.offset_amount)}")
    return words


def special_terms(order: Order) -> list[tuple[str, str]]:
    """What only some types have: name and figure."""
    prices = ("trailing_amount", "limit_offset", "offset_amount")
    known = [(name, price(getattr(order, name))) for name in prices if getattr(order, name) is not None]
    if order.trailing_percent is not None:
        known.append(("trailing_percent", f"{number(order.trailing_percent)}%"))
    if order.good_till_date is not None:
        known.append(("good_till_date", f"{order.good_till_date:%Y-%m-%d %H:%M:%S} UTC"))
    return known
