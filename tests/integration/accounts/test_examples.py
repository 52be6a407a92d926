"""Examples in the schema have the shape that they are examples of."""

import json
from typing import Any

import jsonschema
import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.integration.config.test_openapi_contract import as_json_schema

OPERATIONS = {
    "/api/v1/accounts/{account}/",
    "/api/v1/accounts/{account}/pnl/",
    "/api/v1/accounts/{account}/currencies/",
    "/api/v1/accounts/{account}/margin/",
    "/api/v1/accounts/{account}/equity/",
    "/api/v1/positions/",
}


@pytest.mark.parametrize("path", sorted(OPERATIONS))
def test_every_example_is_what_the_schema_promises(path: str) -> None:
    schema: dict[str, Any] = json.loads(
        json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str)  # type: ignore[no-untyped-call]
    )
    content = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    promised = {**as_json_schema(content["schema"]), "components": as_json_schema(schema["components"])}
    (example,) = content["examples"].values()
    jsonschema.Draft202012Validator(promised).validate(example["value"])
