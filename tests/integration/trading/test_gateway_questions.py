"""Quotes and questions: what other processes get from IB through Redis."""

import time
from decimal import Decimal as D
from typing import Any

import orjson
import pytest

from config.shared.errors import DeskError, ErrorCode
from config.shared.gateway_queries import ask_gateway
from config.shared.redis import GATEWAY_REQUESTS, QUOTES_CHANNEL, QUOTES_INTEREST, QUOTES_LATEST, redis_client
from market_data.models import Instrument
from market_data.selectors import latest_quote, latest_quote_json
from market_data.services import fresh_quote, keep_quotes_flowing
from tests.fixtures.gateway import ACCOUNT, LiveDesk, other_client, stays, wait_status
from tests.fixtures.waiting import eventually
from trading.models import GatewayState, Order

APPLE = 265598


@pytest.fixture(scope="module")
def db(shared_desk: LiveDesk) -> None:
    """pytest-django builds the test database for tests that use a fixture of this name; here no test rolls back."""


@pytest.fixture
def desk(db: None, calm_desk: LiveDesk) -> LiveDesk:
    """AAPL at 189.99 to 190.01, known to the desk."""
    calm_desk.instrument("AAPL")
    calm_desk.pin("AAPL", "189.99", "190.01", size="700")
    return calm_desk


# quotes


@pytest.mark.alone
def test_a_quote_flows_as_soon_as_somebody_wants_it(desk: LiveDesk) -> None:
    started = time.monotonic()
    quote = fresh_quote(Instrument.objects.get(pk=APPLE))
    assert quote is not None
    assert (quote.bid, quote.ask) == (D("189.99"), D("190.01"))
    assert time.monotonic() - started < 3
    row = latest_quote_json([APPLE])[APPLE]
    assert (row["symbol"], row["bid_size"], row["ask_size"]) == ("AAPL", "700", "700")
    assert row["market_data_type"] == "live"
    assert set(row) >= {"last", "volume", "high", "low", "open", "close", "time"}


def test_changes_are_published_conflated(desk: LiveDesk) -> None:
    listener = redis_client().pubsub(ignore_subscribe_messages=True)
    listener.subscribe(QUOTES_CHANNEL)
    keep_quotes_flowing([APPLE])
    eventually(lambda: latest_quote_json([APPLE]).get(APPLE))
    for cents in range(10, 30):
        desk.pin("AAPL", f"190.{cents}", f"190.{cents + 1}")
    seen: list[dict[str, Any]] = []

    def last_one_came() -> bool:
        while (message := listener.get_message()) is not None:
            seen.extend(row for row in orjson.loads(message["data"]) if row["con_id"] == APPLE)
        return bool(seen) and seen[-1]["bid"] == "190.29"

    eventually(last_one_came, every=0.01)
    listener.close()
    assert latest_quote_json([APPLE])[APPLE]["ask"] == "190.3"


def test_quotes_come_back_after_redis_lost_everything(desk: LiveDesk) -> None:
    keep_quotes_flowing([APPLE])
    eventually(lambda: latest_quote_json([APPLE]).get(APPLE))
    redis_client().flushdb()
    keep_quotes_flowing([APPLE])  # the price does not move, so IB says nothing new
    assert eventually(lambda: latest_quote_json([APPLE]).get(APPLE), within=5)["bid"] == "189.99"


def test_what_nobody_wants_any_more_is_given_back(desk: LiveDesk) -> None:
    pepsi = desk.instrument("PEP")
    redis_client().zadd(QUOTES_INTEREST, {str(pepsi.con_id): time.time() + 5})
    eventually(lambda: latest_quote_json([pepsi.con_id]).get(pepsi.con_id))
    subscribed = len(desk.simulator.control.get("/state")["clients"])
    assert subscribed >= 1

    def is_silent() -> bool:
        before = latest_quote_json([pepsi.con_id])[pepsi.con_id]["time"]
        time.sleep(1.0)
        return latest_quote_json([pepsi.con_id])[pepsi.con_id]["time"] == before

    assert eventually(is_silent, within=20)


