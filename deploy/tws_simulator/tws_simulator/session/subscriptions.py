"""What a client subscribed to, and what it was sent last."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tws_simulator.exchange.bars import BarQuery
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.quote import Levels, Quote
from tws_simulator.exchange.scanning import Scan
from tws_simulator.messages.replies import BarRow
from tws_simulator.session.tick_states import TickState, View


@dataclass(slots=True)
class QuoteSubscription:
    """Streaming quotes of one instrument, and what was sent last."""

    instrument: Instrument
    view: View
    wanted: int
    """The market data type asked for."""
    kind: int
    """The type the client was last told it gets."""
    seen: TickState | None = None


@dataclass(slots=True)
class BarSubscription:
    """Historical bars kept up to date, or five-second bars."""

    instrument: Instrument
    query: BarQuery
    epoch: bool = False
    """Times as seconds since the epoch instead of text."""
    last: BarRow | None = None
    next_at: datetime | None = None


@dataclass(slots=True)
class BookSubscription:
    """An order book, and the rows the client has of it: bids and asks."""

    instrument: Instrument
    rows: int
    is_smart: bool
    by_venue: bool
    """Whether rows name the exchange they stand at (message 13 instead of 12)."""
    sent: Levels = ((), ())


@dataclass(slots=True)
class TickSubscription:
    """Every trade or every change of the quote of one instrument."""

    instrument: Instrument
    kind: str
    ignore_size: bool
    seen_slot: int
    """The last slot that was told."""
    quote: Quote | None = None


@dataclass(slots=True)
class ScanSubscription:
    """A market scanner, and when its list is renewed."""

    wanted: Scan
    next_at: datetime
    told_empty: bool = False


@dataclass(slots=True)
class PnlSubscription:
    """Profit of an account, or of one position in it."""

    account: str
    con_id: int | None = None
    last: tuple[Decimal, ...] | None = None
    next_at: datetime | None = None


@dataclass(slots=True)
class AccountSubscription:
    """Account values: which account, which rows, and what was sent last."""

    account: str
    tags: tuple[str, ...] = ()
    ledger_only: bool = False
    model_code: str = ""
    sent: dict[tuple[str, str], str] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    """Contract ids of positions that were traded since."""
    next_at: datetime | None = None
