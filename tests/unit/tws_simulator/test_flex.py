"""The Flex Web Service: statements of the simulator's own executions, and its troubles."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from tws_simulator.control.api import ControlApi
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.faults.scenarios import start

from tests.unit.tws_simulator.catalogue import shows
from tests.unit.tws_simulator.fault_helpers import Trader, order_fields, trader

__all__ = ["trader"]
DAY = 86_400


class Flex:
    """A client of the service."""

    def __init__(self, trader: Trader) -> None:
        self.trader = trader
        self._api = ControlApi(trader.desk.gateway)

    def call(self, what: str, agent: str = "test", **query: str) -> ElementTree.Element:
        path = f"/AccountManagement/FlexWebService/{what}"
        given = {"t": "123", "v": "3", **query}
        answer = self._api.answer(HttpRequest("GET", path, query=given, headers={"user-agent": agent}))
        return ElementTree.fromstring(answer.text)

    def ask(self, query: str = "1", **more: str) -> ElementTree.Element:
        return self.call("SendRequest", q=query, **more)

    def code(self, answer: ElementTree.Element) -> str | None:
        return answer.findtext("ErrorCode")

    def trades(self, query: str = "1", **more: str) -> list[dict[str, str]]:
        reference = self.ask(query, **more).findtext("ReferenceCode") or ""
        return [row.attrib for row in self.call("GetStatement", q=reference).iter("Trade")]


@pytest.fixture
def flex(trader: Trader) -> Flex:
    return Flex(trader)


def begin(flex: Flex, name: str, **given: Any) -> None:
    start(flex.trader.desk.gateway, name, given)


def yesterday(flex: Flex) -> None:
    """A buy and a sale, and a night after them."""
    flex.trader.buy(1, ref="mine")
    flex.trader.ask(*order_fields(2, "SELL", "40"))
    flex.trader.wait(DAY)


def test_trades_join_executions_by_their_ids(flex: Flex) -> None:
    yesterday(flex)
    bought, sold = flex.trades()
    first = flex.trader.desk.broker.state.executions[0]
    assert (bought["ibExecID"], bought["orderReference"]) == (first.exec_id, "mine")
    assert (bought["quantity"], bought["tradePrice"], bought["proceeds"]) == ("100", "190.01", "-19001")
    assert (bought["ibCommission"], bought["transactionType"], bought["tradeDate"]) == ("-1", "ExchTrade", "20261124")
    assert (sold["quantity"], sold["buySell"], sold["dateTime"]) == ("-40", "SELL", "20261124;100000")
    assert flex.trades() == flex.trades()


@shows(scenario="flex_next_day")
def test_30_trades_of_today_are_absent_and_confirmations_take_minutes(flex: Flex) -> None:
    flex.trader.buy(1)
    assert flex.trades() == []
    assert flex.trades("2") == []
    flex.trader.wait(300)
    assert len(flex.trades("2")) == 1
    assert flex.trades() == []
    flex.trader.wait(DAY)
    assert len(flex.trades()) == 1
    assert flex.trades(fd="20261101", td="20261123") == []


@shows(scenario="flex_trouble", fault="flex_error")
@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("in_progress", "1019", "Warn"),
        ("throttled", "1018", "Fail"),
        ("not_available", "1003", "Fail"),
        ("token_expired", "1012", "Fail"),
    ],
)
def test_30_a_statement_cannot_be_had_at_first(flex: Flex, kind: str, code: str, status: str) -> None:
    yesterday(flex)
    begin(flex, "flex_trouble", kind=kind, times=2)
    failures = []
    reference = ""
    for _ in range(8):
        flex.trader.wait(10)
        answer = flex.call("GetStatement", q=reference) if reference else flex.ask()
        if flex.code(answer):
            failures.append((flex.code(answer), answer.findtext("Status")))
        elif not reference:
            reference = answer.findtext("ReferenceCode") or ""
        else:
            break
    assert failures == [(code, status)] * 2
    assert len(list(answer.iter("Trade"))) == 2


@shows(scenario="flex_throttled", fault="flex_pacing")
def test_30_one_request_a_second_and_ten_a_minute(flex: Flex) -> None:
    begin(flex, "flex_throttled")
    assert [flex.code(flex.ask()) for _ in range(2)] == [None, "1018"]
    codes = []
    for _ in range(11):
        flex.trader.wait(2)
        codes.append(flex.code(flex.ask()))
    assert codes == [None] * 9 + ["1018"] * 2


@shows(scenario="flex_odd_rows", fault="flex_extra_trade")
@pytest.mark.parametrize(
    ("kind", "transaction", "has_exec_id"),
    [("book", "BookTrade", False), ("foreign", "ExchTrade", True), ("cancel", "TradeCancel", True)],
)
def test_30_rows_that_join_nothing(flex: Flex, kind: str, transaction: str, has_exec_id: bool) -> None:
    yesterday(flex)
    begin(flex, "flex_odd_rows", kind=kind)
    rows = flex.trades()
    known = {row.exec_id for row in flex.trader.desk.broker.state.executions}
    assert len(rows) == 3
    assert (rows[2]["transactionType"], bool(rows[2]["ibExecID"])) == (transaction, has_exec_id)
    if kind == "cancel":
        assert (rows[2]["origTradeID"], rows[2]["quantity"], rows[2]["buySell"]) == (
            rows[1]["tradeID"],
            "40",
            "SELL (Ca.)",
        )
    else:
        assert rows[2]["ibExecID"] not in known


@shows(fault="flex_rows")
def test_30_rows_without_reference_or_with_another_sign(flex: Flex) -> None:
    yesterday(flex)
    begin(flex, "flex_odd_rows", kind="no_order_reference")
    begin(flex, "flex_odd_rows", kind="commission_sign")
    assert (flex.trades()[0]["orderReference"], flex.trades()[0]["ibCommission"]) == ("", "1")


@pytest.mark.parametrize(
    ("quantity", "rows"),
    [
        ("0", [("ExchTrade", "100"), ("TradeCancel", "-100")]),
        ("60", [("ExchTrade", "100"), ("TradeCorrect", "60"), ("TradeCancel", "-100")]),
    ],
)
def test_a_bust_and_a_correction_point_back(flex: Flex, quantity: str, rows: list[tuple[str, str]]) -> None:
    flex.trader.buy(1)
    flex.trader.act("correct_execution", quantity=quantity)
    flex.trader.wait(DAY)
    trades = flex.trades()
    assert [(row["transactionType"], row["quantity"]) for row in trades] == rows
    assert {row["origTradeID"] for row in trades[1:]} == {trades[0]["tradeID"]}


def test_wrong_requests_are_refused(flex: Flex) -> None:
    assert flex.code(flex.ask("7")) == "1014"
    assert flex.code(flex.ask(t="")) == "1015"
    assert flex.code(flex.ask(v="2")) == "1020"
    assert flex.code(flex.ask(fd="20260101", td="20270601")) == "1020"
    assert flex.code(flex.call("GetStatement", q="1234567890")) == "1017"
    for wrong in ({"fd": "yesterday"}, {"fd": "20261101"}, {"agent": ""}):
        with pytest.raises(HttpError):
            flex.ask(**wrong)


def test_a_symbol_or_number_that_is_none_is_refused(make_desk: Callable[..., Any]) -> None:
    faults = make_desk().gateway.faults
    for given in ({"symbol": "NOSUCH"}, {"quantity": "many"}, {"price": "NaN"}):
        with pytest.raises(ValueError, match="flex_extra_trade"):
            faults.switch_on("flex_extra_trade", given)
