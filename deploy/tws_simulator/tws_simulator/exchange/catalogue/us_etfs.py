"""US exchange-traded funds, with IB's own contract ids from the same kind of sources as the stocks'."""

from decimal import Decimal

from tws_simulator.exchange.instruments import Instrument

# con_id, symbol, name, primary exchange, price, volatility a year, million shares a day
_ETFS: tuple[tuple[int, str, str, str, str, float, float], ...] = (
    (756733, "SPY", "SS SPDR S&P 500 ETF TRUST-US", "ARCA", "596.20", 0.15, 48.0),
    (320227571, "QQQ", "INVESCO QQQ TRUST SERIES 1", "NASDAQ", "506.75", 0.2, 33.0),
    (9579970, "IWM", "ISHARES RUSSELL 2000 ETF", "ARCA", "238.40", 0.22, 29.0),
    (73128548, "DIA", "SPDR DJIA TRUST", "ARCA", "443.10", 0.14, 3.4),
    (8991352, "IVV", "ISHARES CORE S&P 500 ETF", "ARCA", "599.05", 0.15, 5.2),
    (136155102, "VOO", "VANGUARD S&P 500 ETF", "ARCA", "548.15", 0.15, 6.0),
    (12340041, "VTI", "VANGUARD TOTAL STOCK MKT ETF", "ARCA", "295.80", 0.15, 3.1),
    (51529211, "GLD", "SPDR GOLD SHARES", "ARCA", "246.70", 0.15, 7.7),
    (39039301, "SLV", "ISHARES SILVER TRUST", "ARCA", "28.20", 0.28, 18.0),
    (15547841, "TLT", "ISHARES 20+ YEAR TREASURY BD", "NASDAQ", "90.35", 0.15, 36.0),
    (229725622, "SMH", "VANECK SEMICONDUCTOR ETF", "NASDAQ", "242.90", 0.33, 6.4),
    (31421120, "FXI", "ISHARES CHINA LARGE-CAP ETF", "ARCA", "30.05", 0.31, 35.0),
    (4215217, "XLE", "ENERGY SELECT SECTOR SPDR", "ARCA", "95.10", 0.24, 15.0),
    (13002510, "EFA", "ISHARES MSCI EAFE ETF", "ARCA", "77.60", 0.15, 16.0),
    (27684070, "VGK", "VANGUARD FTSE EUROPE ETF", "ARCA", "64.20", 0.17, 4.2),
    (418893644, "USO", "UNITED STATES OIL FUND LP", "ARCA", "73.40", 0.32, 4.4),
)


def us_etfs() -> list[Instrument]:
    """The US funds, all routed by SMART."""
    return [_etf(*row) for row in _ETFS]


def _etf(
    con_id: int, symbol: str, name: str, exchange: str, price: str, volatility: float, millions: float
) -> Instrument:
    return Instrument(
        con_id=con_id,
        symbol=symbol,
        name=name,
        primary_exchange=exchange,
        stock_type="ETF",
        reference_price=Decimal(price),
        volatility=volatility,
        daily_volume=int(millions * 1_000_000),
        trading_class="NMS" if exchange == "NASDAQ" else symbol,
    )
