"""Order types: what each needs, where it may be used, and how it behaves."""

from dataclasses import dataclass
from decimal import Decimal

from tws_simulator.model import OrderTicket

_ALL = frozenset({"STK", "OPT", "FUT", "FOP", "CASH", "CFD", "WAR", "BOND", "CRYPTO", "CMDTY"})
_STOCKS = frozenset({"STK"})
_STOCK_LIKE = frozenset({"STK", "CFD", "WAR"})
_FUTURES = frozenset({"FUT"})
_NOT_FX = _ALL - {"CASH"}
_LASTING = frozenset({"DAY", "GTC", "GTD"})
_DAY = frozenset({"DAY"})
TIMES_IN_FORCE = frozenset({"DAY", "GTC", "IOC", "FOK", "GTD", "OPG"})


@dataclass(frozen=True, slots=True)
class Kind:
    """One order type. `limit` and `stop`: `needed`, `optional` or empty."""

    limit: str = ""
    stop: str = ""
    held_by_stop: bool = False
    """Waits until the market reaches a price."""
    touched: bool = False
    """Waits for a better price, not a worse one."""
    at_close: bool = False
    floats: bool = False
    """Its price follows the quote."""
    sec_types: frozenset[str] = _ALL
    times: frozenset[str] = _LASTING


KINDS: dict[str, Kind] = {
    "MKT": Kind(times=_LASTING | {"IOC", "OPG"}),
    "LMT": Kind(limit="needed", times=TIMES_IN_FORCE),
    "STP": Kind(stop="needed", held_by_stop=True),
    "STP LMT": Kind(limit="needed", stop="needed", held_by_stop=True),
    "TRAIL": Kind(held_by_stop=True),
    "TRAIL LIMIT": Kind(held_by_stop=True),
    "MIT": Kind(stop="needed", held_by_stop=True, touched=True),
    "LIT": Kind(limit="needed", stop="needed", held_by_stop=True, touched=True),
    "MOC": Kind(at_close=True, sec_types=_STOCK_LIKE | _FUTURES, times=_DAY),
    "LOC": Kind(limit="needed", at_close=True, sec_types=_STOCK_LIKE, times=_DAY),
    "MTL": Kind(sec_types=_NOT_FX),
    "MKT PRT": Kind(sec_types=_FUTURES),
    "STP PRT": Kind(stop="needed", held_by_stop=True, sec_types=_FUTURES),
    "REL": Kind(limit="optional", floats=True, sec_types=_STOCK_LIKE | {"OPT"}, times=_LASTING),
    "PEG MKT": Kind(floats=True, sec_types=_STOCKS),
    "PEG MID": Kind(limit="optional", floats=True, sec_types=_STOCKS),
    "PEG BEST": Kind(limit="optional", floats=True, sec_types=_STOCKS),
    "MIDPRICE": Kind(limit="optional", floats=True, sec_types=_STOCKS, times=_DAY),
}
STOPPED = frozenset(name for name, kind in KINDS.items() if kind.held_by_stop)
LIMITED = frozenset(name for name, kind in KINDS.items() if kind.limit == "needed")
FLOATING = frozenset(name for name, kind in KINDS.items() if kind.floats)
ONLY_AT_IBKRATS = frozenset({"PEG MID", "PEG BEST"})
# What may be changed into what by an adjustable order.
ADJUSTABLE = frozenset({"STP", "STP LMT", "TRAIL", "TRAIL LIMIT"})


def limit_of(ticket: OrderTicket) -> Decimal | None:
    """The limit price of an order, None if its type has none: what a client writes there is then ignored."""
    kind = KINDS.get(ticket.order_type)
    return ticket.limit_price or None if kind is not None and kind.limit else None
