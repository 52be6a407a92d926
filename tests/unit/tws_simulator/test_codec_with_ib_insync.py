"""Our codecs against ib_insync's own encoder and decoder, at every version both speak."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import ib_insync
import pytest
from ib_insync.decoder import Decoder
from tws_simulator.exchange.catalogue import instruments
from tws_simulator.exchange.orders import Execution, Order, OrderStatus
from tws_simulator.ledger.margin import MarginChange
from tws_simulator.messages import contracts, replies
from tws_simulator.messages.decoding import UnknownRequest, decode_request
from tws_simulator.messages.orders import Figures, completed_order, open_order, order_status
from tws_simulator.messages.requests import LAYOUTS, Request
from tws_simulator.messages.tickets import ticket_of
from tws_simulator.model import OrderTicket
from tws_simulator.wire.fields import FieldError, encode_fields
from tws_simulator.wire.framing import split_fields

VERSIONS = range(157, 177)
AAPL = instruments()[265598]
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def a_current_event_loop() -> Iterator[None]:
    """eventkit asks the thread for its loop; a test before may have ended the one there was."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


def sent_by_ib_insync(version: int, method: str, *arguments: Any) -> list[str]:
    """The fields that ib_insync's client writes for a request."""
    written: list[bytes] = []
    client = ib_insync.client.Client(ib_insync.wrapper.Wrapper(ib_insync.IB()))
    client._serverVersion = version
    client.connState = client.CONNECTED
    client.conn.sendMsg = written.append  # type: ignore[method-assign]
    client._apiReady = True
    client.isConnected = lambda: True  # type: ignore[method-assign]
    getattr(client, method)(*arguments)
    return split_fields(written[0][4:])


def read_by_ib_insync(version: int, message: replies.Message, callback: str) -> Any:
    """What ib_insync's decoder hands to its wrapper for a message."""
    got: list[Any] = []

    class Wrapper:
        ib = ib_insync.IB()

        def __getattr__(self, name: str) -> Any:
            return (lambda *values: got.append((name, values))) if name == callback else lambda *values: None

    decoder = Decoder(Wrapper(), version)
    decoder.interpret(split_fields(encode_fields(message)))
    assert len(got) == 1, callback
    return got[0][1]


def place(version: int, order: ib_insync.Order, contract: ib_insync.Contract | None = None) -> Request:
    contract = contract or ib_insync.Stock("AAPL", "SMART", "USD", conId=265598)
    return decode_request(sent_by_ib_insync(version, "placeOrder", 5, contract, order), version)


def make_order(**changes: Any) -> Order:
    ticket = OrderTicket(
        action="BUY",
        quantity=Decimal(300),
        order_type="LMT",
        limit_price=Decimal("190.5"),
        account="DU1234567",
        order_ref="my ref",
        **changes.pop("ticket", {}),
    )
    made = Order(
        perm_id=900_000_001,
        client_id=4,
        order_id=17,
        con_id=265598,
        ticket=ticket,
        status=OrderStatus.SUBMITTED,
        created_at=NOW,
        filled=Decimal(100),
        value=Decimal(19_050),
        last_fill_price=Decimal("190.5"),
    )
    return replace(made, **changes)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_field_of_place_order_is_understood(version: int) -> None:
    order = ib_insync.LimitOrder("SELL", 250, 190.25, tif="GTC", orderRef="ref", outsideRth=True, account="DU1234567")
    request = place(version, order)
    ticket = ticket_of(request)
    assert (request["order_id"], request.contract.con_id, request.contract.exchange) == (5, 265598, "SMART")
    assert (ticket.action, ticket.quantity, ticket.limit_price) == ("SELL", Decimal(250), Decimal("190.25"))
    assert (ticket.time_in_force, ticket.order_ref, ticket.outside_rth) == ("GTC", "ref", True)
    assert (ticket.account, ticket.transmit, ticket.what_if, ticket.unsupported) == ("DU1234567", True, False, [])


@pytest.mark.parametrize(
    ("changes", "unsupported"),
    [
        (
            {"algoStrategy": "Vwap", "algoParams": [ib_insync.TagValue("maxPctVol", "0.1")]},
            "algo_strategy",
        ),
        ({"scalePriceIncrement": 0.1}, "scale_increment"),
        ({"hedgeType": "D", "hedgeParam": "x"}, "hedge_type"),
        ({"deltaNeutralOrderType": "MKT", "faGroup": "all"}, "fa_group"),
    ],
)
def test_attributes_that_are_not_carried_out_are_noticed(changes: dict[str, Any], unsupported: str) -> None:
    order = ib_insync.LimitOrder("BUY", 1, 1.0, **changes)
    for version in (157, 176):
        assert unsupported in ticket_of(place(version, order)).unsupported


