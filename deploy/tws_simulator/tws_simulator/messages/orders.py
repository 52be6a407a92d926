"""openOrder, orderStatus and completedOrder, with the constants a real TWS sends for what an order does not use."""

from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.ledger.margin import MarginChange
from tws_simulator.messages.replies import Message, short_contract
from tws_simulator.messages.versions import FA_PROFILE_GONE, PEGGED_ATTRIBUTES
from tws_simulator.model import ZERO, Condition, OrderTicket
from tws_simulator.wire.fields import (
    UNSET_DOUBLE,
    UNSET_INTEGER,
    UNSET_LONG,
    amount_text,
    escape_text,
    field_text,
    pack,
    price_text,
)

_SHAREHOLDER = "Not an insider or substantial shareholder"
_DEFAULT_OCA_TYPE = 3
# After the delta-neutral order type "None": con id, firm, account, intent, open/close, short sale, slot, location.
_DELTA_NEUTRAL_OPEN: Message = (0, "", "", "", "?", 0, 0, "")
_DELTA_NEUTRAL_COMPLETED: Message = (0, 0, 0, "")
_BOX: Message = ("", "", "", "", "")  # starting price, stock reference price, delta, stock range
_SCALE: Message = (UNSET_INTEGER, UNSET_INTEGER, "")
_UNSET_MARGINS: Message = (UNSET_DOUBLE,) * 9
_NO_FIGURES: Message = (*_UNSET_MARGINS, "", "", "", "", "")
_PRICE, _EXECUTION = 1, 5
_ON_MARGIN_OR_TIME = {3, 4}
# All of a ticket that `_details` and `_rest` tell, but for lists and what a trailing stop adds.
_DETAILS_OF = attrgetter(
    "model_code", "good_till", "rule_80a", "percent_offset", "settling_firm", "short_sale_slot",
    "designated_location", "exempt_code", "display_size", "block_order", "sweep_to_fill", "all_or_none",
    "minimum_quantity", "oca_type", "parent_id", "trigger_method", "trailing_percent", "clearing_account",
    "clearing_intent", "not_held", "solicited", "what_if", "randomize_size", "randomize_price",
    "adjusted_order_type", "adjusted_trigger", "limit_offset", "adjusted_stop", "adjusted_stop_limit",
    "adjusted_trail", "adjusted_trail_unit", "cash_quantity", "discretionary_to_limit", "price_management",
    "duration", "post_to_ats", "auto_cancel_parent", "min_trade_quantity", "min_compete_size", "compete_offset",
    "mid_offset_whole", "mid_offset_half",
)  # fmt: skip
_REMEMBERED = 500
_known_details: dict[tuple[Any, ...], tuple[Message, Message]] = {}
_known_contracts: dict[tuple[int, str], tuple[Instrument, str]] = {}


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


def order_bound(order: Order) -> Message:
    """100: an order entered by hand has been given an API order id."""
    return (100, order.perm_id, order.client_id, order.order_id)


def open_order(
    order: Order, instrument: Instrument, *, version: int, figures: Figures | None = None, packed: bool = False
) -> Message:
    """5: an order with its state.

    `packed` joins fields that seldom differ from order to order into texts of many fields each. The bytes are the
    same; only who looks at single fields needs them apart.
    """
    ticket = order.ticket
    contract, details, rest = (_packed if packed else _apart)(order, instrument, version)
    quantity = field_text(ticket.quantity)
    return (
        5,
        order.order_id,
        *contract,
        *_terms(order, quantity),
        order.client_id,
        *_middle(order),
        f"{order.perm_id}.0/{ticket.account}/{quantity}" if order.perm_id else "",
        *details,
        order.shown or order.status,
        *(_NO_FIGURES if figures is None else _figures(figures)),
        *rest,
    )


def _contract(order: Order, instrument: Instrument) -> Message:
    return short_contract(instrument, order.ticket.exchange, right="?")


def _details(order: Order, version: int) -> Message:
    """Between the name of the allocation and the status."""
    ticket = order.ticket
    return (
        *_advisor(version),
        ticket.model_code,
        ticket.good_till,
        *_sale(order),
        0,  # auction strategy
        *_BOX,
        _display_size(order),
        ticket.block_order,
        ticket.sweep_to_fill,
        ticket.all_or_none,
        ticket.minimum_quantity,
        *_oca(order),
        *(0, 0, ""),  # attributes IB no longer knows
        ticket.parent_id,
        ticket.trigger_method,
        *("", 0, "None", ""),
        *_DELTA_NEUTRAL_OPEN,
        *(0, 0),
        *_trail(order),
        *("", "", "", 0, 0, 0),
        *_SCALE,
        *("", 0, ticket.clearing_account, ticket.clearing_intent or "IB", ticket.not_held, 0),
        *_algo(ticket),
        ticket.solicited,
        ticket.what_if,
    )


