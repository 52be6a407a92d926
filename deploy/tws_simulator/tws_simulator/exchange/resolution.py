"""Which instruments a client's description fits."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Protocol

from tws_simulator.exchange.instruments import Instrument, canonical_exchange
from tws_simulator.model import ContractSpec

CALLS_AND_PUTS = {"C": "C", "CALL": "C", "P": "P", "PUT": "P"}
_NO_RIGHT = {"", "0", "?"}
SECURITY_ID_TYPES = {"ISIN", "CUSIP", "SEDOL", "RIC", "FIGI"}
_US_ISIN_LENGTH = 12
_OPTION_LISTINGS = {"AMEX", "CBOE"}  # what TWS gives as the primary exchange of options


class Series(Protocol):
    """Derivatives of one kind that are made when somebody asks for them."""

    sec_type: str

    @property
    def symbol(self) -> str:
        """The symbol clients use."""

    @property
    def underlying(self) -> int:
        """Contract id of what they are priced from."""

    def get(self, con_id: int) -> Instrument | None:
        """By contract id, expired or not; None if it is not one of these."""

    def find(self, spec: ContractSpec, today: date, *, expired: bool) -> Iterable[Instrument]:
        """Those a description may mean; with `expired`, those that have expired before `today` too."""

    def listed(self, today: date) -> Iterable[Instrument]:
        """Those that can be traded on a day, in order."""


class Chain(Series, Protocol):
    """Options of one class on one underlying."""

    @property
    def exchanges(self) -> tuple[str, ...]:
        """Where they trade."""

    @property
    def trading_class(self) -> str:
        """The name of the class."""

    @property
    def multiplier(self) -> Decimal:
        """Units of the underlying for one option."""

    @property
    def strikes(self) -> list[Decimal]:
        """Every strike, lowest first."""

    def expiries(self, today: date) -> list[date]:
        """Last trading days of the options listed on a day."""


def right_of(spec: ContractSpec) -> str | None:
    """`C` or `P`, empty if the client named none; None if it is neither."""
    named = spec.right.upper()
    return "" if named in _NO_RIGHT else CALLS_AND_PUTS.get(named)


def expiry_date_fits(expiry: date, settled: date, wanted: str) -> bool:
    """Whether `yyyymm` or `yyyymmdd` means the contract that trades until one day and settles on another."""
    if len(wanted) == len("yyyymm"):
        return wanted == f"{settled:%Y%m}"
    return not wanted or wanted[:8] in {f"{expiry:%Y%m%d}", f"{settled:%Y%m%d}"}


def expiry_fits(row: Instrument, wanted: str) -> bool:
    """Whether `yyyymm` or `yyyymmdd`, as clients write it, means an instrument's expiry."""
    text = wanted.strip()
    if len(text) == len("yyyymm"):
        return text == row.contract_month
    return not text or text[:8] in {row.expiry, row.real_expiration}


def fits(row: Instrument, spec: ContractSpec) -> bool:
    """Whether an instrument is what a client describes; a contract id makes symbols not matter."""
    by_id = bool(spec.con_id)
    exchange = canonical_exchange(spec.exchange)
    primary = canonical_exchange(spec.primary_exchange)
    return (
        (not spec.symbol or by_id or spec.symbol.upper() == row.symbol)
        and (not spec.sec_type or spec.sec_type == row.sec_type)
        and (not spec.currency or spec.currency.upper() == row.currency)
        and (not exchange or exchange in row.exchanges)
        and (not primary or row.sec_type != "STK" or _is_listed_on(row, primary))
        and (not spec.local_symbol or by_id or spec.local_symbol.upper() == row.local.upper())
        and (not spec.trading_class or spec.trading_class == row.trading_class)
        and _derivative_fits(row, spec)
    )


def _is_listed_on(row: Instrument, primary: str) -> bool:
    """Whether a stock's primary exchange is meant. Programs also name that of its options, which TWS lets pass."""
    return primary in {row.primary_exchange, "SMART"} or (primary in _OPTION_LISTINGS and primary in row.exchanges)


def _derivative_fits(row: Instrument, spec: ContractSpec) -> bool:
    if not row.is_derivative:
        return True
    right = right_of(spec)
    return (
        expiry_fits(row, spec.expiry)
        and _multiplier_fits(row, spec.multiplier)
        and (not spec.strike or row.right == "" or spec.strike == row.strike)
        and (right == "" or row.right == "" or right == row.right)
    )


def _multiplier_fits(row: Instrument, text: str) -> bool:
    if not text.strip():
        return True
    try:
        return Decimal(text) == row.multiplier
    except InvalidOperation:
        return False


def security_id_fits(row: Instrument, kind: str, value: str) -> bool:
    """Whether an instrument is known by an ISIN, or by the CUSIP that is part of a US one."""
    wanted = value.strip().upper()
    if not row.isin or not wanted:
        return False
    if kind == "CUSIP":
        return row.isin[:2] in {"US", "CA"} and len(row.isin) == _US_ISIN_LENGTH and row.isin[2:11] == wanted
    return kind == "ISIN" and row.isin == wanted


def as_continuous(row: Instrument) -> Instrument:
    """The continuous future that is, for now, this one."""
    return replace(row, sec_type="CONTFUT")
