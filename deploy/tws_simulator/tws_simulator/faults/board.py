"""The board: which faults are on, for whom, and how often they have struck."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tws_simulator.exchange.noise import unit
from tws_simulator.faults.spec import FILTERS, FaultError, FaultSpec, Parameters, check_types, checked
from tws_simulator.faults.switches import SWITCHES

_COUNTING: dict[str, type] = {"count": int, "after": int, "chance": float, "seed": int}


@dataclass(slots=True)
class Setting:
    """A fault that is switched on: for what, and when it strikes.

    It lets the first `after` uses pass, then strikes with probability `chance` (a pure function of seed, name and
    use), at most `left` times. `source` says who switched it on: empty for a control request, else a scenario.
    """

    name: str
    parameters: Parameters
    filters: Parameters
    left: int | None = None
    after: int = 0
    chance: float = 1.0
    seed: int = 1
    source: str = ""
    uses: int = 0
    struck: int = 0

    def fits(self, facts: Parameters) -> bool:
        """Whether the facts are those it is narrowed to."""
        return all(_same(facts.get(key), value) for key, value in self.filters.items())

    def strikes(self) -> bool:
        """Count a use and say whether the fault strikes now."""
        self.uses += 1
        if self.uses <= self.after or (self.chance < 1 and unit(self.seed, self.name, self.uses) >= self.chance):
            return False
        self.struck += 1
        if self.left is not None:
            self.left -= 1
        return True

    def describe(self) -> Parameters:
        """Its parameters and what narrows it."""
        row = {**self.parameters, "client_id": self.filters.get("client_id"), "count": self.left}
        row |= {key: value for key, value in self.filters.items() if key != "client_id"}
        if self.after:
            row["after"] = self.after
        if self.chance < 1:
            row |= {"chance": self.chance, "seed": self.seed}
        if self.source:
            row["source"] = self.source
        return row


class FaultBoard:
    """Which faults are on. Several settings of one fault may be, for instance for two clients."""

    def __init__(self, specs: dict[str, FaultSpec] | None = None) -> None:
        self._specs = SWITCHES if specs is None else specs
        self._active: dict[str, list[Setting]] = {}
        self.knows_symbol: Callable[[str], bool] = bool
        """Whether an instrument exists."""
        self.changed: list[Callable[[], None]] = []
        """Called whenever a fault went on or off."""

    def switch_on(self, name: str, given: Parameters, *, source: str = "") -> None:
        """Turn a fault on, replacing its earlier setting for the same client and order. Raises FaultError."""
        setting = self.setting(name, given, source=source)
        rows = [row for row in self._active.get(name, []) if (row.filters, row.source) != (setting.filters, source)]
        self._active[name] = [*rows, setting]
        self._tell()

    def setting(self, name: str, given: Parameters, *, source: str = "") -> Setting:
        """What a request would switch on, without doing it. Raises FaultError."""
        spec = self._spec(name)
        narrowed = {key: given[key] for key in FILTERS if given.get(key) is not None and key not in spec.parameters}
        counted = {key: given[key] for key in _COUNTING if given.get(key) is not None and key not in spec.parameters}
        _refuse_misplaced(name, spec, narrowed, counted)
        own = {
            key: value
            for key, value in given.items()
            if key in spec.parameters or (key not in FILTERS and key not in _COUNTING)
        }
        parameters = checked(spec, own, name)
        symbol = parameters.get("symbol", narrowed.get("symbol"))
        if isinstance(symbol, str) and not self.knows_symbol(symbol):
            raise FaultError(f"{name}: no instrument {symbol!r}")
        check_types({**FILTERS, **_COUNTING}, {**narrowed, **counted}, name)
        if counted.get("count", 1) < 1 or counted.get("after", 0) < 0 or not 0 < counted.get("chance", 1) <= 1:
            raise FaultError(f"{name}: count must be at least 1, after at least 0, chance above 0 and at most 1")
        left, after = counted.get("count"), counted.get("after", 0)
        return Setting(
            name, parameters, narrowed, left, after, counted.get("chance", 1.0), counted.get("seed", 1), source
        )

    def switch_off(self, name: str, *, source: str | None = None) -> None:
        """Turn a fault off, or what one source switched on; nothing happens if it is not on. Raises FaultError."""
        self._spec(name)
        self._keep(name, lambda row: source is not None and not _comes_from(row, source))
        self._tell()

    def clear(self, *, source: str | None = None) -> None:
        """Turn everything off, or what one source switched on."""
        for name in list(self._active):
            self._keep(name, lambda row: source is not None and not _comes_from(row, source))
        self._tell()

    def any_of(self, names: frozenset[str]) -> bool:
        """Whether one of these faults is on for anybody."""
        return not names.isdisjoint(self._active)

    def has(self, name: str) -> bool:
        """Whether a fault is on for anybody."""
        return name in self._active

    def on(self, name: str, client_id: int | None = None, **facts: Any) -> bool:
        """Whether a fault applies to this client and these facts, without using it up."""
        return self.find(name, client_id, **facts) is not None

    def find(self, name: str, client_id: int | None = None, **facts: Any) -> Parameters | None:
        """The parameters of a fault that applies, without using it up."""
        rows = self._active.get(name)
        if rows is None:
            return None
        facts["client_id"] = client_id
        return next((row.parameters for row in rows if row.uses >= row.after and row.fits(facts)), None)

    def all_of(self, name: str) -> list[Parameters]:
        """The parameters of all settings of a fault."""
        return [row.parameters for row in self._active.get(name, ())]

    def narrowed(self, name: str) -> bool:
        """Whether some setting of a fault asks for more than the client."""
        return any(set(row.filters) - {"client_id"} for row in self._active.get(name, ()))

    def use(self, name: str, client_id: int | None = None, **facts: Any) -> Parameters | None:
        """The fault's parameters if it strikes now, counted as one use; None if it does not."""
        if not self._active or name not in self._active:
            return None
        facts["client_id"] = client_id
        for row in list(self._active[name]):
            if row.fits(facts) and self._struck(row):
                return row.parameters
        return None

    def use_if(self, name: str, key: str, member: object, client_id: int | None = None, **facts: Any) -> bool:
        """Use a fault only if its list parameter `key` contains `member`."""
        return self.take(name, lambda parameters: member in parameters[key], client_id, **facts) is not None

    def take(
        self, name: str, wanted: Callable[[Parameters], bool], client_id: int | None = None, **facts: Any
    ) -> Parameters | None:
        """Use a fault only if its parameters are as wanted; others are not counted."""
        facts["client_id"] = client_id
        for row in list(self._active.get(name, ())):
            if row.fits(facts) and wanted(row.parameters) and self._struck(row):
                return row.parameters
        return None

    def take_all(
        self, name: str, wanted: Callable[[Parameters], bool], client_id: int | None = None, **facts: Any
    ) -> list[Parameters]:
        """Use every setting of a fault that fits and strikes now."""
        facts["client_id"] = client_id
        rows = list(self._active.get(name, ()))
        return [row.parameters for row in rows if row.fits(facts) and wanted(row.parameters) and self._struck(row)]

    def describe(self) -> dict[str, Parameters]:
        """The faults that are on, with their settings; the newest of each, and the others under `also`."""
        return {
            name: rows[-1].describe() | ({"also": [row.describe() for row in rows[:-1]]} if len(rows) > 1 else {})
            for name, rows in sorted(self._active.items())
        }

    def _struck(self, row: Setting) -> bool:
        strikes = row.strikes()
        if row.left == 0:
            self._keep(row.name, lambda other: other is not row)
            self._tell()
        return strikes

    def _keep(self, name: str, wanted: Callable[[Setting], bool]) -> None:
        rows = [row for row in self._active.get(name, []) if wanted(row)]
        if rows:
            self._active[name] = rows
        else:
            self._active.pop(name, None)

    def _tell(self) -> None:
        for listener in self.changed:
            listener()

    def _spec(self, name: str) -> FaultSpec:
        spec = self._specs.get(name)
        if spec is None:
            raise FaultError(f"no switchable fault named {name!r}")
        return spec


def _refuse_misplaced(name: str, spec: FaultSpec, narrowed: Parameters, counted: Parameters) -> None:
    wrong = sorted(set(narrowed) - set(spec.filters))
    if wrong:
        raise FaultError(f"{name}: cannot be narrowed by {', '.join(wrong)}")
    if counted and spec.lasting:
        raise FaultError(f"{name}: is a state and cannot be counted by {', '.join(sorted(counted))}")


def _same(fact: object, wanted: object) -> bool:
    if isinstance(fact, str) and isinstance(wanted, str):
        return fact.upper() == wanted.upper()
    return fact == wanted


def _comes_from(row: Setting, source: str) -> bool:
    """Whether a source, or a step of it, switched this on."""
    return row.source == source or row.source.startswith(source + ".")
