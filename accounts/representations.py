"""The JSON of accounts and positions: one spelling for REST and WebSocket."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.domain.currencies import TOTAL, values_by_currency
from accounts.domain.freshness import is_mark_stale, is_stale
from accounts.domain.margin import requirements, whole_account
from accounts.models import Account, AccountPnl, EquitySnapshot, Position, PositionPnl
from config.shared.text import decimal_text, time_text

Json = dict[str, Any]
VALUES_SOURCE = "IB account updates"
PNL_SOURCE = "IB reqPnL"
POSITION_SOURCE = "IB positions"
PORTFOLIO_SOURCE = "IB portfolio"
POSITION_PNL_SOURCE = "IB reqPnLSingle"


def position_json(position: Position) -> Json:
    """One position; `instrument`, `account` and `pnl` should be loaded."""
    account = position.account
    return {
        "account": position.account_id,
        "con_id": position.instrument_id,
        "symbol": position.instrument.symbol,
        "currency": position.instrument.currency,
        "quantity": decimal_text(position.quantity),
        "average_cost": decimal_text(position.average_cost),
        "market_price": decimal_text(position.market_price),
        "market_value": decimal_text(position.market_value),
        "unrealized_pnl": decimal_text(position.unrealized_pnl),
        "realized_pnl": decimal_text(position.realized_pnl),
        "as_of": time_text(position.as_of),
        "source": POSITION_SOURCE,
        "market_as_of": time_text(position.market_at),
        "market_source": PORTFOLIO_SOURCE if position.market_at else None,
        "market_is_stale": is_mark_stale(position.market_at, account.values_confirmed_at, timezone.now()),
        "pnl": _position_pnl_json(getattr(position, "pnl", None), account),
        "confirmed_at": time_text(account.values_confirmed_at),
        "is_stale": is_stale(account.values_confirmed_at, timezone.now()),
        "ledger_quantity": decimal_text(position.ledger_quantity),
        "differs_since": time_text(position.differs_since),
    }


def _position_pnl_json(pnl: PositionPnl | None, account: Account) -> Json | None:
    if pnl is None:
        return None
    return {
        "currency": account.base_currency,
        "daily": decimal_text(pnl.daily),
        "unrealized": decimal_text(pnl.unrealized),
        "realized": decimal_text(pnl.realized),
        "market_value": decimal_text(pnl.market_value),
        "as_of": time_text(pnl.as_of),
        "source": POSITION_PNL_SOURCE,
        "is_stale": is_stale(pnl.confirmed_at, timezone.now()),
    }


_ACCOUNT_FIGURES = {
    "net_liquidation": "NetLiquidation",
    "total_cash": "TotalCashValue",
    "buying_power": "BuyingPower",
    "available_funds": "AvailableFunds",
    "excess_liquidity": "ExcessLiquidity",
    "init_margin": "InitMarginReq",
    "maint_margin": "MaintMarginReq",
    "gross_position_value": "GrossPositionValue",
}


def _base_amounts(account: Account) -> dict[str, Decimal | None]:
    """Amounts of the whole account, in base currency or without one, by IB's tag."""
    values = account.values.all()
    return {value.tag: value.amount for value in values if value.currency in (account.base_currency, "", TOTAL)}


def account_json(account: Account, *, with_values: bool = False) -> Json:
    """One account with its main figures in base currency; `values` and `pnl` should be prefetched."""
    base = _base_amounts(account)
    pnl: AccountPnl | None = getattr(account, "pnl", None)
    now = timezone.now()
    body: Json = {
        "account": account.code,
        "trading_mode": "paper" if account.is_paper else "live",
        "base_currency": account.base_currency,
        **{name: decimal_text(base.get(tag)) for name, tag in _ACCOUNT_FIGURES.items()},
        "daily_pnl": decimal_text(pnl.daily) if pnl else None,
        "unrealized_pnl": decimal_text(pnl.unrealized) if pnl else None,
        "realized_pnl": decimal_text(pnl.realized) if pnl else None,
        "as_of": time_text(account.values_at),
        "source": VALUES_SOURCE,
        "confirmed_at": time_text(account.values_confirmed_at),
        "is_stale": is_stale(account.values_confirmed_at, now),
        "pnl_as_of": time_text(pnl.as_of) if pnl else None,
        "pnl_is_stale": is_stale(account.pnl_confirmed_at, now),
    }
    if with_values:
        body["values"] = [
            {
                "tag": v.tag,
                "currency": v.currency,
                "value": v.text,
                "amount": decimal_text(v.amount),
                "as_of": time_text(v.as_of),
            }
            for v in account.values.all()
        ]
    return body


def _values_head(account: Account) -> Json:
    return {
        "account": account.code,
        "base_currency": account.base_currency,
        "as_of": time_text(account.values_at),
        "confirmed_at": time_text(account.values_confirmed_at),
        "is_stale": is_stale(account.values_confirmed_at, timezone.now()),
        "source": VALUES_SOURCE,
    }


def pnl_json(account: Account) -> Json:
    """Today's profit and loss in base currency; null is what IB does not know."""
    pnl: AccountPnl | None = getattr(account, "pnl", None)
    return {
        "account": account.code,
        "currency": account.base_currency,
        **{name: decimal_text(getattr(pnl, name)) if pnl else None for name in ("daily", "unrealized", "realized")},
        "as_of": time_text(pnl.as_of) if pnl else None,
        "confirmed_at": time_text(account.pnl_confirmed_at),
        "is_stale": is_stale(account.pnl_confirmed_at, timezone.now()),
        "source": PNL_SOURCE,
    }


def currencies_json(account: Account) -> Json:
    """Values by currency with IB's rates, and IB's own total."""
    rows = values_by_currency((v.tag, v.currency, v.amount, v.as_of) for v in account.values.all())
    total = next((row for row in rows if row.currency == TOTAL), None)
    return {
        **_values_head(account),
        "total": _texts(total.amounts) if total else None,
        "currencies": [
            {
                "currency": row.currency,
                "is_base": row.currency == account.base_currency,
                "exchange_rate": decimal_text(row.exchange_rate),
                **_texts(row.amounts),
                "in_base": _texts(row.in_base),
                "as_of": time_text(row.as_of),
            }
            for row in rows
            if row.currency != TOTAL
        ],
    }


def margin_json(account: Account) -> Json:
    """Margin and buying power of the account and its segments, in base currency."""
    amounts = _base_amounts(account)
    segments = {
        segment: {moment: _texts(figures) for moment, figures in moments.items()}
        for segment, moments in requirements(amounts).items()
    }
    return {**_values_head(account), **_texts(whole_account(amounts)), **segments}


def _texts(amounts: Any) -> dict[str, str | None]:
    return {name: decimal_text(amount) for name, amount in amounts.items()}


EQUITY_FIGURES = (
    "net_liquidation",
    "total_cash",
    "gross_position_value",
    "buying_power",
    "init_margin",
    "maint_margin",
    "daily_pnl",
    "unrealized_pnl",
    "realized_pnl",
)


def equity_point_json(point: EquitySnapshot, known_minutes: int) -> Json:
    """One point of the history."""
    return {
        "at": time_text(point.at),
        "currency": point.currency,
        **{name: decimal_text(getattr(point, name)) for name in EQUITY_FIGURES},
        "values_as_of": time_text(point.values_at),
        "pnl_as_of": time_text(point.pnl_at),
        "known_minutes": known_minutes,
    }
