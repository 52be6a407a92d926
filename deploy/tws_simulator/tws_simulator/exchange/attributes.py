"""Attributes beside type, size and price: which go together, and which are refused."""

from decimal import Decimal

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.kinds import ADJUSTABLE, KINDS
from tws_simulator.exchange.triggers import METHODS
from tws_simulator.model import ADAPTIVE, OrderTicket

_INVALID = "Error validating request.-'bT' : cause - "
_OBSOLETE = {10268: "EtradeOnly", 10269: "FirmQuoteOnly", 10270: "NbboPriceCap"}
_PRIORITIES = {"Urgent", "Normal", "Patient", "Critical"}
_SHORT_SLOTS = {0, 1, 2}


def check_attributes(ticket: OrderTicket, instrument: Instrument) -> None:
    """Raise BrokerError for an attribute that does not fit the order or is not carried out."""
    _check_unsupported(ticket)
    _check_algo(ticket)
    _check_sizes(ticket, instrument)
    _check_methods(ticket)
    _check_adjustment(ticket, instrument)
    _check_short_sale(ticket)


def ignores_outside_rth(ticket: OrderTicket, instrument: Instrument) -> bool:
    """Whether the wish to trade outside regular hours is dropped, of which IB warns (2109)."""
    if not ticket.outside_rth:
        return False
    auction = KINDS[ticket.order_type].at_close or ticket.time_in_force == "OPG"
    return auction or instrument.sec_type in {"OPT", "WAR"}


def _check_unsupported(ticket: OrderTicket) -> None:
    for code in ticket.obsolete:
        raise BrokerError(code, f"The '{_OBSOLETE[code]}' order attribute is not supported.")
    if "algo_strategy" in ticket.unsupported:
        raise BrokerError(439, "The order cannot be processed: algorithm definition not found.")
    if ticket.unsupported:
        raise BrokerError(
            321, f"{_INVALID}this simulator does not carry out the order attribute {', '.join(ticket.unsupported)}"
        )


def _check_algo(ticket: OrderTicket) -> None:
    """Adaptive orders are worked like plain ones here; their parameters are checked all the same."""
    if ticket.algo != ADAPTIVE:
        return
    if ticket.order_type not in {"LMT", "MKT"}:
        raise BrokerError(442, "Specified algorithm is not allowed for this order.")
    if any(tag != "adaptivePriority" or value not in _PRIORITIES for tag, value in ticket.algo_params):
        raise BrokerError(441, "Algo attributes validation failed: adaptivePriority")


def _check_sizes(ticket: OrderTicket, instrument: Instrument) -> None:
    if ticket.minimum_quantity is not None and not 0 <= ticket.minimum_quantity <= ticket.quantity:
        raise BrokerError(321, f"{_INVALID}The minimum quantity must not exceed the order size.")
    if ticket.display_size is not None and ticket.display_size < 0:
        raise BrokerError(321, f"{_INVALID}The display size must not be negative.")
    if ticket.display_size and instrument.sec_type in {"CASH", "OPT"}:
        raise BrokerError(321, f"{_INVALID}The display size attribute is not valid for this security type.")
    if ticket.all_or_none and ticket.time_in_force == "OPG":
        raise BrokerError(111, "The TIF (time in force) and the order type are incompatible.")
    if ticket.block_order and instrument.sec_type == "OPT" and ticket.quantity < 50:
        raise BrokerError(117, "The block order size must be at least 50.")


def _check_methods(ticket: OrderTicket) -> None:
    if ticket.trigger_method not in METHODS:
        raise BrokerError(146, "Invalid trigger method.")
    if ticket.oca_type not in {0, 1, 2, 3}:
        raise BrokerError(321, f"{_INVALID}The OCA type must be 1, 2 or 3.")
    amount = ticket.discretionary_amount
    if amount and (not amount.is_finite() or amount < 0 or ticket.order_type not in {"LMT", "REL"}):
        raise BrokerError(321, f"{_INVALID}The discretionary amount is not valid for this order.")


def _check_adjustment(ticket: OrderTicket, instrument: Instrument) -> None:
    if not ticket.adjusted_order_type:
        return
    if ticket.order_type not in {"STP", "STP LMT"} or ticket.adjusted_order_type not in ADJUSTABLE:
        raise BrokerError(387, "Unsupported order type for this exchange and security type.")
    if not ticket.parent_id:
        raise BrokerError(328, "Trailing stop orders can be attached to limit or stop-limit orders only.")
    _check_given(ticket.adjusted_trigger, instrument, 361, "Invalid trigger price.")
    _check_given(ticket.adjusted_stop, instrument, 362, "Invalid adjusted stop price.")
    if ticket.adjusted_order_type in {"STP LMT", "TRAIL LIMIT"}:
        _check_given(ticket.adjusted_stop_limit, instrument, 363, "Invalid adjusted stop limit price.")
    if ticket.adjusted_order_type in {"TRAIL", "TRAIL LIMIT"} and not (ticket.adjusted_trail or 0) > 0:
        raise BrokerError(364, "Invalid adjusted trailing amount.")


def _check_given(price: Decimal | None, instrument: Instrument, code: int, text: str) -> None:
    if price is None or not price.is_finite() or price <= 0 or not instrument.is_on_tick(price):
        raise BrokerError(code, text)


def _check_short_sale(ticket: OrderTicket) -> None:
    if ticket.short_sale_slot not in _SHORT_SLOTS:
        raise BrokerError(347, "Short sale slot value must be 1 (broker holds shares) or 2 (delivered from elsewhere).")
    if ticket.short_sale_slot and ticket.action != "SELL":
        raise BrokerError(348, "Order not a short sale -- type must be SSHORT to specify short sale slot.")
    if ticket.short_sale_slot == 2 and not ticket.designated_location:
        raise BrokerError(352, "Short sale slot value of 2 (delivered from elsewhere) requires location.")
    if ticket.short_sale_slot == 1 and ticket.designated_location:
        raise BrokerError(353, "Short sale slot value of 1 requires no location be specified.")
