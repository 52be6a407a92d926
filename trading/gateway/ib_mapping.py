"""IB's words ↔ ours: tables and pure functions.

Unset doubles become None and floats become Decimal here and nowhere else. Sources are sections of the field guide.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from market_data.domain import zone
from trading.domain import order_events as ev
from trading.domain.orders import TRAILING, OrderSide, OrderType, Terms, TimeInForce
from trading.domain.risk import SHAPES

_UNSET = Decimal("1E300")  # 1.797…E308 in every spelling (tws-protocol §3)

# Every status word IB is known to use (§2.1). Executions alone say what is filled, so `Filled` moves nothing.
STATUS_WORDS = (
    "ApiPending",
    "PendingSubmit",
    "PreSubmitted",
    "Submitted",
    "PendingCancel",
    "PreCancelled",
    "WarnState",
    "ApiCancelled",
    "Cancelled",
    "Filled",
    "Inactive",
)


def to_decimal(value: Any) -> Decimal | None:
    """A number from the wire, or None where IB leaves it unset, sends a word, or nothing."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return None
    return number if number.is_finite() and abs(number) < _UNSET else None


def to_price(value: Any) -> Decimal | None:
    """A price of an order: zero and unset both mean that there is none."""
    return to_decimal(value) or None


def quote_price(value: float) -> Decimal | None:
    """A quoted price; -1 means that there is none (§6.4)."""
    number = to_decimal(value)
    return None if number is None or number < 0 else number


def status_event(status: str, *, why_held: str = "", is_sync: bool = False) -> ev.OrderEvent:
    """The event in one of IB's status words; an unknown word is recorded and moves nothing."""
    match status:
        case "PreSubmitted" | "Submitted":
            return ev.OrderFoundOpen() if is_sync else ev.OrderAccepted()
        case "ApiPending" | "PendingSubmit":
            return ev.OrderPendingAtIb()
        case "Cancelled" | "ApiCancelled":
            return ev.OrderCancelled()
        case "Inactive":
            # IB uses the word for rejected, held and locating; a reject is told apart by its code (§2.1)
            return ev.OrderHeld(reason=why_held)
        case _:
            return ev.IbStatusReported(ib_status=status)


def completed_event(status: str, completed_status: str) -> ev.OrderEvent:
    """The event in a completed order. Its quantities are unreliable, so only the end itself is taken (§1.5)."""
    if status in ("Cancelled", "ApiCancelled", "Inactive"):
        if "expire" in completed_status.lower():
            return ev.OrderExpired(reason=completed_status)
        if completed_status.lower().startswith("order rejected"):
            # IB lists a refused order as cancelled (§1.5); where the words of its 201 are left, they say which it was
            return ev.OrderRejected(code=product_code(201, completed_status), reason=plain_text(completed_status))
        return ev.OrderCancelled(reason=completed_status)
    return ev.IbStatusReported(ib_status=status)


def side_of(word: str) -> OrderSide:
    """BUY/SELL of an order, BOT/SLD of an execution."""
    return OrderSide.BUY if word.upper() in ("BUY", "BOT") else OrderSide.SELL


# What IB's two price fields mean depends on the type. A TRAIL LIMIT has its limit by the offset from its stop.
_LIMITED = frozenset(kind for kind, shape in SHAPES.items() if "limit_price" in shape.prices)
_AUX_OF: Mapping[str, str] = {
    **dict.fromkeys((OrderType.STP, OrderType.STP_LMT, OrderType.MIT, OrderType.LIT), "stop_price"),
    **dict.fromkeys((OrderType.TRAIL, OrderType.TRAIL_LIMIT), "trailing_amount"),
    OrderType.REL: "offset_amount",
}


def terms_of(payload: Mapping[str, Any], default_zone: str = "UTC") -> Terms:
    """The terms in an order as IB describes it; what its type does not use is no term, whatever IB fills in."""
    order_type = str(payload.get("order_type") or "")
    terms: dict[str, Any] = {}
    if order_type in _LIMITED:
        terms["limit_price"] = to_price(payload.get("limit_price"))
    if order_type in _AUX_OF:
        terms[_AUX_OF[order_type]] = to_price(payload.get("aux_price"))
    if order_type in TRAILING:
        terms["stop_price"] = to_price(payload.get("trail_stop_price"))
        terms["trailing_percent"] = to_price(payload.get("trailing_percent"))
        if terms["trailing_percent"] is not None:
            terms["trailing_amount"] = None  # an order trails by one of them; IB may fill in what the other comes to
    if order_type == OrderType.TRAIL_LIMIT:
        terms["limit_offset"] = to_decimal(payload.get("limit_offset"))
    if payload.get("time_in_force") == TimeInForce.GTD:
        terms["good_till_date"] = parse_time(str(payload.get("good_till_date") or ""), default_zone)
    return Terms(**terms)


