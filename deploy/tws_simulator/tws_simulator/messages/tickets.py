"""From the hundred fields of placeOrder to an order ticket."""

from operator import itemgetter

from tws_simulator.messages.requests import Request, Values
from tws_simulator.model import ADAPTIVE, ZERO, Condition, OrderTicket

# Attributes that change how an order behaves and that are not carried out: better refused than ignored.
_UNSUPPORTED_TEXT = ("hedge_type", "fa_group", "fa_percentage", "scale_table", "active_start", "active_stop")
_UNSUPPORTED_ROWS = ("legs",)
_UNSUPPORTED_AMOUNT = ("scale_increment", "volatility")
_OBSOLETE = {"e_trade_only": 10268, "firm_quote_only": 10269, "nbbo_price_cap": 10270}
_ALIASES = {"STPLMT": "STP LMT", "TRAILLMT": "TRAIL LIMIT", "TRAIL LMT": "TRAIL LIMIT", "PEG PRIM": "REL"}
# Carried over as they are.
_SAME = (
    "account", "order_ref", "exchange", "oca_group", "transmit", "outside_rth", "hidden", "what_if", "display_size",
    "good_after", "good_till", "open_close", "model_code", "all_or_none", "limit_price", "trail_stop_price",
    "trailing_percent", "limit_offset", "percent_offset", "discretionary_amount", "cash_quantity", "block_order",
    "sweep_to_fill", "not_held", "solicited", "randomize_size", "randomize_price", "discretionary_to_limit",
    "price_management", "designated_location", "rule_80a", "settling_firm", "clearing_account", "clearing_intent",
)  # fmt: skip
_SAME_OF = itemgetter(*_SAME)
# Numbers that are 0 when not set.
_COUNTS = ("oca_type", "parent_id", "trigger_method", "origin", "short_sale_slot")
# In the message only from some version on, or only with some order types.
_SOMETIMES = {
    "duration": "duration",
    "post_to_ats": "post_to_ats",
    "compete_offset": "compete_offset",
    "mid_whole": "mid_offset_whole",
    "mid_half": "mid_offset_half",
    "min_trade_quantity": "min_trade_quantity",
    "min_compete_size": "min_compete_size",
}


def ticket_of(request: Request) -> OrderTicket:
    """Build the ticket of a place_order request."""
    values = request.values
    kind = values["order_type"].strip().upper()
    adjusted = values["adjusted_order_type"].strip().upper()
    carried: Values = dict(zip(_SAME, _SAME_OF(values), strict=True))
    for name in _COUNTS:
        carried[name] = values[name] or 0
    for field, name in _SOMETIMES.items():
        if field in values:
            carried[name] = values[field]
    return OrderTicket(
        action=values["action"].upper(),
        quantity=values["quantity"] if values["quantity"] is not None else ZERO,
        order_type=_ALIASES.get(kind, kind),
        stop_price=values["aux_price"],
        time_in_force=values["tif"].upper() or "DAY",
        minimum_quantity=values["min_quantity"],
        conditions=[Condition(**_without_none(row)) for row in values["conditions"]],
        conditions_ignore_rth=values.get("conditions_ignore_rth", False),
        conditions_cancel=values.get("conditions_cancel", False),
        adjusted_order_type="" if adjusted == "NONE" else _ALIASES.get(adjusted, adjusted),
        adjusted_trigger=values["trigger_price"],
        adjusted_stop=values["adjusted_stop"],
        adjusted_stop_limit=values["adjusted_stop_limit"],
        adjusted_trail=values["adjusted_trail"],
        adjusted_trail_unit=values["adjustable_trail_unit"] or 0,
        auto_cancel_parent=values.get("auto_cancel_parent", False),
        exempt_code=values["exempt_code"] if values["exempt_code"] is not None else -1,
        unsupported=_unsupported(values),
        obsolete=[code for name, code in _OBSOLETE.items() if values[name]],
        algo=values["algo_strategy"],
        algo_params=[[row["tag"], row["value"]] for row in values.get("algo_params", [])],
        **carried,
    )


def _unsupported(values: Values) -> list[str]:
    named = [name for name in (*_UNSUPPORTED_TEXT, *_UNSUPPORTED_ROWS) if values.get(name)]
    amounts = [name for name in _UNSUPPORTED_AMOUNT if values[name]]
    hedged = ["delta_neutral_order_type"] if values["delta_neutral_order_type"].upper() not in {"", "NONE"} else []
    algo = ["algo_strategy"] if values["algo_strategy"] not in {"", ADAPTIVE} else []
    return named + amounts + hedged + algo


def _without_none(row: Values) -> Values:
    return {key: value for key, value in row.items() if value is not None}
