"""Names of messages and fields agree with what is sent and read."""

import inspect
from typing import Any

from tws_simulator.messages import replies
from tws_simulator.messages.decoding import decode_request
from tws_simulator.messages.names import MESSAGES, message_id, message_name, name_message, name_request, request_name

from tests.unit.tws_simulator.test_session import order_fields


def test_requests_and_messages_have_names() -> None:
    assert request_name(["3", "1"]) == "place_order"
    assert request_name(["v157..178"]) == "handshake"
    assert request_name(["x"]) == "request x"
    assert message_name(["3"]) == "order_status"
    assert message_name(["178", "20260105"], greeted=False) == "handshake"
    assert message_name(["4", "2", "-1", "320", "text"], greeted=False) == "error"
    assert message_name(["4000"]) == "message 4000"
    assert message_id("order_status") == 3
    assert message_id("nothing") is None


def test_fields_of_a_message_are_named_and_the_rest_is_counted() -> None:
    assert name_message(["4", "2", "-1", "320", "text", "", "more"]) == [
        ("version", "2"), ("req_id", "-1"), ("code", "320"), ("text", "text"), ("reject_json", ""), ("field 6", "more"),
    ]  # fmt: skip


def test_fields_of_a_request_are_named_as_they_are_decoded() -> None:
    fields = [str(value) for value in order_fields(7, kind="LMT", limit="180", ref="mine")]
    named = dict(name_request(fields, 178))
    assert (named["order_id"], named["limit_price"], named["order_ref"]) == ("7", "180", "mine")
    decoded = decode_request(fields, 178).values
    assert set(decoded) - set(named) <= {"conditions", "legs", "conditions_ignore_rth", "conditions_cancel"}
    assert len(name_request(fields, 178)) == len(fields) - 1


def test_a_short_or_unknown_request_is_named_as_far_as_it_goes() -> None:
    assert name_request(["61"], 178) == []
    assert name_request(["62", "1", "x", "All"], 178)[0] == ("version", "1")
    assert name_request(["999", "5"], 178) == [("field 1", "5")]
    assert name_request(["8", "1", "1", "7"], 178)[-1] == ("field 3", "7")


def test_every_message_the_simulator_builds_has_a_name() -> None:
    documented: dict[int, Any] = {}
    for name, function in inspect.getmembers(replies, inspect.isfunction):
        number = (function.__doc__ or "").split(":")[0].strip(" .")
        if number.isdigit():
            documented[int(number)] = name
    assert len(documented) > 30
    assert set(documented) <= set(MESSAGES)
