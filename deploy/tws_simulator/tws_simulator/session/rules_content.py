"""Faults in what messages say, and in whether and how often they are sent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tws_simulator.clock import NEW_YORK, NEW_YORK_NAME
from tws_simulator.faults.table_requests import ANSWER_ROWS, END_MARKERS
from tws_simulator.messages import positions
from tws_simulator.messages.positions import replaced
from tws_simulator.messages.replies import Message
from tws_simulator.wire.fields import UNSET_DOUBLE

if TYPE_CHECKING:
    from tws_simulator.session.delivery import Delivery

Parameters = dict[str, Any]
COMBINATION = 28812380
"""The contract id IB gives all combinations of stocks in dollars."""
OPEN_ORDER_REQUESTS = frozenset(ANSWER_ROWS["open_orders"][0])


# Which messages ---------------------------------------------------------------------------------------------------


def has_status(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """One of the statuses named, or any if none is."""
    return not given["statuses"] or str(message[positions.STATUS_WORD]) in given["statuses"]


def is_live(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """Told because it happened, not because it was asked for, as a preview is."""
    if message[0] == positions.EXECUTION:
        return message[positions.EXEC_REQUEST] == -1
    if message[0] == positions.OPEN_ORDER and not positions.perm_id(message):
        return False
    return delivery.session.answering not in OPEN_ORDER_REQUESTS


def is_live_if_asked(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """A live execution, or any if the fault wants all."""
    return not given["live_only"] or is_live(delivery, given, message)


def answers_open_orders(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """Part of the answer to an open-order query."""
    return delivery.session.answering in OPEN_ORDER_REQUESTS


def is_order_error(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """An error with an id, of one of the codes."""
    return positions.order_id(message) is not None and message[positions.ERROR_CODE] in given["codes"]


def is_row_of(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """A row of an answer that is to be empty."""
    answering = delivery.session.answering
    return any(answering in ANSWER_ROWS[name][0] and message[0] in ANSWER_ROWS[name][1] for name in given["names"])


def is_end_of(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """The end of an answer that is to have none."""
    return message[0] in {END_MARKERS[name] for name in given["names"]}


def is_message(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """The one message id named, with the field named."""
    return bool(message[0] == given["message"] and 0 <= given["field"] < len(message))


# What becomes of them ---------------------------------------------------------------------------------------------


def lose(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """Not sent."""
    return []


def repeat(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """Sent once and `times` more."""
    return [message] * (1 + given["times"])


def contradict(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """Sent, then denied."""
    return [message, replaced(message, {positions.STATUS_WORD: given["status"]})]


def rename_status(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """Another status word."""
    return [replaced(message, {positions.STATUS_WORD: given["status"]})]


def zero_filled(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """An order status that knows of no fills."""
    whole = Decimal(str(message[positions.STATUS_FILLED])) + Decimal(str(message[positions.STATUS_REMAINING]))
    changes: dict[int, str | int] = {
        positions.STATUS_FILLED: 0,
        positions.STATUS_REMAINING: format(whole.normalize(), "f"),
        positions.STATUS_AVERAGE: "0.0",
    }
    return [replaced(message, changes)]


def zero_completed(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """A completed order that can be told from others by its reference only."""
    changes: dict[int, str | int] = {positions.DONE_QUANTITY: 0, positions.DONE_PERM: 0}
    filled = _completed_filled(message)
    if filled is not None:
        changes[filled] = 0
    return [replaced(message, changes)]


def _completed_filled(message: Message) -> int | None:
    """Where the filled quantity stands: three fields before the shareholder's text."""
    for number, value in enumerate(message):
        if isinstance(value, str) and value.startswith("Not an insider"):
            return number - 3
    return None


def zero_perm_id(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """An execution of no known order."""
    return [replaced(message, {positions.EXEC_PERM: 0})]


def as_combination(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """The execution of a combination, whose id has a segment more, before that of its leg."""
    root, _, revision = str(message[positions.EXEC_ID]).rpartition(".")
    whole: dict[int, str | int] = {
        positions.EXEC_CON_ID: COMBINATION,
        positions.EXEC_SEC_TYPE: "BAG",
        positions.EXEC_LOCAL: "",
        positions.EXEC_CLASS: "COMB",
        positions.EXEC_ID: f"{root}.00.{revision}",
    }
    return [replaced(message, whole), message]


def lose_reference(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """No order reference."""
    return [replaced(message, {positions.REFERENCES[int(str(message[0]))]: ""})]


def report_commission(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """Another amount."""
    return [replaced(message, {positions.REPORT_AMOUNT: given["commission"]})]


def unset_realized(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """A profit that is not set."""
    return [replaced(message, {positions.REPORT_REALIZED: UNSET_DOUBLE})]


def shift_time(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """The time moved by hours, and written otherwise."""
    text = str(message[positions.EXEC_TIME])
    at = datetime.strptime(text.rpartition(" ")[0], "%Y%m%d %H:%M:%S").replace(tzinfo=NEW_YORK)
    at += timedelta(hours=float(given["hours"]))
    return [replaced(message, {positions.EXEC_TIME: _time_text(at, given["format"])})]


def _time_text(at: datetime, form: str) -> str:
    if form == "utc":
        return f"{at.astimezone(UTC):%Y%m%d-%H:%M:%S}"
    return f"{at:%Y%m%d %H:%M:%S} {NEW_YORK_NAME}" if form == "zone" else f"{at:%Y%m%d  %H:%M:%S}"


def add_html(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """Text as IB sometimes sends it."""
    text = str(message[positions.ERROR_TEXT])
    changes: dict[int, str | int] = {positions.ERROR_TEXT: f"{text}<br><br><b>See</b> &lt;IBKR&gt; <a href='#'>FAQ</a>"}
    return [replaced(message, changes)]


def add_json(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """A reason to be read by machines; versions below 166 have no place for it."""
    return [replaced(message, {positions.ERROR_JSON: given["json"]})]


def edit(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """One field changed."""
    return [replaced(message, {given["field"]: given["value"]})]


def shorten(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """The last fields missing; the message id stays."""
    return [message[: max(1, len(message) - given["fields"])]]
