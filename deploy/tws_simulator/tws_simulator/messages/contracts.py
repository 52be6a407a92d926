"""Server to client: contract details, symbol search, market rules, option chains."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from tws_simulator.exchange.instruments import MARKET_RULES, Instrument
from tws_simulator.exchange.kinds import KINDS
from tws_simulator.messages.replies import Message, multiplier_text
from tws_simulator.messages.versions import ISSUER_ID, SIZE_RULES
from tws_simulator.wire.fields import Scalar, escape_text

# What TWS calls order types among the abilities of a contract, where that is not their name without the blanks.
_ABILITIES = {
    "STP LMT": "STPLMT", "TRAIL LIMIT": "TRAILLMT", "MKT PRT": "MKTPROT", "STP PRT": "STPPROT", "MIDPRICE": "MIDPX",
}  # fmt: skip
_ALL_ORDERS = frozenset({
    "ACTIVETIM", "AD", "ADJUST", "AON", "COND", "CONDORDER", "DAY", "FOK", "GAT", "GTC", "GTD", "HID", "ICE", "IOC",
    "OCA", "WHATIF",
})  # fmt: skip
_AGGREGATION = {"STK": 1, "OPT": 2, "CASH": 4}
_NO_AGGREGATION = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Hours:
    """Trading hours as TWS writes them, in a zone of TWS's name."""

    zone_name: str
    trading: str
    liquid: str


def contract_details(
    req_id: int,
    instrument: Instrument,
    *,
    exchange: str,
    hours: Hours,
    underlying: Instrument | None,
    version: int,
) -> Message:
    """10: everything about one contract on one exchange."""
    row = instrument
    head: Message = (10,) if version >= SIZE_RULES else (10, 8)
    return (
        *head, req_id, row.symbol, row.sec_type, _last_times(row, hours), row.strike, row.right, exchange, row.currency,
        row.local, row.trading_class, row.trading_class, row.con_id, row.min_tick,
        *(() if version >= SIZE_RULES else (100,)), multiplier_text(row), order_types(row.sec_type),
        ",".join(row.exchanges), row.price_magnifier, underlying.con_id if underlying else 0,
        escape_text(row.name), row.primary_exchange if row.sec_type == "STK" else "", row.contract_month,
        row.industry, row.category, "", hours.zone_name, hours.trading, hours.liquid, "", 0,
        *_security_ids(row), _AGGREGATION.get(row.sec_type, _NO_AGGREGATION), underlying.symbol if underlying else "",
        underlying.sec_type if underlying else "", ",".join(map(str, row.rules)), row.real_expiration, row.stock_type,
        *_sizes(row, version),
    )  # fmt: skip


def _last_times(row: Instrument, hours: Hours) -> str:
    return f"{row.expiry} {row.last_trade_time} {hours.zone_name}" if row.is_derivative else ""


@lru_cache(maxsize=16)
def order_types(sec_type: str) -> str:
    """What orders may be for a kind of contract, as TWS lists it: nothing for what takes none."""
    kinds = {name for name, kind in KINDS.items() if sec_type in kind.sec_types}
    if not kinds:
        return ""
    auction = {"OPG"} if sec_type == "STK" else set()
    return ",".join(sorted({_ABILITIES.get(name, name.replace(" ", "")) for name in kinds} | _ALL_ORDERS | auction))


def _security_ids(row: Instrument) -> Message:
    return (1, "ISIN", row.isin) if row.isin else (0,)


def _sizes(row: Instrument, version: int) -> Message:
    smallest, step, suggested = row.size_rule
    if version >= SIZE_RULES:
        return smallest, step, suggested
    return (Decimal(100),) if version == SIZE_RULES - 1 else ()


def contract_details_end(req_id: int) -> Message:
    """52."""
    return (52, 1, req_id)


def symbol_samples(req_id: int, found: Sequence[tuple[Instrument, Sequence[str]]], *, version: int) -> Message:
    """79: contracts that match a pattern, each with the kinds of derivatives there are on it."""
    fields: list[Scalar] = [79, req_id, len(found)]
    for row, kinds in found:
        fields += [row.con_id, row.symbol, row.sec_type, row.primary_exchange, row.currency, len(kinds), *kinds]
        if version >= ISSUER_ID:
            fields += [escape_text(row.name), ""]
    return tuple(fields)


def market_rule(rule_id: int) -> Message:
    """93: price steps by price range."""
    rows = MARKET_RULES[rule_id]
    return (93, rule_id, len(rows), *(value for row in rows for value in row))


def option_parameters(
    req_id: int,
    exchange: str,
    underlying: int,
    trading_class: str,
    multiplier: Decimal,
    expirations: Sequence[str],
    strikes: Sequence[Decimal],
) -> Message:
    """75: the expiries and strikes of a class of options at one exchange."""
    return (
        75, req_id, exchange, underlying, trading_class, multiplier, len(expirations), *expirations, len(strikes),
        *strikes,
    )  # fmt: skip


def option_parameters_end(req_id: int) -> Message:
    """76."""
    return (76, req_id)
