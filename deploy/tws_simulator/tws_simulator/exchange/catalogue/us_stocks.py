"""US stocks, with IB's own contract ids.

Sources of the ids, compared with one another: public portfolio and universe listings produced from IB's own
contract search in 2026 (two tables of the S&P 500 and Nasdaq 100 with ids), user-submitted IB statements, and older
public code. Each id below appeared in at least one listing taken from IB and contradicts none. Left out on purpose:
symbols whose listings disagree (GME, HON, MCD among others). XOM keeps its long-standing id; a listing of August 2026
shows a newer one. Reference prices, volatilities and volumes are plausible round figures, not market data. ISINs are
given only where a public IB statement or contract record shows them beside the id.
"""

from decimal import Decimal

from tws_simulator.exchange.instruments import Instrument

_TECH = "Technology"
_COMM = "Communications"
_CONS = "Consumer, Non-cyclical"
_CYCL = "Consumer, Cyclical"
_FIN = "Financial"
_IND = "Industrial"
_ENERGY = "Energy"
_UTIL = "Utilities"
_BASIC = "Basic Materials"

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
    (118089500, "ABBV", "ABBVIE INC", "NYSE", _CONS, "Pharmaceuticals", "176.80", 0.22, 5.6),
    (459530964, "ABNB", "AIRBNB INC-CLASS A", "NASDAQ", _COMM, "Internet", "134.60", 0.36, 4.9),
    (4065, "ABT", "ABBOTT LABORATORIES", "NYSE", _CONS, "Healthcare-Products", "117.25", 0.19, 5.4),
    (67889930, "ACN", "ACCENTURE PLC-CL A", "NYSE", _TECH, "Computers", "358.90", 0.24, 2.6),
    (4157, "ADI", "ANALOG DEVICES INC", "NASDAQ", _TECH, "Semiconductors", "214.30", 0.31, 3.3),
    (4661, "ADP", "AUTOMATIC DATA PROCESSING", "NASDAQ", _CONS, "Commercial Services", "301.45", 0.17, 1.7),
    (265681, "ADSK", "AUTODESK INC", "NASDAQ", _TECH, "Software", "296.10", 0.3, 1.4),
    (4211, "AEP", "AMERICAN ELECTRIC POWER", "NASDAQ", _UTIL, "Electric", "97.65", 0.17, 2.8),
    (266145, "AMGN", "AMGEN INC", "NASDAQ", _CONS, "Biotechnology", "294.70", 0.24, 2.9),
    (99831145, "AMT", "AMERICAN TOWER CORP", "NYSE", _FIN, "REITS", "205.15", 0.24, 2.2),
    (740948854, "ANET", "ARISTA NETWORKS INC", "NYSE", _COMM, "Telecommunications", "98.20", 0.42, 8.3),
    (481863646, "APP", "APPLOVIN CORP-CLASS A", "NASDAQ", _TECH, "Software", "318.40", 0.65, 4.6),
    (117902840, "ASML", "ASML HOLDING NV-NY REG SHS", "NASDAQ", _TECH, "Semiconductors", "672.50", 0.38, 1.6),
    (4721, "AXP", "AMERICAN EXPRESS CO", "NYSE", _FIN, "Diversified Finan Serv", "299.80", 0.24, 2.7),
    (166090175, "BABA", "ALIBABA GROUP HOLDING-SP ADR", "NYSE", _COMM, "Internet", "84.75", 0.42, 16.0),
    (4886, "BDX", "BECTON DICKINSON AND CO", "NYSE", _CONS, "Healthcare-Products", "222.35", 0.21, 1.6),
    (26734397, "BIIB", "BIOGEN INC", "NASDAQ", _CONS, "Biotechnology", "158.90", 0.3, 1.3),
    (308728373, "BKNG", "BOOKING HOLDINGS INC", "NASDAQ", _COMM, "Internet", "5190.00", 0.27, 0.3),
    (729193719, "BLK", "BLACKROCK INC", "NYSE", _FIN, "Diversified Finan Serv", "1036.50", 0.24, 0.6),
    (5111, "BMY", "BRISTOL-MYERS SQUIBB CO", "NYSE", _CONS, "Pharmaceuticals", "58.30", 0.24, 11.6),
    (72063691, "BRK B", "BERKSHIRE HATHAWAY INC-CL B", "NYSE", _FIN, "Insurance", "476.20", 0.16, 3.7),
    (5270, "BSX", "BOSTON SCIENTIFIC CORP", "NYSE", _CONS, "Healthcare-Products", "90.65", 0.21, 6.4),
    (372834689, "BX", "BLACKSTONE INC", "NYSE", _FIN, "Private Equity", "187.45", 0.34, 3.6),
    (218939694, "CB", "CHUBB LTD", "NYSE", _FIN, "Insurance", "287.10", 0.18, 1.5),
    (878372298, "CCL", "CARNIVAL CORP", "NYSE", _CYCL, "Leisure Time", "25.10", 0.42, 22.0),
    (346403540, "CI", "THE CIGNA GROUP", "NYSE", _CONS, "Healthcare-Services", "331.60", 0.24, 1.7),
    (5749, "CL", "COLGATE-PALMOLIVE CO", "NYSE", _CONS, "Cosmetics/Personal Care", "95.20", 0.17, 4.6),
    (45127739, "CME", "CME GROUP INC", "NASDAQ", _FIN, "Diversified Finan Serv", "231.85", 0.19, 1.9),
    (37655664, "CMG", "CHIPOTLE MEXICAN GRILL INC", "NYSE", _CYCL, "Retail", "61.40", 0.29, 9.4),
    (5941, "COF", "CAPITAL ONE FINANCIAL CORP", "NYSE", _FIN, "Diversified Finan Serv", "189.30", 0.33, 3.5),
    (481691285, "COIN", "COINBASE GLOBAL INC -CLASS A", "NASDAQ", _FIN, "Diversified Finan Serv", "305.70", 0.72, 11.0),
    (10885, "COP", "CONOCOPHILLIPS", "NYSE", _ENERGY, "Oil&Gas", "112.40", 0.28, 6.1),
    (370757467, "CRWD", "CROWDSTRIKE HOLDINGS INC - A", "NASDAQ", _TECH, "Computers", "364.90", 0.44, 3.6),
    (6150, "CSX", "CSX CORP", "NASDAQ", _IND, "Transportation", "36.15", 0.21, 11.8),
    (2585769, "CVS", "CVS HEALTH CORP", "NYSE", _CONS, "Healthcare-Services", "58.70", 0.31, 12.0),
    (44001820, "DAL", "DELTA AIR LINES INC", "NYSE", _CYCL, "Airlines", "64.85", 0.38, 8.2),
    (459309417, "DASH", "DOORDASH INC - A", "NASDAQ", _COMM, "Internet", "176.20", 0.39, 4.1),
    (383858515, "DDOG", "DATADOG INC - CLASS A", "NASDAQ", _TECH, "Software", "151.35", 0.42, 4.0),
    (6393, "DE", "DEERE & CO", "NYSE", _IND, "Machinery-Diversified", "437.60", 0.26, 1.4),
    (346218218, "DELL", "DELL TECHNOLOGIES -C", "NYSE", _TECH, "Computers", "141.70", 0.43, 7.6),
    (6442, "DHR", "DANAHER CORP", "NYSE", _CONS, "Healthcare-Products", "236.90", 0.25, 3.0),
    (110176011, "DUK", "DUKE ENERGY CORP", "NYSE", _UTIL, "Electric", "114.05", 0.16, 3.1),
    (4347086, "EBAY", "EBAY INC", "NASDAQ", _COMM, "Internet", "62.30", 0.27, 5.6),
    (6842, "EMR", "EMERSON ELECTRIC CO", "NYSE", _IND, "Electronics", "131.15", 0.26, 2.7),
    (181764593, "EQIX", "EQUINIX INC", "NASDAQ", _FIN, "REITS", "931.40", 0.24, 0.5),
    (118017869, "ETN", "EATON CORP PLC", "NYSE", _IND, "Electronics", "372.55", 0.31, 2.2),
    (7089, "FCX", "FREEPORT-MCMORAN INC", "NYSE", _BASIC, "Mining", "44.05", 0.37, 13.2),
    (5100583, "FDX", "FEDEX CORP", "NYSE", _IND, "Transportation", "297.10", 0.28, 1.5),
    (70236214, "FTNT", "FORTINET INC", "NASDAQ", _TECH, "Computers", "94.80", 0.37, 4.5),
    (7496, "GD", "GENERAL DYNAMICS CORP", "NYSE", _IND, "Aerospace/Defense", "283.90", 0.18, 1.3),
    (7616, "GIS", "GENERAL MILLS INC", "NYSE", _CONS, "Food", "63.90", 0.19, 3.9),
    (7655, "GLW", "CORNING INC", "NYSE", _COMM, "Telecommunications", "48.35", 0.29, 5.2),
    (85076790, "HCA", "HCA HEALTHCARE INC", "NYSE", _CONS, "Healthcare-Services", "337.40", 0.29, 1.3),
    (504546674, "HOOD", "ROBINHOOD MARKETS INC - A", "NASDAQ", _FIN, "Diversified Finan Serv", "36.80", 0.66, 24.0),
    (209411801, "HPQ", "HP INC", "NYSE", _TECH, "Computers", "38.15", 0.28, 7.5),
    (43645865, "IBKR", "INTERACTIVE BROKERS GRO-CL A", "NASDAQ", _FIN, "Diversified Finan Serv", "47.60", 0.34, 4.8),
    (136370275, "ICE", "INTERCONTINENTAL EXCHANGE IN", "NYSE", _FIN, "Diversified Finan Serv", "158.70", 0.19, 2.8),
    (9063285, "ISRG", "INTUITIVE SURGICAL INC", "NASDAQ", _CONS, "Healthcare-Products", "541.20", 0.29, 1.5),
    (199169586, "KHC", "KRAFT HEINZ CO/THE", "NASDAQ", _CONS, "Food", "31.40", 0.19, 8.9),
    (270957, "KLAC", "KLA CORP", "NASDAQ", _TECH, "Semiconductors", "632.10", 0.4, 0.9),
    (83975037, "KMI", "KINDER MORGAN INC", "NYSE", _ENERGY, "Pipelines", "28.15", 0.22, 13.5),
    (611191, "LMT", "LOCKHEED MARTIN CORP", "NYSE", _IND, "Aerospace/Defense", "537.30", 0.19, 1.2),
    (9199, "LOW", "LOWE'S COS INC", "NYSE", _CYCL, "Retail", "267.80", 0.23, 2.3),
    (732440574, "LRCX", "LAM RESEARCH CORP", "NASDAQ", _TECH, "Semiconductors", "72.60", 0.42, 12.4),
    (45157951, "LULU", "LULULEMON ATHLETICA INC", "NASDAQ", _CYCL, "Retail", "318.70", 0.38, 2.0),
    (9358, "MAR", "MARRIOTT INTERNATIONAL -CL A", "NASDAQ", _CYCL, "Lodging", "285.90", 0.25, 1.4),
    (113599091, "MDLZ", "MONDELEZ INTERNATIONAL INC-A", "NASDAQ", _CONS, "Food", "65.10", 0.18, 7.3),
    (181387075, "MDT", "MEDTRONIC PLC", "NYSE", _CONS, "Healthcare-Products", "86.40", 0.2, 5.9),
    (45602025, "MELI", "MERCADOLIBRE INC", "NASDAQ", _COMM, "Internet", "1985.00", 0.4, 0.4),
    (8093509, "MET", "METLIFE INC", "NYSE", _FIN, "Insurance", "86.20", 0.25, 3.2),
    (9720, "MMM", "3M CO", "NYSE", _IND, "Miscellaneous Manufactur", "129.40", 0.26, 3.4),
    (9769, "MO", "ALTRIA GROUP INC", "NYSE", _CONS, "Agriculture", "56.20", 0.17, 8.0),
    (70101545, "MRK", "MERCK & CO. INC.", "NYSE", _CONS, "Pharmaceuticals", "99.30", 0.2, 10.4),
    (483492393, "MRVL", "MARVELL TECHNOLOGY INC", "NASDAQ", _TECH, "Semiconductors", "92.40", 0.5, 13.1),
    (272110, "MSTR", "STRATEGY INC", "NASDAQ", _TECH, "Software", "402.60", 0.95, 22.0),
    (75960201, "NEE", "NEXTERA ENERGY INC", "NYSE", _UTIL, "Electric", "76.85", 0.23, 10.2),
    (10376, "NOC", "NORTHROP GRUMMAN CORP", "NYSE", _IND, "Aerospace/Defense", "499.20", 0.19, 0.9),
    (109911821, "NOW", "SERVICENOW INC", "NYSE", _TECH, "Software", "1042.30", 0.31, 1.2),
    (10557, "NUE", "NUCOR CORP", "NYSE", _BASIC, "Iron/Steel", "151.90", 0.33, 1.9),
    (10672, "O", "REALTY INCOME CORP", "NYSE", _FIN, "REITS", "57.10", 0.17, 5.1),
    (10880, "OXY", "OCCIDENTAL PETROLEUM CORP", "NYSE", _ENERGY, "Oil&Gas", "51.20", 0.29, 10.3),
    (110619459, "PANW", "PALO ALTO NETWORKS INC", "NASDAQ", _TECH, "Computers", "196.30", 0.35, 6.8),
    (11080, "PGR", "PROGRESSIVE CORP", "NYSE", _FIN, "Insurance", "258.40", 0.23, 2.6),
    (88819288, "PLD", "PROLOGIS INC", "NYSE", _FIN, "REITS", "115.60", 0.27, 3.6),
    (49588376, "PM", "PHILIP MORRIS INTERNATIONAL", "NYSE", _CONS, "Agriculture", "130.10", 0.19, 5.0),
    (11240, "PNC", "PNC FINANCIAL SERVICES GROUP", "NYSE", _FIN, "Banks", "209.40", 0.26, 1.8),
    (273733, "REGN", "REGENERON PHARMACEUTICALS", "NASDAQ", _CONS, "Biotechnology", "746.20", 0.28, 0.7),
    (415342104, "RTX", "RTX CORP", "NYSE", _IND, "Aerospace/Defense", "120.40", 0.21, 4.7),
    (11905, "SCHW", "SCHWAB (CHARLES) CORP", "NYSE", _FIN, "Diversified Finan Serv", "81.30", 0.28, 7.4),
    (195014116, "SHOP", "SHOPIFY INC - CLASS A", "NASDAQ", _COMM, "Internet", "108.60", 0.48, 9.1),
    (12300, "SO", "SOUTHERN CO/THE", "NYSE", _UTIL, "Electric", "88.20", 0.16, 4.2),
    (229629397, "SPGI", "S&P GLOBAL INC", "NYSE", _CONS, "Commercial Services", "513.80", 0.21, 1.2),
    (6437, "TGT", "TARGET CORP", "NYSE", _CYCL, "Retail", "129.60", 0.33, 6.1),
    (12814, "TJX", "TJX COMPANIES INC", "NYSE", _CYCL, "Retail", "122.40", 0.19, 5.2),
    (12869, "TMO", "THERMO FISHER SCIENTIFIC INC", "NYSE", _CONS, "Healthcare-Products", "524.10", 0.24, 1.8),
    (125980227, "TMUS", "T-MOBILE US INC", "NASDAQ", _COMM, "Telecommunications", "241.30", 0.19, 3.6),
    (79498203, "UAL", "UNITED AIRLINES HOLDINGS INC", "NASDAQ", _CYCL, "Airlines", "96.40", 0.43, 6.4),
    (13284, "UNP", "UNION PACIFIC CORP", "NYSE", _IND, "Transportation", "241.90", 0.21, 2.4),
    (6231002, "UPS", "UNITED PARCEL SERVICE-CL B", "NYSE", _IND, "Transportation", "134.70", 0.25, 3.9),
    (275850, "VRTX", "VERTEX PHARMACEUTICALS INC", "NASDAQ", _CONS, "Biotechnology", "462.30", 0.27, 1.4),
    (554208351, "WBD", "WARNER BROS DISCOVERY INC", "NASDAQ", _COMM, "Media", "10.35", 0.46, 29.0),
    (13379, "WM", "WASTE MANAGEMENT INC", "NYSE", _IND, "Environmental Control", "225.30", 0.17, 1.7),
    (212671971, "XYZ", "BLOCK INC", "NYSE", _TECH, "Software", "91.80", 0.48, 8.7),
    (121665622, "ZTS", "ZOETIS INC", "NYSE", _CONS, "Pharmaceuticals", "176.40", 0.25, 2.6),
)

