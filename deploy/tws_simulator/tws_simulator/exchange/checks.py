"""Why an order is refused whatever the account holds, in IB's codes and words."""

from datetime import date
from decimal import Decimal

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.attributes import check_attributes
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.kinds import KINDS, ONLY_AT_IBKRATS, TIMES_IN_FORCE, Kind
from tws_simulator.model import OrderTicket

MAX_QUANTITY = Decimal(10_000_000)
INVALID = "Error validating request.-'bT' : cause - "
_FX_STEP = Decimal("0.01")
_MAX_FX_QUANTITY = Decimal(1_000_000_000)
_NOT_TRADABLE = {"IND", "NEWS", "CONTFUT", "FUT+CONTFUT"}


def check_ticket(ticket: OrderTicket, instrument: Instrument, today: date) -> None:
    """Raise BrokerError if the order could not be accepted whatever the account holds."""
    _check_contract(instrument, today)
    kind = _checked_kind(ticket, instrument)
    _check_quantity(ticket, instrument)
    _check_prices(ticket, kind, instrument)
    check_attributes(ticket, instrument)


def _check_contract(instrument: Instrument, today: date) -> None:
    if instrument.sec_type in _NOT_TRADABLE:
        raise BrokerError(412, "The contract is not available for trading.")
    if instrument.expiry and instrument.expiry < f"{today:%Y%m%d}":
        raise BrokerError(392, "Invalid order: contract expired.")


def _checked_kind(ticket: OrderTicket, instrument: Instrument) -> Kind:
    if ticket.action not in {"BUY", "SELL"}:
        raise BrokerError(321, f"{INVALID}Invalid order action: {ticket.action[:20]}")
    kind = KINDS.get(ticket.order_type)
    if kind is None or instrument.sec_type not in kind.sec_types:
        raise BrokerError(387, "Unsupported order type for this exchange and security type.")
    if ticket.order_type in ONLY_AT_IBKRATS and ticket.exchange != "IBKRATS":
        raise BrokerError(387, "Unsupported order type for this exchange and security type.")
    if kind.at_close and ticket.time_in_force in TIMES_IN_FORCE and ticket.time_in_force not in kind.times:
        raise BrokerError(113, "The Tif option should be set to DAY for MOC and LOC orders.")
    if ticket.time_in_force not in kind.times:
        raise BrokerError(111, "The TIF (time in force) and the order type are incompatible.")
    if ticket.time_in_force == "OPG" and instrument.sec_type != "STK":
        raise BrokerError(111, "The TIF (time in force) and the order type are incompatible.")
    return kind


def _check_quantity(ticket: OrderTicket, instrument: Instrument) -> None:
    quantity = ticket.quantity
    if ticket.cash_quantity:
        raise BrokerError(10244, "Cash quantity cannot be used for this order.")
    if quantity == 0:
        raise BrokerError(434, "The order size cannot be zero.")
    if not quantity.is_finite() or quantity < 0:
        raise BrokerError(321, f"{INVALID}The order size must be positive.")
    if instrument.sec_type == "CASH":
        if quantity % _FX_STEP:
            raise BrokerError(355, "Order size does not conform to market rule.")
    elif quantity != quantity.to_integral_value():
        raise BrokerError(10243, "Fractional-sized order cannot be placed via API.")
    if quantity > (_MAX_FX_QUANTITY if instrument.sec_type == "CASH" else MAX_QUANTITY):
        raise BrokerError(383, "The size value exceeds the size limit.")


def _check_prices(ticket: OrderTicket, kind: Kind, instrument: Instrument) -> None:
    if kind.limit == "needed" or (kind.limit == "optional" and ticket.limit_price):
        check_price(ticket.limit_price, instrument, "limit", ticket.exchange)
    if kind.stop == "needed":
        check_price(ticket.stop_price, instrument, "stop", ticket.exchange)
    if ticket.order_type in {"TRAIL", "TRAIL LIMIT"}:
        _check_trail(ticket, instrument)


def _check_trail(ticket: OrderTicket, instrument: Instrument) -> None:
    percent, amount = ticket.trailing_percent, ticket.stop_price
    if bool(percent) == bool(amount):
        raise BrokerError(321, f"{INVALID}Please enter either a trailing amount or a trailing percentage.")
    if (percent is not None and not 0 <= percent < 100) or (amount is not None and amount < 0):
        raise BrokerError(321, f"{INVALID}Please enter a valid trailing amount.")
    if ticket.trail_stop_price is not None:
        check_price(ticket.trail_stop_price, instrument, "stop", ticket.exchange)
    if ticket.order_type == "TRAIL LIMIT":
        if ticket.trail_stop_price is None:
            raise BrokerError(403, "Invalid stop price.")
        if (ticket.limit_offset is None) == (not ticket.limit_price):
            raise BrokerError(321, f"{INVALID}Please enter either a limit price or a limit price offset.")


def check_price(price: Decimal | None, instrument: Instrument, kind: str, exchange: str = "") -> None:
    """Raise BrokerError unless this is a price of the instrument at an exchange; `kind` is `limit` or `stop`."""
    if price is None or not price.is_finite() or price <= 0:
        code = 403 if kind == "stop" else 321
        text = "Invalid stop price." if kind == "stop" else f"{INVALID}Please enter a valid limit price."
        raise BrokerError(code, text)
    if not instrument.is_on_tick(price, exchange):
        raise BrokerError(110, "The price does not conform to the minimum price variation for this contract.")
