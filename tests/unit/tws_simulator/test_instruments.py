"""Instruments are found by what clients say, and by nothing else."""

import pytest
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.catalogue import instruments
from tws_simulator.exchange.instruments import STOCK_EXCHANGES, InstrumentBook
from tws_simulator.model import ContractSpec

BOOK = InstrumentBook(instruments())


def spec(**changes: object) -> ContractSpec:
    return ContractSpec(**{"symbol": "AAPL", "sec_type": "STK", "exchange": "SMART", "currency": "USD", **changes})  # type: ignore[arg-type]


def test_there_are_plenty_with_distinct_ids_and_symbols() -> None:
    rows = list(BOOK)
    assert len(rows) >= 60
    assert len({row.con_id for row in rows}) == len({row.symbol for row in rows}) == len(rows)
    assert {row.primary_exchange for row in rows} <= set(STOCK_EXCHANGES)
    assert sum(row.stock_type == "ETF" for row in rows) >= 10


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
        {"exchange": "ARCA"},
        {"symbol": "", "con_id": 265598, "sec_type": "", "currency": ""},
        {"symbol": "", "local_symbol": "AAPL"},
        {"trading_class": "NMS"},
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
        ({"sec_type": "OPT"}, 200),
        ({"sec_type": ""}, 200),
        ({"con_id": 1}, 200),
        ({"sec_type": "STOCK"}, 321),
        ({"exchange": ""}, 321),
        ({"symbol": "<script>alert(1)</script>"}, 200),
    ],
)
def test_everything_else_is_refused(changes: dict[str, object], code: int) -> None:
    with pytest.raises(BrokerError) as refused:
        BOOK.resolve(spec(**changes))
    assert refused.value.code == code


def test_details_need_no_exchange() -> None:
    assert BOOK.resolve(spec(exchange=""), needs_exchange=False).symbol == "AAPL"


def test_search_puts_the_exact_symbol_first() -> None:
    assert next(row.symbol for row in BOOK.search("v")) == "V"
    assert "AAPL" in [row.symbol for row in BOOK.search("apple")]
    assert BOOK.search("  ") == []
    assert BOOK.search("nothing like it") == []
    assert len(BOOK.search("A")) <= 16