def terms_needed(order_type: str, time_in_force: str) -> frozenset[str]:
    """The terms without which there is no such order; of the types that the desk accepts."""
    needs = SHAPES[OrderType(order_type)].needs
    return needs | {"good_till_date"} if time_in_force == TimeInForce.GTD else needs


def order_fields(order_type: str, terms: Terms) -> dict[str, Any]:
    """The terms as fields of IB's order; what is None is left as the library leaves it."""
    is_trailing = order_type in TRAILING
    aux = getattr(terms, _AUX_OF[order_type]) if order_type in _AUX_OF else None
    if is_trailing and terms.trailing_percent is not None:
        aux = None
    numbers = {
        "lmtPrice": terms.limit_price,
        "auxPrice": aux,
        "trailStopPrice": terms.stop_price if is_trailing else None,
        "trailingPercent": terms.trailing_percent,
        "lmtPriceOffset": terms.limit_offset,
    }
    known: dict[str, Any] = {name: float(number) for name, number in numbers.items() if number is not None}
    if terms.good_till_date is not None:
        known["goodTillDate"] = f"{terms.good_till_date.astimezone(UTC):%Y%m%d-%H:%M:%S}"
    return known


_TIME = re.compile(r"(\d{8})[ -]+(\d{2}:\d{2}:\d{2})(?: +(\S.*))?")


