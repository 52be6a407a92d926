"""Which market data the login is entitled to, as one finds it at IB: live, delayed only, none, or taken away."""

from dataclasses import dataclass, field
from enum import StrEnum

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instruments import Instrument

LIVE, FROZEN, DELAYED, DELAYED_FROZEN = 1, 2, 3, 4
_NOT_SUBSCRIBED = "Requested market data is not subscribed."
_FOR_API = "requires additional subscription for API. See link in 'Market Data Connections' dialog for more details."
_STILL_ACTIVE = "Subscription-independent ticks are still active."
_AVAILABLE = "Delayed market data is available."


class Right(StrEnum):
    """What may be seen of an instrument."""

    LIVE = "live"
    DELAYED = "delayed"
    API_DELAYED = "api_delayed"
    """Live only in TWS itself; the API gets delayed data."""
    PART = "part"
    """Only what needs no subscription: the day's figures, no quotes."""
    API_PART = "api_part"
    NONE = "none"
    COMPETING = "competing"
    """Another login of the user has the live data now."""


@dataclass(slots=True)
class DataRights:
    """The right to all instruments (`default`) and to single ones by contract id, and how much at a time."""

    default: Right = Right.LIVE
    single: dict[int, Right] = field(default_factory=dict)
    lines: int = 100
    depth_requests: int = 3
    tick_by_tick_requests: int = 5

    def of(self, instrument: Instrument) -> Right:
        """The right to one instrument."""
        return self.single.get(instrument.con_id, self.default)


@dataclass(frozen=True, slots=True)
class Feed:
    """What a client gets: type of data (as in message 58), and a notice to send with it."""

    kind: int
    notice: tuple[int, str] | None = None
    partial: bool = False
    """Without quotes."""

    @property
    def is_delayed(self) -> bool:
        """Whether the quotes come late, under tick types of their own."""
        return self.kind in {DELAYED, DELAYED_FROZEN}


def feed(rights: DataRights, instrument: Instrument, wanted: int, *, is_open: bool) -> Feed:
    """The data a client gets that asked for type `wanted` of live (1), frozen, delayed, delayed-frozen (4).

    Raises BrokerError 354, 10089, 10168 or 10197 where IB would.
    """
    right, label = rights.of(instrument), _label(instrument)
    if right is Right.COMPETING:
        raise BrokerError(10197, "No market data during competing live session")
    if right is Right.NONE:
        raise BrokerError(354, f"{_NOT_SUBSCRIBED}{label}")
    if right is Right.LIVE:
        # A subscriber who allows delayed data gets live data while there is any.
        frozen = wanted in {FROZEN, DELAYED_FROZEN} and not is_open
        return Feed(FROZEN if frozen else LIVE)
    if wanted in {DELAYED, DELAYED_FROZEN}:
        kind = DELAYED_FROZEN if wanted == DELAYED_FROZEN and not is_open else DELAYED
        return Feed(kind, (10167, f"{_NOT_SUBSCRIBED} Displaying delayed market data."))
    if right is Right.PART:
        text = f"Part of requested market data is not subscribed. {_STILL_ACTIVE}{_AVAILABLE}{label}"
        return Feed(LIVE, (10090, text), partial=True)
    if right is Right.API_PART:
        text = f"Part of requested market data {_FOR_API}{_STILL_ACTIVE}{_AVAILABLE}{label}"
        return Feed(LIVE, (10091, text), partial=True)
    if right is Right.API_DELAYED:
        raise BrokerError(10089, f"Requested market data {_FOR_API}{_AVAILABLE}{label}")
    raise BrokerError(10168, f"{_NOT_SUBSCRIBED} Delayed market data is not enabled.")


def _label(instrument: Instrument) -> str:
    return f"{instrument.symbol} {instrument.primary_exchange}/TOP/ALL"
