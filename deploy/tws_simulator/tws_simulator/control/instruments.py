"""What can be traded."""

from typing import Any

from tws_simulator.control.http import HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import array, decimal, record, text, whole
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.gateway import Gateway


def _row(row: Instrument) -> dict[str, Any]:
    return {
        "con_id": row.con_id,
        "symbol": row.symbol,
        "name": row.name,
        "primary_exchange": row.primary_exchange,
        "stock_type": row.stock_type,
        "min_tick": str(row.min_tick),
        "sec_type": row.sec_type,
        "currency": row.currency,
        "local_symbol": row.local,
        "multiplier": str(row.multiplier),
        "expiry": row.expiry,
        "hours": row.hours,
    }


def _instruments(gateway: Gateway, request: HttpRequest) -> Any:
    return {"instruments": [_row(row) for row in gateway.broker.book]}


INSTRUMENT = record(
    "Instrument",
    open=True,
    needs=("con_id", "symbol", "name", "primary_exchange", "min_tick"),
    con_id=whole("IB's contract id"),
    symbol=text(),
    name=text(),
    primary_exchange=text(),
    stock_type=text(),
    min_tick=decimal(),
    sec_type=text(),
    currency=text(),
    local_symbol=text("What its exchange calls it"),
    multiplier=decimal(),
    expiry=text("Last trading day, yyyymmdd; empty for what does not expire"),
    hours=text("Name of its trading hours"),
)
ROUTES = (
    Route(
        "GET",
        "/instruments",
        "What can be traded",
        _instruments,
        record("Instruments", needs=("instruments",), instruments=array(INSTRUMENT)),
    ),
)
