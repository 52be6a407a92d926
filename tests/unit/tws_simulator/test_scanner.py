"""Market scanners and news."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.unit.tws_simulator.conftest import Desk
from tests.unit.tws_simulator.test_control import control  # noqa: F401  (a fixture)

WIDTH = 16


def codes(messages: Sequence[tuple[str, ...]]) -> list[str]:
    return [row[3] for row in messages if row[0] == "4"]


def scan(
    client: Any, code: str = "TOP_PERC_GAIN", *, kind: str = "STK", location: str = "STK.US.MAJOR", rows: int = 10,
    req_id: int = 3, above: Any = "", below: Any = "", volume: Any = "", stock_type: str = "", filters: str = "",
    cap: Any = "",
) -> list[tuple[str, ...]]:  # fmt: skip
    ratings = [""] * 8
    fields = (rows, kind, location, code, above, below, volume, cap, "", *ratings, 0, "", "", stock_type, filters, "")
    return client.ask(22, req_id, *fields)


def found(message: tuple[str, ...]) -> list[tuple[str, ...]]:
    assert message[:2] == ("20", "3")
    rows = [message[4 + WIDTH * index : 4 + WIDTH * (index + 1)] for index in range(int(message[3]))]
    assert len(message) == 4 + WIDTH * len(rows)
    assert [int(row[0]) for row in rows] == list(range(len(rows)))
    return rows


def change(desk: Desk, con_id: int) -> float:
    quote = desk.broker.quote(con_id)
    day = desk.broker.market.day(desk.broker.instrument(con_id), desk.clock.now())
    return float(quote.last / day.previous_close)


def test_the_parameters_name_what_can_be_asked_for(client: Any) -> None:
    ((number, version, xml),) = client.ask(24, 1)
    assert (number, version) == ("19", "1")
    tree = ElementTree.fromstring(xml)
    scan_codes = [node.text for node in tree.iter("scanCode")]
    kinds = [node.text for node in tree.find("InstrumentList").iter("type")]  # type: ignore[union-attr]
    assert {"TOP_PERC_GAIN", "MOST_ACTIVE", "HOT_BY_VOLUME"} <= set(scan_codes)
    for location in tree.iter("Location"):
        kind, place = location.findtext("instruments"), location.findtext("locationCode")
        assert kind in kinds
        assert codes(scan(client, kind=kind, location=place, req_id=9)) in ([], ["165"])
        client.ask(23, 1, 9)
    for code in scan_codes:
        assert codes(scan(client, code, kind="ETF.EQ.US", location="ETF.EQ.US", req_id=9)) == []
        client.ask(23, 1, 9)


def test_gainers_lead_and_losers_follow(desk: Desk, client: Any) -> None:
    desk.pin("400.00", "400.02")
    (gainers,) = scan(client)
    rows = found(gainers)
    assert (rows[0][1], rows[0][2], rows[0][3], rows[0][7]) == ("265598", "AAPL", "STK", "SMART")
    changes = [change(desk, int(row[1])) for row in rows]
    assert changes == sorted(changes, reverse=True)
    desk.pin("40.00", "40.02")
    (losers,) = scan(client, "TOP_PERC_LOSE", req_id=4)
    assert found(losers)[0][2] == "AAPL"


def test_limits_and_places_narrow_the_list(desk: Desk, client: Any) -> None:
    (answer,) = scan(client, "MOST_ACTIVE", above=100, below=200, rows=50)
    assert found(answer)
    assert all(100 <= desk.broker.quote(int(row[1])).last <= 200 for row in found(answer))
    (etfs,) = scan(client, "MOST_ACTIVE", stock_type="ETF", req_id=4)
    assert all(desk.broker.instrument(int(row[1])).stock_type == "ETF" for row in found(etfs))
    (nyse,) = scan(client, "MOST_ACTIVE", location="STK.NYSE", req_id=5)
    assert all(desk.broker.instrument(int(row[1])).primary_exchange == "NYSE" for row in found(nyse))
    (moved,) = scan(client, filters="changePercAbove=0.1;priceBelow=300;", req_id=6)
    assert all(change(desk, int(row[1])) > 1.0009 for row in found(moved))
    (nothing, notice) = scan(client, above=10**7, req_id=7)
    assert found(nothing) == []
    assert notice[3] == "165"


def test_lists_are_renewed_and_cancelled(desk: Desk, client: Any) -> None:
    scan(client)
    client.news()
    desk.pass_time(29)
    assert client.news() == []
    desk.pass_time(1)
    assert [row[0] for row in client.news()] == ["20"]
    assert codes(scan(client)) == ["385"]
    ((*_, code, text, _),) = client.ask(23, 1, 3)
    assert (code, text.endswith("API scanner subscription cancelled: 3")) == ("162", True)
    assert codes(client.ask(23, 1, 3)) == ["365"]


@pytest.mark.parametrize(
    "asked",
    [
        {"code": "NO_SUCH"},
        {"kind": "MOON"},
        {"location": "STK.MOON"},
        {"cap": 1000},
        {"stock_type": "MEME"},
        {"filters": "moodAbove=1"},
        {"filters": "priceAbove=much"},
    ],
)
def test_scans_that_are_not_on_offer(client: Any, asked: dict[str, Any]) -> None:
    assert codes(scan(client, **asked)) == ["162"]


def test_there_are_headlines_with_articles(desk: Desk, client: Any) -> None:
    assert client.ask(85) == [("85", "1", "SIM", "Simulated closing reports")]
    *rows, end = client.ask(86, 5, 265598, "BRFG+SIM", "", "", 10, "")
    assert end == ("87", "5", "1")
    assert len(rows) == 10
    times = [row[2] for row in rows]
    assert times == sorted(times, reverse=True)
    ((number, req_id, kind, text),) = client.ask(84, 6, "SIM", rows[0][4], "")
    assert (number, req_id, kind) == ("83", "6", "0")
    assert rows[0][5] in text
    *few, end = client.ask(86, 5, 265598, "SIM", "2026-11-20 00:00:00.0", "2026-11-22 00:00:00.0", 10, "")
    assert end[-1] == "0"
    assert 0 < len(few) <= 2


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ((86, 5, 265598, "BRFG", "", "", 10, ""), "10276"),
        ((86, 5, 1, "SIM", "", "", 10, ""), "321"),
        ((86, 5, 265598, "SIM", "", "", 0, ""), "321"),
        ((86, 5, 265598, "SIM", "soon", "", 10, ""), "10314"),
        ((84, 5, "SIM", "SIM$265598-20991231", ""), "10172"),
        ((84, 5, "SIM", "SIM$x-y", ""), "10172"),
        ((84, 5, "DJ", "SIM$265598-20261120", ""), "10172"),
        ((100, 5), "10276"),
        ((102, 5, 265598, "", 0, 0, 0, "", "", ""), "10276"),
    ],
)
def test_news_that_there_is_not(client: Any, fields: tuple[Any, ...], code: str) -> None:
    assert codes(client.ask(*fields)) == [code]


def test_bulletins_reach_those_who_want_them(control: Any, desk: Desk, client: Any) -> None:  # noqa: F811
    assert client.ask(12, 1, 0) == []
    client.news()
    told = control("POST", "/market/bulletins", {"text": "NYSE is unavailable", "kind": 2, "exchange": "NYSE"})
    assert [row["number"] for row in told["bulletins"]] == [1]
    assert client.news() == [("14", "1", "1", "2", "NYSE is unavailable", "NYSE")]
    assert len(client.ask(12, 1, 1)) == 1
    client.ask(13, 1)
    control("POST", "/market/bulletins", {"text": "again"})
    assert [row for row in client.news() if row[0] == "14"][1:] == []
    desk.clock.advance(timedelta(days=1))
    assert client.ask(12, 1, 1) == []
    assert Decimal(control("GET", "/market/bulletins")["bulletins"][1]["number"]) == 2