def parse_time(text: str, default_zone: str = "UTC") -> datetime | None:
    """IB's time in UTC, from any of its forms (§1.2); None when nobody could read it.

    `20260105 09:30:01 US/Eastern`, `20260105-14:30:00` (UTC), `20260105  09:30:01` (zone of the TWS machine).
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    day, clock, name = match.groups()
    try:
        local: ZoneInfo | Any = UTC if "-" in text and name is None else zone(name or default_zone)
        return datetime.strptime(f"{day} {clock}", "%Y%m%d %H:%M:%S").replace(tzinfo=local).astimezone(UTC)
    except ValueError:
        return None


class Operation(Enum):
    """What we last asked of an order and IB has not answered."""

    NONE = "none"
    PLACE = "place"
    MODIFY = "modify"
    CANCEL = "cancel"


class Verdict(Enum):
    """What a code means for the order it names."""

    NOTE = "note"  # information or a warning: the order lives
    REJECTED = "rejected"  # IB refuses the order; believed once a query does not find it open
    MODIFY_REFUSED = "modify_refused"  # the change did not happen; the order lives
    CANCEL_REFUSED = "cancel_refused"  # the cancel did not happen; the order may be live, filled or dead
    ASK = "ask"  # says nothing certain: ask IB


# The order is alive and well (§3.3; libraries mark some of these cancelled).
NOTES = frozenset(
    {399, 404, 481, 492, 10167, 10233, 10311, 10329, 10335, 10347, 10349, 10355, 2109, 2111, 2137, 2168, 2169}
)
CANCEL_REFUSED = frozenset({135, 136, 161, 10147, 10148})
MODIFY_REFUSED = frozenset({104, 105, 134, 329, 422, 440, 444, 2102, 10326, 10327, 10341})
# A new order with one of these was not taken. 103 is not among them: the order with that id is alive (§1.6).
REJECTS = frozenset(
    {106, 107, 109, 110, 111, 113, 116, 125, 126, 131, 132, 140, 141, 142, 143, 145, 147, 148, 154, 160, 163, 164}
    | {200, 201, 203, 320, 321, 332, 334, 336, 337, 343, 347, 348, 352, 353, 355, 361, 362, 363, 364}
    | {382, 383, 387, 388, 391, 392, 395, 396, 397, 398, 400, 402, 403, 406, 407, 411, 412, 413, 426, 434, 435, 436}
    | {439, 441, 442, 443, 451, 460, 10006, 10015, 10239, *range(10241, 10253), 10254, 10268, 10269, 10270, 10289}
    | {10290, 10293, 10314, 10315, 10318, 10324, 10325, 10330, 10340}
)


def judge_code(code: int, operation: Operation) -> Verdict:
    """What `code` says about an order, given what we last asked of it. An unknown code never closes an order."""
    if code in NOTES or (2100 <= code < 2200 and code not in MODIFY_REFUSED):
        return Verdict.NOTE
    if code in CANCEL_REFUSED:
        return Verdict.CANCEL_REFUSED if operation is Operation.CANCEL else Verdict.ASK
    if operation is Operation.MODIFY and (code in MODIFY_REFUSED or code in REJECTS):
        return Verdict.MODIFY_REFUSED
    if code in REJECTS:
        return Verdict.REJECTED
    return Verdict.ASK


# 201 carries its reason as free text; the first pattern that fits names the product code (§2.5).
_REJECT_TEXTS: tuple[tuple[str, str], ...] = (
    ("initial margin", "INSUFFICIENT_FUNDS"),
    ("equity with loan", "INSUFFICIENT_FUNDS"),
    ("available funds are in", "INSUFFICIENT_FUNDS"),
    ("insufficient", "INSUFFICIENT_FUNDS"),
    ("no trading permission", "SYMBOL_NOT_ALLOWED"),
    ("customer ineligible", "SYMBOL_NOT_ALLOWED"),
    ("only closing orders", "SYMBOL_NOT_ALLOWED"),
    ("have a kid", "SYMBOL_NOT_ALLOWED"),
    ("currency leverage", "SYMBOL_NOT_ALLOWED"),
    ("exchange is closed", "MARKET_CLOSED"),
    ("position limit", "POSITION_LIMIT_EXCEEDED"),
    ("maximum position", "POSITION_LIMIT_EXCEEDED"),
    ("minimum price variation", "ORDER_VALIDATION_FAILED"),
    ("percentage constraint", "ORDER_VALIDATION_FAILED"),
    ("size limit", "ORDER_VALIDATION_FAILED"),
)
_PRODUCT_CODES: Mapping[str, frozenset[int]] = {
    "IB_INVALID_CONTRACT": frozenset({116, 200, 392, 10254}),
    "SYMBOL_NOT_ALLOWED": frozenset({203, 412, 460, 10015}),
    "MARKET_CLOSED": frozenset({154}),
    "INSUFFICIENT_FUNDS": frozenset({426}),
    "RATE_LIMIT_EXCEEDED": frozenset({100, 101, 309}),
    "EXTERNAL_SERVICE_ERROR": frozenset({133, 320, 322, 323, 324, 395, 396, 397, 503, 10328}),
    "IB_CONNECTION_FAILED": frozenset({326, 502, 504, 507, 1100, 1300, 2110}),
    "IB_MARKET_DATA_ERROR": frozenset(
        {162, 165, 166, 354, 366, 420, 430, 10089, 10090, 10091, 10168, 10182, 10186, 10187, 10189, 10197}
    ),
}
_TAGS = re.compile(r"<[^>]*>")


def plain_text(text: str) -> str:
    """IB's sentence without its HTML."""
    return " ".join(_TAGS.sub(" ", text).split())


def product_code(code: int, text: str) -> str:
    """The desk's error code for one of IB's (§3.5)."""
    words = plain_text(text).lower()
    if code == 162 and "pacing" in words:
        return "RATE_LIMIT_EXCEEDED"
    if code == 321 and "read-only" in words:
        return "EXTERNAL_SERVICE_ERROR"
    if code in (201, 202):
        return next((ours for part, ours in _REJECT_TEXTS if part in words), "IB_ORDER_REJECTED")
    for ours, codes in _PRODUCT_CODES.items():
        if code in codes:
            return ours
    return "ORDER_VALIDATION_FAILED" if code in REJECTS or code in MODIFY_REFUSED else "IB_ORDER_REJECTED"


def commission_of(value: Any) -> Decimal | None:
    """What IB charged; -1.0 is its placeholder for "not known yet", other negatives are rebates (§2.4)."""
    amount = to_decimal(value)
    return None if amount == -1 else amount
