"""Instruments are found by what clients say, and by nothing else."""

from collections import Counter
from decimal import Decimal

import pytest
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.calendar.schedules import SCHEDULES
from tws_simulator.exchange.catalogue import instruments
from tws_simulator.exchange.instrument_book import InstrumentBook
from tws_simulator.exchange.instruments import STOCK_EXCHANGES, Instrument
from tws_simulator.exchange.market_rules import MARKET_RULES
from tws_simulator.model import ContractSpec

ALL = instruments()
BOOK = InstrumentBook(ALL)


def spec(**changes: object) -> ContractSpec:
    """Apple's stock as clients describe it, with changes."""
    return ContractSpec(**{"symbol": "AAPL", "sec_type": "STK", "exchange": "SMART", "currency": "USD", **changes})  # type: ignore[arg-type]


def stocks() -> list[Instrument]:
    """Stocks and funds."""
    return [row for row in ALL.values() if row.sec_type == "STK"]


def test_there_are_plenty_of_stocks_in_several_currencies() -> None:
    rows = stocks()
    currencies = Counter(row.currency for row in rows)
    assert len(rows) >= 190
    assert sum(row.exchanges == STOCK_EXCHANGES for row in rows) >= 155
    assert sum(row.exchanges != STOCK_EXCHANGES for row in rows) >= 35
    assert set(currencies) == {"USD", "EUR", "GBP", "CHF", "JPY", "HKD", "CAD", "AUD"}
    assert sum(row.stock_type == "ETF" for row in rows) >= 30


def test_no_two_are_the_same() -> None:
    rows = stocks()
    assert all(key == row.con_id for key, row in ALL.items())
    assert len({(row.symbol, row.primary_exchange, row.currency) for row in rows}) == len(rows)
    american = [row for row in rows if row.exchanges == STOCK_EXCHANGES]
    assert len({row.symbol for row in american}) == len(american)


@pytest.mark.parametrize("row", ALL.values(), ids=lambda row: f"{row.symbol}-{row.primary_exchange}")
def test_every_one_is_complete(row: Instrument) -> None:
    assert 0 < row.con_id < 2**31
    assert row.primary_exchange in row.exchanges
    assert len(set(row.exchanges)) == len(row.exchanges) == len(row.rules)
    assert row.hours in SCHEDULES
    assert set(row.rules) <= set(MARKET_RULES)
    assert row.reference_price > 0
    assert row.is_on_tick(row.reference_price)
    assert 0 < row.volatility < 1
    assert row.name == row.name.upper() or row.sec_type in {"CASH", "IND"}
    assert row.isin == "" or isin_is_valid(row.isin)
    assert row.shortable in {"easy", "hard", "none"}


def isin_is_valid(isin: str) -> bool:
    """Whether the check digit is right."""
    digits = "".join(str(int(letter, 36)) for letter in isin)
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return len(isin) == 12 and sum(number // 10 + number % 10 for number in doubled) % 10 == 0


# Ids that are known from IB's own documentation and countless public programs.
@pytest.mark.parametrize(
    ("symbol", "con_id"),
    [("AAPL", 265598), ("MSFT", 272093), ("SPY", 756733), ("QQQ", 320227571), ("IBM", 8314), ("TSLA", 76792991)],
)
def test_well_known_ids(symbol: str, con_id: int) -> None:
    found = BOOK.by_symbol(symbol)
    assert found is not None
    assert found.con_id == con_id


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"symbol": "aapl"},
        {"primary_exchange": "NASDAQ"},
        {"primary_exchange": "ISLAND"},
        {"primary_exchange": "CBOE"},  # of its options
        {"exchange": "ARCA"},
        {"symbol": "", "con_id": 265598, "sec_type": "", "currency": ""},
        {"symbol": "", "local_symbol": "AAPL"},
        {"trading_class": "NMS"},
        {"currency": "", "exchange": "NYSE"},
    ],
)
def test_apple_is_found(changes: dict[str, object]) -> None:
    assert BOOK.resolve(spec(**changes)).con_id == 265598


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symbol": "NOSUCH"}, 200),
        ({"symbol": ""}, 200),
        ({"currency": "EUR"}, 200),
        ({"exchange": "LSE"}, 200),
        ({"primary_exchange": "NYSE"}, 200),
        ({"con_id": 265598, "exchange": "EBS"}, 200),
        ({"sec_type": "OPT"}, 200),
        ({"sec_type": ""}, 200),
        ({"con_id": 1}, 200),
        ({"con_id": -1}, 200),
        ({"sec_type": "STOCK"}, 321),
        ({"exchange": ""}, 321),
        ({"symbol": "<script>alert(1)</script>"}, 200),
    ],
)
def test_everything_else_is_refused(changes: dict[str, object], code: int) -> None:
    with pytest.raises(BrokerError) as refused:
        BOOK.resolve(spec(**changes))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("changes", "con_id"),
    [
        ({"exchange": "EBS", "currency": "CHF"}, 273982664),
        ({"currency": "CHF"}, 273982664),
        ({"symbol": "ASML", "currency": "EUR"}, 117589399),
        ({"symbol": "ASML", "currency": "", "primary_exchange": "TSE"}, 762277717),
        ({"symbol": "SAP", "exchange": "IBIS", "currency": "EUR"}, 14204),
        ({"symbol": "VOD", "exchange": "LSE", "currency": "GBP"}, 140148322),
        ({"symbol": "", "local_symbol": "1540.T", "currency": "JPY"}, 117595037),
        ({"symbol": "2800", "exchange": "SEHK", "currency": "HKD"}, 6244735),
        ({"symbol": "BRK B"}, 72063691),
    ],
)
def test_a_listing_is_told_from_the_others(changes: dict[str, object], con_id: int) -> None:
    assert BOOK.resolve(spec(**changes)).con_id == con_id


