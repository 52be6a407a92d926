"""Writes of accounts, their values, P&L and positions; IB is the author, the gateway process the caller."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from accounts.domain import is_paper_account, parse_amount
from accounts.models import Account, AccountPnl, AccountValue, Position
from market_data.models import Instrument


def ensure_account(code: str) -> Account:
    """The row of an account IB told us of."""
    account, _ = Account.objects.get_or_create(code=code, defaults={"is_paper": is_paper_account(code)})
    return account


def record_account_values(*, account: Account, rows: Iterable[tuple[str, str, str]], at: datetime) -> None:
    """Write (tag, currency, text) rows; the last one of a tag and currency wins."""
    latest = {(tag, currency): text for tag, currency, text in rows}
    if not latest:
        return
    AccountValue.objects.bulk_create(
        [
            AccountValue(account=account, tag=tag, currency=currency, text=text, amount=parse_amount(text), as_of=at)
            for (tag, currency), text in sorted(latest.items())
        ],
        update_conflicts=True,
        unique_fields=["account", "tag", "currency"],
        update_fields=["text", "amount", "as_of"],
    )
    base = next(
        (currency for (tag, currency) in latest if tag == "NetLiquidation" and currency not in ("", "BASE")),
        None,
    )
    account.values_at = at
    account.base_currency = base or account.base_currency
    account.save(update_fields=["values_at", "base_currency"])


def record_pnl(
    *,
    account: Account,
    daily: Decimal | None,
    unrealized: Decimal | None,
    realized: Decimal | None,
    at: datetime,
) -> AccountPnl:
    """Write today's profit and loss in base currency."""
    pnl, _ = AccountPnl.objects.update_or_create(
        account=account,
        defaults={"daily": daily, "unrealized": unrealized, "realized": realized, "as_of": at},
    )
    return pnl


def record_position(
    *,
    account: Account,
    instrument: Instrument,
    quantity: Decimal,
    average_cost: Decimal,
    at: datetime,
    market_price: Decimal | None = None,
    market_value: Decimal | None = None,
    unrealized_pnl: Decimal | None = None,
    realized_pnl: Decimal | None = None,
) -> Position:
    """Write what the account holds; market figures that IB did not send leave the old ones in place."""
    fields: dict[str, object] = {"quantity": quantity, "average_cost": average_cost, "as_of": at}
    market = {
        "market_price": market_price,
        "market_value": market_value,
        "unrealized_pnl": unrealized_pnl,
        "realized_pnl": realized_pnl,
    }
    fields |= {name: figure for name, figure in market.items() if figure is not None}
    position, _ = Position.objects.update_or_create(account=account, instrument=instrument, defaults=fields)
    return position
