"""Write `desk_client/shapes.py` from the desk's OpenAPI description: `python make_shapes.py openapi.json`.

manage.py spectacular --format openapi-json --file openapi.json
"""

import json
import keyword
import sys
from pathlib import Path
from typing import Any

SHAPES = Path(__file__).parent / "desk_client" / "shapes.py"
_HEAD = '''"""The desk's JSON, from its OpenAPI description by `make_shapes.py`: change that, not this.

Money, prices and quantities are strings that `Decimal` reads; times are ISO 8601 in UTC; null is "not known".
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
'''
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
Schema = dict[str, Any]


def source_of(openapi: Schema) -> str:
    """The module: enums as literals first, then the objects, each by name."""
    schemas: dict[str, Schema] = openapi["components"]["schemas"]
    enums = {name: schema for name, schema in schemas.items() if "enum" in schema}
    objects = {name: schema for name, schema in schemas.items() if "properties" in schema}
    parts = [_HEAD]
    parts += [f"{name} = {_literal(schema)}" for name, schema in sorted(enums.items())]
    parts += [_typed_dict(name, schema) for name, schema in sorted(objects.items())]
    return "\n".join(parts).rstrip() + "\n"


def _literal(schema: Schema) -> str:
    return "Literal[" + ", ".join("None" if value is None else json.dumps(value) for value in schema["enum"]) + "]"


def _typed_dict(name: str, schema: Schema) -> str:
    required = set(schema.get("required", ()))
    fields = {
        field: kind if field in required else f"NotRequired[{kind}]"
        for field, kind in ((field, type_of(what)) for field, what in schema["properties"].items())
    }
    title = (schema.get("description") or name).strip().splitlines()[0].replace('"', "'")
    if any(keyword.iskeyword(field) or not field.isidentifier() for field in fields):
        rows = ", ".join(f'"{field}": "{kind}"' for field, kind in fields.items())
        return f'\n\n{name} = TypedDict("{name}", {{{rows}}})'
    body = "\n".join(f"    {field}: {kind}" for field, kind in fields.items())
    return f'\n\nclass {name}(TypedDict):\n    """{title}"""\n\n{body}'


def type_of(schema: Schema) -> str:
    """The Python type of a value."""
    kind = _without_null(schema)
    return f"{kind} | None" if schema.get("nullable") and "None" not in kind.split(" | ") else kind


def _without_null(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(type_of(part) for part in schema[several]))
    if "enum" in schema:
        return _literal(schema)
    match schema.get("type"):
        case "array":
            return f"list[{type_of(schema.get('items', {}))}]"
        case "object":
            inner = schema.get("additionalProperties")
            return f"dict[str, {type_of(inner)}]" if isinstance(inner, dict) and inner else "dict[str, Any]"
        case kind:
            return _PLAIN.get(str(kind), "Any")


if __name__ == "__main__":
    SHAPES.write_text(source_of(json.loads(Path(sys.argv[1]).read_text())))
