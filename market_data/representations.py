"""The JSON of instruments."""

from typing import Any

from config.shared.text import decimal_text
from market_data.models import Instrument


def instrument_json(instrument: Instrument) -> dict[str, Any]:
    """One instrument; one that IB has not described yet cannot be traded from here."""
    return {
        "con_id": instrument.con_id,
        "symbol": instrument.symbol,
        "sec_type": instrument.sec_type,
        "exchange": instrument.exchange,
        "primary_exchange": instrument.primary_exchange,
        "currency": instrument.currency,
        "long_name": instrument.long_name,
        "min_tick": decimal_text(instrument.min_tick),
        "multiplier": decimal_text(instrument.multiplier),
        "trading_hours": instrument.trading_hours,
        "liquid_hours": instrument.liquid_hours,
        "time_zone": instrument.time_zone,
        "is_tradable": instrument.sec_type == "STK" and instrument.details_at is not None,
    }
