"""One step of a script: what is to happen when, checked before anything starts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import manual_quote
from tws_simulator.faults.acts import act, checked_action
from tws_simulator.faults.spec import FaultError
from tws_simulator.faults.switches import SWITCHES

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway

KINDS = ("fault", "clear", "action", "price", "scenario")
MAX_SECONDS = 366 * 86_400
_PRICE_KEYS = {"symbol", "price", "bid", "ask", "last", "size", "frozen", "replenish"}


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do `at` seconds after the start. `given` are its parameters, `lasts` seconds a fault stays on."""

    at: float
    kind: str
    name: str
    given: dict[str, Any]
    lasts: float | None = None

    def describe(self) -> dict[str, Any]:
        """The step as it was written."""
        lasting = {} if self.lasts is None else {"for": self.lasts}
        if self.kind == "price":
            return {"at": self.at, "price": self.given}
        return {"at": self.at, self.kind: self.name, **self.given, **lasting}


def read_step(gateway: "Gateway", raw: object, start: datetime) -> Step:
    """Read one step and check that it can be done. Raises FaultError."""
    if not isinstance(raw, dict):
        raise FaultError("a step is an object")
    # Some actions have a parameter named price.
    kinds = [key for key in KINDS if key in raw and key != "price"] or [key for key in KINDS if key in raw]
    if len(kinds) != 1:
        raise FaultError(f"a step names one of {', '.join(KINDS)}")
    kind = kinds[0]
    given = {key: value for key, value in raw.items() if key not in {kind, "at", "for"}}
    if kind == "price":
        if given:
            raise FaultError(f"a price stands alone, without {', '.join(sorted(given))}")
        given = raw[kind] if isinstance(raw[kind], dict) else {}
    name = raw[kind] if isinstance(raw[kind], str) else ""
    if kind == "clear" and raw[kind] is True:
        name = "all"
    step = Step(_moment(raw.get("at", 0), start), kind, name, given, _duration(raw, kind))
    _CHECKS[kind](gateway, step)
    return step


def do_step(gateway: "Gateway", step: Step, source: str) -> Callable[[], None] | None:
    """Do a step; returns how to undo it, if that is of use. Raises FaultError."""
    if step.kind == "fault":
        gateway.faults.switch_on(step.name, step.given, source=source)
        return None
    if step.kind == "clear":
        gateway.clear_faults(None if step.name == "all" else step.name)
        return None
    if step.kind == "price":
        return _set_price(gateway, step.given)
    act(gateway, step.name, step.given)
    undo = _UNDO.get(step.name)
    return undo(gateway, step.given) if undo is not None else None


# Reading ---------------------------------------------------------------------------------------------------------


