"""What an order would do, without placing it: our own checks, and IB's what-if."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Account, User
from config.shared.errors import DeskError, ErrorCode
from config.shared.gateway_queries import ask_gateway
from config.shared.text import decimal_text
from market_data.models import Instrument
from market_data.services import quote_to_judge
from trading.domain.orders import TERM_NAMES, OrderTicket
from trading.domain.risk import Breach, check_order, notional, validate_shape
from trading.models import RiskLimits
from trading.services import kill_switch
from trading.services.limits import effective_limits
from trading.services.order_terms import terms_text
from trading.services.orders import require_gateway_ready
from trading.services.risk import surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`what_if` holds IB's figures by name, in base currency, None where IB says nothing."""

    estimated_value: Decimal | None
    breaches: list[Breach]
    what_if: dict[str, Any]


def preview_order(
    *, account: Account, instrument: Instrument, ticket: OrderTicket, user: User | None = None
) -> Preview:
    """Ask our checks and IB; nothing is placed and no verdict is recorded.

    Raises DeskError: ORDER_VALIDATION_FAILED for a ticket that is no order, IB_CONNECTION_FAILED, and IB's own
    refusals.
    """
    if errors := validate_shape(ticket, instrument.min_tick, timezone.now()):
        raise DeskError(ErrorCode.ORDER_VALIDATION_FAILED, "The order is not valid", errors)
    require_gateway_ready()
    RiskLimits.objects.get_or_create(account=account)
    limits = RiskLimits.objects.get(account=account)
    around = surroundings(
        account=account, instrument=instrument, ticket=ticket, quote=quote_to_judge(instrument), limits=limits
    )
    terms: dict[str, Any] = {**terms_text({name: getattr(ticket, name) for name in TERM_NAMES})}
    what_if = ask_gateway(
        "what_if",
        account=account.code,
        con_id=instrument.con_id,
        side=ticket.side.value,
        quantity=decimal_text(ticket.quantity),
        order_type=ticket.order_type.value,
        time_in_force=ticket.time_in_force.value,
        **terms,
        outside_rth=ticket.outside_rth,
    )
    return Preview(
        estimated_value=notional(ticket, around),
        breaches=[
            *kill_switch.breaches(ticket, None),
            *check_order(ticket, effective_limits(limits, instrument.symbol, user), around),
        ],
        what_if=what_if,
    )
