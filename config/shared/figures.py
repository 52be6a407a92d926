"""How figures and words look on the admin's pages."""

from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

NOTHING = "–"


def number(value: Decimal | None, *, places: int = 0) -> str:
    """`1234.50` → `1,234.5`; at least `places` decimals, never rounded; a dash for None."""
    if value is None:
        return NOTHING
    text = f"{value.normalize():,f}" if value else "0"
    whole, _, fraction = text.partition(".")
    fraction = fraction.ljust(places, "0")
    return f"{whole}.{fraction}" if fraction else whole


def price(value: Decimal | None) -> str:
    """A price with at least two decimals."""
    return number(value, places=2)


def average_price(value: Decimal | None) -> str:
    """A computed price, rounded to four decimals, at least two."""
    return NOTHING if value is None else price(round(value, 4))


def money(value: Decimal | None, currency: str = "") -> str:
    """An amount rounded to cents, with its currency."""
    return NOTHING if value is None else f"{value:,.2f} {currency}".strip()


def figure(text: str, *, tone: str = "") -> SafeString:
    """A figure set in tabular digits to the right; `tone` is gain or loss."""
    return format_html('<span class="desk-figure {}">{}</span>', f"desk-{tone}" if tone else "", text)


def signed_money(value: Decimal | None, currency: str = "") -> SafeString:
    """An amount coloured by its sign; the sign is written too."""
    if value is None:
        return figure(NOTHING)
    text = money(value, currency)
    return figure(f"+{text}" if value > 0 else text, tone="gain" if value > 0 else "loss" if value < 0 else "")


def pill(text: str, tone: str, *, marker: str = "") -> SafeString:
    """A word in a coloured pill. `tone`: good, busy, warn, bad, calm. `marker` lets the style mark the whole row."""
    return format_html('<span class="desk-pill desk-pill-{} {}">{}</span>', tone, marker, text)
