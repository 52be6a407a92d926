"""Instruments as the library's contracts, and IB's descriptions as our instruments."""

from typing import Any

from market_data.models import Instrument
from trading.gateway.ib_library import IbLibrary
from trading.gateway.ib_mapping import to_decimal


def contract_of(library: IbLibrary, instrument: Instrument) -> Any:
    """The contract to trade: the con_id says which, IB wants an exchange beside it (error 321 otherwise)."""
    return library.Contract(
        conId=instrument.con_id,
        symbol=instrument.symbol,
        secType=instrument.sec_type,
        exchange=instrument.exchange or "SMART",
        currency=instrument.currency,
    )


def details_json(details: Any) -> dict[str, Any]:
    """IB's contract details in the words of `market_data.services.upsert_instrument`."""
    contract = details.contract
    return {
        "con_id": contract.conId,
        "symbol": contract.symbol,
        "sec_type": contract.secType,
        "exchange": contract.exchange or "SMART",
        "primary_exchange": contract.primaryExchange,
        "currency": contract.currency,
        "local_symbol": contract.localSymbol,
        "trading_class": contract.tradingClass,
        "long_name": details.longName,
        "min_tick": _text(details.minTick),
        "multiplier": _text(contract.multiplier) or "1",
        "valid_exchanges": details.validExchanges,
        "order_types": details.orderTypes,
        "market_rule_ids": details.marketRuleIds,
        "time_zone": details.timeZoneId,
        "trading_hours": details.tradingHours,
        "liquid_hours": details.liquidHours,
    }


def _text(value: Any) -> str | None:
    number = to_decimal(value)
    return None if number is None else f"{number:f}"


def instrument_from_message(payload: dict[str, Any]) -> Instrument:
    """The row of an instrument that a message about somebody else's order or position names; details come later."""
    instrument, _ = Instrument.objects.get_or_create(
        con_id=payload["con_id"],
        defaults={
            "symbol": payload["symbol"],
            "sec_type": payload["sec_type"] or "STK",
            "exchange": "SMART",
            "currency": payload["currency"] or "USD",
            "local_symbol": payload.get("local_symbol") or "",
            "trading_class": payload.get("trading_class") or "",
            "multiplier": to_decimal(payload.get("multiplier")) or 1,
        },
    )
    return instrument