def _rest(order: Order, version: int) -> Message:
    """Behind margin and commission."""
    ticket = order.ticket
    return (
        ticket.randomize_size,
        ticket.randomize_price,
        *_conditions(order),
        *_adjusted(order),
        *("", "", ""),  # soft dollar tier
        *(price_text(ticket.cash_quantity) if ticket.cash_quantity else 0, 1, 0),
        *(ticket.discretionary_to_limit, ticket.price_management or 0),
        *_newer(order, version),
    )


def _apart(order: Order, instrument: Instrument, version: int) -> tuple[Message, Message, Message]:
    return _contract(order, instrument), _details(order, version), _rest(order, version)


def _packed(order: Order, instrument: Instrument, version: int) -> tuple[Message, Message, Message]:
    """The same, each part as one text; those of orders like others come from memory."""
    contract = _contract_text(order, instrument)
    ticket = order.ticket
    if ticket.conditions or ticket.algo or order.is_trailing:
        return (contract,), (pack(_details(order, version)),), (pack(_rest(order, version)),)
    key = (version, *_DETAILS_OF(ticket))
    found = _known_details.get(key)
    if found is None:
        if len(_known_details) >= _REMEMBERED:
            _known_details.clear()
        found = _known_details[key] = (pack(_details(order, version)),), (pack(_rest(order, version)),)
    return (contract,), *found


def _contract_text(order: Order, instrument: Instrument) -> str:
    key = (id(instrument), order.ticket.exchange)
    found = _known_contracts.get(key)
    if found is None or found[0] is not instrument:
        if len(_known_contracts) >= _REMEMBERED:
            _known_contracts.clear()
        found = _known_contracts[key] = instrument, pack(_contract(order, instrument))
    return found[1]


def completed_order(order: Order, instrument: Instrument, *, completed_at: str, version: int) -> Message:
    """101: an order that is done. As from a real TWS: no order id, no client id, and 0 shares if it was filled."""
    ticket = order.ticket
    terms = list(_terms(order, field_text(ticket.quantity)))
    if order.status is OrderStatus.FILLED:
        terms[1] = 0
    return (
        101,
        *short_contract(instrument, ticket.exchange, right="?"),
        *terms,
        *_middle(order),
        *_advisor(version),
        ticket.model_code,
        ticket.good_till,
        *_sale(order),
        *_BOX,
        _display_size(order),
        ticket.sweep_to_fill,
        ticket.all_or_none,
        ticket.minimum_quantity,
        *_oca(order),
        ticket.trigger_method,
        *("", 0, "None", ""),
        *_DELTA_NEUTRAL_COMPLETED,
        *(0, 0),
        *_trail(order),
        *("", 0, 0, 0),
        *_SCALE,
        *("", ticket.clearing_account, ticket.clearing_intent or "IB", ticket.not_held, 0),
        *_algo(ticket),
        ticket.solicited,
        # A refused order shows as cancelled here, whatever it was called while it lived.
        OrderStatus.CANCELLED if order.status is OrderStatus.INACTIVE else order.status,
        ticket.randomize_size,
        ticket.randomize_price,
        *_conditions(order),
        *(_or_unset(order.stop_now), _or_unset(ticket.limit_offset), 0, 1, 0, ""),
        order.filled,
        *(0, ticket.auto_cancel_parent, _SHAREHOLDER, 0, 0),
        order.parent_perm_id or UNSET_LONG,
        completed_at,
        order.completed_status,
        *(_pegged(order) if version >= PEGGED_ATTRIBUTES else ()),
    )


def _algo(ticket: OrderTicket) -> Message:
    if not ticket.algo:
        return ("",)
    return (ticket.algo, len(ticket.algo_params), *(text for row in ticket.algo_params for text in row))


def _terms(order: Order, quantity: str) -> Message:
    ticket = order.ticket
    return (
        ticket.action, quantity, ticket.order_type, price_text(order.limit_now or ZERO),
        price_text(ticket.stop_price or ZERO), ticket.time_in_force, order.group, ticket.account,
        ticket.open_close, ticket.origin, ticket.order_ref,
    )  # fmt: skip


