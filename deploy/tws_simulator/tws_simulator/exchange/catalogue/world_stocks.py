"""Stocks and funds outside the United States, with IB's own contract ids.

Sources: Interactive Brokers statements and Flex reports in public bug reports and test data, and code that keeps ids
resolved by IB's contract search (funds in Amsterdam and Zurich, cross listings of US names). Every id was seen beside
its exchange; VOD's only in one program's tests, the others in records of real accounts or answers. Currencies and
ISINs are those of the records, except that the Swiss cross listings of US stocks are taken to trade in francs, as
SIX's sponsored shares do. Prices are plausible round figures; London's are in pence.
"""

from dataclasses import dataclass
from decimal import Decimal

from tws_simulator.exchange import market_rules as rules
from tws_simulator.exchange.instruments import Instrument


@dataclass(frozen=True)
class _Market:
    """What the listings of one exchange have in common."""

    exchange: str
    currency: str
    hours: str
    rule: int
    exchanges: tuple[str, ...]
    magnifier: int = 1
    local_suffix: str = ""


_XETRA = ("SMART", "IBIS", "CHIXDE", "BATEDE", "TRQXDE", "GETTEX", "TGATE", "FWB", "SWB")
_MARKETS = {
    "IBIS": _Market("IBIS", "EUR", "xetra", rules.EUROPE, _XETRA),
    "IBIS2": _Market("IBIS2", "EUR", "xetra", rules.EUROPE, ("SMART", "IBIS2", "GETTEX2", "TGATE", "FWB2", "SWB2")),
    "AEB": _Market("AEB", "EUR", "euronext", rules.EUROPE, ("SMART", "AEB", "CHIXEN", "BATEEN", "TRQXEN")),
    "SBF": _Market("SBF", "EUR", "euronext", rules.EUROPE, ("SMART", "SBF", "CHIXEN", "BATEEN", "TRQXEN")),
    "BM": _Market("BM", "EUR", "madrid", rules.EUROPE, ("SMART", "BM", "CHIXES", "BATEES", "TRQXES", "DXEES")),
    "EBS": _Market("EBS", "CHF", "six", rules.EUROPE_LESS_LIQUID, ("SMART", "EBS", "CHIXCH", "TRQXCH")),
    "LSE": _Market("LSE", "GBP", "lse", rules.EUROPE_LESS_LIQUID, ("SMART", "LSE", "CHIXUK", "BATEUK", "TRQXUK"), 100),
    "LSEETF": _Market("LSEETF", "USD", "lse", rules.EUROPE, ("SMART", "LSEETF", "CHIXUK", "TRQXUK")),
    "TSEJ": _Market("TSEJ", "JPY", "tokyo", rules.TOKYO, ("SMART", "TSEJ", "CHIXJ", "JPNNEXT"), local_suffix=".T"),
    "SEHK": _Market("SEHK", "HKD", "hong_kong", rules.HONG_KONG, ("SEHK",)),
    "TSE": _Market("TSE", "CAD", "toronto", rules.TORONTO, ("SMART", "TSE", "CHIXCA", "OMEGA", "ALPHA", "PURE")),
    "ASX": _Market("ASX", "AUD", "sydney", rules.SYDNEY, ("SMART", "ASX", "ASXCEN", "CHIXAU")),
}

_TECH, _COMM, _CONS, _CYCL = "Technology", "Communications", "Consumer, Non-cyclical", "Consumer, Cyclical"
_FIN, _ENERGY, _BASIC = "Financial", "Energy", "Basic Materials"

