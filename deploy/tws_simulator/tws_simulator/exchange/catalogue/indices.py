"""Stock indices: quoted, not traded.

The ids of SPX, NDX, VIX, DAX, ESTX50 and XJO are IB's, from public programs that ask IB for these indices. Those of
RUT and INDU are numbers of ours, because none was found that could be compared.
"""

from decimal import Decimal

from tws_simulator.exchange.catalogue import numbering
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market_rules import INDEX_CENT

SPX, NDX, DAX, ESTX50 = 416904, 416843, 825711, 4356500
RUT, INDU = numbering.INDICES + 1, numbering.INDICES + 2

# con_id, symbol, name, exchange, currency, hours, level, volatility a year
_ROWS: tuple[tuple[int, str, str, str, str, str, str, float], ...] = (
    (SPX, "SPX", "S&P 500 Stock Index", "CBOE", "USD", "us_index", "5962.00", 0.15),
    (NDX, "NDX", "NASDAQ 100 Stock Index", "NASDAQ", "USD", "us_index", "20820.00", 0.2),
    (RUT, "RUT", "Russell 2000 Stock Index", "RUSSELL", "USD", "us_index", "2402.00", 0.22),
    (INDU, "INDU", "Dow Jones Industrial Average", "CME", "USD", "us_index", "44310.00", 0.14),
    (13455763, "VIX", "CBOE Volatility Index", "CBOE", "USD", "us_volatility_index", "15.40", 0.6),
    (DAX, "DAX", "DAX 40 Index (Deutscher Aktienindex)", "EUREX", "EUR", "xetra", "19310.00", 0.17),
    (ESTX50, "ESTX50", "Dow Jones Euro STOXX50", "EUREX", "EUR", "xetra", "4788.00", 0.17),
    (46610746, "XJO", "S&P/ASX 200 Index", "ASX", "AUD", "sydney", "8390.00", 0.14),
)


def indices() -> list[Instrument]:
    """The indices."""
    return [_index(*row) for row in _ROWS]


def _index(
    con_id: int, symbol: str, name: str, exchange: str, currency: str, hours: str, level: str, volatility: float
) -> Instrument:
    return Instrument(
        con_id=con_id,
        symbol=symbol,
        name=name,
        primary_exchange=exchange,
        stock_type="",
        reference_price=Decimal(level),
        volatility=volatility,
        daily_volume=0,
        currency=currency,
        sec_type="IND",
        trading_class=symbol,
        market_rule=INDEX_CENT,
        exchanges=(exchange,),
        hours=hours,
        shortable="none",
    )
