"""The JSON of accounts and positions: one spelling for REST and WebSocket."""

from typing import Any

from accounts.models import Account, AccountPnl, Position
from config.shared.text import decimal_text, time_text

Json = dict[str, Any]


def position_json(position: Position) -> Json:
    """One position; `instrument` should be loaded."""
    return {
        "account": position.account_id,
        "con_id": position.instrument_id,
        "symbol": position.instrument.symbol,
        "quantity": decimal_text(position.quantity),
        "average_cost": decimal_text(position.average_cost),
        "market_price": decimal_text(position.market_price),
        "market_value": decimal_text(position.market_value),
        "unrealized_pnl": decimal_text(position.unrealized_pnl),
        "realized_pnl": decimal_text(position.realized_pnl),
        "as_of": time_text(position.as_of),
        "ledger_quantity": decimal_text(position.ledger_quantity),
        "differs_since": time_text(position.differs_since),
    }


_ACCOUNT_FIGURES = {
    "net_liquidation": "NetLiquidation",
    "total_cash": "TotalCashValue",
    "buying_power": "BuyingPower",
    "available_funds": "AvailableFunds",
    "init_margin": "InitMarginReq",
    "maint_margin": "MaintMarginReq",
    "gross_position_value": "GrossPositionValue",
}


def account_json(account: Account, *, with_values: bool = False) -> Json:
    """One account with its main figures in base currency; `values` and `pnl` should be prefetched."""
    values = list(account.values.all())
    base = {value.tag: value.amount for value in values if value.currency in (account.base_currency, "", "BASE")}
    pnl: AccountPnl | None = getattr(account, "pnl", None)
    body: Json = {
        "account": account.code,
        "trading_mode": "paper" if account.is_paper else "live",
        "base_currency": account.base_currency,
        **{name: decimal_text(base.get(tag)) for name, tag in _ACCOUNT_FIGURES.items()},
        "daily_pnl": decimal_text(pnl.daily) if pnl else None,
        "unrealized_pnl": decimal_text(pnl.unrealized) if pnl else None,
        "realized_pnl": decimal_text(pnl.realized) if pnl else None,
        "as_of": time_text(account.values_at),
    }
    if with_values:
        body["values"] = [{"tag": v.tag, "currency": v.currency, "value": v.text} for v in values]
    return body
