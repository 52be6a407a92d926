"""Writes of accounts, their values, P&L and positions; IB is the author, the gateway process the caller."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from accounts.domain import is_paper_account, parse_amount
from accounts.models import Account, AccountPnl, AccountValue, Position, PositionPnl
from market_data.models import Instrument

MARKET_FIGURES = ("market_price", "market_value", "unrealized_pnl", "realized_pnl")
PNL_FIGURES = ("daily", "unrealized", "realized", "market_value")


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
    account.values_at = account.values_confirmed_at = at
    account.base_currency = base or account.base_currency
    account.save(update_fields=["values_at", "values_confirmed_at", "base_currency"])


def forget_untold_values(*, account_code: str, told: Collection[tuple[str, str]]) -> int:
    """After a complete answer: what IB does not name any more (the ledger of a currency, say) is no value any more.

    Returns how many rows went.
    """
    rows = AccountValue.objects.filter(account=account_code).values_list("pk", "tag", "currency")
    gone = [pk for pk, tag, currency in rows if (tag, currency) not in told]
    return AccountValue.objects.filter(pk__in=gone).delete()[0] if gone else 0


def record_pnl(
    *,
    account: Account,
    daily: Decimal | None,
    unrealized: Decimal | None,
    realized: Decimal | None,
    at: datetime,
) -> AccountPnl:
    """Write today's profit and loss in base currency; None is written too: IB does not know it."""
    pnl, _ = AccountPnl.objects.update_or_create(
        account=account,
        defaults={"daily": daily, "unrealized": unrealized, "realized": realized, "as_of": at},
    )
    account.pnl_confirmed_at = at
    account.save(update_fields=["pnl_confirmed_at"])
    return pnl


def confirm_streams(
    *, values: Iterable[str], pnl: Iterable[str], positions: Iterable[tuple[str, int]], at: datetime
) -> None:
    """IB's streams of these accounts are up and had nothing newer to say: what was written last still stands."""
    Account.objects.filter(pk__in=list(values)).update(values_confirmed_at=at)
    Account.objects.filter(pk__in=list(pnl)).update(pnl_confirmed_at=at)
    by_account: dict[str, list[int]] = {}
    for account, con_id in positions:
        by_account.setdefault(account, []).append(con_id)
    for account, con_ids in by_account.items():
        told = PositionPnl.objects.filter(position__account=account, position__instrument__in=con_ids)
        told.update(confirmed_at=at)


def record_position(
    *,
    account: Account,
    instrument: Instrument,
    quantity: Decimal,
    average_cost: Decimal,
    at: datetime,
    market: Mapping[str, Decimal | None] | None = None,
) -> Position:
    """Write what the account holds, and what it is worth when IB said so (`market`; unset ones become None).

    Without a word about the market the old figures stay with their time, unless the quantity is another: what a
    hundred were worth says nothing of fifty. The same holds for the streamed P&L, which only its own stream tells.
    """
    fields: dict[str, object] = {"quantity": quantity, "average_cost": average_cost, "as_of": at}
    if market is not None:
        fields |= {name: market.get(name) for name in MARKET_FIGURES} | {"market_at": at}
    before = Position.objects.filter(account=account, instrument=instrument).values_list("quantity", flat=True).first()
    has_moved = before is not None and before != quantity
    if has_moved and market is None:
        fields |= {"market_value": None, "unrealized_pnl": None}
    position, _ = Position.objects.update_or_create(account=account, instrument=instrument, defaults=fields)
    if has_moved:
        forget_pnl_of_another_quantity(position)
    return position


def forget_pnl_of_another_quantity(position: Position) -> None:
    """Value and unrealized P&L were those of what was held before; nobody knows the new ones until IB says them."""
    PositionPnl.objects.filter(position=position).update(market_value=None, unrealized=None)


def record_position_pnls(*, rows: Mapping[tuple[str, int], Mapping[str, Decimal | None]], at: datetime) -> list[int]:
    """Write P&L by account and con_id, in base currency, None where IB does not know it; returns the positions' keys.

    What is no position (yet) is left out: the stream tells again.
    """
    known = Position.objects.filter(
        account__in={account for account, _ in rows}, instrument__in={con_id for _, con_id in rows}
    ).values_list("pk", "account_id", "instrument_id")
    pnls = [
        PositionPnl(
            position_id=pk, as_of=at, confirmed_at=at, **{name: rows[account, con_id].get(name) for name in PNL_FIGURES}
        )
        for pk, account, con_id in known
        if (account, con_id) in rows
    ]
    PositionPnl.objects.bulk_create(
        pnls, update_conflicts=True, unique_fields=["position"], update_fields=[*PNL_FIGURES, "as_of", "confirmed_at"]
    )
    return [pnl.position_id for pnl in pnls]