def test_a_symbol_in_two_currencies_is_ambiguous_for_an_order_and_not_for_a_question() -> None:
    with pytest.raises(BrokerError) as refused:
        BOOK.resolve(spec(currency=""))
    assert (refused.value.code, refused.value.text) == (
        200, "The contract description specified for AAPL is ambiguous.",
    )  # fmt: skip
    assert [row.currency for row in BOOK.find_all(spec(currency=""))] == ["USD", "CHF"]


def test_hong_kong_has_no_smart_routing() -> None:
    with pytest.raises(BrokerError):
        BOOK.resolve(spec(symbol="2800", currency="HKD"))


def test_details_need_no_exchange() -> None:
    assert BOOK.resolve(spec(exchange=""), needs_exchange=False).symbol == "AAPL"


def test_security_ids_are_known_where_they_are_certain() -> None:
    anything = ContractSpec()
    found = BOOK.find_by_security_id("ISIN", "NL0010273215", anything)
    assert [row.con_id for row in found] == [117589399]
    assert [row.currency for row in BOOK.find_by_security_id("ISIN", "IE00B5BMR087", anything)] == ["EUR", "USD"]
    assert BOOK.find_by_security_id("ISIN", "IE00B5BMR087", spec(symbol="", currency="EUR"))[0].symbol == "SXR8"
    assert BOOK.find_by_security_id("CUSIP", "037833100", anything)[0].symbol == "AAPL"
    for kind, value in (("ISIN", "US0000000000"), ("ISIN", ""), ("NAME", "APPLE"), ("SEDOL", "2046251")):
        with pytest.raises(BrokerError):
            BOOK.find_by_security_id(kind, value, anything)


def test_search_puts_the_exact_symbol_first() -> None:
    assert next(row.symbol for row in BOOK.search("v")) == "V"
    assert "AAPL" in [row.symbol for row in BOOK.search("apple")]
    assert BOOK.search("  ") == []
    assert BOOK.search("nothing like it") == []
    assert len(BOOK.search("A")) <= 16


@pytest.mark.parametrize(
    ("symbol", "price", "step"),
    [
        ("AAPL", "231.40", "0.01"),
        ("AAPL", "0.55", "0.01"),
        ("SAP", "224.5", "0.05"),
        ("SAP", "199.99", "0.02"),
        ("VOD", "70.48", "0.02"),
        ("1540", "9999", "1"),
        ("1540", "10000", "5"),
        ("2800", "19.9", "0.01"),
        ("BHP", "1.5", "0.005"),
        ("CSU", "4700", "0.01"),
    ],
)
def test_the_price_step_depends_on_the_price(symbol: str, price: str, step: str) -> None:
    row = BOOK.by_symbol(symbol)
    assert row is not None
    assert row.tick_at(Decimal(price)) == Decimal(step)
    assert row.is_on_tick(Decimal(price)) is (Decimal(price) % Decimal(step) == 0)


def test_rules_begin_at_zero_and_grow() -> None:
    for rule in MARKET_RULES.values():
        assert rule[0][0] == 0
        assert [edge for edge, _ in rule] == sorted({edge for edge, _ in rule})
        assert [step for _, step in rule] == sorted(step for _, step in rule)