def _moment(value: object, start: datetime) -> float:
    """Seconds from the start, given as such or as a moment."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise FaultError(f"at {value!r} is neither seconds nor a time") from None
        if moment.tzinfo is None:
            raise FaultError(f"at {value!r} lacks an offset from UTC")
        value = (moment - start).total_seconds()
        if value < 0:
            raise FaultError("at is in the past")
    return _seconds("at", value)


def _seconds(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_SECONDS:
        raise FaultError(f"{key} must be seconds from 0 to {MAX_SECONDS}, or a time")
    return float(value)


def _duration(raw: dict[str, Any], kind: str) -> float | None:
    if "for" not in raw:
        return None
    if kind not in {"fault", "scenario"}:
        raise FaultError("only a fault or a scenario lasts for a time")
    return _seconds("for", raw["for"])


def _check_fault(gateway: "Gateway", step: Step) -> None:
    gateway.faults.setting(step.name, step.given)


def _check_clear(gateway: "Gateway", step: Step) -> None:
    if step.given:
        raise FaultError(f"clear takes no {', '.join(sorted(step.given))}")
    if step.name != "all" and step.name not in SWITCHES:
        raise FaultError(f"no switchable fault named {step.name!r}")


def _check_action(gateway: "Gateway", step: Step) -> None:
    checked_action(step.name, step.given)
    symbol = step.given.get("symbol")
    if isinstance(symbol, str):
        _instrument(gateway, symbol)


def _check_scenario(gateway: "Gateway", step: Step) -> None:
    from tws_simulator.faults.scenarios import build

    gateway.scripts.read(build(step.name, step.given))


def _check_price(gateway: "Gateway", step: Step) -> None:
    given = step.given
    unknown = set(given) - _PRICE_KEYS
    if unknown or "symbol" not in given:
        raise FaultError(f"a price has symbol and any of {', '.join(sorted(_PRICE_KEYS - {'symbol'}))}")
    instrument = _instrument(gateway, str(given["symbol"]))
    _quote_values(instrument, given)


_CHECKS: dict[str, Callable[["Gateway", Step], None]] = {
    "fault": _check_fault,
    "clear": _check_clear,
    "action": _check_action,
    "scenario": _check_scenario,
    "price": _check_price,
}


# Prices ----------------------------------------------------------------------------------------------------------


def _instrument(gateway: "Gateway", symbol: str) -> Instrument:
    found = gateway.broker.book.by_symbol(symbol)
    if found is None:
        raise FaultError(f"no instrument {symbol!r}")
    return found


def _quote_values(instrument: Instrument, given: dict[str, Any]) -> dict[str, Decimal]:
    values: dict[str, Decimal] = {
        key: _decimal(key, given[key]) for key in ("price", "bid", "ask", "last", "size") if key in given
    }
    for key, value in values.items():
        if value <= 0 or (key != "size" and not instrument.is_on_tick(value)):
            raise FaultError(f"{key} {value} is not a price of {instrument.symbol}")
    if "price" in values:
        price = values.pop("price")
        tick = instrument.tick_at(price)
        values = {"bid": price - tick, "ask": price + tick, "last": price, **values}
    if ("bid" in values) != ("ask" in values):
        raise FaultError("a price has bid and ask, or neither")
    if "bid" in values and values["bid"] >= values["ask"]:
        raise FaultError("the bid must be below the ask")
    size = values.pop("size", None)
    return values if size is None else {**values, "bid_size": size, "ask_size": size}


def _set_price(gateway: "Gateway", given: dict[str, Any]) -> Callable[[], None]:
    broker, now = gateway.broker, gateway.clock.now()
    instrument = _instrument(gateway, str(given["symbol"]))
    quote = manual_quote(broker.market.quote(instrument, now), now, **_quote_values(instrument, given))

    def release() -> None:
        broker.market.release(instrument, gateway.clock.now(), None)

    if given.get("frozen", True):
        broker.market.pin(instrument, quote, now, replenish=bool(given.get("replenish", True)))
    else:
        broker.market.release(instrument, now, quote.mark)
    broker.work_instrument(instrument.con_id)
    return release


def _decimal(key: str, value: object) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise FaultError(f"{key} {value!r} is not a number") from None
    if not number.is_finite():
        raise FaultError(f"{key} {value!r} is not a number")
    return number


# Undoing ---------------------------------------------------------------------------------------------------------


def _undo_link(gateway: "Gateway", given: dict[str, Any]) -> Callable[[], None]:
    return lambda: None if gateway.link_is_up else act(gateway, "link_up", {})


def _undo_competition(gateway: "Gateway", given: dict[str, Any]) -> Callable[[], None]:
    return lambda: act(gateway, "competing_session_ends", {})


def _undo_farm(gateway: "Gateway", given: dict[str, Any]) -> Callable[[], None]:
    return lambda: gateway.faults.clear(source=f"farm {given['code']}")


_UNDO: dict[str, Callable[["Gateway", dict[str, Any]], Callable[[], None]]] = {
    "link_down": _undo_link,
    "competing_session_starts": _undo_competition,
    "farm_notice": _undo_farm,
}