def test_pegged_and_combo_orders_are_read_to_the_end() -> None:
    bag = ib_insync.Bag(
        symbol="AAPL",
        exchange="SMART",
        currency="USD",
        comboLegs=[ib_insync.ComboLeg(conId=1, ratio=1, action="BUY", exchange="SMART")],
    )
    assert "legs" in ticket_of(place(176, ib_insync.LimitOrder("BUY", 1, 1.0), bag)).unsupported
    for kind in ("PEG BENCH", "PEG MID", "PEG BEST"):
        order = ib_insync.Order(action="BUY", totalQuantity=1, orderType=kind)
        assert ticket_of(place(176, order)).order_type == kind
    infinite = ib_insync.Order(
        action="BUY", totalQuantity=1, orderType="PEG BEST", competeAgainstBestOffset=float("inf")
    )
    assert ticket_of(place(176, infinite)).order_type == "PEG BEST"


@pytest.mark.parametrize("version", VERSIONS)
def test_requests_of_ib_insync_are_read_at_every_version(version: int) -> None:
    stock = ib_insync.Stock("AAPL", "SMART", "USD")
    asked = {
        "reqContractDetails": (1, stock),
        "reqMktData": (1, stock, "221", False, False, []),
        "reqHistoricalData": (1, stock, "", "1 D", "1 min", "TRADES", True, 1, False, []),
        "reqExecutions": (1, ib_insync.ExecutionFilter(symbol="AAPL")),
        "cancelOrder": (9, ""),
        "reqAccountSummary": (1, "All", "NetLiquidation"),
        "reqPnLSingle": (1, "DU1", "", 265598),
        "reqMktDepth": (1, stock, 5, False, []),
        "reqHeadTimeStamp": (1, stock, "TRADES", True, 1),
        "reqTickByTickData": (1, stock, "Last", 0, False),
        "reqRealTimeBars": (1, stock, 5, "TRADES", True, []),
        "reqHistoricalTicks": (1, stock, "", "", 10, "TRADES", 1, False, []),
        "reqHistogramData": (1, stock, True, "1 week"),
    }
    for method, arguments in asked.items():
        request = decode_request(sent_by_ib_insync(version, method, *arguments), version)
        assert request.name in {name for name, _ in LAYOUTS.values()}
        assert request.values.get("symbol", "AAPL") == "AAPL"


def test_what_cannot_be_read_is_an_error() -> None:
    with pytest.raises(UnknownRequest):
        decode_request(["999"], 176)
    with pytest.raises(UnknownRequest):
        decode_request([""], 176)
    with pytest.raises(FieldError):
        decode_request([], 176)
    with pytest.raises(FieldError, match="order_id"):
        decode_request(["4", "1", "abc", ""], 176)
    fields = sent_by_ib_insync(176, "placeOrder", 5, ib_insync.Stock("AAPL"), ib_insync.MarketOrder("BUY", 1))
    with pytest.raises(FieldError, match="too many"):
        decode_request([*fields, "1"], 176)
    with pytest.raises(FieldError):
        decode_request(fields[:-1], 176)


@pytest.mark.parametrize("version", VERSIONS)
def test_open_order_reaches_ib_insync_whole(version: int) -> None:
    change = MarginChange(Decimal(1000), Decimal(999), Decimal(0), Decimal(250))
    figures = Figures(change, Decimal("1.5"), "USD")
    order = make_order(ticket={"what_if": True, "parent_id": 3, "outside_rth": True})
    message = open_order(order, AAPL, version=version, figures=figures)
    order_id, contract, seen, state = read_by_ib_insync(version, message, "openOrder")
    assert (order_id, seen.clientId, seen.permId, seen.orderRef) == (17, 4, 900_000_001, "my ref")
    assert (contract.conId, contract.exchange, contract.tradingClass) == (265598, "SMART", "NMS")
    assert (seen.action, seen.totalQuantity, seen.lmtPrice, seen.tif) == ("BUY", 300.0, 190.5, "DAY")
    assert (seen.whatIf, seen.parentId, seen.outsideRth, seen.account) == (True, 3, True, "DU1234567")
    assert (state.status, state.commission, state.commissionCurrency) == ("Submitted", 1.5, "USD")
    assert (state.initMarginChange, state.equityWithLoanChange) == ("250.0", "-1.0")
    assert (seen.conditions, seen.algoStrategy, seen.autoCancelParent) == ([], "", False)


