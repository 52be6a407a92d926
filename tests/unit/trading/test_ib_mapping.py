"""IB's words and what the desk makes of them, word by word (sections of the IB field guide)."""

from datetime import UTC, datetime
from decimal import Decimal as D
from typing import Any

import pytest

from config.shared.errors import ErrorCode
from trading.domain import order_events as ev
from trading.domain.orders import OrderSide, OrderType, Terms
from trading.domain.risk import SHAPES
from trading.gateway import ib_mapping as ib
from trading.gateway.ib_mapping import Operation, Verdict

UNSET = 1.7976931348623157e308


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (190.01, D("190.01")),
        (0.1 + 0.2, D("0.30000000000000004")),  # what the float says, not what was meant
        ("12.50", D("12.50")),
        (100.0, D("100.0")),
        (0, D(0)),
        (-1.25, D("-1.25")),
        (UNSET, None),
        ("1.7976931348623157E308", None),
        (float("nan"), None),
        (float("inf"), None),
        ("", None),
        (None, None),
        ("?", None),
        ("n/a", None),
    ],
)
def test_numbers_from_the_wire(raw: Any, number: D | None) -> None:
    assert ib.to_decimal(raw) == number


def test_no_price_is_none_in_every_spelling() -> None:
    assert [ib.to_price(raw) for raw in (0.0, UNSET, None, 5.5)] == [None, None, None, D("5.5")]
    assert [ib.quote_price(raw) for raw in (-1.0, 0.0, 12.3)] == [None, D("0.0"), D("12.3")]


@pytest.mark.parametrize(
    ("word", "live", "answer"),
    [
        ("ApiPending", ev.OrderPendingAtIb, ev.OrderPendingAtIb),
        ("PendingSubmit", ev.OrderPendingAtIb, ev.OrderPendingAtIb),
        ("PreSubmitted", ev.OrderAccepted, ev.OrderFoundOpen),
        ("Submitted", ev.OrderAccepted, ev.OrderFoundOpen),
        ("PendingCancel", ev.IbStatusReported, ev.IbStatusReported),
        ("PreCancelled", ev.IbStatusReported, ev.IbStatusReported),
        ("WarnState", ev.IbStatusReported, ev.IbStatusReported),
        ("ApiCancelled", ev.OrderCancelled, ev.OrderCancelled),
        ("Cancelled", ev.OrderCancelled, ev.OrderCancelled),
        ("Filled", ev.IbStatusReported, ev.IbStatusReported),  # executions are the truth about fills
        ("Inactive", ev.OrderHeld, ev.OrderHeld),
        ("SomethingNew", ev.IbStatusReported, ev.IbStatusReported),
        ("ValidationError", ev.IbStatusReported, ev.IbStatusReported),  # an invention of ib_async
    ],
)
def test_every_status_word(word: str, live: type, answer: type) -> None:
    assert type(ib.status_event(word)) is live
    assert type(ib.status_event(word, is_sync=True)) is answer


def test_the_table_of_status_words_is_complete() -> None:
    documented = {"ApiPending", "PendingSubmit", "PreSubmitted", "Submitted", "PendingCancel", "PreCancelled"}
    documented |= {"WarnState", "ApiCancelled", "Cancelled", "Filled", "Inactive"}
    assert set(ib.STATUS_WORDS) == documented


def test_why_an_order_is_held_is_kept() -> None:
    assert ib.status_event("Inactive", why_held="locate") == ev.OrderHeld(reason="locate")


@pytest.mark.parametrize(
    ("status", "completed_status", "event"),
    [
        ("Cancelled", "Cancelled by Trader", ev.OrderCancelled(reason="Cancelled by Trader")),
        ("Cancelled", "Cancelled - Order expired", ev.OrderExpired(reason="Cancelled - Order expired")),
        ("ApiCancelled", "", ev.OrderCancelled()),
        (
            "Cancelled",  # found by the drill: the connection had ended before the 201 came
            "Order rejected - reason:The maximum of 20 working SELL orders has been reached.",
            ev.OrderRejected(
                code="IB_ORDER_REJECTED",
                reason="Order rejected - reason:The maximum of 20 working SELL orders has been reached.",
            ),
        ),
        ("Inactive", "", ev.OrderCancelled()),
        ("Filled", "Filled Size: 100", ev.IbStatusReported(ib_status="Filled")),
    ],
)
def test_completed_orders(status: str, completed_status: str, event: ev.OrderEvent) -> None:
    assert ib.completed_event(status, completed_status) == event


def test_sides() -> None:
    words = {"BUY": OrderSide.BUY, "BOT": OrderSide.BUY, "SELL": OrderSide.SELL, "SLD": OrderSide.SELL}
    assert {word: ib.side_of(word) for word in words} == words
    assert ib.side_of("SSHORT") is OrderSide.SELL


