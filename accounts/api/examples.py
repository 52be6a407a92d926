"""Examples for the OpenAPI schema; a test holds each against the shape it belongs to."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_NOW = "2026-11-24T15:04:05.123456Z"
_CONFIRMED = "2026-11-24T15:04:08.000000Z"
_STATE: dict[str, Any] = {
    "as_of": _NOW,
    "confirmed_at": _CONFIRMED,
    "is_stale": False,
    "source": "IB account updates",
}


def _example(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True)


ACCOUNT = _example(
    "A paper account",
    {
        "account": "DU1234567",
        "trading_mode": "paper",
        "base_currency": "USD",
        "net_liquidation": "1002345.67",
        "total_cash": "981000.1",
        "buying_power": "3920000",
        "available_funds": "980000",
        "excess_liquidity": "981500",
        "init_margin": "6300.5",
        "maint_margin": "5700.25",
        "gross_position_value": "21345.57",
        "daily_pnl": "345.67",
        "unrealized_pnl": "345.67",
        "realized_pnl": None,
        **_STATE,
        "pnl_as_of": _NOW,
        "pnl_is_stale": False,
        "values": [
            {"tag": "NetLiquidation", "currency": "USD", "value": "1002345.67", "amount": "1002345.67", "as_of": _NOW},
            {"tag": "AccountReady", "currency": "", "value": "true", "amount": None, "as_of": _NOW},
        ],
    },
)

PNL = _example(
    "IB has not told of the realized part yet",
    {
        "account": "DU1234567",
        "currency": "USD",
        "daily": "345.67",
        "unrealized": "345.67",
        "realized": None,
        **_STATE,
        "source": "IB reqPnL",
    },
)

_EURO = {
    "cash": "5000",
    "accrued_cash": "0",
    "stock_value": "0",
    "option_value": "0",
    "futures_pnl": "0",
    "net_liquidation": "5000",
    "unrealized_pnl": "0",
    "realized_pnl": "0",
}
_IN_BASE = _EURO | {"cash": "5410.5", "net_liquidation": "5410.5"}

CURRENCIES = _example(
    "Euros in a dollar account",
    {
        "account": "DU1234567",
        "base_currency": "USD",
        **_STATE,
        "total": _IN_BASE,
        "currencies": [
            {
                "currency": "EUR",
                "is_base": False,
                "exchange_rate": "1.0821",
                **_EURO,
                "in_base": _IN_BASE,
                "as_of": _NOW,
            }
        ],
    },
)

_REQUIREMENT = {
    "init_margin": "6300.5",
    "maint_margin": "5700.25",
    "available_funds": "980000",
    "excess_liquidity": "981500",
}
_SEGMENT = dict.fromkeys(("current", "full", "look_ahead"), _REQUIREMENT)
_NO_SEGMENT = dict.fromkeys(("current", "full", "look_ahead"), dict.fromkeys(_REQUIREMENT))

MARGIN = _example(
    "A margin account without futures",
    {
        "account": "DU1234567",
        "base_currency": "USD",
        **_STATE,
        "net_liquidation": "1002345.67",
        "equity_with_loan": "1002345.67",
        "previous_day_equity_with_loan": "1002000",
        "buying_power": "3920000",
        "reg_t_equity": "1002345.67",
        "reg_t_margin": "10672.79",
        "sma": "991672.88",
        "cushion": "0.979203",
        "leverage": "0.02",
        "day_trades_remaining": "-1",
        "highest_severity": "0",
        "total": _SEGMENT,
        "securities": _SEGMENT,
        "commodities": _NO_SEGMENT,
    },
)


def _point(minute: str, net_liquidation: str) -> dict[str, Any]:
    return {
        "at": f"2026-11-24T{minute}:00Z",
        "currency": "USD",
        "net_liquidation": net_liquidation,
        "total_cash": "981000.1",
        "gross_position_value": "21345.57",
        "buying_power": "3920000",
        "init_margin": "6300.5",
        "maint_margin": "5700.25",
        "daily_pnl": "345.67",
        "unrealized_pnl": "345.67",
        "realized_pnl": None,
        "values_as_of": f"2026-11-24T{minute}:00Z",
        "pnl_as_of": f"2026-11-24T{minute}:00Z",
        "known_minutes": 1,
    }


EQUITY = _example(
    "The gateway was away for ten minutes",
    {
        "account": "DU1234567",
        "base_currency": "USD",
        "resolution": "minute",
        "since": "2026-11-24T14:50:00Z",
        "until": "2026-11-24T15:02:00Z",
        "points": [_point("14:50", "1002000.5"), _point("15:00", "1002345.67")],
        "gaps": [{"since": "2026-11-24T14:50:00Z", "until": "2026-11-24T15:00:00Z"}],
        "source": "IB account updates, kept once a minute",
    },
)

POSITION = _example(
    "A hundred Apple",
    {
        "account": "DU1234567",
        "con_id": 265598,
        "symbol": "AAPL",
        "currency": "USD",
        "quantity": "100",
        "average_cost": "190.01",
        "market_price": "193.45",
        "market_value": "19345",
        "unrealized_pnl": "344",
        "realized_pnl": "0",
        "as_of": "2026-11-24T14:30:12.000001Z",
        "source": "IB positions",
        "market_as_of": _NOW,
        "market_source": "IB portfolio",
        "market_is_stale": False,
        "pnl": {
            "currency": "USD",
            "daily": "120.5",
            "unrealized": "345.67",
            "realized": None,
            "market_value": "19346.67",
            "as_of": _NOW,
            "source": "IB reqPnLSingle",
            "is_stale": False,
        },
        "confirmed_at": _CONFIRMED,
        "is_stale": False,
        "ledger_quantity": "100",
        "differs_since": None,
    },
)
