"""Calculations on options, and their exercise."""

from decimal import Decimal
from typing import TYPE_CHECKING

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.options_pricing import implied_volatility
from tws_simulator.exchange.processes.derived import Derivation
from tws_simulator.exchange.quote import SLOT_SECONDS, slot_of
from tws_simulator.messages import replies
from tws_simulator.messages.requests import Request
from tws_simulator.session.generic_ticks import values_at

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

CUSTOM_COMPUTATION = 53  # the tick type of an answer to a calculation
_OPTIONS = {"OPT", "FOP", "WAR"}
_EXERCISE, _LAPSE = 1, 2
_INVALID = "Error validating request.-'bT' : cause - "


def calculate_implied_volatility(session: "Session", request: Request) -> None:
    """The volatility at which an option has a price, and its greeks there."""
    derivation = _derivation(session, request)
    price, spot = _given(request, "option_price"), _given(request, "under_price")
    seconds = _now(session)
    volatility = implied_volatility(derivation.terms(seconds), spot, price)
    if volatility is None:
        values = replies.OptionValues(price=price, underlying=spot)
    else:
        values = values_at(derivation, seconds, spot, volatility, price)
    session.send(replies.tick_option_computation(request["req_id"], CUSTOM_COMPUTATION, values))


def calculate_option_price(session: "Session", request: Request) -> None:
    """The price of an option at a volatility, and its greeks there."""
    derivation = _derivation(session, request)
    volatility, spot = _given(request, "volatility"), _given(request, "under_price")
    values = values_at(derivation, _now(session), spot, volatility)
    session.send(replies.tick_option_computation(request["req_id"], CUSTOM_COMPUTATION, values))


def cancel_calculation(session: "Session", request: Request) -> None:
    """The answer has always been sent already."""


def exercise_options(session: "Session", request: Request) -> None:
    """Have long options exercised, or let them lapse, when the day turns."""
    broker = session.gateway.broker
    instrument = broker.book.resolve(request.contract)
    if instrument.sec_type not in _OPTIONS:
        raise BrokerError(321, f"{_INVALID}Only options can be exercised")
    action, quantity = request["exercise_action"], request["exercise_quantity"]
    if action not in {_EXERCISE, _LAPSE}:
        raise BrokerError(321, f"{_INVALID}Exercise action must be 1 or 2")
    if quantity is None or quantity <= 0 or quantity != quantity.to_integral_value():
        raise BrokerError(321, f"{_INVALID}Exercise quantity must be a positive whole number")
    account = request["account"] or broker.accounts[0]
    if account not in broker.accounts:
        raise BrokerError(321, f"{_INVALID}Invalid account code '{account[:30]}'")
    if action == _EXERCISE and not request["override"] and not _is_in_the_money(session, instrument.con_id):
        raise BrokerError(322, "Error processing request.-'bT' : cause - Exercise of an option out of the money")
    broker.ledger.exercise(account, instrument.con_id, quantity if action == _EXERCISE else Decimal(0))
    broker.store.account(broker.account(account))


def _is_in_the_money(session: "Session", con_id: int) -> bool:
    market = session.gateway.broker.market
    derivation = market.derivation(session.gateway.broker.instrument(con_id))
    if derivation is None:
        return True
    worth = derivation.spot(_now(session)) - float(derivation.instrument.strike)
    return worth > 0 if derivation.instrument.right.startswith("C") else worth < 0


def _derivation(session: "Session", request: Request) -> Derivation:
    broker = session.gateway.broker
    instrument = broker.book.resolve(request.contract)
    derivation = broker.market.derivation(instrument) if instrument.sec_type in _OPTIONS else None
    if derivation is None:
        raise BrokerError(321, f"{_INVALID}Contract is not an option")
    return derivation


def _given(request: Request, name: str) -> float:
    value: Decimal | None = request[name]
    if value is None or not value.is_finite() or value <= 0:
        raise BrokerError(321, f"{_INVALID}{name.replace('_', ' ')} must be positive")
    return float(value)


def _now(session: "Session") -> float:
    return slot_of(session.gateway.clock.now()) * SLOT_SECONDS


HANDLERS = {
    "calculate_implied_volatility": calculate_implied_volatility,
    "calculate_option_price": calculate_option_price,
    "cancel_implied_volatility": cancel_calculation,
    "cancel_option_price": cancel_calculation,
    "exercise_options": exercise_options,
}
