"""Server to client: contract details, symbol search, market rules, option chains."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tws_simulator.exchange.instruments import MARKET_RULES, Instrument
from tws_simulator.messages.replies import Message, multiplier_text
from tws_simulator.messages.versions import ISSUER_ID, SIZE_RULES
from tws_simulator.wire.fields import Scalar, escape_text

ORDER_TYPES = {
    "STK": "ACTIVETIM,AD,AON,COND,DAY,FOK,GAT,GTC,GTD,HID,ICE,IOC,LIT,LMT,LOC,MIDPX,MIT,MKT,MOC,OCA,OPG,PEGMID,REL,STP,"
    "STPLMT,TRAIL,TRAILLMT,WHATIF",
    "OPT": "ACTIVETIM,AD,AON,COND,DAY,FOK,GAT,GTC,GTD,IOC,LIT,LMT,MIT,MKT,OCA,STP,STPLMT,TRAIL,TRAILLMT,WHATIF",
    "FUT": "ACTIVETIM,AD,COND,DAY,FOK,GAT,GTC,GTD,ICE,IOC,LIT,LMT,MIT,MKT,MKTPROT,OCA,STP,STPLMT,STPPROT,TRAIL,"
    "TRAILLMT,WHATIF",
    "CASH": "ACTIVETIM,AD,COND,DAY,FOK,GAT,GTC,GTD,IOC,LIT,LMT,MIT,MKT,OCA,STP,STPLMT,TRAIL,TRAILLMT,WHATIF",
    "IND": "",
}
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
        *(() if version >= SIZE_RULES else (100,)), multiplier_text(row), _order_types(row),
        ",".join(row.exchanges), row.price_magnifier, underlying.con_id if underlying else 0,
        escape_text(row.name), row.primary_exchange if row.sec_type == "STK" else "", row.contract_month,
        row.industry, row.category, "", hours.zone_name, hours.trading, hours.liquid, "", 0,
        *_security_ids(row), _AGGREGATION.get(row.sec_type, _NO_AGGREGATION), underlying.symbol if underlying else "",
        underlying.sec_type if underlying else "", ",".join(map(str, row.rules)), row.real_expiration, row.stock_type,
        *_sizes(row, version),
    )  # fmt: skip


def _last_times(row: Instrument, hours: Hours) -> str:
    return f"{row.expiry} {row.last_trade_time} {hours.zone_name}" if row.is_derivative else ""


def _order_types(row: Instrument) -> str:
    return ORDER_TYPES.get("FUT" if row.sec_type == "CONTFUT" else row.sec_type, "")


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
