"""What a quote stream tells: types of data, rights, generic ticks, halts, limits."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tws_simulator.clock import ManualClock
from tws_simulator.exchange.market import manual_quote
from tws_simulator.gateway import Settings, create_gateway
from tws_simulator.session.rights import Right

from tests.unit.tws_simulator.conftest import Client, Desk

Ticks = dict[int, tuple[str, ...]]


def ask_quotes(client: Any, req_id: int = 1, *, generic: str = "", snapshot: int = 0) -> list[tuple[str, ...]]:
    contract = (265598, "", "", "", "", "", "", "SMART", "", "", "", "")
    return client.ask(1, 11, req_id, *contract, 0, generic, snapshot, 0, "")


def ticks(messages: list[tuple[str, ...]]) -> Ticks:
    """Values by tick type; a price is followed by its size."""
    return {int(row[3]): row[4:] for row in messages if row[0] in {"1", "2", "45", "46"}}


def codes(messages: list[tuple[str, ...]]) -> list[str]:
    return [row[3] for row in messages if row[0] == "4"]


def kinds(messages: list[tuple[str, ...]]) -> list[str]:
    return [row[3] for row in messages if row[0] == "58"]


def test_only_changes_follow_the_first_picture(desk: Desk, client: Any) -> None:
    desk.pin("150.00", "150.02")
    assert {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 45, 49} == set(ticks(ask_quotes(client)))
    client.news()
    desk.pass_time()
    assert client.news() == []
    desk.pin("150.01", "150.02")
    desk.pass_time()
    assert [row[:5] for row in client.news()] == [("1", "6", "1", "1", "150.01")]


def test_equal_views_share_their_states(desk: Desk, make_client: Callable[..., Any]) -> None:
    first, second, other = make_client(1), make_client(2), make_client(3, 158)
    for each in (first, second, other):
        ask_quotes(each)
        each.news()
    desk.pass_time(30)
    news = first.news()
    assert news
    assert news == second.news()
    assert first.session.quotes[1].seen is second.session.quotes[1].seen
    assert other.session.quotes[1].seen is not first.session.quotes[1].seen


def test_late_subscribers_get_everything_and_then_the_same_changes(desk: Desk, make_client: Callable[..., Any]) -> None:
    first, late = make_client(1), make_client(2)
    ask_quotes(first)
    desk.pass_time(5)
    picture = ticks(ask_quotes(late))
    assert {0, 1, 2, 3, 4} <= set(picture)
    known: Ticks = {}
    for _ in range(40):
        desk.pass_time()
        known |= ticks(late.news())
        first.news()
    assert known[1][0] == ticks(ask_quotes(first, 2))[1][0]


def test_delayed_data_comes_late_and_under_its_own_types(desk: Desk, client: Any) -> None:
    desk.gateway.data.default = Right.DELAYED
    client.ask(59, 1, 3)
    late = ask_quotes(client)
    assert codes(late) == ["10167"]
    assert kinds(late) == ["3"]
    assert {66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 88, 90} == set(ticks(late))
    desk.gateway.data.default = Right.LIVE
    client.ask(59, 1, 1)
    live = ticks(ask_quotes(client, 2))
    client.news()
    desk.pass_time(900)
    told = [row for row in client.news() if row[2] == "1"]
    assert ticks(told)[66][0] == live[1][0]


def test_a_pin_is_seen_late_too(desk: Desk, client: Any) -> None:
    desk.gateway.data.default = Right.DELAYED
    desk.pin("150.00", "150.02")
    client.ask(59, 1, 4)
    assert ticks(ask_quotes(client))[66][0] != "150.0"
    client.news()
    desk.pass_time(901)
    assert ticks(client.news())[66][0] == "150.0"


@pytest.mark.parametrize(
    ("right", "wanted", "code", "streams"),
    [
        (Right.DELAYED, 1, "10168", False),
        (Right.API_DELAYED, 1, "10089", False),
        (Right.API_DELAYED, 3, "10167", True),
        (Right.NONE, 1, "354", False),
        (Right.NONE, 3, "354", False),
        (Right.PART, 1, "10090", True),
        (Right.API_PART, 1, "10091", True),
        (Right.COMPETING, 1, "10197", False),
    ],
)
def test_missing_rights_are_told(desk: Desk, client: Any, right: Right, wanted: int, code: str, streams: bool) -> None:
    desk.gateway.data.single[265598] = right
    client.ask(59, 1, wanted)
    answer = ask_quotes(client)
    assert codes(answer) == [code]
    assert (1 in client.session.quotes) is streams
    if right in {Right.PART, Right.API_PART}:
        assert not {1, 2, 4} & set(ticks(answer))
        assert 9 in ticks(answer)


def test_a_subscriber_who_allows_delayed_data_gets_live_data(client: Any) -> None:
    client.ask(59, 1, 3)
    assert kinds(ask_quotes(client)) == ["1"]
    assert codes(client.ask(59, 1, 7)) == ["321"]


def closed_desk(at: datetime) -> tuple[Desk, Client]:
    clock = ManualClock(at)
    desk = Desk(create_gateway(Settings(seed=7, calendar="exchange"), clock), clock)
    return desk, Client(desk.gateway, 1, 178)


def test_a_closed_market_has_no_live_quotes_but_frozen_ones() -> None:
    desk, client = closed_desk(datetime(2026, 11, 22, 17, 0, tzinfo=UTC))
    live = ask_quotes(client)
    assert ticks(live)[1][:2] == ("-1.0", "0")
    assert float(ticks(live)[4][0]) > 0
    client.ask(59, 1, 2)
    frozen = ask_quotes(client, 2)
    assert kinds(frozen) == ["2"]
    assert float(ticks(frozen)[1][0]) > 0
    client.news()
    desk.pass_time(16 * 3600)  # Monday 4:00 in New York, when trading begins
    news = client.news()
    assert [row for row in news if row[0] == "58"] == [("58", "1", "2", "1")]
    assert float(ticks([row for row in news if row[2] == "1"])[1][0]) > 0


def test_generic_ticks(client: Any) -> None:
    told = ticks(ask_quotes(client, generic="100,101,104,105,106,165,221,232,233,236,258,293,294,295,318,375,411,456"))
    wanted = {
        *range(15, 22), 23, 24, *range(27, 31), 37, 46, 47, 48, 54, 55, 56, 57, 58, 59, 77, 87, 89
    }  # fmt: skip
    assert wanted <= set(told)
    assert 0.1 < float(told[23][0]) < 0.6
    price, size, at, volume, average, single = told[48][0].split(";")
    assert float(price) == float(told[4][0])
    assert int(at) // 1000 == int(told[45][0])
    assert (volume, single) == (told[8][0], "true")
    assert Decimal(size) >= 100
    assert Decimal(average) > 0
    assert float(told[19][0]) <= float(told[15][0]) <= float(told[9][0]) <= float(told[16][0]) <= float(told[20][0])


def test_an_unknown_generic_tick_is_refused(client: Any) -> None:
    (refused,) = ask_quotes(client, generic="233,999")
    assert refused[3] == "321"
    assert "233(RTVolume)" in refused[4]
    assert codes(ask_quotes(client, generic="233", snapshot=1)) == ["321"]
    assert ticks(ask_quotes(client, generic="588,292:BRFG")).keys().isdisjoint({86})


def test_a_halt_is_told_and_nobody_trades(desk: Desk, client: Any) -> None:
    assert ticks(ask_quotes(client))[49] == ("0",)
    instrument = desk.broker.instrument(265598)
    desk.broker.market.halt(instrument, 2)
    client.news()
    desk.pass_time()
    assert ticks(client.news())[49] == ("2",)
    slot = int(desk.clock.now().timestamp() * 4)
    assert all(desk.broker.market.print_in(instrument, slot + index) is None for index in range(50))
    desk.broker.market.halt(instrument, 0)
    desk.pass_time()
    assert ticks(client.news())[49] == ("0",)


def test_lines_are_limited_and_ids_are_used_once(desk: Desk, client: Any) -> None:
    desk.gateway.data.lines = 2
    ask_quotes(client, 1)
    assert codes(ask_quotes(client, 1)) == ["322"]
    ask_quotes(client, 2)
    assert codes(ask_quotes(client, 3)) == ["101"]
    assert codes(client.ask(2, 2, 9)) == ["300"]
    client.ask(2, 2, 1)
    assert codes(ask_quotes(client, 3)) == []


def test_a_snapshot_ends(client: Any) -> None:
    answer = ask_quotes(client, snapshot=1)
    assert answer[-1] == ("57", "1", "1")
    assert client.session.quotes == {}


def test_a_view_pinned_and_changed_at_one_moment_is_told_both(desk: Desk, client: Any) -> None:
    ask_quotes(client)
    instrument = desk.broker.instrument(265598)
    for bid in ("120.00", "130.00"):
        base = desk.broker.market.quote(instrument, desk.clock.now())
        quote = manual_quote(base, desk.clock.now(), bid=Decimal(bid), ask=Decimal(bid) + 1)
        desk.broker.market.pin(instrument, quote, desk.clock.now())
        client.news()
        client.session.on_tick()
        assert Decimal(ticks(client.news())[1][0]) == Decimal(bid)
