"""Gather what the pre-trade rules need, run them under the account's lock, and record the verdict."""

import uuid
from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Account, AccountValue, Position, User
from config.shared.correlation import current_request_id
from config.shared.errors import DeskError, ErrorCode
from config.shared.text import decimal_text, time_text
from market_data.domain import Session, is_open, next_open, parse_sessions
from market_data.models import Instrument
from market_data.selectors import Quote
from trading import metrics
from trading.domain.orders import ZERO, OrderSide, OrderTicket, OrderType, is_capped, price_of
from trading.domain.risk import RULES_VERSION, Breach, Surroundings, check_order, to_text
from trading.models import Order, RiskDecision, RiskLimits
from trading.services import kill_switch
from trading.services.limits import effective_limits


def lock_account(account: Account) -> RiskLimits:
    """The account's limits, locked until the transaction ends: one order at a time passes the checks."""
    RiskLimits.objects.get_or_create(account=account)
    return RiskLimits.objects.select_for_update().get(account=account)


def judge(
    *,
    account: Account,
    instrument: Instrument,
    ticket: OrderTicket,
    quote: Quote | None,
    user: User | None,
    limits: RiskLimits,
    action: str = "place",
    instead_of: Order | None = None,
) -> RiskDecision:
    """Run every rule and record the verdict; `instead_of` is the order that a modify would replace."""
    around = surroundings(
        account=account,
        instrument=instrument,
        ticket=ticket,
        quote=quote,
        limits=limits,
        instead_of=instead_of,
    )
    applied = effective_limits(limits, instrument.symbol, user)
    breaches = [*kill_switch.breaches(ticket, instead_of), *check_order(ticket, applied, around)]
    first = breaches[0] if breaches else None
    if first is not None:
        metrics.count_denial(side=ticket.side.value, order_type=ticket.order_type.value, code=first.code)
    return RiskDecision.objects.create(
        account=account,
        user=user,
        order=instead_of,
        action=action,
        is_allowed=first is None,
        code=first.code if first else "",
        rule=first.rule if first else "",
        message=first.message if first else "",
        request={"symbol": instrument.symbol, "con_id": instrument.con_id, **_plain(asdict(ticket))},
        surroundings=_plain(asdict(around)),
        breaches=[asdict(breach) for breach in breaches],
        limits=to_text(applied),
        rules_version=RULES_VERSION,
        request_id=current_request_id(),
    )


def raise_denied(decision: RiskDecision) -> None:
    """Turn a denial into the error a client gets; call it after the decision is committed."""
    breaches = [
        {"rule": b["rule"], "code": b["code"], "message": b["message"], **b["numbers"]} for b in decision.breaches
    ]
    raise DeskError(ErrorCode(decision.code), decision.message, {"rule": decision.rule, "breaches": breaches})


def surroundings(
    *,
    account: Account,
    instrument: Instrument,
    ticket: OrderTicket,
    quote: Quote | None,
    limits: RiskLimits,
    instead_of: Order | None = None,
) -> Surroundings:
    """Everything the rules may know, read inside the caller's transaction."""
    others = Order.objects.open().filter(account=account).select_related("instrument")
    if instead_of is not None:
        others = others.exclude(pk=instead_of.pk)
    positions = dict(Position.objects.filter(account=account).values_list("instrument_id", "quantity"))
    open_orders = list(others)
    sessions = _sessions(instrument, outside_rth=ticket.outside_rth)
    now = timezone.now()
    doubt = "IB has sent no price" if quote is None else quote.staleness(now)
    reference = quote.price_to(ticket.side is OrderSide.BUY) if quote is not None and not doubt else None
    return Surroundings(
        symbol=instrument.symbol,
        min_tick=instrument.min_tick,
        multiplier=instrument.multiplier,
        position=positions.get(instrument.con_id, ZERO),
        working_buys=_leaves(open_orders, instrument, OrderSide.BUY),
        working_sells=_leaves(open_orders, instrument, OrderSide.SELL),
        reference_price=reference,
        price_doubt=doubt,
        available_funds=_free_funds(account, open_orders, positions, limits.initial_margin_rate),
        initial_margin_rate=limits.initial_margin_rate,
        is_session_open=_session_state(sessions, now),
        opens_at=next_open(sessions, now),
    )


def _leaves(orders: Iterable[Order], instrument: Instrument, side: OrderSide) -> Decimal:
    mine = (o for o in orders if o.instrument_id == instrument.con_id and o.side == side.value)
    return sum((max(order.quantity - order.filled_quantity, ZERO) for order in mine), ZERO)


def _free_funds(
    account: Account, open_orders: Iterable[Order], positions: dict[int, Decimal], margin_rate: Decimal
) -> Decimal | None:
    """IB's AvailableFunds less what the open orders will need.

    IB's figure can be three minutes old (field guide §6.1).
    """
    row = (
        AccountValue.objects.filter(
            account=account, tag="AvailableFunds", currency__in=[account.base_currency, "", "BASE"]
        )
        .exclude(amount=None)
        .order_by("-as_of")
        .first()
    )
    if row is None or row.amount is None:
        return None
    orders = list(open_orders)
    judged_at = _market_when_judged(orders)
    reserved = (_reserved(order, positions, judged_at.get(order.pk)) for order in orders)
    return row.amount - sum(reserved, ZERO) * margin_rate


def _reserved(order: Order, positions: dict[int, Decimal], market: Decimal | None) -> Decimal:
    price = price_of(OrderSide(order.side), order.order_type, order.terms(), market) or order.average_fill_price or ZERO
    leaves = max(order.quantity - order.filled_quantity, ZERO)
    closable = max(positions.get(order.instrument_id, ZERO) * -OrderSide(order.side).sign, ZERO)
    return max(leaves - closable, ZERO) * price * order.instrument.multiplier


def _market_when_judged(orders: Iterable[Order]) -> dict[uuid.UUID, Decimal]:
    """The market's price as each order was last judged, for those that their own price does not cap."""
    asked = [order.pk for order in orders if not is_capped(OrderSide(order.side), order.order_type, order.terms())]
    if not asked:
        return {}
    decisions = RiskDecision.objects.filter(order__in=asked).order_by("id")
    found = decisions.values_list("order_id", "surroundings__reference_price")
    return {order_id: Decimal(text) for order_id, text in found if order_id is not None and text}


def _sessions(instrument: Instrument, *, outside_rth: bool) -> list[Session]:
    hours = instrument.trading_hours if outside_rth else instrument.liquid_hours
    if not hours or not instrument.time_zone:
        return []
    try:
        return sorted(parse_sessions(hours, instrument.time_zone), key=lambda session: session.start)
    except ValueError:
        return []  # hours we cannot read are hours we do not know; IB holds such an order with a 399


def _session_state(sessions: list[Session], now: Any) -> bool | None:
    """Open, closed, or None when IB's list does not cover this moment."""
    if not sessions or now >= sessions[-1].end:
        return None
    return is_open(sessions, now)


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """JSON for the record: decimals and times as text."""
    plain: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, Decimal):
            plain[name] = decimal_text(value)
        elif hasattr(value, "isoformat"):
            plain[name] = time_text(value)
        elif isinstance(value, (OrderSide, OrderType)):
            plain[name] = value.value
        else:
            plain[name] = value
    return plain


__all__ = ["Breach", "judge", "lock_account", "raise_denied", "surroundings"]
