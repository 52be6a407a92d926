"""The reader of JSON Schema, the routes' descriptions, and OpenAPI."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from drf_spectacular import validation
from tws_simulator.control.api import ControlApi
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.openapi import operation_id
from tws_simulator.control.routes import Route, Router
from tws_simulator.control.schemas import (
    Invalid,
    array,
    choice,
    decimal,
    flag,
    moment,
    number,
    or_null,
    read,
    read_word,
    record,
    table,
    text,
    whole,
)

ROW = record(
    needs=("name",),
    name=text(minLength=1, maxLength=5),
    price=or_null(decimal(minimum=0, maximum=100)),
    count=whole(minimum=1, default=1),
    side=choice("BUY", "SELL"),
    at=moment(),
    inner=record(needs=("id",), id=whole(exclusiveMinimum=0)),
    rows=array(record(bid=decimal()), minItems=1, maxItems=2),
    others=table(flag()),
    wait=number(maximum=5),
)


def test_values_are_converted_and_completed() -> None:
    found = read(ROW, {"name": "a", "price": 1.1, "at": "2026-01-05T14:30:00Z", "rows": [{"bid": "2.50"}], "wait": 2})
    assert found == {
        "name": "a",
        "price": Decimal("1.1"),
        "at": datetime(2026, 1, 5, 14, 30, tzinfo=UTC),
        "rows": [{"bid": Decimal("2.50")}],
        "wait": 2,
        "count": 1,
    }
    assert read(ROW, {"name": "a", "price": None, "others": {"x": True}})["price"] is None


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ([], "", "must be an object"),
        ({}, "name", "is missing"),
        ({"name": 5}, "name", "must be a string"),
        ({"name": ""}, "name", "must not be empty"),
        ({"name": "abcdef"}, "name", "may have at most 5 characters"),
        ({"name": "a", "size": 1}, "size", "is not known here"),
        ({"name": "a", "price": True}, "price", "must be a number in a string"),
        ({"name": "a", "price": "1e40"}, "price", "is out of range"),
        ({"name": "a", "price": "Infinity"}, "price", "must be finite"),
        ({"name": "a", "price": "-0.01"}, "price", "must be at least 0"),
        ({"name": "a", "price": 100.5}, "price", "must be at most 100"),
        ({"name": "a", "count": 1.0}, "count", "must be a whole number"),
        ({"name": "a", "count": True}, "count", "must be a whole number"),
        ({"name": "a", "side": "HOLD"}, "side", "must be one of BUY, SELL"),
        ({"name": "a", "at": "2026-01-05T14:30:00"}, "at", "must be a time with its offset"),
        ({"name": "a", "at": "yesterday"}, "at", "must be a time with its offset"),
        ({"name": "a", "inner": {"id": 0}}, "inner.id", "must be more than 0"),
        ({"name": "a", "inner": {}}, "inner.id", "is missing"),
        ({"name": "a", "rows": []}, "rows", "needs at least 1 items"),
        ({"name": "a", "rows": [{}, {}, {}]}, "rows", "may have at most 2 items"),
        ({"name": "a", "rows": [{}, {"bid": "x"}]}, "rows[1].bid", "must be a number in a string"),
        ({"name": "a", "others": {"x": 1}}, "others.x", "must be true or false"),
        ({"name": "a", "wait": float("inf")}, "wait", "must be finite"),
    ],
)
def test_what_does_not_fit_is_named(body: Any, field: str, reason: str) -> None:
    with pytest.raises(Invalid) as wrong:
        read(ROW, body)
    assert wrong.value.field == field
    assert reason in str(wrong.value)


def test_words_of_a_query_are_read_by_their_type() -> None:
    assert read_word(whole(), "-5", "x") == -5
    assert read_word(number(), "0.25", "x") == 0.25
    assert read_word(flag(), "True", "x") is True
    assert read_word(array(whole()), "1,2", "x") == [1, 2]
    assert read_word(decimal(), "1.50", "x") == Decimal("1.50")
    for schema, word in ((whole(), "5x"), (whole(), "\u0665"), (number(), "nan"), (flag(), "yes"), (decimal(), "a")):
        with pytest.raises(Invalid):
            read_word(schema, word, "x")


def test_paths_with_parameters_are_found_and_methods_told() -> None:
    def nothing(*_: object) -> None:
        raise AssertionError

    routes = (
        Route("GET", "/orders", "", nothing, {}),
        Route("GET", "/orders/{perm_id}", "", nothing, {}, parameters={"perm_id": whole()}),
        Route("POST", "/orders/{perm_id}/cancel", "", nothing, {}, parameters={"perm_id": whole()}),
    )
    router = Router(routes)
    assert router.find("HEAD", "/orders") == (routes[0], {})
    assert router.find("GET", "/orders/a%2Fb") == (routes[1], {"perm_id": "a/b"})
    assert router.find("POST", "/orders/7/cancel") == (routes[2], {"perm_id": "7"})
    with pytest.raises(HttpError) as refused:
        router.find("DELETE", "/orders/7")
    assert (refused.value.status, refused.value.headers) == (405, {"Allow": "GET, HEAD"})
    with pytest.raises(HttpError) as refused:
        router.find("GET", "/orders/7/8")
    assert refused.value.status == 404
    with pytest.raises(ValueError, match="two routes"):
        Router((routes[0], routes[0]))
    with pytest.raises(ValueError, match="does not describe"):
        Router((Route("GET", "/x/{id}", "", nothing, {}),))


def _description(desk: Any) -> tuple[ControlApi, Any]:
    api = ControlApi(desk.gateway)
    return api, api.answer(HttpRequest("GET", "/openapi.json"))


def test_the_description_is_valid_openapi(desk: Any) -> None:
    _, found = _description(desk)
    schema = (Path(validation.__file__).parent / "openapi_3_1_schema.json").read_text()
    jsonschema.validate(found, json.loads(schema))
    for row in found["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(row)


def test_every_route_is_described_and_every_reference_leads_somewhere(desk: Any) -> None:
    api, found = _description(desk)
    described = {(method.upper(), path) for path, row in found["paths"].items() for method in row}
    assert described == {(row.method, row.path) for row in api.router.routes}
    names = [operation_id(row) for row in api.router.routes]
    assert len(set(names)) == len(names)
    references = set(_references(found))
    assert references <= {f"#/components/schemas/{name}" for name in found["components"]["schemas"]}
    assert "#/components/schemas/Order" in references


def test_every_example_fits_its_route(desk: Any) -> None:
    api, _ = _description(desk)
    with_body = [row for row in api.router.routes if row.body is not None and row.body_required]
    for route in with_body:
        assert route.example is not None, f"{route.method} {route.path} has no example"
        read(route.body, route.example)


def test_every_route_says_what_it_does(desk: Any) -> None:
    api, _ = _description(desk)
    assert [row.path for row in api.router.routes if not row.summary or row.summary.endswith(".")] == []


def _references(value: Any) -> Any:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
