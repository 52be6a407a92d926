"""What a client hears, message by message."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from tws_simulator.messages.requests import LAYOUTS

CONTRACT = (265598, "AAPL", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "")
UNKNOWN = (0, "NOSUCH", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "")
Messages = list[tuple[str, ...]]


def kinds(messages: Messages) -> list[str]:
    return [message[0] for message in messages]


def errors(messages: Messages) -> list[tuple[str, str]]:
    return [(message[2], message[3]) for message in messages if message[0] == "4"]


async def news_with(client: Any, kind: str) -> Messages:
    """The client's news once a message of this kind is among them."""
    for _ in range(1000):
        if kind in kinds(client.connection.messages):
            return client.news()
        await asyncio.sleep(0.01)
    raise AssertionError(f"no message {kind} came")


def order_fields(order_id: int, action: str = "BUY", quantity: str = "100", kind: str = "MKT", **more: Any) -> tuple:
    """placeOrder at version 178, every unused field empty."""
    contract = more.get("contract", CONTRACT)
    limit, stop, tif = more.get("limit", ""), more.get("stop", ""), more.get("tif", "DAY")
    head = (
        3,
        order_id,
        *contract,
        "",
        "",
        action,
        quantity,
        kind,
        limit,
        stop,
        tif,
        "",
        more.get("account", ""),
        "",
        0,
        more.get("ref", ""),
    )
    flags = (1, 0, 0, 0, "", 0, 0, 0)
    middle = (
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        0,
        "",
        -1,
        0,
        "",
        "",
        0,
        "",
        "",
        0,
        0,
        "",
        0,
        "",
        "",
        "",
        "",
        "",
        0,
        "",
        "",
    )
    tail = (
        "",
        "",
        0,
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        0,
        "",
        "",
        0,
        0,
        "",
        "",
        more.get("what_if", 0),
        "",
        0,
        0,
        0,
    )
    end = (0, "", "", "", "", "", "", 0, "", "", "", "", "", "", "", "", 0, 0, 0, "", "", "", 0, "", "")
    return head + flags + middle + tail + end


def test_starting_brings_what_clients_wait_for(client: Any) -> None:
    messages = client.news()
    assert messages[0] == ("15", "1", "DU1234567")
    assert messages[1] == ("9", "1", "1")
    assert [code for _, code in errors(messages)] == ["2104", "2106", "2158"]


def test_a_taken_client_id_is_refused(make_client: Callable[..., Any], client: Any) -> None:
    second = make_client(1)
    assert errors(second.news()) == [("-1", "326")]
    assert second.connection.closed
    assert client.ask(49, 1)[0][0] == "49"


def test_at_most_thirty_two_clients(make_client: Callable[..., Any]) -> None:
    clients = [make_client(number) for number in range(33)]
    assert [one.connection.closed for one in clients] == [False] * 32 + [True]


def test_requests_before_start_are_refused(desk: Any, make_client: Callable[..., Any]) -> None:
    client = make_client(1)
    client.session.client_id = None
    assert errors(client.ask(49, 1)) == [("-1", "321")]


def test_starting_twice_is_refused(client: Any) -> None:
    assert errors(client.ask(71, 2, 5, "")) == [("-1", "321")]


def test_a_market_order_brings_the_recorded_sequence(desk: Any, client: Any) -> None:
    """The order of messages recorded from a real TWS for a market order that fills at once."""
    desk.pin("189.99", "190.01")
    messages = client.ask(*order_fields(1, ref="my-ref"))
    assert kinds(messages) == ["5", "3", "11", "5", "3", "5", "3", "59"]
    assert [message[2] for message in messages if message[0] == "3"] == ["PreSubmitted", "Filled", "Filled"]
    fill, report = messages[2], messages[7]
    assert fill[1] == "-1"
    assert "my-ref" in fill
    assert (report[3], report[4]) == ("1.0", "USD")
    assert report[2] == fill[14]
    # The last openOrder carries the commission, the one before does not.
    assert "1.0" in messages[5]
    assert "USD" in messages[5][20:]
    assert "USD" not in messages[3][20:]


