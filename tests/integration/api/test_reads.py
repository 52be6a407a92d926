"""Fills, positions, accounts, instruments, quotes, bars, the gateway, reconciliation: what is read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from django.utils import timezone

from accounts.services import record_account_values
from accounts.services.equity import take_snapshots
from config.shared.redis import GATEWAY_REQUESTS, QUOTES_INTEREST, gateway_reply_key, redis_client
from tests.factories import (
    AccountPnlFactory,
    FillFactory,
    OrderFactory,
    ReconciliationBreakFactory,
    StaffFactory,
)
from tests.fixtures.api import ORDER, ApiDesk, assert_error
from trading.models import GatewayCommand, GatewayState, Order, ReconciliationRun, RiskDecision

API = "/api/v1/"


@contextmanager
def answering(**answers: Any) -> Iterator[list[dict[str, Any]]]:
    """Somebody who answers questions to the gateway by their kind; yields what was asked."""
    asked: list[dict[str, Any]] = []
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            item = redis_client().brpop([GATEWAY_REQUESTS], timeout=0.2)
            if item is None:
                continue
            question = orjson.loads(item[1])
            asked.append(question)
            reply = answers.get(question["kind"], {"ok": False, "error_code": "IB_INVALID_CONTRACT", "message": "none"})
            redis_client().lpush(gateway_reply_key(question["id"]), orjson.dumps(reply))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield asked
    finally:
        over.set()
        thread.join()


def ok(result: Any) -> dict[str, Any]:
    return {"ok": True, "result": result}


def test_fills_of_your_accounts_that_count(desk: ApiDesk) -> None:
    order = OrderFactory(account=desk.account, instrument=desk.instrument, symbol="AAPL")
    fill = FillFactory(order=order, exec_id="0001.a.01", commission="1.25", realized_pnl=None)
    FillFactory(order=order, exec_id="0001.b.01", is_current=False)
    FillFactory(order=OrderFactory(account=desk.foreign_account, instrument=desk.instrument))
    (row,) = desk.client.get(f"{API}fills/").json()["results"]
    assert row["id"] == str(fill.pk)
    assert (row["exec_id"], row["order_id"], row["commission"]) == ("0001.a.01", str(order.pk), "1.25")
    assert row["realized_pnl"] is None
    for query in (
        {"order_id": str(order.pk)},
        {"symbol": "aapl"},
        {"account": desk.account.code},
        {"side": order.side},
    ):
        assert len(desk.client.get(f"{API}fills/", query).json()["results"]) == 1, query
    for query in ({"symbol": "MSFT"}, {"account": desk.foreign_account.code}, {"since": "2999-01-01T00:00:00Z"}):
        assert desk.client.get(f"{API}fills/", query).json()["results"] == [], query
    assert_error(desk.client.get(f"{API}fills/", {"order_id": "x"}), 400, "VALIDATION_ERROR")


def test_accounts_and_what_they_hold(desk: ApiDesk) -> None:
    AccountPnlFactory(account=desk.account)
    desk.account.positions.create(
        instrument=desk.instrument, quantity=100, average_cost="190.5", as_of=desk.account.values_at
    )
    (account,) = desk.client.get(f"{API}accounts/").json()["results"]
    assert (account["account"], account["trading_mode"], account["daily_pnl"]) == ("DU1000001", "paper", "125.5")
    assert "values" not in account
    detail = desk.client.get(f"{API}accounts/DU1000001/").json()
    (funds,) = [row for row in detail["values"] if row["tag"] == "AvailableFunds"]
    assert (funds["currency"], funds["value"], funds["amount"]) == ("USD", "1000000.00", "1000000")
    assert detail["is_stale"] is True  # no gateway confirms anything here
    pnl = desk.client.get(f"{API}accounts/DU1000001/pnl/").json()
    assert (pnl["daily"], pnl["unrealized"], pnl["realized"]) == ("125.5", "80.25", "45.25")
    (position,) = desk.client.get(f"{API}positions/", {"symbol": "AAPL"}).json()["results"]
    assert (position["quantity"], position["average_cost"]) == ("100", "190.5")
    assert desk.client.get(f"{API}positions/", {"symbol": "MSFT"}).json()["results"] == []
    for path in ("accounts/DU2000002/", "accounts/DU2000002/pnl/", "accounts/DU9999999/"):
        assert_error(desk.client.get(API + path), 404, "RESOURCE_NOT_FOUND")


def test_an_account_s_currencies_margin_and_history(desk: ApiDesk) -> None:
    rows = [("CashBalance", "EUR", "10"), ("ExchangeRate", "EUR", "1.1"), ("InitMarginReq", "USD", "5")]
    rows += [("NetLiquidation", "USD", "1000"), ("BuyingPower", "USD", "1.7976931348623157E308")]
    record_account_values(account=desk.account, rows=rows, at=timezone.now())
    take_snapshots()
    url = f"{API}accounts/DU1000001/"
    (euro,) = desk.client.get(f"{url}currencies/").json()["currencies"]
    assert (euro["cash"], euro["in_base"]["cash"], euro["unrealized_pnl"]) == ("10", "11", None)
    margin = desk.client.get(f"{url}margin/").json()
    assert (margin["total"]["current"]["init_margin"], margin["buying_power"], margin["is_stale"]) == ("5", None, False)
    equity = desk.client.get(f"{url}equity/").json()
    assert ([point["net_liquidation"] for point in equity["points"]], equity["gaps"]) == (["1000"], [])
    for bad in ({"since": "x"}, {"resolution": "second"}, {"since": "2020-01-01T00:00:00Z", "resolution": "minute"}):
        assert_error(desk.client.get(f"{url}equity/", bad), 400, "VALIDATION_ERROR")
    for path in ("currencies/", "margin/", "equity/"):
        assert_error(desk.client_of(desk.stranger).get(url + path), 404, "RESOURCE_NOT_FOUND")


MSFT = {
    "con_id": 272093,
    "symbol": "MSFT",
    "sec_type": "STK",
    "exchange": "SMART",
    "primary_exchange": "NASDAQ",
    "currency": "USD",
    "long_name": "MICROSOFT CORP",
    "min_tick": "0.01",
}


class TestInstruments:
    def test_what_the_desk_knows_and_what_ib_finds(self, desk: ApiDesk) -> None:
        found = [{k: MSFT[k] for k in ("con_id", "symbol", "sec_type", "primary_exchange", "currency", "long_name")}]
        with answering(search_instruments=ok(found), instrument_details=ok(MSFT)) as asked:
            rows = desk.client.get(f"{API}instruments/", {"search": "o"}).json()["results"]
        assert asked[0]["params"] == {"pattern": "o"}
        assert [row["symbol"] for row in rows] == ["MSFT"]
        assert rows[0]["is_tradable"] is True
        assert rows[0]["min_tick"] == "0.01"

    def test_without_ib_the_known_ones(self, desk: ApiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("config.shared.gateway_queries.DEFAULT_TIMEOUT", 0.1)
        rows = desk.client.get(f"{API}instruments/", {"search": "aap"}).json()["results"]
        assert [row["symbol"] for row in rows] == ["AAPL"]

    def test_markup_stays_text(self, desk: ApiDesk) -> None:
        with answering(search_instruments=ok([])):
            answer = desk.client.get(f"{API}instruments/", {"search": "<script>alert(1)</script>"})
        assert (answer.status_code, answer.json()["results"]) == (200, [])

    def test_one(self, desk: ApiDesk) -> None:
        assert desk.client.get(f"{API}instruments/265598/").json()["symbol"] == "AAPL"
        with answering(instrument_details=ok(MSFT)):
            assert desk.client.get(f"{API}instruments/272093/").json()["long_name"] == "MICROSOFT CORP"
        with answering():
            assert_error(desk.client.get(f"{API}instruments/999/"), 404, "RESOURCE_NOT_FOUND")


class TestQuotesAndBars:
    def test_the_latest_quote_and_the_wish_for_more(self, desk: ApiDesk) -> None:
        (quote,) = desk.client.get(f"{API}quotes/", {"symbols": "aapl"}).json()["results"]
        assert (quote["symbol"], quote["bid"], quote["ask"]) == ("AAPL", "189.99", "190.01")
        assert redis_client().zscore(QUOTES_INTEREST, "265598")

    @pytest.mark.parametrize("symbols", ["", ",", "<b>", "A" * 50, ",".join(f"S{n}" for n in range(60))])
    def test_symbols_that_are_none(self, desk: ApiDesk, symbols: str) -> None:
        assert_error(desk.client.get(f"{API}quotes/", {"symbols": symbols}), 400, "VALIDATION_ERROR")

    def test_a_symbol_ib_does_not_know(self, desk: ApiDesk) -> None:
        with answering():
            assert_error(desk.client.get(f"{API}quotes/", {"symbols": "ZZZZ"}), 422, "IB_INVALID_CONTRACT")

    def test_no_ticks(self, desk: ApiDesk) -> None:
        redis_client().delete("desk:quotes:latest")
        assert_error(desk.client.get(f"{API}quotes/", {"symbols": "AAPL"}), 502, "IB_MARKET_DATA_ERROR")

    def test_bars(self, desk: ApiDesk) -> None:
        bar = {"time": "2026-01-05T14:30:00Z", "open": "1", "high": "2", "low": "1", "close": "2", "volume": "5"}
        with answering(historical_bars=ok([bar])) as asked:
            body = desk.client.get(f"{API}bars/", {"symbol": "AAPL", "duration": "1 D", "bar_size": "5 mins"}).json()
        assert body == {"symbol": "AAPL", "con_id": 265598, "bar_size": "5 mins", "duration": "1 D", "bars": [bar]}
        assert asked[0]["params"]["con_id"] == 265598
        for bad in ({"duration": "x"}, {"bar_size": "7 mins"}, {"symbol": ""}):
            query = {"symbol": "AAPL", "duration": "1 D", "bar_size": "5 mins"} | bad
            assert_error(desk.client.get(f"{API}bars/", query), 400, "VALIDATION_ERROR")

    def test_ibs_own_refusal(self, desk: ApiDesk) -> None:
        refusal = {"ok": False, "error_code": "IB_MARKET_DATA_ERROR", "message": "no permission", "details": {"x": 1}}
        with answering(historical_bars=refusal):
            answer = desk.client.get(f"{API}bars/", {"symbol": "AAPL"})
        assert assert_error(answer, 502, "IB_MARKET_DATA_ERROR") == {"x": 1}


class TestPreview:
    FIGURES = [
        "init_margin_before",
        "init_margin_change",
        "init_margin_after",
        "maint_margin_before",
        "maint_margin_change",
        "maint_margin_after",
        "equity_with_loan_before",
        "equity_with_loan_change",
        "equity_with_loan_after",
        "commission",
        "min_commission",
        "max_commission",
        "commission_currency",
        "warning",
    ]

    def test_margin_commission_and_verdict_and_nothing_placed(self, desk: ApiDesk) -> None:
        what_if = dict.fromkeys(self.FIGURES) | {"init_margin_change": "9500", "commission": "1"}
        with answering(what_if=ok(what_if)) as asked:
            answer = desk.client.post(f"{API}orders/preview/", ORDER | {"quantity": "99999"}, format="json")
        assert answer.status_code == 200, answer.content
        body = answer.json()
        assert body["what_if"] == what_if
        assert (body["risk"]["is_allowed"], body["estimated_value"]) == (False, "18999810")
        assert {breach["code"] for breach in body["risk"]["breaches"]} >= {"POSITION_LIMIT_EXCEEDED"}
        assert (asked[0]["params"]["account"], asked[0]["params"]["limit_price"]) == ("DU1000001", "190")
        assert not Order.objects.exists()
        assert not GatewayCommand.objects.exists()
        assert not RiskDecision.objects.exists()

    def test_what_is_no_order(self, desk: ApiDesk) -> None:
        bad = desk.client.post(f"{API}orders/preview/", ORDER | {"quantity": "0"}, format="json")
        assert_error(bad, 422, "ORDER_VALIDATION_FAILED")
        extra = desk.client.post(f"{API}orders/preview/", ORDER | {"client_order_id": "x"}, format="json")
        assert_error(extra, 400, "VALIDATION_ERROR")


class TestGateway:
    def test_what_it_says_of_itself(self, desk: ApiDesk) -> None:
        body = desk.client.get(f"{API}gateway/").json()
        assert (body["state"], body["ready"], body["trading_mode"]) == ("ready", True, "paper")
        GatewayState.objects.update(heartbeat_at="2020-01-01T00:00:00Z")
        silent = desk.client.get(f"{API}gateway/").json()
        assert (silent["state"], silent["ready"]) == ("disconnected", False)
        assert silent["reason"]

    def test_reconnecting_is_for_staff(self, desk: ApiDesk) -> None:
        assert_error(desk.client.post(f"{API}gateway/reconnect/"), 403, "AUTHORIZATION_FAILED")
        staff = desk.client_of(StaffFactory())
        assert staff.post(f"{API}gateway/reconnect/").status_code == 202
        assert GatewayCommand.objects.get().kind == "reconnect"
        GatewayState.objects.all().delete()
        assert_error(staff.post(f"{API}gateway/reconnect/"), 503, "IB_CONNECTION_FAILED")


class TestReconciliation:
    SNAPSHOT = {
        "taken_at": "2999-01-01T00:00:00Z",
        "accounts": ["DU1000001"],
        "open_orders": [],
        "executions": [],
        "positions": [],
    }

    def test_a_run_now(self, desk: ApiDesk) -> None:
        with answering(broker_snapshot=ok(self.SNAPSHOT)):
            answer = desk.client.post(f"{API}reconciliation/run/", {"account": "DU1000001"}, format="json")
        assert (answer.status_code, answer.json()["status"]) == (201, "balanced"), answer.content
        assert answer.json()["trigger"] == "api"
        (run,) = desk.client.get(f"{API}reconciliation/runs/", {"status": "balanced"}).json()["results"]
        assert run == answer.json()
        assert desk.client_of(desk.stranger).get(f"{API}reconciliation/runs/").json()["results"] == []

    def test_all_accounts_is_for_staff(self, desk: ApiDesk) -> None:
        assert_error(desk.client.post(f"{API}reconciliation/run/", {}, format="json"), 403, "AUTHORIZATION_FAILED")
        other = desk.client.post(f"{API}reconciliation/run/", {"account": "DU2000002"}, format="json")
        assert_error(other, 400, "VALIDATION_ERROR")
        assert not ReconciliationRun.objects.exists()

    def test_breaks(self, desk: ApiDesk) -> None:
        row = ReconciliationBreakFactory(account=desk.account)
        ReconciliationBreakFactory(account=desk.foreign_account)
        url = f"{API}reconciliation/breaks/"
        (found,) = desk.client.get(url).json()["results"]
        assert (found["id"], found["kind"], found["ours"]) == (row.pk, "position_differs", {"quantity": "100"})
        assert len(desk.client.get(url, {"is_open": "true", "kind": "position_differs"}).json()["results"]) == 1
        assert desk.client.get(url, {"is_open": "false"}).json()["results"] == []
        assert desk.client.get(url, {"run": str(row.last_run_id)}).json()["results"] == [found]
        assert_error(desk.client.get(url, {"kind": "x"}), 400, "VALIDATION_ERROR")