_WORDS = {
    "limit_price": 10.5,
    "aux_price": 9.5,
    "trail_stop_price": 8.5,
    "trailing_percent": 2.5,
    "limit_offset": 0.0,
    "time_in_force": "GTD",
    "good_till_date": "20260105-14:30:00",
}
_TILL = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("order_type", "terms"),
    [
        ("MKT", {}),  # IB echoes zeros and leftovers there
        ("LMT", {"limit_price": D("10.5")}),
        ("STP", {"stop_price": D("9.5")}),
        ("STP LMT", {"limit_price": D("10.5"), "stop_price": D("9.5")}),
        ("TRAIL", {"stop_price": D("8.5"), "trailing_percent": D("2.5")}),  # by one of the two, never by both
        ("TRAIL LIMIT", {"stop_price": D("8.5"), "trailing_percent": D("2.5"), "limit_offset": D(0)}),
        ("MIT", {"stop_price": D("9.5")}),
        ("LIT", {"limit_price": D("10.5"), "stop_price": D("9.5")}),
        ("MOC", {}),
        ("LOC", {"limit_price": D("10.5")}),
        ("REL", {"limit_price": D("10.5"), "offset_amount": D("9.5")}),
        ("MIDPRICE", {"limit_price": D("10.5")}),
        ("PEG BENCH", {}),
    ],
)
def test_the_meaning_of_the_fields_depends_on_the_type(order_type: str, terms: dict[str, Any]) -> None:
    said = {**_WORDS, "order_type": order_type}
    assert ib.terms_of(said) == Terms(**terms, good_till_date=_TILL)
    assert ib.terms_of({**said, "time_in_force": "DAY"}) == Terms(**terms)


@pytest.mark.parametrize("order_type", list(OrderType))
def test_terms_come_back_from_the_order_that_carries_them(order_type: OrderType) -> None:
    """What we write into IB's order is what we read out of its echo."""
    prices = {name: D("1.25") for name in SHAPES[order_type].prices - {"trailing_percent"}}
    terms = Terms(**prices, good_till_date=_TILL)
    sent = ib.order_fields(order_type, terms)
    names = {"limit_price": "lmtPrice", "aux_price": "auxPrice", "trail_stop_price": "trailStopPrice"}
    names |= {"trailing_percent": "trailingPercent", "limit_offset": "lmtPriceOffset", "good_till_date": "goodTillDate"}
    echo = {ours: sent.get(theirs, 1.7976931348623157e308) for ours, theirs in names.items()}
    assert ib.terms_of({**echo, "order_type": order_type, "time_in_force": "GTD"}) == terms


def test_a_trail_is_sent_by_percent_or_by_amount_and_never_by_both() -> None:
    both = Terms(stop_price=D(185), trailing_amount=D(2), trailing_percent=D("1.5"))
    assert ib.order_fields("TRAIL", both) == {"trailStopPrice": 185.0, "trailingPercent": 1.5}


@pytest.mark.parametrize("unset", [1.7976931348623157e308, 0.0, None, ""])
def test_unset_terms_are_none(unset: Any) -> None:
    said = dict.fromkeys(("limit_price", "aux_price", "trail_stop_price", "trailing_percent"), unset)
    said |= {"order_type": "TRAIL LIMIT", "limit_offset": None if unset == 0.0 else unset, "good_till_date": ""}
    assert ib.terms_of({**said, "time_in_force": "GTD"}) == Terms()


@pytest.mark.parametrize(
    "text",
    [
        "20260105 09:30:01 US/Eastern",
        "20260105 09:30:01 America/New_York",
        "20260105-14:30:01",
        "20260105  14:30:01",
        "20260105 14:30:01 UTC",
        "20260105 15:30:01 MET",
    ],
)
def test_every_form_of_a_time(text: str) -> None:
    assert ib.parse_time(text) == datetime(2026, 1, 5, 14, 30, 1, tzinfo=UTC)