def test_lines_are_opened_again_after_a_reconnect(desk: LiveDesk) -> None:
    keep_quotes_flowing([APPLE])
    eventually(lambda: latest_quote_json([APPLE]).get(APPLE))
    session = GatewayState.objects.get().session
    desk.fault("drop_connections", client_id=7)
    desk.gateway.wait_for_a_new_connection(than=session)
    desk.pin("AAPL", "191.00", "191.02")
    assert eventually(lambda: latest_quote_json([APPLE])[APPLE]["bid"] == "191", within=10)


def test_lines_are_opened_again_after_the_data_was_lost(desk: LiveDesk) -> None:
    keep_quotes_flowing([APPLE])
    eventually(lambda: latest_quote_json([APPLE]).get(APPLE))
    desk.fault("link_down")
    desk.gateway.wait_for("degraded", within=10)
    desk.fault("link_up", data_lost=True)
    desk.gateway.wait_for("ready", within=20)
    desk.pin("AAPL", "192.00", "192.02")
    assert eventually(lambda: latest_quote_json([APPLE])[APPLE]["bid"] == "192", within=10)


@pytest.mark.slow
def test_a_price_that_stands_still_is_confirmed_and_does_not_grow_old(desk: LiveDesk) -> None:
    before = fresh_quote(Instrument.objects.get(pk=APPLE))
    assert before is not None

    def was_confirmed() -> bool:
        keep_quotes_flowing([APPLE])
        quote = latest_quote(APPLE)
        return quote is not None and (quote.time - before.time).total_seconds() > 15 and quote.bid == before.bid

    assert eventually(was_confirmed, within=40, every=0.5)


@pytest.mark.slow
def test_a_line_that_has_gone_silent_is_opened_anew(desk: LiveDesk) -> None:
    desk.pin("PG", "159.99", "160.01")
    instrument = desk.instrument("PG")
    assert fresh_quote(instrument) is not None
    desk.fault("freeze_quotes")
    desk.pin("PG", "161.99", "162.01")  # nobody is told

    def was_asked_again() -> bool:
        keep_quotes_flowing([instrument.con_id])
        return latest_quote_json([instrument.con_id])[instrument.con_id]["bid"] == "161.99"

    assert eventually(was_asked_again, within=40, every=0.5)


def test_interest_in_what_nobody_knows_is_harmless(desk: LiveDesk) -> None:
    keep_quotes_flowing([4_711])
    time.sleep(1.2)
    assert desk.gateway.is_running
    assert fresh_quote(Instrument.objects.get(pk=APPLE)) is not None


# questions


def test_an_instrument_as_ib_describes_it(desk: LiveDesk) -> None:
    details = ask_gateway("instrument_details", symbol="spy")
    assert details["symbol"] == "SPY"
    assert details["sec_type"] == "STK"
    assert D(details["min_tick"]) == D("0.01")
    assert details["trading_hours"]
    assert ask_gateway("instrument_details", con_id=details["con_id"]) == details


@pytest.mark.parametrize("asked", [{"symbol": "NOSUCHTHING"}, {"symbol": "<script>"}, {"con_id": 1}])
def test_an_unknown_instrument(desk: LiveDesk, asked: dict[str, Any]) -> None:
    with pytest.raises(DeskError) as refused:
        ask_gateway("instrument_details", **asked)
    assert refused.value.code == ErrorCode.IB_INVALID_CONTRACT


def test_a_search(desk: LiveDesk) -> None:
    found = ask_gateway("search_instruments", pattern="appl")
    assert any(row["con_id"] == APPLE and row["symbol"] == "AAPL" for row in found)
    assert ask_gateway("search_instruments", pattern="zzzzzz") == []


def test_bars(desk: LiveDesk) -> None:
    bars = ask_gateway("historical_bars", con_id=APPLE, duration="2 D", bar_size="1 hour", timeout=15)
    assert len(bars) > 5
    assert set(bars[0]) == {"time", "open", "high", "low", "close", "volume"}
    assert bars[0]["time"].endswith("Z")
    assert all(D(bar["low"]) <= D(bar["close"]) <= D(bar["high"]) for bar in bars)
    assert [bar["time"] for bar in bars] == sorted(bar["time"] for bar in bars)
    days = ask_gateway("historical_bars", con_id=APPLE, duration="1 M", bar_size="1 day", timeout=15)
    assert 15 <= len(days) <= 31


