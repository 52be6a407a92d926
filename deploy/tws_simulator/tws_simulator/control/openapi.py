"""The control port described in OpenAPI 3.1, from the same routes and schemas that answer."""

from collections.abc import Iterable
from types import ModuleType
from typing import Any

from tws_simulator import __version__
from tws_simulator.control.http import REASONS
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import Schema, or_null, record, text, whole

_ALWAYS = (400, 403, 500)
_PROBLEM: Schema = record(
    "Problem",
    needs=("error", "status", "field"),
    error=text("what is wrong, for a person"),
    status=whole("the status code"),
    field=or_null(text("which field is wrong, if known, like prices[0].bid")),
)


def describe(subjects: Iterable[ModuleType], routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document."""
    tags = {id(route): _tag(module) for module in subjects for route in module.ROUTES}
    components: dict[str, Schema] = {}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        operation = _operation(route, tags.get(id(route), "description"), components)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    _hoisted(_PROBLEM, components)
    summaries = [{"name": _tag(module), "description": (module.__doc__ or "").split("\n")[0]} for module in subjects]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "TWS simulator, control port",
            "version": __version__,
            "summary": "See and steer a running simulator",
            "description": "Nobody is asked for a password: keep it on the loopback address.",
        },
        "servers": [{"url": "http://127.0.0.1:4003"}],
        "tags": [*summaries, {"name": "description", "description": "What there is."}],
        "paths": paths,
        "components": {"schemas": dict(sorted(components.items()))},
    }


def operation_id(route: Route) -> str:
    """A name of a route that is one word: `get_orders_perm_id`."""
    words = [part.strip("{}").replace(".", "_").replace("-", "_") for part in route.path.split("/") if part]
    return "_".join([route.method.lower(), *(words or ["index"])])


def _tag(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def _operation(route: Route, tag: str, components: dict[str, Schema]) -> dict[str, Any]:
    parameters = [_parameter(name, row, "path", components) for name, row in route.parameters.items()]
    parameters += [_parameter(name, row, "query", components) for name, row in route.query.items()]
    answer = {"description": "done", "content": {route.content_type: {"schema": _hoisted(route.answer, components)}}}
    refusal = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    codes = sorted({*_ALWAYS, *route.errors, *((413, 415) if route.body is not None else ())})
    operation: dict[str, Any] = {
        "operationId": operation_id(route),
        "summary": route.summary,
        "tags": [tag],
        "responses": {
            "200": answer,
            **{str(code): {"description": REASONS[code], "content": refusal} for code in codes},
        },
    }
    if route.description:
        operation["description"] = route.description
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = {
            "required": route.body_required,
            "content": {"application/json": _content(route, components)},
        }
    return operation


def _content(route: Route, components: dict[str, Schema]) -> dict[str, Any]:
    assert route.body is not None
    content: dict[str, Any] = {"schema": _hoisted(route.body, components)}
    if route.example is not None:
        content["example"] = route.example
    return content


def _parameter(name: str, schema: Schema, where: str, components: dict[str, Schema]) -> dict[str, Any]:
    inner = {key: value for key, value in schema.items() if key != "description"}
    row: dict[str, Any] = {
        "name": name,
        "in": where,
        "required": where == "path",
        "schema": _hoisted(inner, components),
    }
    if "description" in schema:
        row["description"] = schema["description"]
    if schema.get("type") == "array":
        row |= {"style": "form", "explode": False}
    return row


def _hoisted(schema: Schema, components: dict[str, Schema]) -> Schema:
    """The schema with all titled objects in it moved to the components."""
    moved = {key: _hoisted_inside(key, value, components) for key, value in schema.items()}
    title = schema.get("title")
    if title is None:
        return moved
    if components.setdefault(title, moved) != moved:
        raise ValueError(f"two schemas are named {title}")
    return {"$ref": f"#/components/schemas/{title}"}


def _hoisted_inside(key: str, value: Any, components: dict[str, Schema]) -> Any:
    if key == "properties":
        return {name: _hoisted(row, components) for name, row in value.items()}
    if key in {"items", "additionalProperties"} and isinstance(value, dict):
        return _hoisted(value, components)
    return value
