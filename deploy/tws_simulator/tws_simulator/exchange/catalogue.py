"""The instruments on offer, with IB's own contract ids.

Sources of the ids, compared with one another: public portfolio and universe listings produced from IB's own
contract search in 2026 (a table of the S&P 500 and Nasdaq 100 with ids; ETF watch lists of two projects), and
older public code. Each id below appeared in at least one listing taken from IB and contradicts none. Left out on
purpose: symbols whose listings disagree. XOM keeps its long-standing id; a listing of August 2026 shows a newer one.
Reference prices, volatilities and volumes are plausible round figures, not market data.
"""

from tws_simulator.exchange.instruments import Instrument, etf, stock

_TECH = "Technology"
_COMM = "Communications"
_CONS = "Consumer, Non-cyclical"
_CYCL = "Consumer, Cyclical"
_FIN = "Financial"
_IND = "Industrial"
_ENERGY = "Energy"

# con_id, symbol, name, primary exchange, industry, category, price, volatility a year, million shares a day
_STOCKS: tuple[tuple[int, str, str, str, str, str, str, float, float], ...] = (
    (265598, "AAPL", "APPLE INC", "NASDAQ", _TECH, "Computers", "231.40", 0.26, 52.0),
    (272093, "MSFT", "MICROSOFT CORP", "NASDAQ", _TECH, "Software", "428.15", 0.24, 21.0),
    (4815747, "NVDA", "NVIDIA CORP", "NASDAQ", _TECH, "Semiconductors", "141.80", 0.45, 240.0),
    (3691937, "AMZN", "AMAZON.COM INC", "NASDAQ", _COMM, "Internet", "207.30", 0.31, 38.0),
    (208813719, "GOOGL", "ALPHABET INC-CL A", "NASDAQ", _COMM, "Internet", "176.50", 0.29, 27.0),
    (208813720, "GOOG", "ALPHABET INC-CL C", "NASDAQ", _COMM, "Internet", "178.05", 0.29, 18.0),
    (107113386, "META", "META PLATFORMS INC-CLASS A", "NASDAQ", _COMM, "Internet", "561.90", 0.34, 12.5),
    (76792991, "TSLA", "TESLA INC", "NASDAQ", _CYCL, "Auto Manufacturers", "338.60", 0.55, 92.0),
    (15124833, "NFLX", "NETFLIX INC", "NASDAQ", _COMM, "Internet", "87.60", 0.33, 34.0),
    (4391, "AMD", "ADVANCED MICRO DEVICES", "NASDAQ", _TECH, "Semiconductors", "139.25", 0.47, 41.0),
    (270639, "INTC", "INTEL CORP", "NASDAQ", _TECH, "Semiconductors", "24.60", 0.42, 62.0),
    (313130367, "AVGO", "BROADCOM INC", "NASDAQ", _TECH, "Semiconductors", "165.70", 0.41, 19.0),
    (268084, "CSCO", "CISCO SYSTEMS INC", "NASDAQ", _COMM, "Telecommunications", "57.85", 0.2, 18.0),
    (265768, "ADBE", "ADOBE INC", "NASDAQ", _TECH, "Software", "501.20", 0.32, 3.1),
    (273544, "QCOM", "QUALCOMM INC", "NASDAQ", _TECH, "Semiconductors", "158.40", 0.36, 8.2),
    (13096, "TXN", "TEXAS INSTRUMENTS INC", "NASDAQ", _TECH, "Semiconductors", "199.70", 0.27, 5.4),
    (270662, "INTU", "INTUIT INC", "NASDAQ", _TECH, "Software", "645.30", 0.28, 1.5),
    (9939, "MU", "MICRON TECHNOLOGY INC", "NASDAQ", _TECH, "Semiconductors", "98.35", 0.46, 19.0),
    (266093, "AMAT", "APPLIED MATERIALS INC", "NASDAQ", _TECH, "Semiconductors", "173.90", 0.38, 6.3),
    (274105, "SBUX", "STARBUCKS CORP", "NASDAQ", _CYCL, "Retail", "98.10", 0.29, 8.4),
    (11017, "PEP", "PEPSICO INC", "NASDAQ", _CONS, "Beverages", "158.65", 0.18, 5.9),
    (272997, "COST", "COSTCO WHOLESALE CORP", "NASDAQ", _CYCL, "Retail", "963.20", 0.21, 1.8),
    (267748, "CMCSA", "COMCAST CORP-CLASS A", "NASDAQ", _COMM, "Media", "42.95", 0.26, 18.5),
    (199169591, "PYPL", "PAYPAL HOLDINGS INC", "NASDAQ", _CONS, "Commercial Services", "86.40", 0.36, 10.5),
    (269753, "GILD", "GILEAD SCIENCES INC", "NASDAQ", _CONS, "Biotechnology", "91.15", 0.24, 6.8),
    (444857009, "PLTR", "PALANTIR TECHNOLOGIES INC-A", "NASDAQ", _TECH, "Software", "64.35", 0.6, 78.0),
    (8314, "IBM", "INTL BUSINESS MACHINES CORP", "NYSE", _TECH, "Computers", "221.85", 0.23, 3.9),
    (1520593, "JPM", "JPMORGAN CHASE & CO", "NYSE", _FIN, "Banks", "248.55", 0.24, 9.1),
    (10098, "BAC", "BANK OF AMERICA CORP", "NYSE", _FIN, "Banks", "47.10", 0.27, 38.0),
    (10375, "WFC", "WELLS FARGO & CO", "NYSE", _FIN, "Banks", "75.60", 0.28, 16.5),
    (87335484, "C", "CITIGROUP INC", "NYSE", _FIN, "Banks", "69.85", 0.29, 13.5),
    (4627828, "GS", "GOLDMAN SACHS GROUP INC", "NYSE", _FIN, "Banks", "602.40", 0.28, 2.2),
    (2841574, "MS", "MORGAN STANLEY", "NYSE", _FIN, "Banks", "132.70", 0.28, 6.4),
    (49462172, "V", "VISA INC-CLASS A SHARES", "NYSE", _FIN, "Diversified Finan Serv", "310.25", 0.19, 6.0),
    (38685693, "MA", "MASTERCARD INC - A", "NYSE", _FIN, "Diversified Finan Serv", "522.80", 0.2, 2.6),
    (8894, "KO", "COCA-COLA CO/THE", "NYSE", _CONS, "Beverages", "62.90", 0.16, 15.5),
    (11054, "PG", "PROCTER & GAMBLE CO/THE", "NYSE", _CONS, "Cosmetics/Personal Care", "171.35", 0.17, 6.6),
    (8719, "JNJ", "JOHNSON & JOHNSON", "NYSE", _CONS, "Pharmaceuticals", "153.40", 0.16, 7.3),
    (11031, "PFE", "PFIZER INC", "NYSE", _CONS, "Pharmaceuticals", "25.30", 0.25, 39.0),
    (9160, "LLY", "ELI LILLY & CO", "NYSE", _CONS, "Pharmaceuticals", "751.60", 0.33, 3.4),
    (13272, "UNH", "UNITEDHEALTH GROUP INC", "NYSE", _CONS, "Healthcare-Services", "601.15", 0.27, 3.6),
    (6459, "DIS", "WALT DISNEY CO/THE", "NYSE", _COMM, "Media", "115.45", 0.28, 10.2),
    (10291, "NKE", "NIKE INC -CL B", "NYSE", _CYCL, "Apparel", "76.20", 0.31, 9.8),
    (7930, "HD", "HOME DEPOT INC", "NYSE", _CYCL, "Retail", "418.90", 0.22, 3.3),
    (13824, "WMT", "WALMART INC", "NASDAQ", _CYCL, "Retail", "90.45", 0.19, 16.8),
    (13977, "XOM", "EXXON MOBIL CORP", "NYSE", _ENERGY, "Oil&Gas", "120.75", 0.24, 14.2),
    (5684, "CVX", "CHEVRON CORP", "NYSE", _ENERGY, "Oil&Gas", "161.30", 0.23, 7.4),
    (5437, "CAT", "CATERPILLAR INC", "NYSE", _IND, "Machinery-Constr&Mining", "395.20", 0.29, 2.8),
    (4762, "BA", "BOEING CO/THE", "NYSE", _IND, "Aerospace/Defense", "151.90", 0.35, 9.9),
    (9599491, "F", "FORD MOTOR CO", "NYSE", _CYCL, "Auto Manufacturers", "11.15", 0.36, 52.0),
    (80986742, "GM", "GENERAL MOTORS CO", "NYSE", _CYCL, "Auto Manufacturers", "58.50", 0.34, 12.1),
    (37018770, "T", "AT&T INC", "NYSE", _COMM, "Telecommunications", "23.05", 0.22, 31.0),
    (4901, "VZ", "VERIZON COMMUNICATIONS INC", "NYSE", _COMM, "Telecommunications", "43.85", 0.21, 16.0),
    (272800, "ORCL", "ORACLE CORP", "NYSE", _TECH, "Software", "189.95", 0.33, 8.9),
    (29624264, "CRM", "SALESFORCE INC", "NYSE", _TECH, "Software", "338.45", 0.33, 6.1),
    (365207014, "UBER", "UBER TECHNOLOGIES INC", "NYSE", _COMM, "Internet", "71.60", 0.4, 21.0),
)

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
)


def instruments() -> dict[int, Instrument]:
    """Every instrument by contract id."""
    rows = [stock(*row) for row in _STOCKS] + [etf(*row) for row in _ETFS]
    return {row.con_id: row for row in rows}
