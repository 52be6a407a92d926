"""What can be done to accounts: payments, positions, dividends, locates, exercise and assignment."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tws_simulator.control.accounts import found_account
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import choice, decimal, flag, number, or_null, record, text
from tws_simulator.control.views import ACCOUNT, account_row, named_instrument
from tws_simulator.errors import BrokerError
from tws_simulator.events import PositionChanged
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.gateway import Gateway
from tws_simulator.ledger.accounts import Locate

_ACCOUNT = {"account": text("account number")}
_SYMBOL = text("symbol or con_id", minLength=1, maxLength=60)


def _pay(gateway: Gateway, request: HttpRequest) -> Any:
    name = found_account(gateway, request.params["account"])
    currency = request.body["currency"]
    try:
        gateway.broker.ledger.deposit(name, currency, request.body["amount"])
    except KeyError:
        raise HttpError(400, f"there is no rate for {currency}", field="currency") from None
    return _changed(gateway, name, 0)


def _set_position(gateway: Gateway, request: HttpRequest) -> Any:
    name, instrument = _asked(gateway, request)
    quantity: Decimal = request.body["quantity"]
    if instrument.sec_type == "IND":
        raise HttpError(400, "an index cannot be held", field="symbol")
    gateway.broker.ledger.set_position(name, instrument, quantity, request.body.get("average_cost"))
    return _changed(gateway, name, instrument.con_id)


def _corporate_action(gateway: Gateway, request: HttpRequest) -> Any:
    name, instrument = _asked(gateway, request)
    gateway.broker.ledger.pay_dividend(name, instrument, request.body["amount"])
    return _changed(gateway, name, instrument.con_id)


def _locate(gateway: Gateway, request: HttpRequest) -> Any:
    name, instrument = _asked(gateway, request)
    account = gateway.broker.account(name)
    locate = account.locates.setdefault(instrument.con_id, Locate(gateway.clock.now()))
    locate.found = request.body["quantity"]
    return _changed(gateway, name, 0)


def _exercise(gateway: Gateway, request: HttpRequest) -> Any:
    name, instrument = _asked(gateway, request)
    contracts: Decimal = request.body["contracts"]
    ledger = gateway.broker.ledger
    if request.body["kind"] == "assignment":
        changed = ledger.assign(name, instrument.con_id, contracts) if instrument.right and contracts else []
        if not changed:
            raise HttpError(409, f"{name} has not sold {contracts} contracts of it")
        for con_id in changed:
            _changed(gateway, name, con_id)
        return account_row(gateway, name)
    try:
        ledger.exercise(name, instrument.con_id, contracts)
    except BrokerError as refused:
        raise HttpError(409, refused.text) from None
    return _changed(gateway, name, 0)


def _rules(gateway: Gateway, request: HttpRequest) -> Any:
    rules = gateway.broker.rules
    return {
        "locate_after": _seconds(rules.locate_after),
        "liquidate_after": _seconds(rules.liquidation_grace),
        "day_trader_rule": rules.refuses_day_traders,
        "interest": rules.pays_interest,
    }


def _set_rules(gateway: Gateway, request: HttpRequest) -> Any:
    given, broker = request.body, gateway.broker
    changes: dict[str, Any] = {}
    for key, name in (("locate_after", "locate_after"), ("liquidate_after", "liquidation_grace")):
        if key in given:
            changes[name] = None if given[key] is None else timedelta(seconds=given[key])
    for key, name in (("day_trader_rule", "refuses_day_traders"), ("interest", "pays_interest")):
        if key in given:
            changes[name] = given[key]
    broker.rules = broker.ledger.rules = replace(broker.rules, **changes)
    return _rules(gateway, request)


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _asked(gateway: Gateway, request: HttpRequest) -> tuple[str, Instrument]:
    name = found_account(gateway, request.params["account"])
    return name, named_instrument(gateway, request.body["symbol"])


def _changed(gateway: Gateway, name: str, con_id: int) -> Any:
    """Keep the account and tell clients; con_id 0: only cash or nothing they see moved."""
    broker = gateway.broker
    broker.store.account(broker.account(name))
    broker.tell(PositionChanged(name, con_id))
    broker.store.commit()
    return account_row(gateway, name)


_RULES = {
    "locate_after": or_null(
        number("seconds until shares hard to borrow are found; null: never", minimum=0, maximum=10**6)
    ),
    "liquidate_after": or_null(number("seconds margin may be lacking; null: for ever", minimum=0, maximum=10**6)),
    "day_trader_rule": flag("refuse small margin accounts their fourth day trade"),
    "interest": flag("loans and borrowed shares cost, and cash earns, interest overnight"),
}

ROUTES = (
    Route("GET", "/account-rules", "The rules of all accounts", _rules, record("AccountRules", _RULES)),
    Route(
        "POST",
        "/account-rules",
        "Change rules of all accounts",
        _set_rules,
        record("AccountRules", _RULES),
        body=record("", _RULES),
        example={"liquidate_after": 10},
    ),
    Route(
        "POST",
        "/accounts/{account}/cash",
        "Pay cash in or out",
        _pay,
        ACCOUNT,
        parameters=_ACCOUNT,
        body=record(
            needs=("currency", "amount"),
            currency=text("like EUR", minLength=3, maxLength=3),
            amount=decimal("negative to pay out", minimum=-(10**15), maximum=10**15),
        ),
        example={"currency": "EUR", "amount": "5000"},
        errors=(404,),
    ),
    Route(
        "POST",
        "/accounts/{account}/positions",
        "Make a position this large",
        _set_position,
        ACCOUNT,
        description="As if it had been transferred in: without execution, cash or profit of the day.",
        parameters=_ACCOUNT,
        body=record(
            needs=("symbol", "quantity"),
            symbol=_SYMBOL,
            quantity=decimal("negative is short", minimum=-(10**9), maximum=10**9),
            average_cost=decimal("of one unit with its multiplier; the price now without it", minimum=0),
        ),
        example={"symbol": "AAPL", "quantity": "100", "average_cost": "150.25"},
        errors=(404,),
    ),
    Route(
        "POST",
        "/accounts/{account}/corporate-actions",
        "Pay a dividend",
        _corporate_action,
        ACCOUNT,
        description="On what is held; a short position pays it.",
        parameters=_ACCOUNT,
        body=record(
            needs=("kind", "symbol", "amount"),
            kind=choice("dividend"),
            symbol=_SYMBOL,
            amount=decimal("a share", minimum=0, maximum=10**6),
        ),
        example={"kind": "dividend", "symbol": "AAPL", "amount": "0.26"},
        errors=(404,),
    ),
    Route(
        "POST",
        "/accounts/{account}/locates",
        "Say how many shares may be sold short today",
        _locate,
        ACCOUNT,
        description="Of an instrument that is hard to borrow; 0 lets orders wait again.",
        parameters=_ACCOUNT,
        body=record(needs=("symbol", "quantity"), symbol=_SYMBOL, quantity=decimal("shares", minimum=0, maximum=10**9)),
        example={"symbol": "GME", "quantity": "1000"},
        errors=(404,),
    ),
    Route(
        "POST",
        "/accounts/{account}/exercises",
        "Exercise options, let them lapse, or be assigned",
        _exercise,
        ACCOUNT,
        description="An exercise (0 contracts: a lapse) happens at the next turn of the day, an assignment at once.",
        parameters=_ACCOUNT,
        body=record(
            needs=("kind", "symbol", "contracts"),
            kind=choice("exercise", "assignment"),
            symbol=text("con_id or local symbol of the option", minLength=1, maxLength=60),
            contracts=decimal("", minimum=0, maximum=10**6),
        ),
        example={"kind": "exercise", "symbol": "AAPL  261218C00250000", "contracts": "1"},
        errors=(404, 409),
    ),
)