ECHOED: dict[str, dict[str, Any]] = {
    "plain": {"orderType": "MKT", "tif": "DAY"},
    "adaptive": {
        "orderType": "MKT", "tif": "DAY", "algoStrategy": "Adaptive",
        "algoParams": [ib_insync.TagValue("adaptivePriority", "Patient")],
    },
    "iceberg": {
        "orderType": "LMT", "lmtPrice": 1.5, "tif": "GTD", "goodTillDate": "20261224 10:00:00 US/Eastern",
        "goodAfterTime": "20261223 10:00:00 US/Eastern", "displaySize": 100, "hidden": True, "allOrNone": True,
        "minQty": 50, "discretionaryAmt": 0.05, "notHeld": True, "sweepToFill": True, "blockOrder": True,
    },
    "trail": {"orderType": "TRAIL", "trailStopPrice": 2.5, "trailingPercent": 3.0, "triggerMethod": 4},
    "trail limit": {"orderType": "TRAIL LIMIT", "trailStopPrice": 2.5, "auxPrice": 0.5, "lmtPriceOffset": 0.25},
    "attached": {
        "orderType": "STP", "auxPrice": 3.0, "parentId": 7, "ocaGroup": "g", "ocaType": 2, "openClose": "C",
        "adjustedOrderType": "TRAIL LIMIT", "triggerPrice": 4.0, "adjustedStopPrice": 3.5,
        "adjustedStopLimitPrice": 3.25, "adjustedTrailingAmount": 2.0, "adjustableTrailingUnit": 100,
    },
    "conditional": {
        "orderType": "LMT", "lmtPrice": 1.5, "conditionsIgnoreRth": True, "conditionsCancelOrder": True,
        "conditions": [
            ib_insync.PriceCondition(conjunction="o", isMore=False, price=5.5, conId=3, exch="SMART", triggerMethod=2),
            ib_insync.TimeCondition(isMore=True, time="20261224 10:00:00 US/Eastern"),
            ib_insync.MarginCondition(isMore=False, percent=30),
            ib_insync.ExecutionCondition(secType="STK", exch="SMART", symbol="IBM"),
            ib_insync.VolumeCondition(isMore=True, volume=1000, conId=4, exch="SMART"),
            ib_insync.PercentChangeCondition(isMore=True, changePercent=2.5, conId=5, exch="SMART"),
        ],
    },
    "relative": {"orderType": "REL", "lmtPrice": 9.0, "percentOffset": 0.02, "solicited": True, "randomizeSize": True},
    "short": {"orderType": "MKT", "action": "SELL", "shortSaleSlot": 2, "designatedLocation": "X", "exemptCode": 1},
    "clearing": {"orderType": "MKT", "clearingAccount": "abc", "clearingIntent": "Away", "settlingFirm": "firm"},
}  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ECHOED)
def test_every_attribute_of_an_order_comes_back(version: int, name: str) -> None:
    sent = ib_insync.Order(**{"action": "BUY", "totalQuantity": 200.0, **ECHOED[name]})
    ticket = ticket_of(place(version, sent))
    order = Order(1, 4, 5, 265598, ticket, OrderStatus.PRE_SUBMITTED, NOW)
    order.stop_now = ticket.trail_stop_price if order.is_trailing else ticket.stop_price
    _, _, seen, _ = read_by_ib_insync(version, open_order(order, AAPL, version=version), "openOrder")
    for key, value in ECHOED[name].items():
        assert getattr(seen, key) == value, key


@pytest.mark.parametrize("version", range(170, 177))
def test_the_attributes_of_pegged_orders_come_back(version: int) -> None:
    wishes = {
        "minTradeQty": 10,
        "minCompeteSize": 200,
        "competeAgainstBestOffset": float("inf"),
        "midOffsetAtWhole": 0.01,
        "midOffsetAtHalf": 0.005,
    }
    contract = ib_insync.Stock("AAPL", "IBKRATS", "USD", conId=265598)
    ticket = ticket_of(place(version, ib_insync.Order(orderType="PEG BEST", totalQuantity=1, **wishes), contract))
    order = Order(1, 4, 5, 265598, ticket, OrderStatus.PRE_SUBMITTED, NOW)
    _, _, seen, _ = read_by_ib_insync(version, open_order(order, AAPL, version=version), "openOrder")
    assert {key: getattr(seen, key) for key in wishes} == wishes