def test_a_cancel_brings_status_then_202(desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    assert kinds(client.ask(*order_fields(1, kind="LMT", limit="180"))) == ["5", "3", "5", "3"]
    messages = client.ask(4, 1, 1, "")
    assert kinds(messages) == ["3", "4"]
    assert messages[0][2] == "Cancelled"
    assert errors(messages) == [("1", "202")]
    assert errors(client.ask(4, 1, 1, "")) == [("1", "10148")]
    assert errors(client.ask(4, 1, 77, "")) == [("77", "10147")]


def test_a_margin_refusal_says_inactive_and_201(desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    messages = client.ask(*order_fields(1, quantity="1000000"))
    assert kinds(messages) == ["5", "3", "4"]
    assert messages[1][2] == "Inactive"
    assert errors(messages) == [("1", "201")]


def test_a_preview_is_one_open_order(desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    messages = client.ask(*order_fields(1, what_if=1))
    assert kinds(messages) == ["5"]
    assert client.ask(16, 1) == [("53", "1")]


@pytest.mark.parametrize("order_id", ["0", "-3", "2147483648", ""])
def test_an_impossible_order_number_is_refused(client: Any, order_id: str) -> None:
    assert errors(client.ask(*order_fields(order_id)))[0][1] == "320"  # type: ignore[arg-type]


def test_open_orders_own_and_all(desk: Any, make_client: Callable[..., Any]) -> None:
    desk.pin("189.99", "190.01")
    one, two = make_client(1), make_client(2)
    one.ask(*order_fields(1, kind="LMT", limit="180", tif="GTC"))
    assert kinds(one.ask(5, 1)) == ["5", "3", "53"]
    assert kinds(two.ask(5, 1)) == ["53"]
    assert kinds(two.ask(16, 1)) == ["5", "3", "53"]
    assert errors(two.ask(15, 1, 1)) == [("-1", "327")]
    assert make_client(0).ask(15, 1, 1) == []
    two.ask(58, 1)
    assert kinds(one.news())[-2:] == ["3", "4"]
    one.session.close()
    again = make_client(1)
    assert again.news()[1] == ("9", "1", "2")


def test_open_orders_are_told_on_connecting(desk: Any, make_client: Callable[..., Any]) -> None:
    desk.pin("189.99", "190.01")
    one = make_client(1)
    one.ask(*order_fields(1, kind="LMT", limit="180", tif="GTC"))
    one.session.close()
    assert kinds(make_client(1).news())[-2:] == ["5", "3"]


def test_executions_can_be_filtered(desk: Any, make_client: Callable[..., Any]) -> None:
    desk.pin("189.99", "190.01")
    one, two = make_client(1), make_client(2)
    one.ask(*order_fields(1))
    two.ask(*order_fields(1, "SELL"))

    def count(*filters: Any) -> int:
        answer = one.ask(7, 3, 50, *filters)
        assert answer[-1] == ("55", "1", "50")
        fills = [message for message in answer if message[0] == "11"]
        assert len([message for message in answer if message[0] == "59"]) == len(fills)
        return len(fills)

    assert count(0, "", "", "", "", "", "") == 2
    assert count(2, "", "", "", "", "", "") == 1
    assert count(0, "DU1234567", "", "AAPL", "STK", "", "BUY") == 1
    assert count(0, "", "", "", "", "", "SLD") == 1
    assert count(0, "", "", "MSFT", "", "", "") == 0
    assert count(0, "", "20261124 09:00:00 US/Eastern", "", "", "SMART", "") == 2
    assert count(0, "", "20261124-15:00:01", "", "", "", "") == 0
    assert count(0, "DU9", "", "", "", "", "") == 0


def test_completed_orders(desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    client.ask(*order_fields(1))
    assert kinds(client.ask(99, 0)) == ["101", "102"]


def test_account_updates_come_whole_then_as_changes(desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    messages = client.ask(6, 2, 1, "")
    assert messages[-2:] == [("8", "1", "10:00"), ("54", "1", "DU1234567")]
    assert ("6", "2", "NetLiquidation", "1000000.00", "USD", "DU1234567") in messages
    client.news()
    client.ask(*order_fields(1))
    desk.pass_time()
    news = client.news()
    (portfolio,) = [message for message in news if message[0] == "7"]
    assert portfolio[12:15] == ("NMS", "100", "190.01")
    tags = {message[2] for message in news if message[0] == "6"}
    assert {"TotalCashValue", "GrossPositionValue"} <= tags
    assert "AccountReady" not in tags
    desk.pin("195.00", "195.02")
    desk.pass_time(100)
    assert client.news() == []
    desk.pass_time(100)  # three minutes are over
    assert {"6", "7", "8"} == set(kinds(client.news()))
    assert client.ask(6, 2, 0, "") == []
    assert errors(client.ask(6, 2, 1, "DU9")) == [("-1", "321")]


def test_account_summary_and_its_limit(client: Any) -> None:
    messages = client.ask(62, 1, 7, "All", "NetLiquidation,BuyingPower")
    assert messages == [
        ("63", "1", "7", "DU1234567", "NetLiquidation", "1000000.00", "USD"),
        ("63", "1", "7", "DU1234567", "BuyingPower", "4000000.00", "USD"),
        ("64", "1", "7"),
    ]
    client.ask(62, 1, 8, "All", "$LEDGER")
    assert errors(client.ask(62, 1, 9, "All", "NetLiquidation")) == [("9", "322")]
    client.ask(63, 1, 8)
    assert errors(client.ask(62, 1, 9, "All", "")) == [("9", "321")]
    assert kinds(client.ask(62, 1, 9, "All", "Cushion"))[-1] == "64"


def test_multi_account_requests(desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    assert kinds(client.ask(76, 1, 5, "DU1234567", "", 0))[-1] == "74"
    ledger = client.ask(76, 1, 6, "", "", 1)
    assert {message[5] for message in ledger[:-1]} >= {"CashBalance", "ExchangeRate"}
    assert kinds(client.ask(74, 1, 8, "", "")) == ["72"]
    client.news()
    client.ask(*order_fields(1))
    desk.pass_time()
    news = client.news()
    assert {message[2] for message in news if message[0] == "73"} == {"5", "6"}
    assert [message[2] for message in news if message[0] == "71"] == ["8"]
    assert kinds(client.ask(74, 1, 9, "DU1234567", "")) == ["71", "72"]
    for number, req_id in ((77, 5), (77, 6), (75, 8), (75, 9)):
        client.ask(number, 1, req_id)
    client.news()
    client.ask(*order_fields(2))
    desk.pass_time()
    assert not {"71", "73"} & set(kinds(client.news()))


def test_positions_are_pushed_to_zero(desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    assert client.ask(61, 1) == [("62", "1")]
    client.ask(*order_fields(1))
    client.ask(*order_fields(2, "SELL"))
    assert [message[14] for message in client.news() if message[0] == "61"] == ["100", "0"]
    client.ask(64, 1)
    client.ask(*order_fields(3))
    assert "61" not in kinds(client.news())


def test_profit_and_loss_streams(desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    client.ask(*order_fields(1))
    assert client.ask(92, 3, "DU1234567", "")[0][:2] == ("94", "3")
    assert client.ask(94, 4, "", "", 265598)[0][:3] == ("95", "4", "100")
    assert client.ask(94, 5, "", "", 272093)[0][:3] == ("95", "5", "0")
    assert client.ask(94, 6, "", "", 1) == []  # an unknown contract id is not answered
    client.news()
    desk.pin("199.99", "200.01")
    desk.pass_time(1)
    # Bought at 190.01, marked at 199.99; daily and unrealised profit include the commission of one.
    assert client.news() == [
        ("94", "3", "997.0", "997.0", "0.0"),
        ("95", "4", "100", "997.0", "997.0", "0.0", "19999.0"),
    ]
    client.ask(93, 3)
    client.ask(95, 4)
    desk.pass_time(2)
    assert client.news() == []


def test_quotes_stream_changes_only(desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    messages = client.ask(1, 11, 9, *CONTRACT, 0, "221", 0, 0, "")
    assert kinds(messages)[:2] == ["81", "58"]
    ticks = {message[3]: message[4] for message in messages if message[0] == "1"}
    assert (ticks["1"], ticks["2"]) == ("189.99", "190.01")
    assert {"4", "6", "7", "9", "14", "37"} <= set(ticks)
    client.news()
    desk.pass_time()
    assert client.news() == []
    desk.pin("190.00", "190.01")
    desk.pass_time()
    assert [message[:5] for message in client.news()] == [("1", "6", "9", "1", "190.0")]
    assert errors(client.ask(1, 11, 9, *CONTRACT, 0, "", 0, 0, "")) == [("9", "322")]
    client.ask(2, 2, 9)
    assert errors(client.ask(2, 2, 9)) == [("9", "300")]


def test_a_slow_reader_gets_the_newest_quote_later(desk: Any, client: Any) -> None:
    client.ask(1, 11, 9, *CONTRACT, 0, "", 0, 0, "")
    client.news()
    client.connection.slow = True
    desk.pass_time(60)
    assert client.news() == []
    client.connection.slow = False
    desk.pass_time(60)
    assert client.news()


def test_a_snapshot_ends(client: Any) -> None:
    messages = client.ask(1, 11, 9, *CONTRACT, 0, "", 1, 0, "")
    assert messages[-1] == ("57", "1", "9")
    assert client.ask(1, 11, 9, *CONTRACT, 0, "", 1, 0, "")[-1][0] == "57"


def test_old_clients_get_round_lots(desk: Any, make_client: Callable[..., Any]) -> None:
    desk.pin("189.99", "190.01", "500")
    old, new = make_client(1, 158), make_client(2, 159)
    sizes = [
        next(
            message[4]
            for message in one.ask(1, 11, 9, *CONTRACT, 0, "", 1, 0, "")
            if message[:4] == ("2", "6", "9", "0")
        )
        for one in (old, new)
    ]
    assert sizes == ["5", "500"]


def test_there_are_a_hundred_lines(client: Any) -> None:
    for req_id in range(100):
        client.ask(1, 11, req_id, *CONTRACT, 0, "", 0, 0, "")
    assert errors(client.ask(1, 11, 100, *CONTRACT, 0, "", 0, 0, "")) == [("100", "101")]


def test_contract_requests(client: Any) -> None:
    details = client.ask(9, 8, 4, *CONTRACT, 0, "", "", "")
    assert kinds(details) == ["10", "52"]
    assert errors(client.ask(9, 8, 4, *UNKNOWN, 0, "", "", "")) == [("4", "200")]
    assert kinds(client.ask(9, 8, 4, *CONTRACT, 0, "ISIN", "US0378331005", "")) == ["10", "52"]
    assert errors(client.ask(9, 8, 4, *CONTRACT, 0, "ISIN", "US0000000000", "")) == [("4", "200")]
    assert errors(client.ask(9, 8, 4, *CONTRACT, 0, "NAME", "APPLE", "")) == [("4", "200")]
    # New York's line, and the one in Zurich.
    assert client.ask(81, 5, "apple")[0][:4] == ("79", "5", "2", "265598")
    assert client.ask(81, 5, "zzzz")[0] == ("79", "5", "0")
    assert client.ask(91, 26) == [("93", "26", "1", "0", "0.01")]
    assert errors(client.ask(91, 99)) == [("-1", "321")]
    assert errors(client.ask(78, 6, "NOSUCH", "", "STK", 1)) == [("6", "200")]


def test_small_questions(client: Any) -> None:
    assert client.ask(49, 1)[0] == ("49", "1", "1795532400")
    assert client.ask(8, 1, 1) == [("9", "1", "1")]
    assert client.ask(17, 1) == [("15", "1", "DU1234567")]
    assert client.ask(104, 3) == [("107", "3", "")]
    assert client.ask(80) == [("78", "1", "DU1234567", "")]
    (depth_exchanges,) = client.ask(82)
    assert len(depth_exchanges) == 2 + 5 * int(depth_exchanges[1])
    assert ("NASDAQ", "STK") in itertools.pairwise(depth_exchanges)
    (components,) = client.ask(83, 4, "9c0001")
    assert len(components) == 3 + 3 * int(components[2])
    assert "NASDAQ" in components
    assert client.ask(85) == [("85", "1", "SIM", "Simulated closing reports")]
    assert client.ask(79, 4) == [("77", "4", "0")]
    assert client.ask(24, 1)[0][:2] == ("19", "1")
    assert client.ask(14, 1, 5) == []
    assert client.ask(59, 1, 3) == []
    assert errors(client.ask(59, 1, 9)) == [("-1", "321")]
    head = client.ask(87, 4, *CONTRACT, 0, 1, "TRADES", 1)
    assert head == [("88", "4", "20040123-14:30:00")]
    assert client.ask(87, 4, *CONTRACT, 0, 1, "TRADES", 2) == [("88", "4", "1074868200")]
    assert errors(client.ask(87, 4, *CONTRACT, 0, 1, "FEE_RATE", 1)) == [("4", "162")]
    assert client.ask(90, 4) == []


@pytest.mark.parametrize(
    ("request_fields", "code"),
    [
        ((10, 5, 3, *CONTRACT, 5, 0, ""), "10092"),
        ((22, 3, 10, "STK", "STK.US.MAJOR", "NOSUCH", *[""] * 19), "162"),
        ((88, 3, *CONTRACT, 0, 1, "a while"), "321"),
        ((52, 2, 3, 265598, "AAPL", "STK", "SMART", "", "USD", "", "ReportSnapshot", 0, ""), "430"),
        ((54, 3, 3, *CONTRACT, 5, 200, 0, ""), "321"),
        ((21, 2, 3, *CONTRACT[:8], *CONTRACT[9:], 1, 1, "", 0), "321"),
        ((84, 3, "x", "y", ""), "10172"),
        ((18, 1, 1), "321"),
        ((67, 1, 3), "321"),
        ((25, 1, 3), "366"),
        ((51, 1, 3), "300"),
        ((11, 1, 3, 0), "310"),
        ((50, 3, 3, *CONTRACT, 5, "YIELD", 1, ""), "321"),
    ],
)
def test_what_is_not_offered_is_refused_by_its_code(client: Any, request_fields: tuple, code: str) -> None:
    ((req_id, seen),) = errors(client.ask(*request_fields))
    assert seen == code
    assert req_id in {"3", "-1"}


def test_every_request_has_a_handler() -> None:
    from tws_simulator.session.session import HANDLERS

    assert {name for name, _ in LAYOUTS.values()} == set(HANDLERS)


def test_five_second_bars(desk: Any, client: Any) -> None:
    assert client.ask(50, 3, 3, *CONTRACT, 5, "TRADES", 0, "") == []
    desk.pass_time(5)
    ((kind, _, req_id, seconds, *prices),) = client.news()[5:]
    assert (kind, req_id, seconds, len(prices)) == ("50", "3", "1795532400", 7)
    client.ask(51, 1, 3)
    desk.pass_time(5)
    assert client.news() == []


@pytest.mark.parametrize(
    ("fields", "req_id", "code"),
    [
        (("999", "1"), "-1", "320"),
        (("",), "-1", "320"),
        (("1", "11", "77", "abc"), "77", "320"),
        (("3", "55", "1"), "55", "320"),
        (("4", "1", "x"), "-1", "320"),
        (("20", "8"), "8", "320"),
    ],
)
def test_garbage_is_answered_and_survived(client: Any, fields: tuple[str, ...], req_id: str, code: str) -> None:
    assert errors(client.ask(*fields)) == [(req_id, code)]
    assert client.ask(49, 1)[0][0] == "49"


def test_a_failure_inside_hurts_one_request_only(client: Any, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(desk.broker), "balances", lambda self, name: 1 / 0)
    assert errors(client.ask(62, 1, 7, "All", "NetLiquidation")) == [("7", "322")]
    assert client.ask(49, 1)[0][0] == "49"


async def test_history_is_answered_beside_the_conversation(client: Any) -> None:
    fields = (20, 6, *CONTRACT, 0, "", "1 min", "1 D", 0, "TRADES", 1, 0, "")
    assert client.ask(*fields) == []
    assert client.ask(49, 1)[0][0] == "49"
    answer = (await news_with(client, "17"))[-1]
    assert answer[:2] == ("17", "6")
    assert answer[4] == "600"  # from midnight to ten in the morning
    assert answer[5] == "20261124 00:00:00 US/Eastern"
    assert errors(client.ask(20, 6, *CONTRACT, 0, "", "1 min", "1 D", 0, "FEES", 1, 0, "")) == [("6", "162")]
    assert errors(client.ask(20, 6, *CONTRACT, 0, "20261120 10:00:00", "1 min", "1 D", 0, "TRADES", 1, 1, "")) == [
        ("6", "321")
    ]


async def test_kept_up_bars_and_their_end(desk: Any, client: Any) -> None:
    client.ask(20, 6, *CONTRACT, 0, "", "1 min", "600 S", 0, "TRADES", 2, 1, "")
    assert (await news_with(client, "17"))[-1][5] == "1795531800"
    desk.pass_time(30)
    (update,) = client.news()
    assert (update[0], update[1], update[3]) == ("90", "6", "1795532400")
    assert client.ask(25, 1, 6) == []
    desk.pass_time(30)
    assert client.news() == []
    client.ask(20, 7, *CONTRACT, 0, "", "1 min", "3 D", 0, "TRADES", 2, 0, "")
    assert errors(client.ask(25, 1, 7)) == [("7", "162")]
    await asyncio.sleep(0.05)


def test_a_schedule(client: Any) -> None:
    (answer,) = client.ask(20, 6, *CONTRACT, 0, "", "1 day", "3 D", 1, "SCHEDULE", 1, 0, "")
    assert (answer[0], answer[4], answer[5], answer[-1]) == ("106", "US/Eastern", "3", "20261124")
