"""Finds instruments by what clients say about them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import date
from operator import attrgetter
from typing import Any

from tws_simulator.errors import BrokerError
from tws_simulator.exchange import resolution
from tws_simulator.exchange.instruments import KNOWN_SECURITY_TYPES, Instrument
from tws_simulator.exchange.resolution import SECURITY_ID_TYPES, Chain, Series, as_continuous, fits
from tws_simulator.model import ContractSpec

NO_DEFINITION = "No security definition has been found for the request"
_CONTINUOUS = {"CONTFUT", "FUT+CONTFUT"}
_ALL_OF = attrgetter(*(row.name for row in fields(ContractSpec)))
_REMEMBERED, _REMEMBERED_TEXT = 500, 200  # descriptions, and characters in one


def _a_day_long_ago() -> date:
    return date.min


class InstrumentBook:
    """The listed instruments, and series of derivatives that are made when somebody asks for them.

    `series` are futures, `chains` options. `today` tells the trading day: what has expired before it is found by
    contract id only, or when a client wants expired contracts too.
    """

    def __init__(
        self,
        instruments: dict[int, Instrument],
        series: Sequence[Series] = (),
        chains: Sequence[Chain] = (),
        today: Callable[[], date] = _a_day_long_ago,
    ) -> None:
        self.listed = instruments
        """By contract id, without what series make."""
        self._futures = tuple(series)
        self._series = (*series, *chains)
        self._chains = tuple(chains)
        self._today = today
        self._by_symbol: dict[str, list[Instrument]] = {}
        self._tradable: dict[tuple[Any, ...], Instrument] = {}
        for instrument in instruments.values():
            self._by_symbol.setdefault(instrument.symbol, []).append(instrument)
            if instrument.local.upper() != instrument.symbol:
                self._by_symbol.setdefault(instrument.local.upper(), []).append(instrument)

    def __iter__(self) -> Iterator[Instrument]:
        """The listed ones, and the futures of today; no options, which are many."""
        yield from self.listed.values()
        for series in self._futures:
            yield from series.listed(self._today())

    def get(self, con_id: int) -> Instrument | None:
        """By contract id, expired or not."""
        found = self.listed.get(con_id)
        if found is not None or con_id <= 0:
            return found
        return next((row for series in self._series if (row := series.get(con_id)) is not None), None)

    def by_symbol(self, symbol: str) -> Instrument | None:
        """By symbol or by the exchange's symbol, the American one first."""
        found = self._by_symbol.get(symbol.upper(), [])
        if found:
            return found[0]
        spec = ContractSpec(local_symbol=symbol.upper())
        return next((row for series in self._series for row in series.find(spec, self._today(), expired=False)), None)

    def resolve(self, spec: ContractSpec, *, needs_exchange: bool = True, expired: bool = False) -> Instrument:
        """The one instrument meant. Raises BrokerError 200 or 321 in IB's words."""
        self._check(spec)
        if needs_exchange and not spec.exchange:
            raise BrokerError(321, "Error validating request.-'bN' : cause - Please enter exchange")
        found = self._matches(spec, expired=expired)
        if not found:
            raise BrokerError(200, NO_DEFINITION)
        if len(found) > 1:
            raise BrokerError(200, f"The contract description specified for {found[0].symbol} is ambiguous.")
        return self.get(found[0].con_id) or found[0]  # a continuous future has the prices of the one it is now

    def tradable(self, spec: ContractSpec) -> Instrument:
        """The one instrument an order means. Raises BrokerError 200, 321 or 412."""
        key = _ALL_OF(spec)
        known = self._tradable.get(key)
        if known is not None:
            return known
        instrument = self.resolve(spec)
        if not instrument.is_tradable or spec.sec_type in _CONTINUOUS:
            raise BrokerError(412, "The contract is not available for trading.")
        plain = instrument.con_id in self.listed and not instrument.is_derivative
        if plain and sum(len(str(text)) for text in key) <= _REMEMBERED_TEXT:
            # Always the same: nothing that is listed goes away. Clients name it in few ways, but may try many.
            if len(self._tradable) >= _REMEMBERED:
                self._tradable.clear()
            self._tradable[key] = instrument
        return instrument

    def find_all(self, spec: ContractSpec, *, expired: bool = False) -> list[Instrument]:
        """Every instrument a description fits, in a steady order. Raises BrokerError 200 when there is none."""
        self._check(spec)
        found = self._matches(spec, expired=expired)
        if not found:
            raise BrokerError(200, NO_DEFINITION)
        return found

    def find_by_security_id(self, kind: str, value: str, spec: ContractSpec) -> list[Instrument]:
        """Instruments with an ISIN or CUSIP that fit the rest of a description. Raises BrokerError 200."""
        rest = replace(spec, symbol="", con_id=0)
        if kind not in SECURITY_ID_TYPES:
            raise BrokerError(200, NO_DEFINITION)
        found = [
            row for row in self.listed.values() if resolution.security_id_fits(row, kind, value) and fits(row, rest)
        ]
        if not found:
            raise BrokerError(200, NO_DEFINITION)
        return found

    def search(self, pattern: str, limit: int = 16) -> list[Instrument]:
        """Instruments whose symbol begins with, or whose name contains, the pattern."""
        wanted = pattern.strip().upper()
        if not wanted:
            return []
        rows = list(self.listed.values())
        exact = [row for row in rows if row.symbol == wanted]
        prefix = [row for row in rows if row.symbol.startswith(wanted) and row.symbol != wanted]
        named = [row for row in rows if wanted in row.name.upper() and not row.symbol.startswith(wanted)]
        return (exact + sorted(prefix, key=lambda row: row.symbol) + named)[:limit]

    def derivatives_of(self, con_id: int) -> tuple[str, ...]:
        """Kinds of derivatives there are on an instrument: `OPT`, `FUT`."""
        kinds = {series.sec_type for series in self._series if series.underlying == con_id}
        return tuple(sorted(kinds))

    def chains_of(self, con_id: int) -> list[Chain]:
        """The classes of options on an instrument."""
        return [row for row in self._chains if row.underlying == con_id]

    def _check(self, spec: ContractSpec) -> None:
        if spec.sec_type and spec.sec_type not in KNOWN_SECURITY_TYPES:
            raise BrokerError(321, "Error validating request.-'bN' : cause - Please enter a valid security type")

    def _matches(self, spec: ContractSpec, *, expired: bool) -> list[Instrument]:
        if spec.sec_type in _CONTINUOUS:
            return self._continuous(spec, expired=expired)
        if spec.con_id:
            return [row for row in self._by_contract_id(spec.con_id, expired=expired) if fits(row, spec)]
        if not spec.sec_type or not (spec.symbol or spec.local_symbol):
            return []
        named = self._by_symbol.get((spec.symbol or spec.local_symbol).upper(), [])
        found = [row for row in named if fits(row, spec)]
        for series in self._series:
            if series.sec_type == spec.sec_type and spec.symbol.upper() in {"", series.symbol}:
                found += [row for row in series.find(spec, self._today(), expired=expired) if fits(row, spec)]
        return found

    def _by_contract_id(self, con_id: int, *, expired: bool) -> list[Instrument]:
        row = self.get(con_id)
        if row is None or (row.expiry and not expired and row.expiry < f"{self._today():%Y%m%d}"):
            return []
        return [row]

    def _continuous(self, spec: ContractSpec, *, expired: bool) -> list[Instrument]:
        """The front contract of each future that fits, and with `FUT+CONTFUT` the single ones too."""
        plain = replace(spec, sec_type="FUT", expiry="")
        rows = self._matches(plain, expired=False)
        fronts: dict[tuple[str, str], Instrument] = {}
        for row in rows:
            fronts.setdefault((row.primary_exchange, row.trading_class), row)
        found = [as_continuous(row) for row in fronts.values()]
        if spec.sec_type == "FUT+CONTFUT":
            found += self._matches(replace(spec, sec_type="FUT"), expired=expired)
        return found
