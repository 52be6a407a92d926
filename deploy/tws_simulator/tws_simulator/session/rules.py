"""What each fault of single messages does: one small function for each, all in the order in which they act."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tws_simulator.messages.replies import Message
from tws_simulator.session import rules_content, rules_order
from tws_simulator.session.rules_content import answers_open_orders

if TYPE_CHECKING:
    from tws_simulator.session.delivery import Delivery

Parameters = dict[str, Any]
Wants = Callable[["Delivery", Parameters, Message], bool]
Work = Callable[["Delivery", Parameters, Message], list[Message]]


def _always(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    return True


def _listed(delivery: "Delivery", given: Parameters, message: Message) -> bool:
    return message[0] in given["messages"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault: the kinds of messages it looks at, which of them it wants, and what becomes of one."""

    name: str
    kinds: frozenset[int] | None
    work: Work
    wants: Wants = _always


def _of(*kinds: int) -> frozenset[int]:
    return frozenset(kinds)


def _rules() -> Iterable[Rule]:
    content, order = rules_content, rules_order
    # What messages say.
    yield Rule("zero_filled_in_open_orders", _of(3), content.zero_filled, answers_open_orders)
    yield Rule("zeroed_completed_orders", _of(101), content.zero_completed)
    yield Rule("shift_execution_time", _of(11), content.shift_time, content.is_live_if_asked)
    yield Rule("lose_order_ref", _of(5, 11, 101), content.lose_reference, _listed)
    yield Rule("report_commission", _of(59), content.report_commission)
    yield Rule("unset_realized_pnl", _of(59), content.unset_realized)
    yield Rule("html_in_errors", _of(4), content.add_html, content.is_order_error)
    yield Rule("reject_json", _of(4), content.add_json, content.is_order_error)
    yield Rule("unknown_order_status", _of(3), content.rename_status, content.has_status)
    # Whether they are sent at all.
    yield Rule("empty_answers", None, content.lose, content.is_row_of)
    yield Rule("lose_end_markers", None, content.lose, content.is_end_of)
    yield Rule("executions_only", _of(3, 5), content.lose, content.is_live)
    yield Rule("lose_order_status", _of(3), content.lose, content.has_status)
    yield Rule("lose_messages", None, content.lose, _listed)
    # How often.
    yield Rule("contradict_order_status", _of(3), content.contradict, content.has_status)
    yield Rule("repeat_order_status", _of(3), content.repeat, content.has_status)
    yield Rule("combination_executions", _of(11), content.as_combination)
    yield Rule("repeat_executions", _of(11), content.repeat, content.is_live)
    yield Rule("repeat_open_order", _of(3), order.repeat_open_order, order.tells_a_fill)
    yield Rule("repeat_messages", None, content.repeat, _listed)
    # In which order, and when.
    yield Rule("empty_account_values", _of(6), order.empty_value, order.answers_account_updates)
    yield Rule("account_end_before_values", _of(6, 7, 8), order.after_account_end, order.answers_account_updates)
    yield Rule("reject_sequence", _of(3, 4, 5), order.refusal, order.is_refusal)
    yield Rule("filled_before_executions", _of(11, 59), order.after_filled, order.is_live_fill)
    yield Rule("execution_before_acknowledgement", _of(3, 5), order.after_execution, order.is_before_execution)
    yield Rule("commission_before_execution", _of(11), order.after_commission, content.is_live)
    yield Rule("open_order_after_final_status", _of(5), order.after_final_status, content.is_live)
    yield Rule("reorder_order_status", _of(3), order.after_next_status, order.may_wait_for_next)
    yield Rule("delay_order_status", _of(3), order.delay, content.has_status)
    yield Rule("reorder_messages", None, order.fall_behind, _listed)
    yield Rule("delay_messages", None, order.delay, _listed)
    # Last what breaks a message, since rules look at whole ones; perm ids go last because orders are found by them.
    yield Rule("zero_execution_perm_id", _of(11), content.zero_perm_id)
    yield Rule("edit_messages", None, content.edit, content.is_message)
    yield Rule("shorten_messages", None, content.shorten, _listed)


RULES: tuple[Rule, ...] = tuple(_rules())