def _middle(order: Order) -> Message:
    ticket = order.ticket
    amount = ticket.discretionary_amount
    return (
        order.perm_id, ticket.outside_rth, ticket.hidden, price_text(amount) if amount else 0, ticket.good_after,
    )  # fmt: skip


def _advisor(version: int) -> Message:
    return ("", "", "") if version >= FA_PROFILE_GONE else ("", "", "", "")


def _sale(order: Order) -> Message:
    ticket = order.ticket
    return (
        ticket.rule_80a, _or_empty(ticket.percent_offset), ticket.settling_firm, ticket.short_sale_slot,
        ticket.designated_location, ticket.exempt_code,
    )  # fmt: skip


def _display_size(order: Order) -> int | str:
    return order.ticket.display_size if order.ticket.display_size is not None else UNSET_INTEGER


def _oca(order: Order) -> Message:
    return (order.ticket.oca_type or _DEFAULT_OCA_TYPE,)


def _trail(order: Order) -> Message:
    return (_or_empty(order.stop_now if order.is_trailing else None), _or_empty(order.ticket.trailing_percent))


def _conditions(order: Order) -> Message:
    ticket = order.ticket
    if not ticket.conditions:
        return (0,)
    rows = [value for row in ticket.conditions for value in _condition(row)]
    return (len(ticket.conditions), *rows, ticket.conditions_ignore_rth, ticket.conditions_cancel)


def _condition(row: Condition) -> Message:
    joined = "a" if row.joins_and else "o"
    if row.kind == _EXECUTION:
        return (row.kind, joined, row.sec_type, row.exchange, row.symbol)
    start: Message = (row.kind, joined, row.is_more, row.value)
    if row.kind in _ON_MARGIN_OR_TIME:
        return start
    method: Message = (row.trigger_method,) if row.kind == _PRICE else ()
    return (*start, row.con_id, row.exchange, *method)


def _adjusted(order: Order) -> Message:
    ticket = order.ticket
    prices = (
        ticket.adjusted_trigger, order.stop_now if order.is_trailing else None, ticket.limit_offset,
        ticket.adjusted_stop, ticket.adjusted_stop_limit, ticket.adjusted_trail,
    )  # fmt: skip
    return (
        ticket.adjusted_order_type or "None", *(_or_unset(price) for price in prices), ticket.adjusted_trail_unit,
    )  # fmt: skip


def _figures(figures: Figures) -> Message:
    """Margins, commission and warning."""
    return (
        *(_UNSET_MARGINS if figures.change is None else _margins(figures.change)),
        "" if figures.commission is None else price_text(figures.commission),
        "" if figures.minimum is None else price_text(figures.minimum),
        "" if figures.maximum is None else price_text(figures.maximum),
        figures.currency,
        escape_text(figures.warning),
    )


def _margins(change: MarginChange) -> Message:
    margin = change.margin_after - change.margin_before
    equity = change.equity_after - change.equity_before
    maintenance = change.maintenance_after - change.maintenance_before
    before = (change.margin_before, change.maintenance_before, change.equity_before)
    after = (change.margin_after, change.maintenance_after, change.equity_after)
    return tuple(amount_text(value) for value in (*before, margin, maintenance, equity, *after))


def _newer(order: Order, version: int) -> Message:
    ticket = order.ticket
    fields: list[str | int | bool | None] = []
    if version >= 158:
        fields.append(ticket.duration)
    if version >= 160:
        fields.append(ticket.post_to_ats)
    if version >= 162:
        fields.append(ticket.auto_cancel_parent)
    return (*fields, *(_pegged(order) if version >= PEGGED_ATTRIBUTES else ()))


def _pegged(order: Order) -> Message:
    ticket = order.ticket
    return (
        ticket.min_trade_quantity, ticket.min_compete_size or 100,
        _offset(ticket.compete_offset),
        _or_empty(ticket.mid_offset_whole), _or_empty(ticket.mid_offset_half),
    )  # fmt: skip


def _offset(value: Decimal | None) -> str:
    if value is None:
        return "0.02"
    return price_text(value) if value.is_finite() else "Infinity"  # up to the midpoint


def _or_empty(value: Decimal | None) -> str:
    return "" if value is None else price_text(value)


def _or_unset(value: Decimal | None) -> str:
    return UNSET_DOUBLE if value is None else price_text(value)
