"""Every path answers in its manner: the API in JSON, the app with its page, the schema in both spellings."""

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def ask(method: str, path: str, **headers: str) -> Any:
    """As a stranger's program does, with the CSRF check on."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.generic(method, path, b"{}", content_type="application/json", headers=headers)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/nothing/", "/api/v2/orders/", "/ws/", "/ws/x", "/health/x", "/metrics/x"]
)
def test_a_path_that_does_not_exist_is_not_found_whatever_the_method(method: str, path: str) -> None:
    answer = ask(method, path)
    assert answer.status_code == 404
    assert answer.json()["error_code"] == "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize(
    "path", ["/", "/orders/x", "/health", "/health/live", "/metrics", "/api/schema/", "/api/docs/"]
)
def test_what_can_only_be_read_says_so(path: str) -> None:
    answer = ask("POST", path)
    assert answer.status_code == 405
    assert answer.json()["error_code"] == "METHOD_NOT_ALLOWED"
    assert "GET" in answer["Allow"]
    assert answer["X-Request-ID"] == answer.json()["request_id"]


def test_a_forgotten_last_slash_is_pointed_out() -> None:
    for method in ("GET", "POST"):
        answer = ask(method, "/api/v1/orders")
        assert answer.status_code == 404
        assert "/api/v1/orders/" in answer.json()["message"]
    assert "mean" not in ask("GET", "/api/v1/nothing").json()["message"]


def test_the_schema_speaks_yaml_and_json() -> None:
    assert ask("GET", "/api/schema/").content.startswith(b"openapi: 3")
    assert ask("GET", "/api/schema/?format=nonsense").status_code == 200
    for answer in (ask("GET", "/api/schema/?format=json"), ask("GET", "/api/schema/", accept="application/json")):
        assert answer.json()["openapi"].startswith("3.")


def test_a_foreign_host_name_is_refused_in_json() -> None:
    answer = ask("GET", "/api/v1/orders/", host="evil.example")
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "VALIDATION_ERROR"


def test_pages_of_the_admin_may_be_pages() -> None:
    answer = ask("GET", "/admin/login/")
    assert answer["Content-Type"].startswith("text/html")
    assert answer["X-Request-ID"]
    assert ask("POST", "/admin/login/")["Content-Type"].startswith("text/html")
