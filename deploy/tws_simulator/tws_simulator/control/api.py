"""What can be asked of and done to a running simulator."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from tws_simulator import __version__
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Quote, manual_quote
from tws_simulator.faults import ACTIONS, SWITCHES, FaultError
from tws_simulator.gateway import Gateway
from tws_simulator.ledger.tags import money
from tws_simulator.storage.codec import dump

_PRICE_KEYS = ("bid", "ask", "last", "bid_size", "ask_size", "last_size")


class ControlApi:
    """Answers the requests of the control port."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._routes: dict[tuple[str, str], Callable[[HttpRequest], Any]] = {
            ("GET", "/"): self._index,
            ("GET", "/health"): self._health,
            ("GET", "/state"): self._state,
            ("GET", "/instruments"): self._instruments,
            ("GET", "/prices"): self._prices,
            ("POST", "/prices"): self._set_prices,
            ("GET", "/faults"): self._faults,
            ("POST", "/faults"): self._set_faults,
            ("DELETE", "/faults"): self._clear_faults,
            ("GET", "/log"): self._log,
            ("POST", "/log"): self._set_log,
            ("POST", "/reset"): self._reset,
        }

    def answer(self, request: HttpRequest) -> Any:
        """The JSON to answer with. Raises HttpError."""
        route = self._routes.get((request.method, request.path))
        if route is not None:
            return route(request)
        allowed = sorted(method for method, path in self._routes if path == request.path)
        if allowed:
            raise HttpError(405, f"{request.path} answers {', '.join(allowed)}")
        raise HttpError(404, f"there is no {request.path}; see GET /")

    # Looking -----------------------------------------------------------------------------------------------------

    def _index(self, request: HttpRequest) -> Any:
        return {"routes": [f"{method} {path}" for method, path in sorted(self._routes, key=lambda row: row[1])]}

    def _health(self, request: HttpRequest) -> Any:
        gateway = self._gateway
        return {
            "status": "ok",
            "version": __version__,
            "time": gateway.clock.now().isoformat(),
            "clients": sorted(gateway.sessions),
            "link_up": gateway.link_is_up,
            "market_open": gateway.broker.calendar.is_open(gateway.clock.now()),
        }

    def _state(self, request: HttpRequest) -> Any:
        broker = self._gateway.broker
        return {
            "time": self._gateway.clock.now().isoformat(),
            "seed": broker.seed,
            "calendar": broker.calendar.name,
            "link_up": self._gateway.link_is_up,
            "clients": [self._client(key) for key in sorted(self._gateway.sessions)],
            "next_order_ids": {str(key): value for key, value in broker.state.next_order_ids.items()},
            "accounts": [self._account(name) for name in broker.accounts],
            "orders": [self._order(perm_id) for perm_id in broker.state.orders],
            "executions": [self._execution(row) for row in broker.state.executions],
            "faults": self._gateway.faults.describe(),
        }

    def _client(self, client_id: int) -> Any:
        session = self._gateway.sessions[client_id]
        return {
            "client_id": client_id,
            "server_version": session.version,
            "peer": session.connection.peer,
            "connected_at": session.started_at.isoformat(),
            "quotes": sorted(row.instrument.symbol for row in session.quotes.values()),
        }

    def _account(self, name: str) -> Any:
        broker = self._gateway.broker
        account, balances = broker.account(name), broker.balances(name)
        return {
            "account": name,
            "cash": money(balances.cash),
            "net_liquidation": money(balances.net_liquidation),
            "available_funds": money(balances.available_funds),
            "buying_power": money(balances.buying_power),
            "margin": money(balances.margin),
            "unrealized_pnl": money(balances.unrealized_pnl),
            "realized_pnl": money(balances.realized_pnl),
            "daily_pnl": money(balances.daily_pnl),
            "positions": [
                {
                    "con_id": con_id,
                    "symbol": broker.instrument(con_id).symbol,
                    "quantity": str(held.quantity),
                    "average_cost": str(held.average_cost),
                    "mark": str(broker.mark(con_id)),
                }
                for con_id, held in account.open_positions()
            ],
        }

    def _order(self, perm_id: int) -> Any:
        order = self._gateway.broker.state.orders[perm_id]
        ticket = dump(order.ticket)
        row = {key: value for key, value in dump(order).items() if key != "ticket"}
        return {
            **row,
            "symbol": self._gateway.broker.instrument(order.con_id).symbol,
            "remaining": str(order.remaining),
            "average_price": str(order.average_price),
            **{key: ticket[key] for key in ("action", "quantity", "order_type", "limit_price", "stop_price")},
            **{key: ticket[key] for key in ("time_in_force", "account", "order_ref")},
        }

    def _execution(self, execution: Any) -> Any:
        return {**dump(execution), "symbol": self._gateway.broker.instrument(execution.con_id).symbol}

    def _instruments(self, request: HttpRequest) -> Any:
        return {
            "instruments": [
                {
                    "con_id": row.con_id,
                    "symbol": row.symbol,
                    "name": row.name,
                    "primary_exchange": row.primary_exchange,
                    "stock_type": row.stock_type,
                    "min_tick": str(row.min_tick),
                }
                for row in self._gateway.broker.book
            ]
        }

    # Prices ------------------------------------------------------------------------------------------------------

    def _prices(self, request: HttpRequest) -> Any:
        rows = [self._instrument(request.query["symbol"])] if "symbol" in request.query else self._gateway.broker.book
        return {"prices": [self._price(row) for row in rows]}

    def _price(self, instrument: Instrument) -> Any:
        market = self._gateway.broker.market
        quote = market.quote(instrument, self._gateway.clock.now())
        return {
            "symbol": instrument.symbol,
            "con_id": instrument.con_id,
            "frozen": instrument.con_id in market.pinned,
            **{key: str(getattr(quote, key)) for key in _PRICE_KEYS},
        }

    def _set_prices(self, request: HttpRequest) -> Any:
        rows = _rows(request, "prices")
        changes = [self._price_change(row) for row in rows]
        for apply in changes:
            apply()
        return {"prices": [self._price(self._instrument(row["symbol"])) for row in rows]}

    def _price_change(self, row: dict[str, Any]) -> Callable[[], None]:
        """Check one change; the function returned carries it out."""
        _only(row, {"symbol", "price", "frozen", "replenish", *_PRICE_KEYS})
        instrument = self._instrument(row.get("symbol"))
        given = {key: _number(row, key) for key in _PRICE_KEYS if row.get(key) is not None}
        price = _number(row, "price") if row.get("price") is not None else None
        frozen, replenish = _flag(row, "frozen", True), _flag(row, "replenish", True)
        quote = self._wanted_quote(instrument, price, given)
        return lambda: self._apply_price(
            instrument, quote, frozen=frozen, replenish=replenish, moved=bool(given or price)
        )

    def _wanted_quote(self, instrument: Instrument, price: Decimal | None, given: dict[str, Decimal]) -> Quote:
        now = self._gateway.clock.now()
        base = self._gateway.broker.market.quote(instrument, now)
        if price is not None:
            tick = instrument.tick_at(price)
            given = {"bid": price - tick, "ask": price + tick, "last": price, **given}
        elif ("bid" in given) != ("ask" in given):
            # Only one side given: the other keeps its distance, so that the market cannot cross itself.
            width = base.ask - base.bid
            given = {"bid": given.get("bid", given.get("ask", base.ask) - width), **given}
            given = {"ask": given["bid"] + width, **given}
        for key in ("bid", "ask", "last"):
            if key in given and (not given[key].is_finite() or not instrument.is_on_tick(given[key])):
                raise HttpError(400, f"{key} {given[key]} is not a whole number of ticks of {instrument.min_tick}")
        try:
            return manual_quote(base, now, **given)
        except ValueError as error:
            raise HttpError(400, str(error)) from None

    def _apply_price(self, instrument: Instrument, quote: Quote, *, frozen: bool, replenish: bool, moved: bool) -> None:
        broker, now = self._gateway.broker, self._gateway.clock.now()
        if frozen:
            broker.market.pin(instrument, quote, now, replenish=replenish)
        else:
            broker.market.release(instrument, now, quote.mark if moved else None)
        broker.work_instrument(instrument.con_id)
        if self._gateway.link_is_up:
            for session in list(self._gateway.sessions.values()):
                session.on_tick()
        broker.store.commit()

    def _instrument(self, symbol: object) -> Instrument:
        found = self._gateway.broker.book.by_symbol(symbol) if isinstance(symbol, str) else None
        if found is None:
            raise HttpError(404, f"no instrument {symbol!r}")
        return found

    # Faults ------------------------------------------------------------------------------------------------------

    def _faults(self, request: HttpRequest) -> Any:
        return {
            "on": self._gateway.faults.describe(),
            "switches": {name: _spec(row) for name, row in SWITCHES.items()},
            "actions": {name: _spec(row) for name, row in ACTIONS.items()},
        }

    def _set_faults(self, request: HttpRequest) -> Any:
        body = _object(request.body)
        name = body.get("name")
        if not isinstance(name, str):
            raise HttpError(400, "name is missing")
        parameters = {key: value for key, value in body.items() if key not in {"name", "on"}}
        try:
            if name in ACTIONS:
                self._gateway.act(name, parameters)
            elif _flag(body, "on", True):
                self._gateway.faults.switch_on(name, parameters)
            else:
                self._gateway.clear_faults(name)
        except FaultError as error:
            raise HttpError(404 if name not in SWITCHES and name not in ACTIONS else 400, str(error)) from None
        return {"on": self._gateway.faults.describe()}

    def _clear_faults(self, request: HttpRequest) -> Any:
        self._gateway.clear_faults()
        return {"on": {}}

    # Log and reset -----------------------------------------------------------------------------------------------

    def _log(self, request: HttpRequest) -> Any:
        query = {key: _whole(request.query, key) for key in ("after", "limit", "client_id") if key in request.query}
        return {"messages": [dump(row) for row in self._gateway.log.entries(**query)]}

    def _set_log(self, request: HttpRequest) -> Any:
        body = _object(request.body)
        if body.get("clear") is not True or len(body) != 1:
            raise HttpError(400, 'send {"clear": true}')
        self._gateway.log.clear()
        return {"messages": []}

    def _reset(self, request: HttpRequest) -> Any:
        body = _object(request.body) if request.body is not None else {}
        _only(body, {"starting_cash"})
        cash = _number(body, "starting_cash") if "starting_cash" in body else None
        if cash is not None and (not cash.is_finite() or cash < 0):
            raise HttpError(400, "starting_cash must not be negative")
        self._gateway.reset(cash)
        return {"status": "ok"}


