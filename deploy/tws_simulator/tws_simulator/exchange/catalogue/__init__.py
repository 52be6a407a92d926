"""The instruments on offer."""

from tws_simulator.exchange.catalogue.us_etfs import us_etfs
from tws_simulator.exchange.catalogue.us_stocks import us_stocks
from tws_simulator.exchange.catalogue.world_stocks import world_stocks
from tws_simulator.exchange.instruments import Instrument

__all__ = ["instruments"]


def instruments() -> dict[int, Instrument]:
    """Every instrument that does not expire, by contract id; of several with a symbol the American one first."""
    return {row.con_id: row for rows in (us_stocks(), us_etfs(), world_stocks()) for row in rows}
