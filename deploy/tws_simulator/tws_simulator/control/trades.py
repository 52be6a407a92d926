"""Orders entered by hand at the TWS, and executions changed afterwards."""

from collections.abc import Callable
from typing import Any

from tws_simulator.broker import CorrectionError
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import Schema, choice, decimal, flag, record, text, whole
from tws_simulator.control.views import EXECUTION, ORDER, execution_row, named_instrument, order_row
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.fill_models import MODELS
from tws_simulator.exchange.kinds import KINDS, TIMES_IN_FORCE
from tws_simulator.exchange.orders import Execution
from tws_simulator.gateway import Gateway
from tws_simulator.model import ContractSpec, OrderTicket

_EXEC_ID = {"exec_id": text("as in execDetails", minLength=1)}
_OPTIONAL = ("limit_price", "stop_price", "trailing_percent", "trail_stop_price", "good_till", "outside_rth")
_PRICE: dict[str, Any] = {"exclusiveMinimum": 0, "maximum": 10**9}


def _enter(gateway: Gateway, request: HttpRequest) -> Any:
    body = request.body
    instrument = named_instrument(gateway, body["symbol"])
    ticket = OrderTicket(
        action=body["action"],
        quantity=body["quantity"],
        order_type=body["order_type"],
        time_in_force=body["time_in_force"],
        account=body.get("account", gateway.broker.accounts[0]),
        **{name: body[name] for name in _OPTIONAL if name in body},
    )
    contract = ContractSpec(con_id=instrument.con_id, exchange=body.get("exchange", instrument.exchanges[0]))
    try:
        order = gateway.broker.place_manual(contract=contract, ticket=ticket)
    except BrokerError as refused:
        raise HttpError(409, f"{refused.code} {refused.text}") from None
    gateway.broker.store.commit()
    return order_row(gateway, order)


def _correct(gateway: Gateway, request: HttpRequest) -> Any:
    given = {name: request.body[name] for name in ("quantity", "price") if name in request.body}
    if not given:
        raise HttpError(400, "give a quantity, a price, or both", field="quantity")
    return _changed(gateway, lambda: gateway.broker.correct_execution(request.params["exec_id"], **given))


def _bust(gateway: Gateway, request: HttpRequest) -> Any:
    return _changed(gateway, lambda: gateway.broker.bust(request.params["exec_id"]))


def _changed(gateway: Gateway, change: Callable[[], Execution]) -> Any:
    try:
        execution = change()
    except CorrectionError as refused:
        raise HttpError(409, str(refused)) from None
    gateway.broker.store.commit()
    return execution_row(gateway, execution)


def _model(gateway: Gateway, request: HttpRequest) -> Any:
    return {"fill_model": gateway.broker.fill_model, "max_open_orders": gateway.broker.max_open_orders}


def _set_model(gateway: Gateway, request: HttpRequest) -> Any:
    broker = gateway.broker
    broker.use_fill_model(request.body.get("fill_model", broker.fill_model))
    broker.max_open_orders = request.body.get("max_open_orders", broker.max_open_orders)
    return _model(gateway, request)


_RULES: dict[str, Schema] = {
    "fill_model": choice(*MODELS, description="how resting orders are filled by what others trade"),
    "max_open_orders": whole("working orders per account, contract and side; 0: any number", minimum=0),
}
ROUTES = (
    Route("GET", "/orders/rules", "How orders are filled and how many may work", _model, record("OrderRules", _RULES)),
    Route(
        "POST",
        "/orders/rules",
        "Choose how orders are filled and how many may work",
        _set_model,
        record("OrderRules", _RULES),
        body=record("", _RULES),
        example={"fill_model": "queue"},
    ),
    Route(
        "POST",
        "/orders",
        "Enter an order by hand, as someone at the TWS does",
        _enter,
        ORDER,
        description="Its client id and order id are 0 until client 0 binds it; then its number is negative.",
        body=record(
            needs=("symbol", "action", "quantity"),
            symbol=text("symbol or con_id", minLength=1, maxLength=60),
            action=choice("BUY", "SELL"),
            quantity=decimal(exclusiveMinimum=0, maximum=10**9),
            order_type=choice(*KINDS, default="MKT"),
            limit_price=decimal(**_PRICE),
            stop_price=decimal("stop or trigger price, trailing amount or offset", **_PRICE),
            trail_stop_price=decimal(**_PRICE),
            trailing_percent=decimal(exclusiveMinimum=0, maximum=100),
            time_in_force=choice(*sorted(TIMES_IN_FORCE), default="DAY"),
            good_till=text("`yyyymmdd hh:mm:ss zone`, with GTD", maxLength=60),
            outside_rth=flag("also before and after regular hours"),
            account=text("the first account without it", maxLength=20),
            exchange=text("the first exchange of the instrument without it", maxLength=20),
        ),
        example={"symbol": "AAPL", "action": "BUY", "quantity": "100", "order_type": "LMT", "limit_price": "190"},
        errors=(404, 409),
    ),
    Route(
        "POST",
        "/executions/{exec_id}/correct",
        "Correct an execution",
        _correct,
        EXECUTION,
        description="The new execution has the same id but for its last part, and takes the place of the old one.",
        parameters=_EXEC_ID,
        body=record(quantity=decimal(minimum=0, maximum=10**9), price=decimal(**_PRICE)),
        example={"price": "189.95"},
        errors=(409,),
    ),
    Route(
        "POST",
        "/executions/{exec_id}/bust",
        "Take an execution back",
        _bust,
        EXECUTION,
        description="It is corrected to a quantity of zero; position and cash are as if it had not been.",
        parameters=_EXEC_ID,
        errors=(409,),
    ),
)