def test_an_echoed_order_can_be_sent_back() -> None:
    first = ticket_of(place(176, ib_insync.Order(action="BUY", totalQuantity=1, orderType="LMT", lmtPrice=2.0)))
    order = Order(1, 4, 5, 265598, first, OrderStatus.SUBMITTED, NOW)
    _, _, seen, _ = read_by_ib_insync(176, open_order(order, AAPL, version=176), "openOrder")
    again = ticket_of(place(176, seen))
    assert (again.unsupported, again.obsolete, again.adjusted_order_type) == ([], [], "")
    assert (again.limit_price, again.stop_price, again.conditions) == (Decimal(2), Decimal(0), [])


@pytest.mark.parametrize("version", VERSIONS)
def test_completed_order_reaches_ib_insync_whole(version: int) -> None:
    order = make_order(status=OrderStatus.CANCELLED, completed_status="Cancelled by Trader")
    message = completed_order(order, AAPL, completed_at="20261124 10:00:00 US/Eastern", version=version)
    contract, seen, state = read_by_ib_insync(version, message, "completedOrder")
    assert (contract.symbol, seen.permId, seen.orderRef, seen.totalQuantity) == ("AAPL", 900_000_001, "my ref", 300.0)
    assert (seen.filledQuantity, state.status, state.completedStatus) == (100.0, "Cancelled", "Cancelled by Trader")
    assert state.completedTime == "20261124 10:00:00 US/Eastern"


def test_completed_orders_are_lossy_like_the_real_ones() -> None:
    filled = make_order(status=OrderStatus.FILLED, completed_status="Filled Size: 300")
    message = completed_order(filled, AAPL, completed_at="", version=176)
    assert read_by_ib_insync(176, message, "completedOrder")[1].totalQuantity == 0
    refused = make_order(status=OrderStatus.INACTIVE)
    message = completed_order(refused, AAPL, completed_at="", version=176)
    assert read_by_ib_insync(176, message, "completedOrder")[2].status == "Cancelled"


@pytest.mark.parametrize("version", VERSIONS)
def test_details_status_fill_and_error_reach_ib_insync(version: int) -> None:
    hours = contracts.Hours("US/Eastern", "20261124:0400-20261124:2000", "x")
    details = contracts.contract_details(9, AAPL, exchange="SMART", hours=hours, underlying=None, version=version)
    _, seen = read_by_ib_insync(version, details, "contractDetails")
    assert (seen.contract.conId, seen.minTick, seen.marketName, seen.stockType) == (265598, 0.01, "NMS", "COMMON")
    assert (seen.longName, seen.marketRuleIds.split(",")[0], seen.timeZoneId) == ("APPLE INC", "26", "US/Eastern")
    status = read_by_ib_insync(version, order_status(make_order()), "orderStatus")
    assert status[:6] == (17, "Submitted", 100.0, 200.0, 190.5, 900_000_001)
    error = read_by_ib_insync(version, replies.error(17, 201, "a\\b ü", version=version), "error")
    # ib_insync leaves error texts escaped, unlike long names.
    assert error[:3] == (17, 201, "a\\\\b \\xfc")


def test_fill_and_commission_reach_ib_insync() -> None:
    execution = Execution(
        exec_id="0000e1a7.6a3ee99e.01.01",
        perm_id=900_000_001,
        client_id=4,
        order_id=17,
        con_id=265598,
        account="DU1234567",
        is_buy=False,
        quantity=Decimal(100),
        price=Decimal("190.5"),
        at=NOW,
        venue="ARCA",
        cumulative=Decimal(100),
        average_price=Decimal("190.5"),
        order_ref="my ref",
        added_liquidity=True,
        commission=Decimal("1"),
        realized_pnl=None,
    )
    message = replies.exec_details(
        -1, execution, AAPL, at="20261124 10:00:00 US/Eastern", order_id=17, client_id=4, version=176
    )
    _, contract, seen = read_by_ib_insync(176, message, "execDetails")
    assert (seen.side, seen.shares, seen.price, seen.time) == ("SLD", 100.0, 190.5, NOW)
    assert (seen.execId, seen.orderRef, seen.lastLiquidity, contract.exchange) == (
        "0000e1a7.6a3ee99e.01.01",
        "my ref",
        1,
        "ARCA",
    )
    (report,) = read_by_ib_insync(176, replies.commission_report(execution), "commissionReport")
    assert (report.commission, report.currency, report.realizedPNL) == (1.0, "USD", ib_insync.util.UNSET_DOUBLE)