def _spec(spec: Any) -> Any:
    return {
        "doc": spec.doc,
        "parameters": {key: kind.__name__ for key, kind in spec.parameters.items()},
        "defaults": spec.defaults,
    }


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise HttpError(400, "send a JSON object")
    return body


def _rows(request: HttpRequest, key: str) -> list[dict[str, Any]]:
    """One change, or several in a list under `key`."""
    body = _object(request.body)
    rows = body[key] if isinstance(body.get(key), list) else [body]
    return [_object(row) for row in rows]


def _only(row: dict[str, Any], known: set[str]) -> None:
    unknown = set(row) - known
    if unknown:
        raise HttpError(400, f"unknown keys {', '.join(sorted(unknown))}")


def _number(row: dict[str, Any], key: str) -> Decimal:
    value = row[key]
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise HttpError(400, f"{key} must be a number in a string")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise HttpError(400, f"{key} must be a number in a string") from None
    if not number.is_finite():
        raise HttpError(400, f"{key} must be finite")
    return number


def _flag(row: dict[str, Any], key: str, default: bool) -> bool:
    value = row.get(key, default)
    if not isinstance(value, bool):
        raise HttpError(400, f"{key} must be true or false")
    return value


def _whole(query: dict[str, str], key: str) -> int:
    if not query[key].isdigit():
        raise HttpError(400, f"{key} must be a whole number")
    return int(query[key])
