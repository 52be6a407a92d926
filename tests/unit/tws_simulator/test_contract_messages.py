"""Contracts on the wire: details of each kind, chains, and what orders and positions say of derivatives."""

import asyncio
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import ib_insync
import pytest
from ib_insync.decoder import Decoder
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.messages import replies
from tws_simulator.messages.contracts import Hours, contract_details, symbol_samples
from tws_simulator.model import ContractSpec
from tws_simulator.wire.fields import encode_fields
from tws_simulator.wire.framing import split_fields

from tests.unit.tws_simulator.conftest import Client

Messages = list[tuple[str, ...]]


@pytest.fixture(autouse=True)
def a_current_event_loop() -> Iterator[None]:
    """eventkit asks the thread for its loop."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


def read(message: replies.Message | tuple[str, ...], version: int = 176) -> list[tuple[str, tuple[Any, ...]]]:
    """What ib_insync's decoder hands to its wrapper for a message."""
    got: list[tuple[str, tuple[Any, ...]]] = []

    class Wrapper:
        ib = ib_insync.IB()

        def __getattr__(self, name: str) -> Any:
            return lambda *values: got.append((name, values))

    Decoder(Wrapper(), version).interpret(split_fields(encode_fields(message)))
    return got


def described(**changes: Any) -> tuple[Any, ...]:
    """The twelve contract fields of a request."""
    fields = {
        "con_id": 0, "symbol": "", "sec_type": "", "expiry": "", "strike": "0.0", "right": "", "multiplier": "",
        "exchange": "SMART", "primary": "", "currency": "USD", "local": "", "trading_class": "",
    }  # fmt: skip
    return tuple({**fields, **changes}.values())


def ask_details(client: Any, *, expired: int = 0, **changes: Any) -> list[ib_insync.ContractDetails]:
    """The details a client gets, read by ib_insync."""
    messages = client.ask(9, 8, 4, *described(**changes), expired, "", "", "")
    assert messages[-1][0] in {"52", "4"}
    return [read(message)[0][1][1] for message in messages[:-1]]


@pytest.fixture
def client(make_desk: Callable[..., Any]) -> Any:
    """A client at version 176 of a desk that keeps exchange hours."""
    return Client(make_desk(calendar="exchange").gateway, 1, 176)


def test_details_of_an_option(client: Any) -> None:
    [found] = ask_details(client, symbol="AAPL", sec_type="OPT", expiry="20261218", strike="230", right="C")
    contract = found.contract
    assert (contract.symbol, contract.secType, contract.lastTradeDateOrContractMonth) == ("AAPL", "OPT", "20261218")
    assert (contract.strike, contract.right, contract.multiplier) == (230.0, "C", "100")
    assert (contract.localSymbol, contract.tradingClass) == ("AAPL  261218C00230000", "AAPL")
    assert (found.lastTradeTime, found.timeZoneId, found.realExpirationDate) == (
        "16:00:00", "US/Eastern", "20261218",
    )  # fmt: skip
    assert (found.underConId, found.underSymbol, found.underSecType) == (265598, "AAPL", "STK")
    assert (found.contractMonth, found.minTick, found.aggGroup, found.stockType) == ("202612", 0.01, 2, "")
    assert len(found.validExchanges.split(",")) == len(found.marketRuleIds.split(",")) == 19
    assert found.tradingHours.startswith("20261124:0930-20261124:1600;20261125:0930-20261125:1600;20261126:CLOSED")
    assert (found.minSize, found.sizeIncrement, found.suggestedSizeIncrement) == (1, 1, 1)


def test_details_of_a_future(client: Any) -> None:
    found = ask_details(client, symbol="ES", sec_type="FUT", exchange="CME")
    assert [row.contract.localSymbol for row in found][:2] == ["ESZ6", "ESH7"]
    first = found[0]
    assert (first.contract.multiplier, first.minTick, first.priceMagnifier) == ("50", 0.25, 1)
    assert (first.contract.lastTradeDateOrContractMonth, first.lastTradeTime) == ("20261218", "08:30:00")
    assert (first.timeZoneId, first.contract.exchange, first.contract.primaryExchange) == ("US/Central", "CME", "")
    assert (first.underSymbol, first.underSecType, first.marketRuleIds) == ("SPX", "IND", "67")
    assert first.tradingHours.startswith("20261123:1700-20261124:1600;")
    assert first.liquidHours.startswith("20261124:0830-20261124:1600;")


def test_details_of_a_pair_and_of_an_index(client: Any) -> None:
    [pair] = ask_details(client, symbol="EUR", sec_type="CASH", exchange="IDEALPRO")
    assert (pair.contract.localSymbol, pair.minTick, pair.validExchanges) == ("EUR.USD", 0.00005, "IDEALPRO")
    assert (pair.contract.multiplier, pair.aggGroup, pair.minSize) == ("", 4, 0.01)
    [index] = ask_details(client, symbol="SPX", sec_type="IND", exchange="CBOE")
    assert (index.contract.conId, index.orderTypes, index.timeZoneId) == (416904, "", "US/Central")


