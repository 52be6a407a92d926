"""Contract details, symbol search, market rules."""

from typing import TYPE_CHECKING

from tws_simulator.clock import trading_day
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instruments import MARKET_RULES, canonical_exchange
from tws_simulator.messages import replies
from tws_simulator.messages.requests import Request

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

_DAYS_OF_HOURS = 6


def req_contract_details(session: "Session", request: Request) -> None:
    """Everything about a contract; unknown and ambiguous ones give error 200."""
    broker = session.gateway.broker
    spec = request.contract
    if request["sec_id_type"]:
        raise BrokerError(200, "No security definition has been found for the request")
    instrument = broker.book.resolve(spec, needs_exchange=False)
    today = trading_day(session.gateway.clock.now())
    session.send(
        replies.contract_details(
            request["req_id"],
            instrument,
            exchange=canonical_exchange(spec.exchange) or "SMART",
            trading_hours=broker.calendar.hours_text(today, _DAYS_OF_HOURS, regular=False),
            liquid_hours=broker.calendar.hours_text(today, _DAYS_OF_HOURS, regular=True),
            version=session.version,
        )
    )
    session.send(replies.contract_details_end(request["req_id"]))


def req_matching_symbols(session: "Session", request: Request) -> None:
    """Contracts by part of symbol or name."""
    found = session.gateway.broker.book.search(request["pattern"])
    session.send(replies.symbol_samples(request["req_id"], found, version=session.version))


def req_market_rule(session: "Session", request: Request) -> None:
    """Price steps."""
    if request["rule_id"] not in MARKET_RULES:
        raise BrokerError(321, "Error validating request.-'bR' : cause - Incorrect market rule id")
    session.send(replies.market_rule(request["rule_id"]))


def req_option_parameters(session: "Session", request: Request) -> None:
    """Options are not on offer here, so no underlying has a chain."""
    raise BrokerError(200, "No security definition has been found for the request")


HANDLERS = {
    "req_contract_details": req_contract_details,
    "req_matching_symbols": req_matching_symbols,
    "req_market_rule": req_market_rule,
    "req_option_parameters": req_option_parameters,
}
