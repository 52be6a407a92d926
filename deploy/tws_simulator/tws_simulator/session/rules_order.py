"""Faults in the order and time of messages: each says what a message waits for."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tws_simulator.exchange.orders import OrderStatus
from tws_simulator.messages import positions
from tws_simulator.messages.orders import open_order
from tws_simulator.messages.positions import order_id, replaced
from tws_simulator.messages.replies import Message
from tws_simulator.session.rules_content import has_status, is_live

if TYPE_CHECKING:
    from tws_simulator.session.delivery import Delivery

Parameters = dict[str, Any]
_FINAL = {"Cancelled", "Filled", "Inactive", "ApiCancelled"}
_LONG = 30.0
"""Seconds after which a message that waits for something is sent anyway."""


def _never(message: Message) -> bool:
    return False


# Which messages ---------------------------------------------------------------------------------------------------


def tells_a_fill(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """A live status of an order that has filled."""
    return is_live(delivery, given, message) and Decimal(str(message[positions.STATUS_FILLED])) > 0


def answers_account_updates(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """Part of the account download."""
    return delivery.session.answering == "req_account_updates"


def is_live_fill(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """A live execution, or the commission of one that waits."""
    if message[0] == positions.EXECUTION:
        return is_live(delivery, given, message)
    return delivery.is_held(_execution(str(message[positions.REPORT_EXEC])))


def is_before_execution(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """News of an order that has not traded."""
    order = delivery.order(message)
    return is_live(delivery, given, message) and order is not None and not order.filled


def is_refusal(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """Inactive by openOrder or status, or the error that refuses an order."""
    order = delivery.order(message)
    if order is None or not is_live(delivery, given, message):
        return False
    return order.status is OrderStatus.INACTIVE and bool(order.reject_text)


def may_wait_for_next(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    """A live status while no other of its order waits."""
    number = order_id(message)
    waiting = delivery.is_held(lambda row: row[0] == positions.ORDER_STATUS and order_id(row) == number)
    return has_status(delivery, given, message) and is_live(delivery, given, message) and not waiting


# What becomes of them ---------------------------------------------------------------------------------------------


def delay(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """Sent later."""
    delivery.hold(message, _never, seconds=given["seconds"])
    return []


def fall_behind(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """Sent after so many others."""
    left: int = given["behind"]

    def overtaken(other: Message) -> bool:
        nonlocal left
        left -= 1
        return left <= 0

    delivery.hold(message, overtaken, seconds=_LONG)
    return []


def repeat_open_order(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """A status with fills, and after it openOrder as it was when the order was acknowledged."""
    order = delivery.order(message)
    if order is None:
        return [message]
    session = delivery.session
    acknowledged = replace(order, status=OrderStatus.PRE_SUBMITTED)
    instrument = session.gateway.broker.instrument(order.con_id)
    return [message, open_order(acknowledged, instrument, version=session.version)]


def empty_value(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """An empty value now, the true one later."""
    delivery.hold(message, _never, seconds=given["seconds"])
    return [replaced(message, {3: ""})]


def after_account_end(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """Sent after the end of the download."""
    delivery.hold(message, lambda other: other[0] == 54, seconds=_LONG)
    return []


def refusal(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """A refusal told in the order wanted, or only half of it."""
    first, is_error = given["first"], message[0] == positions.ERROR
    if first.endswith("_only"):
        return [message] if is_error == (first == "error_only") else []
    if is_error == (first == "error"):
        return [message]
    if is_error or given["seconds"]:
        # Either it follows anyway, or it must come later than the other.
        return delay(delivery, given, message) if given["seconds"] else [message]
    number = order_id(message)
    delivery.hold(message, lambda other: other[0] == positions.ERROR and order_id(other) == number, seconds=_LONG)
    return []


def after_filled(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """An execution after the status that counts it, a commission after its execution."""
    if message[0] == positions.COMMISSION:
        delivery.hold(message, _execution(str(message[positions.REPORT_EXEC])), seconds=None)
    elif given["seconds"]:
        return delay(delivery, given, message)
    else:
        delivery.hold(message, _status_with(message), seconds=_LONG)
    return []


def _status_with(execution: Message) -> Callable[[Message], bool]:
    number, counted = order_id(execution), Decimal(str(execution[positions.EXEC_CUMULATIVE]))

    def counts_it(other: Message) -> bool:
        return (
            other[0] == positions.ORDER_STATUS
            and order_id(other) == number
            and Decimal(str(other[positions.STATUS_FILLED])) >= counted
        )

    return counts_it


def _execution(exec_id: str) -> Callable[[Message], bool]:
    return lambda other: other[0] == positions.EXECUTION and other[positions.EXEC_ID] == exec_id


def after_execution(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """The acknowledgement after the first execution."""
    number = order_id(message)
    delivery.hold(
        message,
        lambda other: other[0] == positions.EXECUTION and order_id(other) == number,
        seconds=given["seconds"],
    )
    return []


def after_commission(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """The execution after its commission."""
    exec_id = message[positions.EXEC_ID]
    delivery.hold(
        message,
        lambda other: other[0] == positions.COMMISSION and other[positions.REPORT_EXEC] == exec_id,
        seconds=_LONG,
    )
    return []


def after_final_status(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """The order after the word that it is over."""
    number = order_id(message)
    delivery.hold(
        message,
        lambda other: (
            other[0] == positions.ORDER_STATUS
            and order_id(other) == number
            and str(other[positions.STATUS_WORD]) in _FINAL
        ),
        seconds=None,
    )
    return []


def after_next_status(delivery: "Delivery", given: Parameters, message: Message) -> list[Message]:
    """A status after the one that follows it."""
    number = order_id(message)
    delivery.hold(
        message,
        lambda other: other[0] == positions.ORDER_STATUS and order_id(other) == number,
        seconds=given["seconds"],
    )
    return []