def test_details_of_a_london_stock(client: Any) -> None:
    [found] = ask_details(client, symbol="VOD", sec_type="STK", currency="GBP")
    assert (found.priceMagnifier, found.timeZoneId, found.contract.primaryExchange) == (100, "GB-Eire", "LSE")
    assert found.secIdList == []
    [apple] = ask_details(client, con_id=265598, exchange="")
    assert [(row.tag, row.value) for row in apple.secIdList] == [("ISIN", "US0378331005")]


def test_a_tokyo_stock_has_two_sessions(client: Any) -> None:
    [found] = ask_details(client, symbol="1540", sec_type="STK", currency="JPY")
    # It is already Wednesday in Tokyo.
    assert found.tradingHours.startswith("20261125:0900-20261125:1130;20261125:1230-20261125:1530;")
    assert found.tradingSessions()[1].start.hour == 12


def test_without_an_exchange_every_listing_is_told(client: Any) -> None:
    found = ask_details(client, symbol="AAPL", sec_type="STK", exchange="", currency="")
    places = [(row.contract.currency, row.contract.exchange) for row in found]
    assert len(places) == len(set(places)) == 29
    assert ("USD", "SMART") in places
    assert ("CHF", "EBS") in places
    assert [row.contract.exchange for row in ask_details(client, con_id=265598, exchange="", currency="")] == ["SMART"]


def test_expired_contracts_on_request(client: Any) -> None:
    asked = {"symbol": "ES", "sec_type": "FUT", "exchange": "CME", "expiry": "202509"}
    assert ask_details(client, **asked) == []
    assert ask_details(client, expired=1, **asked)[0].contract.localSymbol == "ESU5"


def test_option_parameters(client: Any) -> None:
    messages: Messages = client.ask(78, 6, "AAPL", "", "STK", 265598)
    assert [message[0] for message in messages] == ["75"] * 19 + ["76"]
    name, values = read(messages[0])[0]
    assert name == "securityDefinitionOptionParameter"
    _, exchange, under, trading_class, multiplier, expirations, strikes = values
    assert (exchange, under, trading_class, multiplier) == ("SMART", "265598", "AAPL", "100")
    assert expirations[:2] == ["20261127", "20261204"]
    assert {220.0, 222.5, 225.0} <= set(strikes)
    classes = {(row[4], row[2]) for row in client.ask(78, 7, "SPX", "", "IND", 416904) if row[0] == "75"}
    assert classes == {(name, place) for name in ("SPX", "SPXW") for place in ("SMART", "CBOE", "IBUSOPT")}
    assert [row[0] for row in client.ask(78, 8, "IBM", "", "STK", 8314)] == ["76"]
    assert [row[3] for row in client.ask(78, 9, "AAPL", "", "STK", 8314)] == ["200"]


def test_the_chain_agrees_with_its_parameters(client: Any) -> None:
    parameters = next(row for row in client.ask(78, 6, "TSLA", "", "STK", 76792991) if row[2] == "SMART")
    expirations, strikes = read(parameters)[0][1][5:7]
    found = ask_details(client, symbol="TSLA", sec_type="OPT", expiry=expirations[3])
    assert sorted({row.contract.strike for row in found}) == sorted(strikes)
    assert len(found) == 2 * len(strikes)


def instrument(desk: Any, **changes: Any) -> Instrument:
    """An instrument of the desk's book."""
    found: Instrument = desk.broker.book.resolve(ContractSpec(exchange="SMART", **changes))
    return found


def test_positions_and_orders_name_the_whole_contract(desk: Any) -> None:
    put = instrument(
        desk, symbol="SPY", sec_type="OPT", expiry="20261218", strike=Decimal(590), right="P", trading_class="SPY"
    )
    _, (_, contract, *_) = read(replies.position("DU1", put, Decimal(3), Decimal(412)))[0]
    assert (contract.lastTradeDateOrContractMonth, contract.strike, contract.right) == ("20261218", 590.0, "P")
    assert (contract.multiplier, contract.localSymbol) == ("100", "SPY   261218P00590000")
    _, (_, _, _, contract, *_) = read(replies.position_multi(4, "DU1", put, Decimal(3), Decimal(412)))[0]
    assert (contract.multiplier, contract.tradingClass) == ("100", "SPY")
    stock = instrument(desk, symbol="AAPL", sec_type="STK", currency="USD")
    assert replies.short_contract(stock, "SMART", right="?")[3:7] == ("", Decimal(0), "?", "")
    assert replies.short_contract(put, "SMART", right="?")[3:7] == ("20261218", Decimal(590), "P", Decimal(100))


@pytest.mark.parametrize("version", [157, 163, 164, 176])
def test_every_version_reads_a_derivative(desk: Any, version: int) -> None:
    row = desk.broker.book.by_symbol("ESZ6")
    assert row is not None
    hours = Hours("US/Central", "20261123:1700-20261124:1600", "20261124:0830-20261124:1600")
    message = contract_details(9, row, exchange="CME", hours=hours, underlying=None, version=version)
    _, (_, found) = read(message, version)[0]
    assert (found.contract.localSymbol, found.realExpirationDate, found.liquidHours) == (
        "ESZ6", "20261218", "20261124:0830-20261124:1600",
    )  # fmt: skip
    _, (_, samples) = read(symbol_samples(9, [(row, ("OPT",))], version=version), version)[0]
    assert (samples[0].contract.conId, samples[0].derivativeSecTypes) == (row.con_id, ["OPT"])
