"""IB's tick types, and the generic tick lists a client may ask for."""

from typing import Final

# Tick types (IBKR Campus, "Available tick types").
BID_SIZE, BID, ASK, ASK_SIZE, LAST, LAST_SIZE, HIGH, LOW, VOLUME, CLOSE = range(10)
BID_OPTION, ASK_OPTION, LAST_OPTION, MODEL_OPTION, OPEN = range(10, 15)
LOW_13_WEEKS, HIGH_13_WEEKS, LOW_26_WEEKS, HIGH_26_WEEKS, LOW_52_WEEKS, HIGH_52_WEEKS, AVERAGE_VOLUME = range(15, 22)
HISTORICAL_VOLATILITY, IMPLIED_VOLATILITY = 23, 24
CALL_OPEN_INTEREST, PUT_OPEN_INTEREST, CALL_VOLUME, PUT_VOLUME = range(27, 31)
INDEX_FUTURE_PREMIUM = 31
MARK, LAST_TIME, SHORTABLE, FUNDAMENTALS, RT_VOLUME, HALTED = 37, 45, 46, 47, 48, 49
TRADE_COUNT, TRADE_RATE, VOLUME_RATE, LAST_RTH_TRADE, RT_HISTORICAL_VOLATILITY, DIVIDENDS = 54, 55, 56, 57, 58, 59
RT_TRADE_VOLUME, FUTURES_OPEN_INTEREST, AVERAGE_OPTION_VOLUME = 77, 86, 87
DELAYED_LAST_TIME, SHORTABLE_SHARES, DELAYED_HALTED = 88, 89, 90

DELAYED: Final[dict[int, int]] = {
    BID: 66, ASK: 67, LAST: 68, BID_SIZE: 69, ASK_SIZE: 70, LAST_SIZE: 71, HIGH: 72, LOW: 73, VOLUME: 74, CLOSE: 75,
    OPEN: 76, BID_OPTION: 80, ASK_OPTION: 81, LAST_OPTION: 82, MODEL_OPTION: 83, LAST_TIME: DELAYED_LAST_TIME,
    HALTED: DELAYED_HALTED,
}  # fmt: skip
"""The type a tick has when it comes late."""

_ALL = ("STK", "OPT", "FUT", "FOP", "IND", "CASH", "CFD", "BOND", "FUND", "WAR", "IOPT", "CMDTY", "BAG", "CRYPTO")
_EQUITY = ("STK", "IND", "CFD")
GENERIC: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "100": ("Option Volume", (*_EQUITY, "OPT", "FUT", "FOP")),
    "101": ("Option Open Interest", (*_EQUITY, "OPT", "FUT", "FOP")),
    "104": ("Historical Volatility", (*_EQUITY, "FUT")),
    "105": ("Average Opt Volume", _EQUITY),
    "106": ("Option Implied Volatility", (*_EQUITY, "FUT", "OPT", "FOP")),
    "162": ("Index Future Premium", ("IND",)),
    "165": ("Miscellaneous Stats", _ALL),
    "221": ("Mark Price", _ALL),
    "225": ("Auction Values", ("STK", "CFD")),
    "232": ("Mark Price", _ALL),
    "233": ("RTVolume", _ALL),
    "236": ("Shortable", ("STK", "CFD")),
    "256": ("Inventory", ("STK", "CFD")),
    "258": ("Fundamentals", ("STK", "CFD")),
    "292": ("News", _ALL),
    "293": ("TradeCount", _ALL),
    "294": ("TradeRate", _ALL),
    "295": ("VolumeRate", _ALL),
    "318": ("LastRTHTrade", _ALL),
    "375": ("RTTrdVolume", _ALL),
    "411": ("RTHistVol", _ALL),
    "456": ("IBDividends", ("STK", "IND")),
    "460": ("Bond Factor Multiplier", ("BOND",)),
    "576": ("EtfNavBidAsk", ("STK",)),
    "577": ("EtfNavLast", ("STK",)),
    "578": ("EtfNavClose", ("STK",)),
    "586": ("IPOHLPRC", ("STK",)),
    "587": ("Pl Price Delayed", _ALL),
    "588": ("Futures Open Interest", ("FUT",)),
    "595": ("Short-Term Volume X Mins", ("STK", "CFD")),
    "614": ("EtfNavHighLow", ("STK",)),
    "619": ("Creditman Slow Mark Price", _ALL),
    "623": ("EtfFrozenNavLast", ("STK",)),
}
"""Number, name and security types of the lists TWS accepts. Those without figures here bring no ticks."""


def legal_generic(sec_type: str) -> str:
    """The lists for a security type, as TWS names them."""
    return ",".join(f"{number}({name})" for number, (name, types) in GENERIC.items() if sec_type in types)
