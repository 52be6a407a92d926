"""The whole state of a simulator as one document: taken, and put in place of the present one.

A document is either taken over whole or refused with the reason, and then nothing has changed. Parts that other
modules add (see `PARTS`) travel along: each has a name, can be dumped, and is checked before anything is applied.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tws_simulator import __version__
from tws_simulator.broker.lanes import Taken
from tws_simulator.clock import SystemClock
from tws_simulator.exchange.fill_models import MODELS
from tws_simulator.faults import FaultBoard, FaultError
from tws_simulator.ledger.options import LedgerRules
from tws_simulator.life_state import LifeState
from tws_simulator.session.rights import DataRights
from tws_simulator.state import BrokerState
from tws_simulator.storage.codec import CodecError, dump, load, load_hint
from tws_simulator.storage.markets import dump_markets, load_markets

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway

KIND = "tws-simulator-state"
FORMAT = 1
_AHEAD = timedelta(minutes=1)


class SnapshotError(ValueError):
    """A document that cannot be taken over: the message says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a document.

    `check` gets the gateway, the data, its path and the seed of the document; it returns what carries the change
    out, or raises CodecError.
    """

    name: str
    take: Callable[["Gateway"], Any]
    check: Callable[["Gateway", Any, str, int], Callable[[], None]]


def take(gateway: "Gateway") -> dict[str, Any]:
    """The whole state now."""
    broker = gateway.broker
    return {
        "kind": KIND,
        "format": FORMAT,
        "program": __version__,
        "seed": broker.seed,
        "calendar": broker.calendar.name,
        "time": gateway.clock.now().isoformat(),
        **{part.name: part.take(gateway) for part in PARTS},
    }


def restore(gateway: "Gateway", document: Any) -> None:
    """Put a document in place of the present state. Clients are dropped first. Raises SnapshotError."""
    try:
        _check_head(gateway, document)
        known = [part for part in PARTS if part.name in document]
        changes = [part.check(gateway, document[part.name], part.name, document["seed"]) for part in known]
    except CodecError as error:
        raise SnapshotError(str(error)) from None
    for connection in list(gateway.connections):
        connection.abort()
    _forget(gateway)
    gateway.timekeeper.put_at(datetime.fromisoformat(document["time"]))
    gateway.broker.seed = document["seed"]
    gateway.lifecycle.begin_anew()
    for apply in changes:
        apply()


def _forget(gateway: "Gateway") -> None:
    """End all that is under way: it belongs to the state that goes."""
    gateway.chaos.stop()
    gateway.scripts.stop_all()
    gateway.agenda.clear()
    gateway.faults.clear()  # stalled connections are gone: nothing of theirs is worked off
    gateway.lifecycle.on_reset()
    gateway.held.clear()
    gateway.muted.clear()
    gateway.lingering.clear()
    gateway.errors_injected.clear()
    gateway.link_is_up = True


def _check_head(gateway: "Gateway", document: Any) -> None:
    head = load_hint(dict[str, Any], document)
    if head.get("kind") != KIND:
        raise SnapshotError(f"this is no state of a TWS simulator: kind must be {KIND}")
    if head.get("format") != FORMAT:
        raise SnapshotError(f"the state has format {head.get('format')!r:.20}, this program reads format {FORMAT}")
    missing = [name for name in ("seed", "calendar", "time", "broker", "markets") if name not in head]
    if missing:
        raise SnapshotError(f"{', '.join(missing)} missing")
    load(int, head["seed"], "seed")
    calendar = gateway.broker.calendar.name
    if head["calendar"] != calendar:
        raise SnapshotError(f"the state is of calendar {head['calendar']!r:.20}, this simulator keeps {calendar}")
    _check_time(gateway, load(datetime, head["time"], "time"))


def _check_time(gateway: "Gateway", at: datetime) -> None:
    if at.tzinfo is None:
        raise SnapshotError("time: needs its offset")
    if isinstance(gateway.clock, SystemClock) and at > gateway.clock.now() + _AHEAD:
        raise SnapshotError(f"the state is of {at.isoformat()}, which is still to come on this simulator's clock")


# Parts -------------------------------------------------------------------------------------------------------------


def _check_broker(gateway: "Gateway", data: Any, path: str, seed: int) -> Callable[[], None]:
    state = load(BrokerState, data, path)
    _check_consistent(gateway, state, path)

    def apply() -> None:
        gateway.broker.state = state
        gateway.broker.reload()
        gateway.broker.store.rewrite(state)

    return apply


def _check_consistent(gateway: "Gateway", state: BrokerState, path: str) -> None:
    if not state.accounts:
        raise CodecError(f"{path}.accounts", "there is none")
    for name, account in state.accounts.items():
        if account.name != name:
            raise CodecError(f"{path}.accounts.{name}.name", f"is {account.name!r:.40}")
        for con_id in account.positions:
            _check_instrument(gateway, con_id, f"{path}.accounts.{name}.positions.{con_id}")
    for perm_id, order in state.orders.items():
        where = f"{path}.orders.{perm_id}"
        if order.perm_id != perm_id or perm_id > state.last_perm_id:
            raise CodecError(f"{where}.perm_id", "does not fit its key and last_perm_id")
        _check_instrument(gateway, order.con_id, f"{where}.con_id")
        _check_account(state, order.ticket.account, f"{where}.ticket.account")
    seen: set[str] = set()
    for number, execution in enumerate(state.executions):
        where = f"{path}.executions[{number}]"
        if execution.exec_id in seen:
            raise CodecError(f"{where}.exec_id", "comes twice")
        seen.add(execution.exec_id)
        _check_instrument(gateway, execution.con_id, f"{where}.con_id")
        _check_account(state, execution.account, f"{where}.account")


def _check_instrument(gateway: "Gateway", con_id: int, path: str) -> None:
    if gateway.broker.book.get(con_id) is None:
        raise CodecError(path, "there is no such instrument")


def _check_account(state: BrokerState, name: str, path: str) -> None:
    if name not in state.accounts:
        raise CodecError(path, "there is no such account")


def _check_markets(gateway: "Gateway", data: Any, path: str, seed: int) -> Callable[[], None]:
    broker = gateway.broker
    return load_markets(load_hint(dict[str, Any], data, path), broker.market, broker.book.get, path, seed=seed)


def _faults(gateway: "Gateway") -> dict[str, Any]:
    """The faults switched on by hand; scenarios, timelines and random trouble end with the state they were for."""
    found = {name: _settings(row) for name, row in gateway.faults.describe().items()}
    return {name: rows for name, rows in found.items() if rows}


def _settings(newest: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [*newest.get("also", ()), {key: value for key, value in newest.items() if key != "also"}]
    return [row for row in rows if "source" not in row]


def _check_faults(gateway: "Gateway", data: Any, path: str, seed: int) -> Callable[[], None]:
    wanted = [
        (name, {key: value for key, value in row.items() if value is not None})
        for name, rows in load_hint(dict[str, list[dict[str, Any]]], data, path).items()
        for row in rows
    ]
    trial = FaultBoard()
    trial.knows_symbol = gateway.faults.knows_symbol
    for name, parameters in wanted:
        try:
            trial.switch_on(name, parameters)
        except FaultError as error:
            raise CodecError(f"{path}.{name}", str(error)) from None

    def apply() -> None:
        for name, parameters in wanted:
            gateway.faults.switch_on(name, parameters)

    return apply


def _check_data(gateway: "Gateway", data: Any, path: str, seed: int) -> Callable[[], None]:
    rights = load(DataRights, data, path)
    for con_id in rights.single:
        _check_instrument(gateway, con_id, f"{path}.single.{con_id}")

    def apply() -> None:
        gateway.data = rights

    return apply


def _check_taken(gateway: "Gateway", data: Any, path: str, seed: int) -> Callable[[], None]:
    taken: dict[int, Taken] = load_hint(dict[int, Taken], data, path)
    for con_id in taken:
        _check_instrument(gateway, con_id, f"{path}.{con_id}")
    return lambda: gateway.broker.take_back(taken)


def _rules(gateway: "Gateway") -> dict[str, Any]:
    broker = gateway.broker
    return {
        "fill_model": broker.fill_model,
        "max_open_orders": broker.max_open_orders,
        "accounts": dump(broker.rules),
    }


def _check_rules(gateway: "Gateway", data: Any, path: str, seed: int) -> Callable[[], None]:
    rules = load_hint(dict[str, Any], data, path)
    model = load(str, rules.get("fill_model"), f"{path}.fill_model")
    if model not in MODELS:
        raise CodecError(f"{path}.fill_model", f"{model!r:.40} is none of {', '.join(MODELS)}")
    most = load(int, rules.get("max_open_orders"), f"{path}.max_open_orders")
    # Documents of before 2026-11-24 do not have them: then those of this simulator stay.
    of_accounts = load(LedgerRules, rules["accounts"], f"{path}.accounts") if "accounts" in rules else None

    def apply() -> None:
        broker = gateway.broker
        broker.use_fill_model(model)
        broker.max_open_orders = most
        if of_accounts is not None:
            broker.rules = broker.ledger.rules = of_accounts

    return apply


def _check_lifecycle(gateway: "Gateway", data: Any, path: str, seed: int) -> Callable[[], None]:
    state = load(LifeState, data, path)
    state.check(path)
    return lambda: gateway.lifecycle.resume(state)


PARTS: list[Part] = [
    Part("rules", _rules, _check_rules),
    Part("markets", lambda gateway: dump_markets(gateway.broker.market), _check_markets),
    Part("broker", lambda gateway: dump(gateway.broker.state), _check_broker),
    Part("taken", lambda gateway: dump(gateway.broker.taken()), _check_taken),
    Part("data", lambda gateway: dump(gateway.data), _check_data),
    Part("faults", _faults, _check_faults),
    Part("lifecycle", lambda gateway: dump(gateway.lifecycle.saved()), _check_lifecycle),
]
"""In the order in which they are put in place: orders meet the market they were saved with."""
