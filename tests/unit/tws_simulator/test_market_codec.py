"""Market data messages against ib_insync's encoder and decoder, at every version both speak."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import ib_insync
import pytest
from tws_simulator.exchange.catalogue import instruments
from tws_simulator.exchange.ticks import QuoteTick, TradeTick
from tws_simulator.messages import market_data, replies
from tws_simulator.messages.decoding import decode_request
from tws_simulator.messages.market_data import BookRow
from tws_simulator.wire.fields import encode_fields
from tws_simulator.wire.framing import split_fields

from tests.unit.tws_simulator.test_codec_with_ib_insync import (
    VERSIONS,
    a_current_event_loop,
    read_by_ib_insync,
    sent_by_ib_insync,
)

__all__ = ["a_current_event_loop"]
AAPL = instruments()[265598]
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
STOCK = ib_insync.Stock("AAPL", "SMART", "USD", conId=265598)
OPTION = ib_insync.Option("AAPL", "20270115", 230, "C", "SMART", conId=9)
TRADE = TradeTick(NOW, Decimal("190.01"), Decimal(200), "ARCA")
QUOTE = QuoteTick(NOW, Decimal("190.01"), Decimal("190.03"), Decimal(300), Decimal(500))
ROW = BookRow(2, 0, 1, Decimal("190.01"), Decimal(300), "ARCA")
SCAN = ib_insync.ScannerSubscription(50, "STK", "STK.US.MAJOR", "MOST_ACTIVE", abovePrice=5, aboveVolume=100)

REQUESTS: dict[str, tuple[Any, ...]] = {
    "reqMktData": (1, STOCK, "233", False, False, []),
    "reqMktDepth": (1, STOCK, 5, True, []),
    "cancelMktDepth": (1, True),
    "reqTickByTickData": (1, STOCK, "Last", 10, False),
    "cancelTickByTickData": (1,),
    "reqHistoricalTicks": (1, STOCK, "20261124 09:30:00", "", 100, "TRADES", True, False, []),
    "reqHistoricalData": (1, STOCK, "", "1 D", "1 min", "TRADES", True, 1, True, []),
    "reqRealTimeBars": (1, STOCK, 5, "TRADES", True, []),
    "reqHistogramData": (1, STOCK, True, "3 days"),
    "reqHeadTimeStamp": (1, STOCK, "TRADES", True, 1),
    "reqScannerSubscription": (1, SCAN, [], [ib_insync.TagValue("priceAbove", "5")]),
    "calculateImpliedVolatility": (1, OPTION, 5.0, 230.0, []),
    "calculateOptionPrice": (1, OPTION, 0.4, 230.0, []),
    "exerciseOptions": (1, OPTION, 1, 2, "DU1", 1),
    "reqFundamentalData": (1, STOCK, "ReportSnapshot", []),
    "reqNewsArticle": (1, "SIM", "SIM$1-20261124", []),
    "reqHistoricalNews": (1, 265598, "SIM", "", "", 10, []),
    "reqSmartComponents": (1, "9c0001"),
    "reqNewsBulletins": (True,),
    "reqWshMetaData": (1,),
    "reqWshEventData": (1, ib_insync.WshEventData(conId=265598)),
    "replaceFA": (1, 1, "<xml/>"),
    "queryDisplayGroups": (1,),
    "subscribeToGroupEvents": (1, 2),
    "updateDisplayGroup": (1, "none"),
    "cancelCalculateImpliedVolatility": (1,),
}


@pytest.mark.parametrize("version", [157, 165, 170, 172, 176])
@pytest.mark.parametrize("method", REQUESTS)
def test_requests_are_read_to_their_end(version: int, method: str) -> None:
    fields = sent_by_ib_insync(version, method, *REQUESTS[method])
    whole = decode_request(fields, version)
    # One field less and it could not be read: nothing was left over.
    if not any(isinstance(value, list) for value in whole.values.values()) and len(fields) > 1:
        with pytest.raises(Exception, match="ended"):
            decode_request(fields[:-1], version)


def test_what_a_scanner_and_an_exercise_ask_for() -> None:
    scan = decode_request(sent_by_ib_insync(176, "reqScannerSubscription", *REQUESTS["reqScannerSubscription"]), 176)
    assert (scan["scan_code"], scan["above_price"], scan["above_volume"]) == ("MOST_ACTIVE", 5, 100)
    assert scan["filter_options"] == "priceAbove=5;"
    exercise = decode_request(sent_by_ib_insync(176, "exerciseOptions", *REQUESTS["exerciseOptions"]), 176)
    assert (exercise.contract.con_id, exercise["exercise_action"], exercise["exercise_quantity"]) == (9, 1, 2)
    assert (exercise["account"], exercise["override"]) == ("DU1", True)


def read(version: int, message: replies.Message, callback: str) -> Any:
    return read_by_ib_insync(version, message, callback)


@pytest.mark.parametrize("version", [*VERSIONS])
def test_order_books_and_ticks_reach_ib_insync(version: int) -> None:
    assert read(version, market_data.market_depth(3, ROW), "updateMktDepth") == (3, 2, 0, 1, 190.01, 300.0)
    deep = read(version, market_data.market_depth_l2(3, ROW, is_smart=True), "updateMktDepthL2")
    assert deep == (3, 2, "ARCA", 0, 1, 190.01, 300.0, True)
    last = read(version, market_data.trade_by_trade(3, "AllLast", TRADE), "tickByTickAllLast")
    assert last[:5] == (3, 2, int(NOW.timestamp()), 190.01, 200.0)
    assert last[6:] == ("ARCA", "")
    both = read(version, market_data.quote_by_quote(3, QUOTE), "tickByTickBidAsk")
    assert both[:6] == (3, int(NOW.timestamp()), 190.01, 190.03, 300.0, 500.0)
    assert read(version, market_data.middle_by_middle(3, QUOTE), "tickByTickMidPoint")[2] == 190.02


@pytest.mark.parametrize("version", [*VERSIONS])
def test_past_ticks_reach_ib_insync(version: int) -> None:
    req_id, trades, done = read(
        version, market_data.historical_trades(3, [TRADE] * 2, done=True), "historicalTicksLast"
    )
    assert (req_id, len(trades), done) == (3, 2, True)
    assert (trades[0].price, trades[0].size, trades[0].exchange, trades[0].time) == (190.01, 200, "ARCA", NOW)
    _, quotes, _ = read(version, market_data.historical_quotes(3, [QUOTE], done=True), "historicalTicksBidAsk")
    assert (quotes[0].priceBid, quotes[0].priceAsk, quotes[0].sizeBid, quotes[0].sizeAsk) == (190.01, 190.03, 300, 500)
    _, middles, _ = read(version, market_data.historical_middles(3, [QUOTE], done=True), "historicalTicks")
    assert middles[0].price == 190.02


@pytest.mark.parametrize("version", [*VERSIONS])
def test_options_histograms_and_scans_reach_ib_insync(version: int) -> None:
    values = replies.OptionValues(0.3, 0.5, 4.5, 0.0, 0.01, 0.2, -0.05, 190.0)
    told = read(version, replies.tick_option_computation(3, 13, values), "tickOptionComputation")
    assert told == (3, 13, 1, 0.3, 0.5, 4.5, 0.0, 0.01, 0.2, -0.05, 190.0)
    unknown = read(
        version, replies.tick_option_computation(3, 10, replies.OptionValues(price=1.0)), "tickOptionComputation"
    )
    assert unknown[3:7] == (-1, -2, 1.0, -1)
    _, rows = read(version, market_data.histogram(3, [(Decimal("190.01"), 500)]), "histogramData")
    assert (rows[0].price, rows[0].count) == (190.01, 500)
    scanned = read(version, market_data.scanner_data(3, [AAPL]), "scannerData")
    assert (scanned[0], scanned[1], scanned[2].contract.conId, scanned[2].contract.symbol) == (3, 0, 265598, "AAPL")
    assert read(version, market_data.scanner_parameters("<x/>"), "scannerParameters") == ("<x/>",)


@pytest.mark.parametrize("version", [*VERSIONS])
def test_exchanges_and_news_reach_ib_insync(version: int) -> None:
    (exchanges,) = read(version, market_data.depth_exchanges([("ARCA", "STK", "", "Deep", 1)]), "mktDepthExchanges")
    assert (exchanges[0].exchange, exchanges[0].secType, exchanges[0].aggGroup) == ("ARCA", "STK", 1)
    _, components = read(version, market_data.smart_components(3, [(0, "ARCA", "P")]), "smartComponents")
    assert (components[0].bitNumber, components[0].exchange, components[0].exchangeLetter) == (0, "ARCA", "P")
    (providers,) = read(version, market_data.news_providers([("SIM", "Simulated")]), "newsProviders")
    assert (providers[0].code, providers[0].name) == ("SIM", "Simulated")
    assert read(version, market_data.news_article(3, "Text"), "newsArticle") == (3, 0, "Text")
    headline = market_data.historical_news(3, "2026-11-24 21:00:00.0", "SIM", "SIM$1-1", "Up")
    assert read(version, headline, "historicalNews") == (3, "2026-11-24 21:00:00.0", "SIM", "SIM$1-1", "Up")
    assert read(version, market_data.historical_news_end(3, has_more=True), "historicalNewsEnd") == (3, True)
    assert read(version, market_data.news_bulletin(1, 2, "Down", "NYSE"), "updateNewsBulletin") == (
        1,
        2,
        "Down",
        "NYSE",
    )


def test_no_message_has_a_field_too_many() -> None:
    """ib_insync reads by position; a count shows what it would not notice."""
    counts = {
        12: market_data.market_depth(3, ROW),
        13: market_data.market_depth_l2(3, ROW, is_smart=False),
        21: replies.tick_option_computation(3, 13, replies.OptionValues()),
    }
    wanted = {12: 8, 13: 10, 21: 12}
    assert {number: len(split_fields(encode_fields(message))) for number, message in counts.items()} == wanted
