"""A state file: lines of JSON, each the newest form of one thing; the last line about a thing wins.

Lines are handed to the operating system before any client is told, so the state survives the end of this process
however it comes (not a power cut: nothing is forced to the disk). The file is rewritten compactly on start, on a
clean stop, and when it has grown large.
"""

import contextlib
import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO

from tws_simulator.exchange.orders import Execution, Order
from tws_simulator.ledger.accounts import Account
from tws_simulator.state import BrokerState
from tws_simulator.storage.codec import CodecError, dump, load

FORMAT = 1
_TABLES = ("orders", "executions", "accounts")
_KEYS = {"order": ("orders", "perm_id"), "execution": ("executions", "exec_id"), "account": ("accounts", "name")}
_COMPACT_BYTES = 64 << 20


class StateFileError(Exception):
    """The state file belongs to another version or is in use."""


class Journal:
    """Writes changes of a state to a file."""

    def __init__(self, path: Path, state: BrokerState) -> None:
        self._path = path
        self._state = state
        self._changed: dict[tuple[str, int | str], Order | Execution | Account | BrokerState] = {}
        """What is to be written, in the order in which it first changed."""
        self._file: BinaryIO | None = None
        self._written = 0
        self.rewrite(state)

    def order(self, order: Order) -> None:
        """Note an order."""
        self._changed["order", order.perm_id] = order

    def execution(self, execution: Execution) -> None:
        """Note a fill."""
        self._changed["execution", execution.exec_id] = execution

    def account(self, account: Account) -> None:
        """Note an account."""
        self._changed["account", account.name] = account

    def counters(self, state: BrokerState) -> None:
        """Note the counters."""
        self._changed["counters", ""] = state

    def commit(self) -> None:
        """Hand all that changed to the operating system, as it is now: what came between nobody was told."""
        if not self._changed or self._file is None:
            return
        data = b"".join([_line(kind, _dumped(value)) for (kind, _), value in self._changed.items()])
        self._changed.clear()
        self._file.write(data)
        self._file.flush()
        self._written += len(data)
        if self._written > _COMPACT_BYTES:
            self.rewrite(self._state)

    def rewrite(self, state: BrokerState) -> None:
        """Write the whole state to a new file and put it in place of the old one."""
        self._state = state
        self._changed.clear()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(self._path.name + ".new")
        with fresh.open("wb") as file:
            file.writelines(_snapshot(state))
            file.flush()
            os.fsync(file.fileno())
        if self._file is not None:
            self._file.close()
        os.replace(fresh, self._path)
        self._file = self._path.open("ab")
        self._written = 0

    def close(self) -> None:
        """Compact the file and let go of it."""
        self.rewrite(self._state)
        if self._file is not None:
            self._file.close()
            self._file = None


def read_state(path: Path) -> BrokerState | None:
    """The state in a file, None if there is no file. A torn last line is left out. Raises StateFileError."""
    if not path.exists():
        return None
    found: dict[str, Any] = {"orders": {}, "executions": {}, "accounts": {}}
    counters: Any = None
    for kind, value in _records(path):
        if kind == "format" and value != FORMAT:
            raise StateFileError(f"{path} has format {value}, this program reads format {FORMAT}")
        if kind in _KEYS and isinstance(value, dict):
            table, key = _KEYS[kind]
            found[table][value.get(key)] = value
        elif kind == "counters":
            counters = value
    if not isinstance(counters, dict):
        raise StateFileError(f"{path} is no state file of this program")
    found["orders"] = dict(sorted(found["orders"].items()))
    try:
        return load(BrokerState, {**counters, **found, "executions": list(found["executions"].values())})
    except (CodecError, TypeError, AttributeError) as error:
        raise StateFileError(f"{path} cannot be read: {error}") from None


def _records(path: Path) -> list[tuple[str, Any]]:
    records: list[tuple[str, Any]] = []
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        with contextlib.suppress(ValueError):
            record = json.loads(line)
            if isinstance(record, dict) and len(record) == 1:
                records += record.items()
                continue
        if number < len(lines) - 1:
            raise StateFileError(f"{path} line {number + 1} cannot be read")
    return records


def _snapshot(state: BrokerState) -> list[bytes]:
    lines = [_line("format", FORMAT), _line("counters", _counters(state))]
    lines += [_line("account", dump(row)) for row in state.accounts.values()]
    lines += [_line("order", dump(row)) for row in state.orders.values()]
    lines += [_line("execution", dump(row)) for row in state.executions]
    return lines


def _dumped(value: object) -> Any:
    return _counters(value) if isinstance(value, BrokerState) else dump(value)


def _counters(state: BrokerState) -> dict[str, Any]:
    """Everything but orders, fills and accounts, which have lines of their own."""
    return {item.name: dump(getattr(state, item.name)) for item in fields(state) if item.name not in _TABLES}


def _line(kind: str, value: Any) -> bytes:
    return json.dumps({kind: value}, separators=(",", ":")).encode() + b"\n"
