"""Currency pairs, indices, futures and options: what there is, and how clients find it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.calendar.schedules import SCHEDULES
from tws_simulator.exchange.catalogue import futures, instruments, numbering, options
from tws_simulator.exchange.catalogue.expiries import Pattern, monthly
from tws_simulator.exchange.catalogue.options import OptionChain
from tws_simulator.exchange.instrument_book import InstrumentBook
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market_rules import MARKET_RULES
from tws_simulator.model import ContractSpec

TODAY = date(2026, 11, 24)
ALL = instruments()


def book_on(today: date) -> InstrumentBook:
    """The catalogue on a day."""
    return InstrumentBook(ALL, futures(), options(ALL), lambda: today)


BOOK = book_on(TODAY)


def future(**changes: object) -> ContractSpec:
    """The E-mini S&P 500 as clients describe it, with changes."""
    return ContractSpec(**{"symbol": "ES", "sec_type": "FUT", "exchange": "CME", "currency": "USD", **changes})  # type: ignore[arg-type]


def option(**changes: object) -> ContractSpec:
    """A call on Apple as clients describe it, with changes."""
    fields: dict[str, object] = {
        "symbol": "AAPL", "sec_type": "OPT", "exchange": "SMART", "currency": "USD", "expiry": "20261218",
        "strike": Decimal(230), "right": "C", "multiplier": "100",
    }  # fmt: skip
    return ContractSpec(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("symbol", "currency", "con_id", "tick"),
    [("EUR", "USD", 12087792, "0.00005"), ("USD", "JPY", 15016059, "0.005"), ("EUR", "GBP", 12087807, "0.00005")],
)
def test_currency_pairs(symbol: str, currency: str, con_id: int, tick: str) -> None:
    found = BOOK.resolve(ContractSpec(symbol=symbol, currency=currency, sec_type="CASH", exchange="IDEALPRO"))
    assert (found.con_id, found.local, found.min_tick) == (con_id, f"{symbol}.{currency}", Decimal(tick))
    with pytest.raises(BrokerError):
        BOOK.resolve(ContractSpec(symbol=symbol, currency=currency, sec_type="CASH", exchange="SMART"))


def test_an_index_is_quoted_and_not_traded() -> None:
    spec = ContractSpec(symbol="SPX", sec_type="IND", exchange="CBOE", currency="USD")
    assert BOOK.resolve(spec).con_id == 416904
    with pytest.raises(BrokerError) as refused:
        BOOK.tradable(spec)
    assert refused.value.code == 412


def test_a_future_without_a_month_means_several() -> None:
    rows = BOOK.find_all(future())
    assert [row.local for row in rows] == ["ESZ6", "ESH7", "ESM7", "ESU7", "ESZ7", "ESH8"]
    assert [row.expiry for row in rows][:3] == ["20261218", "20270319", "20270617"]  # Friday the 18th is Juneteenth
    with pytest.raises(BrokerError) as refused:
        BOOK.resolve(future())
    assert "ambiguous" in refused.value.text


@pytest.mark.parametrize(
    "changes",
    [
        {"expiry": "202612"},
        {"expiry": "20261218"},
        {"symbol": "", "local_symbol": "ESZ6"},
        {"local_symbol": "esz6"},
        {"expiry": "202612", "multiplier": "50", "trading_class": "ES"},
        {"symbol": "", "con_id": 1_900_000_323},
    ],
)
def test_a_month_makes_it_one(changes: dict[str, object]) -> None:
    found = BOOK.resolve(future(**changes))
    assert (found.local, found.multiplier, found.hours) == ("ESZ6", 50, "cme_index")
    assert (found.contract_month, found.underlying) == ("202612", 416904)


@pytest.mark.parametrize(
    "changes",
    [
        {"expiry": "202611"}, {"expiry": "202509"}, {"exchange": "CBOT"}, {"exchange": "GLOBEX"}, {"currency": "EUR"},
        {"expiry": "202612", "multiplier": "5"}, {"expiry": "202612", "multiplier": "many"},
        {"expiry": "202612", "trading_class": "MES"}, {"local_symbol": "ESZ5"}, {"symbol": ""},
        {"con_id": 1_900_000_322}, {"con_id": 1_900_000_311},
    ],
)  # fmt: skip
def test_what_is_no_listed_future_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BrokerError) as refused:
        BOOK.resolve(future(**changes))
    assert refused.value.code == 200


def test_expired_futures_are_found_only_when_asked_for() -> None:
    assert BOOK.resolve(future(expiry="202512"), expired=True).local == "ESZ5"
    assert len(BOOK.find_all(future(), expired=True)) == 14
    expired = BOOK.get(1_900_000_311)
    assert expired is not None
    assert expired.local == "ESZ5"  # for positions and executions that are still there


def test_the_front_contract_rolls_after_its_last_day() -> None:
    assert book_on(date(2026, 12, 18)).find_all(future())[0].local == "ESZ6"
    assert book_on(date(2026, 12, 19)).find_all(future())[0].local == "ESH7"


def test_a_continuous_future_is_the_front_contract_and_takes_no_orders() -> None:
    spec = future(sec_type="CONTFUT")
    [told] = BOOK.find_all(spec)
    assert (told.con_id, told.sec_type) == (1_900_000_323, "CONTFUT")
    assert BOOK.resolve(spec) == BOOK.get(1_900_000_323)
    with pytest.raises(BrokerError):
        BOOK.tradable(spec)
    assert len(BOOK.find_all(future(sec_type="FUT+CONTFUT"))) == 7


def test_german_futures_differ_by_trading_class() -> None:
    dax = {"symbol": "DAX", "exchange": "EUREX", "currency": "EUR", "expiry": "202612"}
    assert [row.local for row in BOOK.find_all(future(**dax))] == ["FDAX 20261218 M", "FDXM 20261218 M"]
    assert BOOK.resolve(future(**dax, multiplier="25")).trading_class == "FDAX"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"right": "CALL"},
        {"trading_class": "AAPL"},
        {"exchange": "CBOE"},
        {"multiplier": ""},
        {"symbol": "", "local_symbol": "AAPL  261218C00230000", "expiry": "", "right": "", "strike": Decimal(0)},
    ],
)
def test_an_option_is_found(changes: dict[str, object]) -> None:
    found = BOOK.resolve(option(**changes))
    assert (found.local, found.strike, found.right) == ("AAPL  261218C00230000", 230, "C")
    assert (found.underlying, found.multiplier, found.contract_month) == (265598, 100, "202612")


@pytest.mark.parametrize(
    "changes",
    [
        {"strike": Decimal(231)}, {"strike": Decimal(1000)}, {"expiry": "20261216"}, {"expiry": "202613"},
        {"expiry": "soon"}, {"right": "X"}, {"multiplier": "10"}, {"symbol": "IBM"}, {"exchange": "IBIS"},
        {"expiry": "20261120"}, {"local_symbol": "AAPL  261216C00230000"}, {"local_symbol": "AAPL  26121"},
        {"local_symbol": "AAPL  261318C00230000"}, {"trading_class": "MSFT"},
    ],
)  # fmt: skip
def test_what_is_no_listed_option_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BrokerError) as refused:
        BOOK.resolve(option(**changes))
    assert refused.value.code == 200


def test_expired_options_are_found_only_when_asked_for() -> None:
    last_week = option(expiry="20261120")
    found = BOOK.resolve(last_week, expired=True)
    assert found.expiry == "20261120"
    assert BOOK.get(found.con_id) == found
    with pytest.raises(BrokerError):
        BOOK.resolve(ContractSpec(con_id=found.con_id, exchange="SMART"))
    assert BOOK.resolve(ContractSpec(con_id=found.con_id, exchange="SMART"), expired=True) == found


def test_a_description_with_gaps_means_a_part_of_the_chain() -> None:
    both = BOOK.find_all(option(right=""))
    assert [row.right for row in both] == ["C", "P"]
    strikes = BOOK.find_all(option(strike=Decimal(0)))
    assert [row.strike for row in strikes] == sorted({row.strike for row in strikes})
    assert {row.expiry for row in BOOK.find_all(option(expiry="202612"))} == {
        "20261204", "20261211", "20261218", "20261224", "20261231",
    }  # fmt: skip


def test_ids_of_options_are_the_same_every_day_and_all_different() -> None:
    today = BOOK.find_all(option(expiry="", strike=Decimal(0), right=""))
    later = book_on(TODAY + timedelta(days=2)).find_all(option(expiry="", strike=Decimal(0), right=""))
    assert len({row.con_id for row in today}) == len(today) > 2000
    named = {row.local: row.con_id for row in later}
    assert all(named[row.local] == row.con_id for row in today if row.expiry >= "20261127")
    assert book_on(TODAY).get(today[7].con_id) == today[7]


def test_the_index_has_two_classes() -> None:
    morning = BOOK.resolve(option(symbol="SPX", trading_class="SPX", expiry="20261218", strike=Decimal(6000)))
    assert (morning.expiry, morning.real_expiration, morning.local) == (
        "20261217", "20261218", "SPX   261218C06000000",
    )  # fmt: skip
    evening = BOOK.resolve(option(symbol="SPX", trading_class="SPXW", strike=Decimal(6000)))
    assert (evening.expiry, evening.last_trade_time) == ("20261218", "15:00:00")
    assert morning.con_id != evening.con_id
    with pytest.raises(BrokerError):
        BOOK.resolve(option(symbol="SPX", strike=Decimal(6000)))


@pytest.mark.parametrize(
    ("row", "price", "step"),
    [
        (option(), "2.99", "0.01"),
        (option(), "12.00", "0.01"),
        (option(symbol="SPX", trading_class="SPXW", strike=Decimal(6000)), "2.95", "0.05"),
        (option(symbol="SPX", trading_class="SPXW", strike=Decimal(6000)), "3.00", "0.10"),
        (future(expiry="202612"), "5962.00", "0.25"),
    ],
)
def test_price_steps(row: ContractSpec, price: str, step: str) -> None:
    assert BOOK.resolve(row).tick_at(Decimal(price)) == Decimal(step)


def test_only_some_exchanges_take_every_cent_for_an_option() -> None:
    found = BOOK.resolve(option())
    rules = dict(zip(found.exchanges, found.rules, strict=True))
    assert (rules["SMART"], rules["CBOE"], rules["NASDAQOM"]) == (32, 109, 32)
    assert found.is_on_tick(Decimal("12.01"))
    assert not found.is_on_tick(Decimal("12.01"), "CBOE")
    assert found.is_on_tick(Decimal("12.05"), "CBOE")


def every_future() -> list[Instrument]:
    """The futures of today."""
    return [row for row in BOOK if row.sec_type == "FUT"]


def test_what_expires_is_complete() -> None:
    sample = BOOK.find_all(option(symbol="SPY", expiry="", strike=Decimal(0), right=""))[::97]
    assert len(every_future()) == 66
    for row in [*every_future(), *sample]:
        assert row.con_id < 2**31
        assert BOOK.get(row.con_id) == row
        assert BOOK.get(row.underlying) is not None
        assert row.primary_exchange in row.exchanges
        assert row.hours in SCHEDULES
        assert set(row.rules) <= set(MARKET_RULES)
        assert row.is_on_tick(row.reference_price)
        assert SCHEDULES[row.hours].spans(date.fromisoformat(row.expiry), regular=True)
        assert len(row.last_trade_time) == 8


def test_an_early_close_ends_an_option_early() -> None:
    assert BOOK.resolve(option(expiry="20261127")).last_trade_time == "13:00:00"


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2026, 6, 18), (2026, 12, 18), (2027, 1, 15), (2025, 4, 17), (2030, 4, 18)]
)
def test_third_fridays_that_are_holidays_move_a_day_ahead(year: int, month: int, day: int) -> None:
    assert monthly(year, month) == date(year, month, day)


@pytest.mark.parametrize("year", [2015, 2020, 2024, 2030, 2037, 2050])
def test_a_clock_may_be_set_to_any_year(year: int) -> None:
    book = book_on(date(year, 3, 4))
    rows = book.find_all(future(expiry=f"{year}06"))
    assert [row.expiry[:6] for row in rows] == [f"{year}06"]
    chain = book.chains_of(265598)[0].expiries(date(year, 3, 4))
    found = [row for row in chain if numbering.has_options(row)]
    assert bool(found) is (2020 <= year <= 2037)
    for expiry in found:
        row = book.resolve(option(expiry=f"{expiry:%Y%m%d}"))
        assert book.get(row.con_id) == row


def test_patterns_of_expiries() -> None:
    assert [Pattern.DAILY.holds(date(2026, 11, day)) for day in (25, 26, 27, 28)] == [True, False, True, False]
    assert [Pattern.WEEKLY.holds(date(2026, 12, day)) for day in (23, 24, 25)] == [False, True, False]
    assert [Pattern.MONTHLY.holds(date(2026, 12, day)) for day in (11, 18)] == [False, True]


def test_derivatives_are_told_with_the_symbol() -> None:
    assert BOOK.derivatives_of(265598) == ("OPT",)
    assert BOOK.derivatives_of(416904) == ("FUT", "OPT")
    assert BOOK.derivatives_of(8314) == ()
    assert [chain.trading_class for chain in BOOK.chains_of(416904)] == ["SPX", "SPXW"]


def test_symbols_of_derivatives_are_understood() -> None:
    for text in ("ESZ6", "AAPL  261218C00230000", "EUR.USD", "SPX"):
        found = BOOK.by_symbol(text)
        assert found is not None
        assert found.local == text
    assert BOOK.by_symbol("ESZ5") is None


CHAINS = options(ALL)


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.trading_class)
def test_numbers_of_every_chain_fit_in_what_clients_hold_and_in_its_own_range(chain: OptionChain) -> None:
    top = int(chain.strikes[-1] / chain.terms.grid.step)
    assert top < numbering.MAX_STRIKES
    last = numbering.option_id(chain.number, date(2039, 12, 30), top, "P")
    assert last < 2**31
    assert numbering.option_parts(last) == (chain.number, date(2039, 12, 30), top, "P")
    assert chain.strikes[0] < chain.under.reference_price < chain.strikes[-1]
    assert len(list(chain.listed(date(2026, 6, 1)))) > 100