# con_id, symbol, name, exchange, ISIN, industry, category, price, volatility a year, thousand shares a day
_STOCKS: tuple[tuple[int, str, str, str, str, str, str, str, float, float], ...] = (
    (14204, "SAP", "SAP SE", "IBIS", "DE0007164600", _TECH, "Software", "224.50", 0.25, 1600),
    (68598660, "BAYN", "BAYER AG-REG", "IBIS", "DE000BAY0017", _CONS, "Pharmaceuticals", "19.85", 0.36, 3900),
    (1411277, "IBM", "INTL BUSINESS MACHINES CORP", "IBIS", "", _TECH, "Computers", "211.20", 0.24, 4),
    (117589399, "ASML", "ASML HOLDING NV", "AEB", "NL0010273215", _TECH, "Semiconductors", "638.40", 0.38, 740),
    (29612193, "TTE", "TOTALENERGIES SE", "SBF", "FR0000120271", _ENERGY, "Oil&Gas", "57.20", 0.24, 4200),
    (48832907, "CABK", "CAIXABANK SA", "BM", "", _FIN, "Banks", "5.312", 0.29, 9800),
    (112129667, "DRPF", "UBS PROPERTY FUND DIRECT RES", "EBS", "CH0026465366", _FIN, "REITS", "19.30", 0.11, 14),
    (273982664, "AAPL", "APPLE INC", "EBS", "", _TECH, "Computers", "205.60", 0.28, 6),
    (305691292, "AMZN", "AMAZON.COM INC", "EBS", "", _COMM, "Internet", "184.10", 0.33, 3),
    (140148322, "VOD", "VODAFONE GROUP PLC", "LSE", "", _COMM, "Telecommunications", "70.48", 0.24, 61000),
    (371871705, "TRN", "TRAINLINE PLC", "LSE", "GB00BKDTK925", _COMM, "Internet", "396.20", 0.42, 2100),
    (35151400, "GAW", "GAMES WORKSHOP GROUP PLC", "LSE", "", _CYCL, "Toys/Games/Hobbies", "13880", 0.29, 90),
    (39194759, "CSU", "CONSTELLATION SOFTWARE INC", "TSE", "CA21037X1006", _TECH, "Software", "4712.50", 0.22, 24),
    (322447809, "SBI", "SERABI GOLD PLC", "TSE", "GB00BG5NDX91", _BASIC, "Mining", "2.05", 0.52, 22),
    (532497536, "AMZN", "AMAZON.COM INC - CDR", "TSE", "", _COMM, "Internet", "25.40", 0.31, 410),
    (762277717, "ASML", "ASML HOLDING NV", "TSE", "", _TECH, "Semiconductors", "13.90", 0.38, 90),
    (4036812, "BHP", "BHP GROUP LTD", "ASX", "", _BASIC, "Mining", "40.55", 0.24, 7200),
    (189114468, "A2M", "A2 MILK CO LTD", "ASX", "", _CONS, "Food", "5.42", 0.41, 2300),
    (44188438, "BMN", "BANNERMAN ENERGY LTD", "ASX", "AU000000BMN9", _BASIC, "Mining", "3.39", 0.58, 610),
    (99662733, "1972", "SWIRE PROPERTIES LTD", "SEHK", "HK0000063609", _FIN, "Real Estate", "15.94", 0.27, 3900),
)

