"""Historical data as a client asks for it: kinds, updates, five-second bars, histograms, rules of pacing."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tws_simulator.session.pacing_history import HistoryPacer
from tws_simulator.session.rights import Right

from tests.unit.tws_simulator.conftest import Desk

AAPL = (265598, "", "", "", "", "", "", "SMART", "", "", "", "")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def codes(messages: Sequence[tuple[str, ...]]) -> list[str]:
    return [row[3] for row in messages if row[0] == "4"]


def answered(client: Any, *fields: Any) -> list[tuple[str, ...]]:
    """Everything a request brings, also beside the conversation."""

    async def ask() -> list[tuple[str, ...]]:
        client.news()
        client.ask(*fields)
        for _ in range(5000):
            if not client.session.pending:
                break
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        return list(client.news())

    return asyncio.run(ask())


def history(
    client: Any, *, what: str = "TRADES", size: str = "1 min", duration: str = "1800 S", end: str = "", keep: int = 0,
    req_id: int = 4,
) -> list[tuple[str, ...]]:  # fmt: skip
    return answered(client, 20, req_id, *AAPL, 0, end, size, duration, 1, what, 1, keep, "")


@pytest.mark.parametrize(
    "what",
    [
        "TRADES", "MIDPOINT", "BID", "ASK", "BID_ASK", "ADJUSTED_LAST", "HISTORICAL_VOLATILITY",
        "OPTION_IMPLIED_VOLATILITY",
    ],
)  # fmt: skip
def test_every_kind_of_bar(client: Any, what: str) -> None:
    ((number, req_id, _, _, count, *rest),) = history(client, what=what, size="1 hour", duration="1 D")
    assert (number, req_id, len(rest)) == ("17", "4", 8 * int(count))
    for index in range(int(count)):
        _, first, high, low, last, volume, average, trades = rest[8 * index : 8 * index + 8]
        assert Decimal(low) <= min(Decimal(first), Decimal(last)) <= Decimal(high)
        assert (Decimal(volume) >= 0) is (what in {"TRADES", "ADJUSTED_LAST"})
        assert (Decimal(average) > 0) is (int(trades) > 0)
        if "VOLATILITY" in what:
            assert 0 < Decimal(high) < 2


def test_a_bid_ask_bar_spans_both_sides(client: Any) -> None:
    ((_, _, _, _, _, *both),) = history(client, what="BID_ASK", size="1 hour", duration="1 D")
    ((_, _, _, _, _, *asks),) = history(client, what="ASK", size="1 hour", duration="1 D")
    assert both[2] == asks[2]
    assert Decimal(both[3]) < Decimal(asks[3])


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"what": "FEE_RATE"}, "162"),
        ({"keep": 1, "end": "20261124 09:50:00"}, "321"),
        ({"keep": 1, "size": "1 secs"}, "321"),
        ({"keep": 1, "what": "BID_ASK"}, "321"),
        ({"size": "1 secs", "duration": "1 D", "end": "20260101 12:00:00"}, "162"),
    ],
)
def test_what_there_is_not_is_refused(client: Any, asked: dict[str, Any], code: str) -> None:
    assert codes(history(client, **asked)) == [code]


def test_missing_rights_to_history(desk: Desk, client: Any) -> None:
    for right in (Right.NONE, Right.COMPETING):
        desk.gateway.data.default = right
        assert codes(history(client)) == ["162"]
        assert codes(client.ask(50, 3, 5, *AAPL, 5, "TRADES", 1, "")) == ["420"]


def test_a_bar_that_is_over_is_told_to_its_end(desk: Desk, client: Any) -> None:
    history(client, size="5 secs", duration="60 S", keep=1)
    updates: list[tuple[str, ...]] = []
    for _ in range(4 * 21):
        desk.pass_time()
        updates += client.news()
    last_of = {row[3]: row for row in updates}
    bars = sorted(last_of)
    assert len(bars) >= 4
    ((_, _, _, _, count, *rest),) = history(client, size="5 secs", duration="60 S", req_id=9)
    told = {rest[8 * index]: rest[8 * index : 8 * index + 8] for index in range(int(count))}
    for at in bars[:-1]:
        # 90: count, time, open, close, high, low, average, volume
        assert (last_of[at][4], last_of[at][6], last_of[at][7]) == (told[at][1], told[at][2], told[at][3])
        assert codes(updates) == []


def test_five_second_bars_and_their_refusals(desk: Desk, client: Any) -> None:
    assert client.ask(50, 3, 5, *AAPL, 5, "MIDPOINT", 0, "") == []
    assert codes(client.ask(50, 3, 5, *AAPL, 5, "TRADES", 0, "")) == ["322"]
    assert codes(client.ask(50, 3, 6, *AAPL, 10, "TRADES", 0, "")) == ["321"]
    assert codes(client.ask(50, 3, 6, *AAPL, 5, "ADJUSTED_LAST", 0, "")) == ["321"]
    client.news()
    for _ in range(40):
        desk.pass_time()
    bars = client.news()
    assert [int(row[3]) % 5 for row in bars] == [0, 0]
    desk.gateway.data.lines = 1
    assert codes(client.ask(50, 3, 6, *AAPL, 5, "TRADES", 0, "")) == ["101"]


@pytest.mark.parametrize("period", ["3 days", "1 week", "1 month", "7200 seconds"])
def test_a_histogram_counts_volume_by_price(client: Any, period: str) -> None:
    if period == "7200 seconds":  # before the opening there was no trading: only the half hour since
        ((_, _, _, _, _, *rest),) = history(client, size="30 mins", duration="1 D")
        traded = int(rest[5])
    ((number, req_id, count, *rows),) = answered(client, 88, 6, *AAPL, 0, 1, period)
    assert (number, req_id, len(rows)) == ("89", "6", 2 * int(count))
    prices = [Decimal(text) for text in rows[::2]]
    assert prices == sorted(set(prices))
    total = sum(int(text) for text in rows[1::2])
    assert total > 0
    if period == "7200 seconds":
        assert total >= traded * 0.9
    assert codes(client.ask(89, 6)) == ["366"]


def asked(pacer: HistoryPacer, seconds: float, *, end: int = 0, kind: str = "TRADES", con_id: int = 1) -> bool:
    at = NOW + timedelta(seconds=seconds)
    return pacer.admits(at, con_id=con_id, exchange="SMART", kind=kind, rest=(end,))


def test_no_request_twice_in_fifteen_seconds() -> None:
    pacer = HistoryPacer()
    assert asked(pacer, 0)
    assert not asked(pacer, 14)
    assert not asked(pacer, 28)  # the refused one counts
    assert asked(pacer, 44)


def test_no_six_of_a_kind_in_two_seconds() -> None:
    pacer = HistoryPacer()
    assert [asked(pacer, 0.1 * index, end=index) for index in range(6)] == [True] * 5 + [False]
    assert asked(pacer, 0.6, end=9, con_id=2)
    assert asked(pacer, 3, end=10)


def test_no_more_than_sixty_in_ten_minutes_and_both_sides_count_twice() -> None:
    pacer = HistoryPacer()
    assert all(asked(pacer, 5 * index, end=index) for index in range(60))
    assert not asked(pacer, 301, end=61)
    assert asked(pacer, 620, end=62)
    double = HistoryPacer()
    kept = [asked(double, 5 * index, end=index, kind="BID_ASK") for index in range(31)]
    assert kept == [True] * 30 + [False]


def test_the_rules_count_only_when_they_are_enforced(desk: Desk, client: Any) -> None:
    for req_id in (1, 2):
        assert codes(history(client, size="5 secs", duration="60 S", req_id=req_id)) == []
    desk.gateway.faults.switch_on("enforce_pacing", {})
    history(client, size="5 secs", duration="60 S", req_id=3)
    ((*_, code, text, _),) = history(client, size="5 secs", duration="60 S", req_id=4)
    assert code == "162"
    assert text.endswith("pacing violation")
    assert codes(history(client, size="1 min", duration="1800 S", req_id=5)) == []
    assert codes(history(client, size="1 min", duration="1800 S", req_id=6)) == []
    client.ask(50, 3, 7, *AAPL, 5, "TRADES", 1, "")
    assert codes(client.ask(50, 3, 8, *AAPL, 5, "TRADES", 1, "")) == ["420"]
