"""Contract details, symbol search, market rules, option chains."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tws_simulator.clock import trading_day
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.instrument_book import NO_DEFINITION
from tws_simulator.exchange.instruments import MARKET_RULES, Instrument, canonical_exchange
from tws_simulator.messages import contracts
from tws_simulator.messages.contracts import Hours
from tws_simulator.messages.requests import Request

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

_DAYS_OF_HOURS = 6


def req_contract_details(session: "Session", request: Request) -> None:
    """Everything about a contract; several when the description leaves it open, error 200 when there is none."""
    book, spec = session.gateway.broker.book, request.contract
    if request["sec_id_type"]:
        found = book.find_by_security_id(request["sec_id_type"], request["sec_id"], spec)
    else:
        found = book.find_all(spec, expired=request["include_expired"])
    known: dict[str, Hours] = {}
    for instrument, exchange in _listings(found, canonical_exchange(spec.exchange), by_id=bool(spec.con_id)):
        if instrument.hours not in known:
            known[instrument.hours] = _hours_of(session, instrument)
        session.send(
            contracts.contract_details(
                request["req_id"],
                instrument,
                exchange=exchange,
                hours=known[instrument.hours],
                underlying=book.get(instrument.underlying),
                version=session.version,
            )
        )
    session.send(contracts.contract_details_end(request["req_id"]))


def _listings(found: list[Instrument], exchange: str, *, by_id: bool) -> Iterator[tuple[Instrument, str]]:
    """Each instrument where it was asked for. Without an exchange: at each of its own, unless its id was given."""
    for instrument in found:
        for each in (exchange,) if exchange else instrument.exchanges[: 1 if by_id else None]:
            yield instrument, each


def _hours_of(session: "Session", instrument: Instrument) -> Hours:
    calendar: Calendar = session.gateway.broker.calendar.of(instrument.hours)
    today = calendar.local_day(session.gateway.clock.now())
    return Hours(
        zone_name=calendar.zone_name,
        trading=calendar.hours_text(today, _DAYS_OF_HOURS, regular=False),
        liquid=calendar.hours_text(today, _DAYS_OF_HOURS, regular=True),
    )


def req_matching_symbols(session: "Session", request: Request) -> None:
    """Contracts by part of symbol or name."""
    book = session.gateway.broker.book
    found = [(row, book.derivatives_of(row.con_id)) for row in book.search(request["pattern"])]
    session.send(contracts.symbol_samples(request["req_id"], found, version=session.version))


def req_market_rule(session: "Session", request: Request) -> None:
    """Price steps."""
    if request["rule_id"] not in MARKET_RULES:
        raise BrokerError(321, "Error validating request.-'bR' : cause - Incorrect market rule id")
    session.send(contracts.market_rule(request["rule_id"]))


def req_option_parameters(session: "Session", request: Request) -> None:
    """The classes, expiries and strikes of options on an instrument, at each exchange; none if there are none."""
    book = session.gateway.broker.book
    under = book.get(request["con_id"] or 0)
    if under is None or under.sec_type != request["sec_type"] or under.symbol != request["symbol"].upper():
        raise BrokerError(200, NO_DEFINITION)
    today = trading_day(session.gateway.clock.now())
    for chain in book.chains_of(under.con_id):
        # Named exchanges are those of options on futures, of which there are none.
        for exchange in chain.exchanges if not request["exchange"] else ():
            session.send(
                contracts.option_parameters(
                    request["req_id"],
                    exchange,
                    under.con_id,
                    chain.trading_class,
                    chain.multiplier,
                    [f"{day:%Y%m%d}" for day in chain.expiries(today)],
                    chain.strikes,
                )
            )
    session.send(contracts.option_parameters_end(request["req_id"]))


HANDLERS = {
    "req_contract_details": req_contract_details,
    "req_matching_symbols": req_matching_symbols,
    "req_market_rule": req_market_rule,
    "req_option_parameters": req_option_parameters,
}
