"""Price processes: chosen at run time, functions of time alone, refused when they cannot be."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tws_simulator.exchange.bars import single_bar
from tws_simulator.exchange.calendar import AlwaysOpen
from tws_simulator.exchange.catalogue import instruments
from tws_simulator.exchange.market import Market, Quote, manual_quote, slot_of
from tws_simulator.exchange.processes.base import ProcessError

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
AAPL = instruments()[265598]
BARS = "time,open,high,low,close,volume\n" + "".join(
    f"2026-01-05T14:{30 + index}:00Z,{100 + index},{102 + index},{99 + index}.5,{101 + index},6000\n"
    for index in range(10)
)
QUOTES = """time,bid,ask,bid_size,ask_size,last,last_size
2026-01-05T14:30:00Z,10.00,10.02,300,400,10.02,100
2026-01-05T14:30:01Z,10.01,10.03,,,,
2026-01-05T14:30:01.500000Z,,,500,,10.01,200
2026-01-05T14:30:05Z,9.50,9.52,100,100,9.50,700
"""


def market() -> Market:
    return Market(7, AlwaysOpen())


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def running(spec: dict[str, Any]) -> Market:
    made = market()
    made.set_process(AAPL, spec, NOW)
    return made


SPECS: list[dict[str, Any]] = [
    {"kind": "seeded", "volatility": 0.9, "spread": 3, "size": 2},
    {"kind": "constant", "price": "150"},
    {"kind": "steps", "steps": [{"after": 1, "price": "100"}, {"after": 5, "bid": "90", "ask": "90.05", "last": "90"}]},
    {"kind": "bars", "text": BARS},
    {"kind": "quotes", "text": QUOTES, "speed": 2},
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda row: row["kind"])
def test_a_process_is_a_function_of_time_and_can_be_saved_as_json(spec: dict[str, Any]) -> None:
    first = running(spec)
    moments = [after(index * 0.7) for index in range(120)]
    forward = [first.quote(AAPL, at) for at in moments]
    second = market()
    process = first.process(AAPL)
    assert process is not None
    saved = json.loads(json.dumps(process.describe()))
    second.set_process(AAPL, saved, NOW)
    backward = [second.quote(AAPL, at) for at in reversed(moments)]
    assert forward == backward[::-1]
    assert [first.print_in(AAPL, slot_of(at)) for at in moments] == [
        second.print_in(AAPL, slot_of(at)) for at in moments
    ]


@pytest.mark.parametrize("spec", SPECS, ids=lambda row: row["kind"])
def test_bars_and_quotes_agree_and_the_past_stays_as_it_was(spec: dict[str, Any]) -> None:
    made = running(spec)
    bar = single_bar(made, AAPL, "TRADES", NOW, after(60))
    middles = [(quote.bid + quote.ask) / 2 for quote in (made.quote(AAPL, after(index / 4)) for index in range(1, 240))]
    slack = Decimal("0.06") if spec["kind"] != "bars" else Decimal("0.2")
    assert bar.low - slack <= min(middles)
    assert max(middles) <= bar.high + slack
    before = NOW - timedelta(hours=1)
    assert made.quote(AAPL, before) == market().quote(AAPL, before)


def test_a_script_jumps_when_it_says_and_stays_at_its_end() -> None:
    made = running(SPECS[2])
    first = made.quote(AAPL, after(0.5))
    assert first.bid == market().quote(AAPL, NOW).bid
    assert made.quote(AAPL, after(1)).last == Decimal(100)
    assert (made.quote(AAPL, after(4.9)).bid, made.quote(AAPL, after(4.9)).ask) == (Decimal("99.99"), Decimal("100.01"))
    assert made.quote(AAPL, after(5)).ask == Decimal("90.05")
    assert made.quote(AAPL, after(86_400)).ask == Decimal("90.05")
    assert made.day(AAPL, after(400)).low == Decimal(90)
    trade = made.print_in(AAPL, slot_of(after(1)))
    assert trade is not None
    assert trade.size == first.last_size


def test_one_side_alone_moves_the_other_along() -> None:
    made = running({"kind": "steps", "steps": [{"after": 0, "bid": "50", "ask": "50.10"}, {"after": 1, "bid": "60"}]})
    assert made.quote(AAPL, after(1)).ask == Decimal("60.10")


def test_bars_run_through_open_extremes_and_close() -> None:
    made = running({"kind": "bars", "text": BARS})
    for index in range(10):
        bar = single_bar(made, AAPL, "TRADES", after(60 * index), after(60 * index + 59.999))
        assert (bar.open, bar.high, bar.low) == (100 + index, 102 + index, Decimal("99.5") + index)
        assert bar.close == 101 + index
        assert bar.volume == pytest.approx(6000, abs=100)
    assert made.traded_price(AAPL, after(3600).timestamp()) == 110
    fast = running({"kind": "bars", "text": BARS, "speed": 60})
    assert fast.traded_price(AAPL, after(1.25).timestamp()) == pytest.approx(100.5)


def test_recorded_quotes_are_replayed_with_their_trades() -> None:
    made = running({"kind": "quotes", "text": QUOTES})
    quote = made.quote(AAPL, after(1.6))
    assert (quote.bid, quote.ask, quote.bid_size, quote.ask_size) == (
        Decimal("10.01"), Decimal("10.03"), Decimal(500), Decimal(400)
    )  # fmt: skip
    assert quote.last_size == 200
    assert made.volume_between(AAPL, NOW.timestamp(), after(10).timestamp()) == 1000
    lines = "\n".join(
        json.dumps({"time": 1000 + index, "bid": "10.00", "ask": str(Decimal("10.01") + Decimal(index) / 100)})
        for index in range(3)
    )
    assert running({"kind": "quotes", "text": lines}).quote(AAPL, after(2)).ask == Decimal("10.03")


def test_volatility_spread_and_size_can_be_set() -> None:
    calm, wild = running({"kind": "seeded", "volatility": 0.01}), running({"kind": "seeded", "volatility": 3})
    start = market().quote(AAPL, NOW)
    assert abs(wild.quote(AAPL, NOW).mark - start.mark) < Decimal("0.1")

    def moved(made: Market) -> Decimal:
        marks = [made.quote(AAPL, after(index * 60)).mark for index in range(60)]
        return sum((abs(later - earlier) for earlier, later in pairwise(marks)), Decimal(0))

    assert moved(wild) > 20 * moved(calm)
    wide = running({"kind": "seeded", "spread": 20, "size": 10})
    quote = wide.quote(AAPL, after(1))
    assert quote.ask - quote.bid >= Decimal("0.20")
    assert quote.bid_size >= 1000


def test_ending_a_process_goes_on_from_its_price() -> None:
    made = running({"kind": "constant", "price": "150"})
    assert made.end_process(AAPL, after(10))
    assert not made.end_process(AAPL, after(10))
    assert abs(made.quote(AAPL, after(11)).mark - 150) < 1
    assert made.quote(AAPL, after(5)).mark == 150
    assert made.process(AAPL) is None


def test_a_pin_holds_over_a_process_which_then_goes_on() -> None:
    made = running(SPECS[2])
    quote = manual_quote(made.quote(AAPL, after(2)), after(2), bid=Decimal(70), ask=Decimal("70.10"))
    made.pin(AAPL, quote, after(2))
    assert made.quote(AAPL, after(5)).bid == 70
    made.release(AAPL, after(6))
    assert made.quote(AAPL, after(6)).ask == Decimal("90.05")
    assert made.quote(AAPL, after(3)).bid == 70
    made.release(AAPL, after(8), Decimal(120))
    assert made.process(AAPL) is None
    assert abs(made.quote(AAPL, after(8)).mark - 120) < 1


def test_a_pin_remembers_what_it_showed() -> None:
    made = market()

    def pin(at: datetime, bid: int) -> Quote:
        quote = manual_quote(made.quote(AAPL, at), at, bid=Decimal(bid), ask=Decimal(bid) + 1)
        made.pin(AAPL, quote, at)
        return quote

    first, second = pin(after(1), 100), pin(after(3), 200)
    assert made.quote(AAPL, after(2)) == first
    assert made.quote(AAPL, after(3)) == second
    bar = single_bar(made, AAPL, "TRADES", after(1), after(5))
    assert (bar.open, bar.close) == (first.last, second.last)
    made.release(AAPL, after(6))
    assert made.quote(AAPL, after(2)) == first


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({}, "kind must be"),
        ({"kind": "magic"}, "kind must be"),
        ({"kind": "seeded", "volatility": 0}, "volatility"),
        ({"kind": "seeded", "colour": 1}, "unknown keys colour"),
        ({"kind": "constant", "bid": "10", "ask": "9"}, "below"),
        ({"kind": "constant", "price": "-3"}, "positive"),
        ({"kind": "constant", "price": "10.003"}, "ticks"),
        ({"kind": "constant", "price": "NaN"}, "finite"),
        ({"kind": "constant", "price": True}, "number"),
        ({"kind": "steps", "steps": []}, "not empty"),
        ({"kind": "steps", "steps": [{"after": -1, "price": "10"}]}, "ascend"),
        ({"kind": "steps", "steps": [{"after": 2, "price": "10"}, {"after": 1, "price": "10"}]}, "step 2"),
        ({"kind": "steps", "steps": [{"after": 2, "ask": "10", "bid": "11"}]}, "below"),
        ({"kind": "steps", "steps": [{"after": 2, "cost": "10"}]}, "step 1"),
        ({"kind": "bars", "text": "time,open,high,low,close,volume\n"}, "no bars"),
        ({"kind": "bars", "text": "a,b\n1,2\n"}, "first line"),
        ({"kind": "bars", "text": BARS + "2026-01-05T14:20:00Z,1,1,1,1,1\n"}, "ascend"),
        ({"kind": "bars", "text": "time,open,high,low,close\n20260105,10,9,8,9\n"}, "between"),
        ({"kind": "bars", "text": "time,open,high,low,close\n20260105,10,11,nan,9\n"}, "finite"),
        ({"kind": "bars", "text": BARS, "file": "x"}, "either"),
        ({"kind": "bars", "file": "/nowhere/at/all.csv"}, "cannot be read"),
        ({"kind": "quotes", "text": "time,bid,ask\n20260105,10,9\n"}, "row 1"),
        ({"kind": "quotes", "text": "time,bid,ask\n20260105,,\n"}, "missing"),
        ({"kind": "quotes", "text": "{broken"}, "JSON"),
    ],
)
def test_an_impossible_process_is_refused_and_changes_nothing(spec: dict[str, Any], reason: str) -> None:
    made = market()
    with pytest.raises(ProcessError, match=reason):
        made.set_process(AAPL, spec, NOW)
    assert made.process(AAPL) is None
    assert made.quote(AAPL, after(1)) == market().quote(AAPL, after(1))


def test_a_file_is_read_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(BARS)
    process = market().set_process(AAPL, {"kind": "bars", "file": str(path)}, NOW)
    assert process.describe()["text"] == BARS
