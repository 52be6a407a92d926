"""The instruments on offer."""

from tws_simulator.exchange.catalogue.forex import forex_pairs
from tws_simulator.exchange.catalogue.futures import FutureFamily, future_families
from tws_simulator.exchange.catalogue.indices import indices
from tws_simulator.exchange.catalogue.options import OptionChain, option_chains
from tws_simulator.exchange.catalogue.us_etfs import us_etfs
from tws_simulator.exchange.catalogue.us_stocks import us_stocks
from tws_simulator.exchange.catalogue.world_stocks import world_stocks
from tws_simulator.exchange.instruments import Instrument

__all__ = ["futures", "instruments", "options"]


def instruments() -> dict[int, Instrument]:
    """Every instrument that does not expire, by contract id; of several with a symbol the American one first."""
    kinds = (us_stocks(), us_etfs(), world_stocks(), forex_pairs(), indices())
    return {row.con_id: row for rows in kinds for row in rows}


def futures() -> list[FutureFamily]:
    """Futures on the indices of the catalogue, made when somebody asks for them."""
    return future_families()


def options(listed: dict[int, Instrument]) -> list[OptionChain]:
    """Options on instruments of the catalogue, made when somebody asks for them."""
    return option_chains(listed)
