"""What failed attempts mean, which data farms are down, and how old a price may be."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_data.domain import FRESH_FOR, staleness
from trading.domain.attempts import SUSPECTED_AFTER, Attempts, Failure
from trading.domain.farms import FarmKind, Farms, farm_named_in

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
UNANSWERED = (Failure.CLOSED, Failure.SILENT, Failure.NO_IDS)


@pytest.mark.parametrize("failure", UNANSWERED)
def test_only_unanswered_attempts_for_some_time_look_like_a_login(failure: Failure) -> None:
    attempts = Attempts()
    attempts.failed(failure, began=100.0, now=101.0)
    assert not attempts.need_login(in_login_window=False)
    attempts.failed(failure, began=110.0, now=100.0 + SUSPECTED_AFTER)
    assert attempts.need_login(in_login_window=False)
    assert not attempts.need_login(in_login_window=False, in_other_window=True)


@pytest.mark.parametrize("answer", [Failure.REFUSED, Failure.OTHER])
def test_any_other_end_starts_the_suspicion_anew(answer: Failure) -> None:
    attempts = Attempts()
    attempts.failed(Failure.CLOSED, began=0.0, now=1.0)
    attempts.failed(answer, began=14.0, now=15.0)
    attempts.failed(Failure.CLOSED, began=20.0, now=21.0)
    assert not attempts.need_login(in_login_window=False)


@pytest.mark.parametrize("failure", [*UNANSWERED, Failure.REFUSED])
def test_when_the_calendar_says_login_one_attempt_is_enough(failure: Failure) -> None:
    attempts = Attempts()
    assert not attempts.need_login(in_login_window=True)  # nothing has failed yet
    attempts.failed(failure, began=0.0, now=0.1)
    assert attempts.need_login(in_login_window=True)


@pytest.mark.parametrize(
    ("text", "farm"),
    [
        ("Market data farm connection is broken:usfarm", "usfarm"),
        ("Market data farm connection is broken:usfarm.nj", "usfarm.nj"),
        ("HMDS data farm connection is inactive but should be available upon demand.ushmds", "ushmds"),
        ("Market data farm is connecting:cafarm", "cafarm"),
        ("something new", "something new"),
    ],
)
def test_the_farm_at_the_end_of_ibs_sentence(text: str, farm: str) -> None:
    assert farm_named_in(text) == farm


def test_farms_break_and_come_back_one_by_one() -> None:
    farms = Farms()
    assert farms.hear(2103, "Market data farm connection is broken:usfarm", NOW)
    assert farms.hear(2105, "HMDS data farm connection is broken:ushmds", NOW + timedelta(seconds=1))
    assert not farms.hear(2103, "Market data farm connection is broken:usfarm", NOW + timedelta(seconds=2))
    assert [(farm.name, farm.kind, at) for farm, at in farms.down()] == [
        ("usfarm", FarmKind.QUOTES, NOW),
        ("ushmds", FarmKind.HISTORY, NOW + timedelta(seconds=1)),
    ]
    assert not farms.hear(2119, "Market data farm is connecting:usfarm", NOW)  # trying is not being there
    assert not farms.hear(2104, "Market data farm connection is OK:eufarm", NOW)
    assert [farm.name for farm in farms.quotes_down()] == ["usfarm"]
    assert farms.hear(2104, "Market data farm connection is OK:usfarm", NOW)
    assert farms.quotes_down() == []
    assert farms.hear(2107, "HMDS data farm connection is inactive but should be available upon demand.ushmds", NOW)
    assert farms.down() == []


def test_a_new_connection_is_told_anew() -> None:
    farms = Farms()
    farms.hear(2157, "Sec-def data farm connection is broken:secdefnj", NOW)
    assert farms.forget()
    assert not farms.forget()
    assert farms.down() == []


@given(
    st.lists(
        st.tuples(st.sampled_from([2103, 2104, 2105, 2106, 2107, 2108, 2119, 2157, 2158, 1100]), st.text(max_size=30))
    )
)
def test_no_sentence_of_ib_breaks_the_list(words: list[tuple[int, str]]) -> None:
    farms = Farms()
    for code, text in words:
        before = farms.down()
        assert farms.hear(code, text, NOW) == (before != farms.down())


@pytest.mark.parametrize(
    ("age", "is_stale"),
    [(0, False), (30, False), (30.001, True), (3600, True), (-4, False), (-6, True)],
)
def test_how_old_a_price_may_be(age: float, is_stale: bool) -> None:
    assert bool(staleness(NOW - timedelta(seconds=age), NOW)) is is_stale


def test_the_gateways_own_doubt_counts_however_young_the_price() -> None:
    assert staleness(NOW, NOW, "IB's data farm usfarm is broken") == "IB's data farm usfarm is broken"
    assert staleness(None, NOW)
    assert FRESH_FOR.total_seconds() == 30