# con_id, symbol, name, exchange, currency, ISIN, price, volatility a year, thousand shares a day
_FUNDS: tuple[tuple[int, str, str, str, str, str, str, float, float], ...] = (
    (128884495, "VUSA", "VANG S&P500 USDD", "AEB", "EUR", "IE00B3XXRP09", "104.30", 0.15, 190),
    (29651319, "IUSA", "ISHARES CORE SP 500", "AEB", "EUR", "IE0031442068", "56.42", 0.15, 160),
    (100292038, "IWDA", "ISHARES CORE MSCI WORLD", "AEB", "EUR", "IE00B4L5Y983", "106.80", 0.14, 260),
    (128831206, "VWRL", "VANG FTSE AW USDD", "AEB", "EUR", "IE00B3RBWM25", "131.20", 0.13, 75),
    (375858281, "VWCE", "VANG FTSE AW USDA", "AEB", "EUR", "IE00BK5BQT80", "134.90", 0.13, 40),
    (37036647, "IEMM", "ISHARES MSCI EM USD DIST", "AEB", "EUR", "IE00B0M63177", "41.15", 0.17, 22),
    (153454120, "EMIM", "ISHARES CORE EM IMI ACC", "AEB", "EUR", "IE00BKM4GZ66", "33.08", 0.17, 110),
    (75776072, "SXR8", "ISHARES CORE S&P 500", "IBIS2", "EUR", "IE00B5BMR087", "598.70", 0.15, 60),
    (74992041, "XEOD", "X EUR OVERNIGHT RATE SWAP 1D", "IBIS2", "EUR", "LU0335044896", "137.62", 0.01, 35),
    (103512838, "SPYW", "SPDR EUR DIV ARISTOCRATS", "IBIS2", "EUR", "IE00B5M1WJ87", "24.66", 0.13, 48),
    (89384965, "IMIE", "SPDR ACWI IMI", "IBIS2", "EUR", "IE00B3YLTY66", "221.60", 0.13, 17),
    (74991801, "VZLC", "WT PHYSICAL SILVER", "IBIS", "EUR", "DE000A0N62F2", "25.94", 0.28, 30),
    (76023663, "CSPX", "ISHARES CORE S&P 500", "EBS", "USD", "IE00B5BMR087", "630.20", 0.15, 9),
    (79000139, "CSBGU0", "ISHARES USD GOV BOND 7-10", "EBS", "USD", "", "148.35", 0.07, 4),
    (393891829, "BTCWUSD", "WISDOMTREE PHYSICAL BITCOIN", "EBS", "USD", "GB00BJYDH287", "19.42", 0.6, 14),
    (354802220, "IB01", "ISHARES USD TRES 0-1YR", "LSEETF", "USD", "", "116.48", 0.01, 120),
    (198430807, "GDX", "VANECK GOLD MINERS ETF", "ASX", "AUD", "", "58.40", 0.33, 55),
    (6244735, "2800", "TRACKER FUND OF HONG KONG", "SEHK", "HKD", "", "19.86", 0.21, 180000),
    (117595037, "1540", "JAPAN PHYSICAL GOLD ETF", "TSEJ", "JPY", "", "12485", 0.17, 190),
    (121557296, "1542", "JAPAN PHYSICAL SILVER ETF", "TSEJ", "JPY", "", "13740", 0.3, 40),
)
_SHORTABLE = {"A2M": "hard", "GAW": "hard", "BMN": "none", "DRPF": "none", "SBI": "none"}


def world_stocks() -> list[Instrument]:
    """Stocks and funds of Europe, Asia, Australia and Canada."""
    stocks = [
        _instrument(con_id, symbol, name, _MARKETS[exchange], price, volatility, thousands, "COMMON", isin, *trade)
        for con_id, symbol, name, exchange, isin, *trade, price, volatility, thousands in _STOCKS
    ]
    funds = [
        _instrument(con_id, symbol, name, _fund_market(exchange, currency), price, volatility, thousands, "ETF", isin)
        for con_id, symbol, name, exchange, currency, isin, price, volatility, thousands in _FUNDS
    ]
    return stocks + funds


def _fund_market(exchange: str, currency: str) -> _Market:
    market = _MARKETS[exchange]
    rule = rules.HONG_KONG_FUNDS if exchange == "SEHK" else market.rule
    return _Market(exchange, currency, market.hours, rule, market.exchanges, local_suffix=market.local_suffix)


def _instrument(
    con_id: int, symbol: str, name: str, market: _Market, price: str, volatility: float, thousands: float,
    stock_type: str, isin: str, industry: str = "", category: str = "",
) -> Instrument:  # fmt: skip
    return Instrument(
        con_id=con_id,
        symbol=symbol,
        name=name,
        primary_exchange=market.exchange,
        stock_type=stock_type,
        reference_price=Decimal(price),
        volatility=volatility,
        daily_volume=int(thousands * 1000),
        industry=industry,
        category=category,
        currency=market.currency,
        trading_class=symbol,
        market_rule=market.rule,
        local_symbol=symbol + market.local_suffix if market.local_suffix else "",
        exchanges=market.exchanges,
        hours=market.hours,
        price_magnifier=market.magnifier,
        shortable=_SHORTABLE.get(symbol, "easy"),
        isin=isin,
    )
