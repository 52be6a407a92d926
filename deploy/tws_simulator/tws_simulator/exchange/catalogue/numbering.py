"""Contract ids of ours, for contracts whose id at IB is not known: every dated future and option, and two indices.

IB numbers each dated contract when it is listed, and those numbers are not public ahead of time. The simulator's are
a pure function of the contract, so they are the same in every run and on every day, and they lie above all that IB
has given out (below 900 million in 2026) and below 2**31, where clients stop.
"""

from datetime import date, timedelta

INDICES = 1_899_000_000
FUTURES = 1_900_000_000
OPTIONS = 1_901_000_000

_FAMILY = 10_000
_CLASS = 20_000_000
_DAY = 3_800
_FIRST_MONDAY = date(2019, 12, 30)
_LAST_DAY = date(2039, 12, 30)
_WEEKDAYS = 5
MAX_STRIKES = _DAY // 2


def future_id(family: int, month: date) -> int:
    """The id of a future of a family by its contract month."""
    return FUTURES + family * _FAMILY + (month.year - 2000) * 12 + month.month - 1


def future_month(con_id: int) -> tuple[int, date] | None:
    """Family and first day of the contract month of an id; None if it is no future's."""
    if not FUTURES <= con_id < OPTIONS:
        return None
    family, months = divmod(con_id - FUTURES, _FAMILY)
    return family, date(2000 + months // 12, months % 12 + 1, 1)


def has_options(expiry: date) -> bool:
    """Whether there are numbers for options that end on a day: those of 2020 to 2039."""
    return _FIRST_MONDAY <= expiry <= _LAST_DAY


def option_id(chain: int, expiry: date, strike: int, right: str) -> int:
    """The id of an option: number of its chain, last trading day (Monday to Friday), number of its strike, C or P."""
    weeks, weekday = divmod((expiry - _FIRST_MONDAY).days, 7)
    return OPTIONS + chain * _CLASS + (weeks * _WEEKDAYS + weekday) * _DAY + strike * 2 + (right == "P")


def option_parts(con_id: int) -> tuple[int, date, int, str] | None:
    """Chain, last trading day, number of the strike and right of an id; None if it is no option's."""
    if con_id < OPTIONS:
        return None
    chain, rest = divmod(con_id - OPTIONS, _CLASS)
    days, rest = divmod(rest, _DAY)
    weeks, weekday = divmod(days, _WEEKDAYS)
    return chain, _FIRST_MONDAY + timedelta(days=7 * weeks + weekday), rest // 2, "CP"[rest % 2]
