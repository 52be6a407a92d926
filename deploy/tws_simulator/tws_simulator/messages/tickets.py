"""From the hundred fields of placeOrder to an order ticket."""

from decimal import Decimal

from tws_simulator.messages.requests import Request
from tws_simulator.model import ZERO, OrderTicket

# Attributes that change how an order behaves and that are not carried out: better refused than ignored.
_UNSUPPORTED_TEXT = ("algo_strategy", "hedge_type", "fa_group", "fa_percentage", "scale_table", "adjusted_order_type")
_UNSUPPORTED_ROWS = ("conditions", "legs")
_UNSUPPORTED_AMOUNT = ("cash_quantity", "scale_increment", "discretionary_amount", "percent_offset")


def ticket_of(request: Request) -> OrderTicket:
    """Build the ticket of a place_order request."""
    values = request.values
    return OrderTicket(
        action=values["action"].upper(),
        quantity=values["quantity"] if values["quantity"] is not None else ZERO,
        order_type=values["order_type"].upper(),
        limit_price=values["limit_price"],
        stop_price=values["aux_price"],
        time_in_force=values["tif"].upper() or "DAY",
        account=values["account"],
        order_ref=values["order_ref"],
        exchange=values["exchange"],
        oca_group=values["oca_group"],
        oca_type=values["oca_type"] or 0,
        parent_id=values["parent_id"] or 0,
        transmit=values["transmit"],
        outside_rth=values["outside_rth"],
        hidden=values["hidden"],
        what_if=values["what_if"],
        display_size=values["display_size"],
        trigger_method=values["trigger_method"] or 0,
        good_after=values["good_after"],
        good_till=values["good_till"],
        open_close=values["open_close"],
        origin=values["origin"] or 0,
        model_code=values["model_code"],
        all_or_none=values["all_or_none"],
        minimum_quantity=values["min_quantity"],
        unsupported=_unsupported(request),
    )


def _unsupported(request: Request) -> list[str]:
    values = request.values
    named = [name for name in (*_UNSUPPORTED_TEXT, *_UNSUPPORTED_ROWS) if values.get(name)]
    amounts = [name for name in _UNSUPPORTED_AMOUNT if _is_set(values[name])]
    return named + amounts


def _is_set(value: Decimal | None) -> bool:
    return value is not None and value != 0