def test_a_time_without_a_zone_is_in_the_zone_of_the_machine() -> None:
    assert ib.parse_time("20260705  09:30:01", "US/Eastern") == datetime(2026, 7, 5, 13, 30, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "20261345 99:99:99", "2026-01-05T14:30:01", "20260105"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert ib.parse_time(text) is None


_WARNINGS = [399, 404, 481, 492, 2109, 2111, 2137, 10233, 10311, 10329, 10335, 10347, 10349, 10355, 2104, 2168]


@pytest.mark.parametrize("operation", list(Operation))
@pytest.mark.parametrize("code", _WARNINGS)
def test_warnings_never_touch_an_order(code: int, operation: Operation) -> None:
    assert ib.judge_code(code, operation) is Verdict.NOTE


@pytest.mark.parametrize("code", [135, 136, 161, 10147, 10148])
def test_refused_cancels(code: int) -> None:
    assert ib.judge_code(code, Operation.CANCEL) is Verdict.CANCEL_REFUSED
    for other in (Operation.NONE, Operation.PLACE, Operation.MODIFY):
        assert ib.judge_code(code, other) is Verdict.ASK


@pytest.mark.parametrize("code", [104, 105, 134, 329, 422, 440, 444, 2102, 10326, 10327, 10341, 110, 201, 321])
def test_refused_changes(code: int) -> None:
    assert ib.judge_code(code, Operation.MODIFY) is Verdict.MODIFY_REFUSED


@pytest.mark.parametrize("code", [104, 105, 134, 2102])
def test_a_code_about_a_change_says_nothing_certain_without_a_change(code: int) -> None:
    assert ib.judge_code(code, Operation.NONE) is Verdict.ASK


_REFUSALS = [106, 107, 109, 110, 111, 113, 116, 125, 132, 140, 154, 160, 163, 200, 201, 203, 320, 321, 334, 355]
_REFUSALS += [361, 382, 383, 387, 388, 391, 392, 395, 400, 411, 412, 426, 434, 435, 436, 441, 451, 460, 10006, 10015]
_REFUSALS += [10243, 10268, 10289, 10290, 10318, 10324, 10330, 10340]


@pytest.mark.parametrize("code", _REFUSALS)
def test_refused_orders(code: int) -> None:
    assert ib.judge_code(code, Operation.PLACE) is Verdict.REJECTED


@pytest.mark.parametrize("code", [100, 103, 133, 202, 512, 10197, 10328, 99_999])
@pytest.mark.parametrize("operation", list(Operation))
def test_other_codes_are_a_reason_to_ask_and_nothing_more(code: int, operation: Operation) -> None:
    assert ib.judge_code(code, operation) is Verdict.ASK


@pytest.mark.parametrize(
    ("code", "text", "ours"),
    [
        (
            201,
            "Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY "
            "WITH LOAN VALUE [1.00 USD] MUST EXCEED THE INITIAL<br>MARGIN [2.00 USD]",
            "INSUFFICIENT_FUNDS",
        ),
        (201, "Available funds are in sufficient", "INSUFFICIENT_FUNDS"),
        (201, "Previous Day Equity with Loan Value is too low", "INSUFFICIENT_FUNDS"),
        (201, "No trading permission: Customer Ineligible", "SYMBOL_NOT_ALLOWED"),
        (201, "This product does not have a KID", "SYMBOL_NOT_ALLOWED"),
        (201, "Only closing orders are permitted", "SYMBOL_NOT_ALLOWED"),
        (201, "Exchange is closed.", "MARKET_CLOSED"),
        (201, "The order exceeds the size limit", "ORDER_VALIDATION_FAILED"),
        (201, "does not conform to the minimum price variation", "ORDER_VALIDATION_FAILED"),
        (201, "Die Order wurde abgelehnt", "IB_ORDER_REJECTED"),
        (203, "", "SYMBOL_NOT_ALLOWED"),
        (460, "", "SYMBOL_NOT_ALLOWED"),
        (110, "", "ORDER_VALIDATION_FAILED"),
        (105, "", "ORDER_VALIDATION_FAILED"),
        (154, "", "MARKET_CLOSED"),
        (426, "", "INSUFFICIENT_FUNDS"),
        (200, "No security definition has been found", "IB_INVALID_CONTRACT"),
        (321, "API interface is currently in Read-Only mode.", "EXTERNAL_SERVICE_ERROR"),
        (321, "Invalid account code", "ORDER_VALIDATION_FAILED"),
        (162, "Historical data request pacing violation", "RATE_LIMIT_EXCEEDED"),
        (162, "HMDS query returned no data", "IB_MARKET_DATA_ERROR"),
        (354, "", "IB_MARKET_DATA_ERROR"),
        (10197, "", "IB_MARKET_DATA_ERROR"),
        (100, "", "RATE_LIMIT_EXCEEDED"),
        (1100, "", "IB_CONNECTION_FAILED"),
        (504, "", "IB_CONNECTION_FAILED"),
        (10328, "", "EXTERNAL_SERVICE_ERROR"),
        (10147, "", "IB_ORDER_REJECTED"),
        (99_999, "never heard of", "IB_ORDER_REJECTED"),
    ],
)
def test_the_product_code_of_a_refusal(code: int, text: str, ours: str) -> None:
    assert ib.product_code(code, text) == ours
    assert ours in set(ErrorCode)


def test_ibs_sentences_lose_their_html() -> None:
    assert ib.plain_text("MUST EXCEED<br>THE  <b>INITIAL</b> MARGIN") == "MUST EXCEED THE INITIAL MARGIN"


def test_commissions() -> None:
    assert [ib.commission_of(raw) for raw in (1.05, 0.0, -0.35, -1.0, UNSET)] == [
        D("1.05"),
        D("0.0"),
        D("-0.35"),  # a rebate
        None,  # the placeholder
        None,
    ]