_ISINS = {
    "AAPL": "US0378331005", "ABBV": "US00287Y1091", "BABA": "US01609W1027", "BRK B": "US0846707026",
    "META": "US30303M1027", "MSFT": "US5949181045", "NVDA": "US67066G1040", "O": "US7561091049",
    "TSLA": "US88160R1014", "VZ": "US92343V1044", "XYZ": "US8522341036",
}  # fmt: skip
_KINDS = {"AMT": "REIT", "ASML": "NY REG SHRS", "BABA": "ADR", "EQIX": "REIT", "O": "REIT", "PLD": "REIT"}
# Some are hard to borrow or cannot be, so that a desk can see what happens then.
_SHORTABLE = {"MSTR": "hard", "WBD": "hard", "CCL": "hard", "APP": "none", "HOOD": "none"}


def us_stocks() -> list[Instrument]:
    """The US stocks, all routed by SMART."""
    return [_stock(*row) for row in _STOCKS]


def _stock(
    con_id: int, symbol: str, name: str, exchange: str, industry: str, category: str, price: str,
    volatility: float, millions: float,
) -> Instrument:  # fmt: skip
    return Instrument(
        con_id=con_id,
        symbol=symbol,
        name=name,
        primary_exchange=exchange,
        stock_type=_KINDS.get(symbol, "COMMON"),
        reference_price=Decimal(price),
        volatility=volatility,
        daily_volume=int(millions * 1_000_000),
        industry=industry,
        category=category,
        trading_class="NMS" if exchange == "NASDAQ" else symbol,
        isin=_ISINS.get(symbol, ""),
        shortable=_SHORTABLE.get(symbol, "easy"),
    )
