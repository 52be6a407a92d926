"""openOrder, orderStatus and completedOrder, with the constants a real TWS sends for what an order does not use."""

from dataclasses import dataclass
from decimal import Decimal

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.ledger.margin import MarginChange
from tws_simulator.messages.replies import Message, short_contract
from tws_simulator.messages.versions import FA_PROFILE_GONE, PEGGED_ATTRIBUTES
from tws_simulator.model import ZERO
from tws_simulator.wire.fields import UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG, amount_text, escape_text, price_text

_SHAREHOLDER = "Not an insider or substantial shareholder"
_DEFAULT_OCA_TYPE = 3
# After the delta-neutral order type "None": con id, firm, account, intent, open/close, short sale, slot, location.
_DELTA_NEUTRAL_OPEN: Message = (0, "", "", "", "?", 0, 0, "")
_DELTA_NEUTRAL_COMPLETED: Message = (0, 0, 0, "")
_PEGGED: Message = ("", 100, "0.02", "", "")


@dataclass(frozen=True, slots=True)
class Figures:
    """Margin, commission and warning to show with an order; empty for an ordinary one."""

    change: MarginChange | None = None
    commission: Decimal | None = None
    currency: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    warning: str = ""


def order_status(order: Order) -> Message:
    """3: where an order stands."""
    return (
        3, order.order_id, order.shown or order.status, order.filled, order.remaining,
        price_text(order.average_price), order.perm_id, order.ticket.parent_id, price_text(order.last_fill_price),
        order.client_id, order.why_held, "0.0",
    )  # fmt: skip


def open_order(order: Order, instrument: Instrument, *, version: int, figures: Figures | None = None) -> Message:
    """5: an order with its state."""
    figures = figures or Figures()
    ticket = order.ticket
    return (
        5,
        order.order_id,
        *short_contract(instrument, ticket.exchange, right="?"),
        *_terms(order),
        order.client_id,
        *_middle(order, version),
        f"{order.perm_id}.0/{ticket.account}/{ticket.quantity}" if order.perm_id else "",
        *_advisor(version),
        ticket.model_code,
        ticket.good_till,
        *("", "", "", 0, "", -1, 0, "", "", "", "", ""),
        ticket.display_size if ticket.display_size is not None else UNSET_INTEGER,
        *(0, 0),
        ticket.all_or_none,
        ticket.minimum_quantity,
        *_oca(order),
        *(0, 0, ""),
        ticket.parent_id,
        ticket.trigger_method,
        *("", 0, "None", ""),
        *_DELTA_NEUTRAL_OPEN,
        *(0, 0, "", "", "", "", "", 0, 0, 0),
        *(UNSET_INTEGER, UNSET_INTEGER, "", ""),
        *(0, "", "IB", 0, 0, "", 0),
        ticket.what_if,
        order.shown or order.status,
        *_margins(figures.change),
        "" if figures.commission is None else price_text(figures.commission),
        "" if figures.minimum is None else price_text(figures.minimum),
        "" if figures.maximum is None else price_text(figures.maximum),
        figures.currency,
        escape_text(figures.warning),
        *(0, 0, 0),
        *("None", UNSET_DOUBLE, UNSET_DOUBLE, UNSET_DOUBLE, UNSET_DOUBLE, UNSET_DOUBLE, UNSET_DOUBLE, 0),
        *("", "", "", 0, 1, 0, 0, 0),
        *_newer(version),
    )


def completed_order(order: Order, instrument: Instrument, *, completed_at: str, version: int) -> Message:
    """101: an order that is done. As from a real TWS: no order id, no client id, and 0 shares if it was filled."""
    ticket = order.ticket
    terms = list(_terms(order))
    if order.status is OrderStatus.FILLED:
        terms[1] = 0
    return (
        101,
        *short_contract(instrument, ticket.exchange, right="?"),
        *terms,
        *_middle(order, version),
        *_advisor(version),
        ticket.model_code,
        ticket.good_till,
        *("", "", "", 0, "", -1, "", "", "", "", ""),
        ticket.display_size if ticket.display_size is not None else UNSET_INTEGER,
        0,
        ticket.all_or_none,
        ticket.minimum_quantity,
        *_oca(order),
        ticket.trigger_method,
        *("", 0, "None", ""),
        *_DELTA_NEUTRAL_COMPLETED,
        *(0, 0, "", "", "", 0, 0, 0),
        *(UNSET_INTEGER, UNSET_INTEGER, "", ""),
        *("", "IB", 0, 0, "", 0),
        # A refused order shows as cancelled here, whatever it was called while it lived.
        OrderStatus.CANCELLED if order.status is OrderStatus.INACTIVE else order.status,
        *(0, 0, 0),
        *(UNSET_DOUBLE, UNSET_DOUBLE, 0, 1, 0, ""),
        order.filled,
        *(0, 0, _SHAREHOLDER, 0, 0),
        UNSET_LONG,
        completed_at,
        order.completed_status,
        *(_PEGGED if version >= PEGGED_ATTRIBUTES else ()),
    )


def _terms(order: Order) -> Message:
    ticket = order.ticket
    return (
        ticket.action, ticket.quantity, ticket.order_type, price_text(ticket.limit_price or ZERO),
        price_text(ticket.stop_price or ZERO), ticket.time_in_force, ticket.oca_group, ticket.account,
        ticket.open_close, ticket.origin, ticket.order_ref,
    )  # fmt: skip


def _middle(order: Order, version: int) -> Message:
    return (order.perm_id, order.ticket.outside_rth, order.ticket.hidden, 0, order.ticket.good_after)


def _advisor(version: int) -> Message:
    return ("", "", "") if version >= FA_PROFILE_GONE else ("", "", "", "")


def _oca(order: Order) -> Message:
    return (order.ticket.oca_type or _DEFAULT_OCA_TYPE,)


def _margins(change: MarginChange | None) -> Message:
    if change is None:
        return (UNSET_DOUBLE,) * 9
    margin = change.margin_after - change.margin_before
    equity = change.equity_after - change.equity_before
    maintenance = change.maintenance_after - change.maintenance_before
    before = (change.margin_before, change.maintenance_before, change.equity_before)
    after = (change.margin_after, change.maintenance_after, change.equity_after)
    return tuple(amount_text(value) for value in (*before, margin, maintenance, equity, *after))


def _newer(version: int) -> Message:
    fields: list[str | int] = []
    if version >= 158:
        fields.append("")  # duration
    if version >= 160:
        fields.append("")  # post to ATS
    if version >= 162:
        fields.append(0)  # cancel with the parent
    if version >= PEGGED_ATTRIBUTES:
        return (*fields, *_PEGGED)
    return tuple(fields)
