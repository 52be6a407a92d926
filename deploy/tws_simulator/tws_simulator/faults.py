"""Faults that can be switched on and off while the simulator runs.

One board holds them. A switch has a name, parameters with types, and optionally `client_id` (only this client) and
`count` (only the next so many times). Code that can misbehave asks the board at one place: `board.use(name, …)`.
To add a fault, add a row to SWITCHES and ask for it where it acts.
"""

from dataclasses import dataclass, field
from typing import Any

Parameters = dict[str, Any]


class FaultError(ValueError):
    """No such fault, or a wrong parameter."""


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """One fault: what it does, and its parameters with their types; a parameter without default is required."""

    doc: str
    parameters: dict[str, type] = field(default_factory=dict)
    defaults: Parameters = field(default_factory=dict)


_COMMON: dict[str, type] = {"client_id": int, "count": int}

SWITCHES: dict[str, FaultSpec] = {
    "refuse_connections": FaultSpec("a new connection is closed at once, as by a proxy in front of a stopped Gateway"),
    "stall_handshake": FaultSpec("a new connection is accepted and never answered"),
    "no_next_valid_id": FaultSpec("after startApi no next valid id is sent"),
    "no_managed_accounts": FaultSpec("after startApi no account list is sent"),
    "client_id_in_use": FaultSpec("startApi is answered by error 326 and the connection closed"),
    "stall": FaultSpec("connections stay open, but nothing is read or sent until the fault is cleared"),
    "delay_ms": FaultSpec("everything sent is delayed", {"ms": int}),
    "swallow_orders": FaultSpec("orders are received and forgotten without a word"),
    "swallow_cancels": FaultSpec("cancel requests are received and forgotten without a word"),
    "swallow_requests": FaultSpec("requests of these names are received and forgotten", {"requests": list}),
    "reject_orders": FaultSpec(
        "orders are refused with this error",
        {"code": int, "text": str, "inactive": bool},
        {"code": 201, "text": "Order rejected - reason:injected by the simulator", "inactive": True},
    ),
    "lose_acknowledgement": FaultSpec("an order is accepted and works, but its owner hears nothing of it"),
    "slow_cancel": FaultSpec("a cancel is answered by PendingCancel first and done later", {"seconds": float}),
    "no_commission": FaultSpec("commission reports never come"),
    "late_commission": FaultSpec("commission reports come late", {"seconds": float}),
    "lose_messages": FaultSpec("messages with these ids are not sent", {"messages": list}),
    "repeat_messages": FaultSpec("messages with these ids are sent twice", {"messages": list}),
    "freeze_quotes": FaultSpec("streaming quotes stop; requests are still answered"),
    "account_not_ready": FaultSpec("account updates say AccountReady=false"),
}

ACTIONS: dict[str, FaultSpec] = {
    "drop_connections": FaultSpec("cut the sockets of one or all clients", {"client_id": int}, {"client_id": None}),
    "link_down": FaultSpec("the Gateway loses IB: 1100; orders are held, nothing is reported"),
    "link_up": FaultSpec(
        "the link is back: 1101 if data subscriptions were lost, else 1102; held orders go out or are discarded",
        {"data_lost": bool, "discard_held": bool},
        {"data_lost": False, "discard_held": False},
    ),
    "farms_down": FaultSpec("data farms break: 2103, 2105, 2157"),
    "farms_up": FaultSpec("data farms are connected: 2104, 2106, 2158"),
    "error": FaultSpec(
        "send an error message to one or all clients",
        {"code": int, "text": str, "id": int, "client_id": int},
        {"id": -1, "text": "injected by the simulator", "client_id": None},
    ),
    "roll_back_order_ids": FaultSpec("the next valid id goes back", {"client_id": int, "by": int}),
}


@dataclass(slots=True)
class Active:
    """A fault that is switched on. `left` counts down its remaining uses; None means without end."""

    parameters: Parameters
    client_id: int | None
    left: int | None


class FaultBoard:
    """Which faults are on."""

    def __init__(self) -> None:
        self._active: dict[str, Active] = {}

    def switch_on(self, name: str, given: Parameters) -> None:
        """Turn a fault on, replacing its earlier setting. Raises FaultError."""
        spec = SWITCHES.get(name)
        if spec is None:
            raise FaultError(f"no switchable fault named {name!r}")
        parameters = checked(spec, {key: value for key, value in given.items() if key not in _COMMON}, name)
        common = {key: given[key] for key in _COMMON if given.get(key) is not None}
        _check_types(_COMMON, common, name)
        if common.get("count", 1) < 1:
            raise FaultError(f"{name}: count must be at least 1")
        self._active[name] = Active(parameters, common.get("client_id"), common.get("count"))

    def switch_off(self, name: str) -> None:
        """Turn a fault off; nothing happens if it is not on. Raises FaultError for an unknown name."""
        if name not in SWITCHES:
            raise FaultError(f"no switchable fault named {name!r}")
        self._active.pop(name, None)

    def clear(self) -> None:
        """Turn everything off."""
        self._active.clear()

    def on(self, name: str, client_id: int | None = None) -> bool:
        """Whether a fault applies to this client, without using it up."""
        active = self._active.get(name)
        return active is not None and active.client_id in {None, client_id}

    def use(self, name: str, client_id: int | None = None) -> Parameters | None:
        """The fault's parameters if it applies to this client now, counted as one use; None if it does not."""
        if not self._active or not self.on(name, client_id):
            return None
        active = self._active[name]
        if active.left is not None:
            active.left -= 1
            if active.left <= 0:
                del self._active[name]
        return active.parameters

    def use_if(self, name: str, key: str, member: object, client_id: int | None = None) -> bool:
        """Use a fault only if its list parameter `key` contains `member`."""
        if not self._active or not self.on(name, client_id) or member not in self._active[name].parameters[key]:
            return False
        return self.use(name, client_id) is not None

    def describe(self) -> dict[str, Parameters]:
        """The faults that are on, with their settings."""
        return {
            name: {**row.parameters, "client_id": row.client_id, "count": row.left}
            for name, row in sorted(self._active.items())
        }


def checked(spec: FaultSpec, given: Parameters, name: str) -> Parameters:
    """Parameters completed by their defaults. Raises FaultError for unknown, missing or wrongly typed ones."""
    unknown = set(given) - set(spec.parameters)
    if unknown:
        raise FaultError(f"{name}: unknown parameters {', '.join(sorted(unknown))}")
    parameters = {**spec.defaults, **given}
    missing = set(spec.parameters) - set(parameters)
    if missing:
        raise FaultError(f"{name}: missing parameters {', '.join(sorted(missing))}")
    _check_types(spec.parameters, {key: value for key, value in parameters.items() if value is not None}, name)
    return parameters


def _check_types(types: dict[str, type], given: Parameters, name: str) -> None:
    for key, value in given.items():
        wanted = types[key]
        fits = isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))
        if wanted is float:
            fits = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
        if not fits:
            raise FaultError(f"{name}: {key} must be of type {wanted.__name__}")
