"""A position with its value at the present moment."""

from decimal import Decimal
from typing import NamedTuple

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.ledger.accounts import Position
from tws_simulator.ledger.booking import FUTURES, OPTIONS, PAIRS
from tws_simulator.model import ZERO


class Holding(NamedTuple):
    """A position with the value of one unit now. `underlying` is the underlying's price, zero without one."""

    instrument: Instrument
    position: Position
    mark: Decimal
    underlying: Decimal = ZERO

    @property
    def value(self) -> Decimal:
        """Market value, negative when short; the notional value of a future."""
        return self.position.quantity * self.mark

    @property
    def futures_pnl(self) -> Decimal:
        """Gain of a future that is not paid into cash yet."""
        return self.value - self.position.settled_value

    @property
    def is_future(self) -> bool:
        """Whether it is settled every day."""
        return self.instrument.sec_type in FUTURES

    @property
    def is_option(self) -> bool:
        """Whether it is an option."""
        return self.instrument.sec_type in OPTIONS

    @property
    def is_pair(self) -> bool:
        """Whether it only remembers currency trades."""
        return self.instrument.sec_type in PAIRS