def test_a_bad_bar_size_is_refused_by_ib(desk: LiveDesk) -> None:
    with pytest.raises(DeskError) as refused:
        ask_gateway("historical_bars", con_id=APPLE, duration="1 D", bar_size="7 parsecs")
    assert refused.value.details["ib_error_code"]


def test_the_brokers_own_view(desk: LiveDesk) -> None:
    desk.pin("MSFT", "419.99", "420.01")
    filled = wait_status(desk.submit("MSFT", 5), "filled")
    working = wait_status(desk.submit("MSFT", 6, "400.00"), "working")
    snapshot = ask_gateway("broker_snapshot", account=ACCOUNT)
    mine = next(row for row in snapshot["open_orders"] if row["order_ref"] == str(working.pk))
    assert (mine["quantity"], mine["limit_price"], mine["status"]) == ("6", "400", "Submitted")
    execution = next(row for row in snapshot["executions"] if row["order_ref"] == str(filled.pk))
    assert (execution["quantity"], execution["price"], execution["side"]) == ("5", "420.01", "BUY")
    held = next(row for row in snapshot["positions"] if row["symbol"] == "MSFT")
    assert held["quantity"] == "5"
    assert ask_gateway("broker_snapshot", account="DU0000000")["open_orders"] == []
    wait_status(desk.cancel(working), "cancelled")


def test_an_unfinished_answer_is_an_error_and_no_empty_list(desk: LiveDesk) -> None:
    desk.fault("lose_messages", messages=[62])  # the end of positions
    with pytest.raises(DeskError) as refused:
        ask_gateway("broker_snapshot", timeout=2)
    assert refused.value.code == ErrorCode.IB_CONNECTION_FAILED


def test_what_an_order_would_cost(desk: LiveDesk) -> None:
    before = Order.objects.count()
    answer = ask_gateway(
        "what_if", account=ACCOUNT, con_id=APPLE, side="BUY", quantity="100", order_type="LMT", limit_price="190.00"
    )
    assert D(answer["init_margin_change"]) > 0
    assert D(answer["commission"]) == 1
    assert Order.objects.count() == before
    assert not [row for row in desk.simulator.control.get("/state")["orders"] if row.get("what_if")]
    # the id it took is not given to the next order
    order = wait_status(desk.submit("AAPL", 1, "180.00"), "working")
    wait_status(desk.cancel(order), "cancelled")


@pytest.mark.parametrize(
    "text", ["not json", "[]", '{"id": "x"}', '{"id":"x","kind":"y","params":{},"expires_at":"z"}']
)
def test_questions_nobody_can_read_harm_nobody(desk: LiveDesk, text: str) -> None:
    redis_client().lpush(GATEWAY_REQUESTS, text)
    assert ask_gateway("instrument_details", symbol="AAPL")["con_id"] == APPLE


def test_questions_nobody_answers(desk: LiveDesk) -> None:
    with pytest.raises(DeskError) as refused:
        ask_gateway("the_weather")
    assert refused.value.code == ErrorCode.VALIDATION_ERROR


def test_questions_that_waited_too_long_are_dropped(desk: LiveDesk) -> None:
    question = {"id": "late", "kind": "instrument_details", "params": {"symbol": "AAPL"}, "expires_at": time.time() - 1}
    redis_client().lpush(GATEWAY_REQUESTS, orjson.dumps(question))
    assert stays(lambda: redis_client().llen("desk:gateway:reply:late") == 0, for_seconds=0.5)


def test_a_strangers_position_brings_its_instrument_along(desk: LiveDesk) -> None:
    desk.pin("XOM", "109.99", "110.00")
    other_client(desk.simulator, "place", "BUY", "10", "XOM")
    held = desk.account.positions.filter(instrument__symbol="XOM", quantity=10)
    # IB's positions have one lane: a question before this one whose end was lost holds it until it is given up
    position = eventually(held.first, within=25)
    assert eventually(lambda: Instrument.objects.get(pk=position.instrument_id).long_name, within=25)
    # a position that no order of ours explains makes the gateway ask whose it is
    assert eventually(lambda: Order.objects.filter(origin="external", symbol="XOM", status="filled").first())


def test_the_last_values_stay_readable_in_redis(desk: LiveDesk) -> None:
    keep_quotes_flowing([APPLE])
    eventually(lambda: redis_client().hget(QUOTES_LATEST, str(APPLE)))
