"""What order conditions can ask the brokerage about."""

from datetime import datetime
from decimal import Decimal

from tws_simulator.broker.core import Core
from tws_simulator.clock import new_york
from tws_simulator.exchange.market import Quote
from tws_simulator.model import ZERO

_HUNDRED = Decimal(100)


class BrokerFacts:
    """Facts at the present moment."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def now(self) -> datetime:
        """The time."""
        return self._core.clock.now()

    def knows(self, con_id: int) -> bool:
        """Whether there is such a contract."""
        return self._core.book.get(con_id) is not None

    def quote_of(self, con_id: int) -> Quote:
        """The quote of a contract."""
        return self._core.quote(con_id)

    def volume(self, con_id: int) -> Decimal:
        """Shares traded today."""
        return Decimal(self._core.market.day(self._core.instrument(con_id), self.now()).volume)

    def change(self, con_id: int) -> Decimal:
        """Change of the last price since the previous close, in percent."""
        close = self._core.market.day(self._core.instrument(con_id), self.now()).previous_close
        return (self._core.quote(con_id).last - close) / close * _HUNDRED if close else ZERO

    def cushion(self, account: str) -> Decimal:
        """Excess liquidity of an account in percent of its value."""
        balances = self._core.balances(account)
        value = balances.net_liquidation
        return balances.available_funds / value * _HUNDRED if value > 0 else ZERO

    def has_traded(self, symbol: str, sec_type: str, exchange: str, since: datetime) -> bool:
        """Whether orders in a contract traded since a moment; an exchange of `*` or SMART means any."""
        for execution in reversed(self._core.state.executions):
            if execution.at < since:
                return False
            instrument = self._core.instrument(execution.con_id)
            fits = instrument.symbol == symbol.upper() and instrument.sec_type == sec_type.upper()
            if fits and (exchange in {"", "*", "SMART"} or exchange == execution.venue):
                return True
        return False

    def day(self) -> str:
        """The date in New York, `yyyymmdd`."""
        return f"{new_york(self.now()):%Y%m%d}"
