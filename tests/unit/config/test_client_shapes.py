"""The Python client's types are those of the API, and so are the web app's names."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

from drf_spectacular.generators import SchemaGenerator

from config.desk.home import REPOSITORY

CLIENT = REPOSITORY / "deploy" / "desk_client"


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_shapes", CLIENT / "make_shapes.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_python_types_are_those_of_the_schema() -> None:
    schema = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))  # type: ignore[no-untyped-call]
    made = generator().source_of(schema)
    known = Path(CLIENT / "desk_client" / "shapes.py").read_text()
    assert made == known, "run `make api-types`"
