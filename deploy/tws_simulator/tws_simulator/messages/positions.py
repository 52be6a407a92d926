"""Where in an encoded message its facts stand; field 0 is the message id. The same for all versions from 157."""

from tws_simulator.messages.replies import Message

OPEN_ORDER, ORDER_STATUS, EXECUTION, COMMISSION, COMPLETED_ORDER, ERROR = 5, 3, 11, 59, 101, 4

STATUS_WORD, STATUS_FILLED, STATUS_REMAINING, STATUS_AVERAGE = 2, 3, 4, 5
OPEN_REF, OPEN_PERM = 23, 25
EXEC_REQUEST, EXEC_ORDER, EXEC_CON_ID, EXEC_SEC_TYPE, EXEC_LOCAL, EXEC_CLASS = 1, 2, 3, 5, 12, 13
EXEC_ID, EXEC_TIME = 14, 15
EXEC_PERM, EXEC_CUMULATIVE, EXEC_REF = 21, 24, 26
REPORT_EXEC, REPORT_AMOUNT, REPORT_REALIZED = 2, 3, 5
DONE_QUANTITY, DONE_REF, DONE_PERM = 13, 22, 23
ERROR_ID, ERROR_CODE, ERROR_TEXT, ERROR_JSON = 2, 3, 4, 5
REFERENCES: dict[int, int] = {OPEN_ORDER: OPEN_REF, EXECUTION: EXEC_REF, COMPLETED_ORDER: DONE_REF}
PERM_IDS: dict[int, int] = {OPEN_ORDER: OPEN_PERM, ORDER_STATUS: 6, EXECUTION: EXEC_PERM, COMPLETED_ORDER: DONE_PERM}
_ORDER_IDS: dict[int, int] = {
    OPEN_ORDER: 1,
    ORDER_STATUS: 1,
    EXECUTION: EXEC_ORDER,
    ERROR: ERROR_ID,
}


def order_id(message: Message) -> int | None:
    """The order a message is about, as far as the message itself says so; None for a message about no order."""
    position = _ORDER_IDS.get(_kind(message))
    value = message[position] if position is not None and len(message) > position else None
    return int(value) if isinstance(value, int) and value > 0 else None


def perm_id(message: Message) -> int | None:
    """The perm id a message names; 0 for the answer to a what-if order."""
    position = PERM_IDS.get(_kind(message))
    value = message[position] if position is not None and len(message) > position else None
    return value if isinstance(value, int) else None


def replaced(message: Message, changes: dict[int, str | int]) -> Message:
    """The message with some fields changed; fields it does not have stay away."""
    return tuple(changes.get(number, value) for number, value in enumerate(message))


def _kind(message: Message) -> int:
    kind = message[0]
    return kind if isinstance(kind, int) else -1
