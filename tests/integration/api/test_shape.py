"""What holds for every request: the error shape, the ids, the log line, paths that are none, health, the app."""

import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

from config.api import health
from tests.fixtures.api import ApiDesk, assert_error
from trading.models import GatewayStandby


@pytest.fixture
def anyone() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/v1/nothing/",
        "/api/v2/orders/",
        "/ws",
        "/ws/",
        "/metrics/x",
        "/health/x",
        "/api/v1/orders",
    ],
)
def test_unknown_paths_are_json(db: None, anyone: Client, path: str) -> None:
    answer = anyone.get(path)
    if answer.status_code == 301:  # the slash was missing
        assert answer["X-Request-ID"]
        return
    assert_error(answer, 404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("path", ["orders/", "fills/", "accounts/", "gateway/", "auth/token/"])
def test_wrong_methods(desk: ApiDesk, method: str, path: str) -> None:
    assert_error(getattr(desk.client, method)(f"/api/v1/{path}"), 405, "METHOD_NOT_ALLOWED")


def test_wrong_methods_outside_the_api(db: None, anyone: Client) -> None:
    for path in ("/health", "/metrics", "/", "/orders"):
        assert_error(anyone.post(path), 405, "METHOD_NOT_ALLOWED")


def test_another_accept_header_changes_nothing(desk: ApiDesk) -> None:
    for accept in ("text/html", "application/xml", "image/png", "nonsense"):
        answer = desk.client.get("/api/v1/orders/", headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/json"


def test_a_foreign_host_name(db: None, anyone: Client) -> None:
    assert_error(anyone.get("/api/v1/orders/", headers={"Host": "evil.example"}), 400, "VALIDATION_ERROR")


class TestIds:
    def test_a_valid_request_id_is_kept_and_a_bad_one_replaced(self, db: None, anyone: Client) -> None:
        assert anyone.get("/health/live", headers={"X-Request-ID": "abc-1.2:3"})["X-Request-ID"] == "abc-1.2:3"
        for bad in ("", "a b", "-x", "x" * 129, "<script>", "é"):
            answer = anyone.get("/health/live", headers={"X-Request-ID": bad})
            assert answer["X-Request-ID"]
            assert answer["X-Request-ID"] != bad

    def test_every_answer_has_one(self, db: None, anyone: Client) -> None:
        for path in ("/", "/admin/", "/metrics", "/api/schema/", "/static/none.js", "/health"):
            assert anyone.get(path)["X-Request-ID"], path

    def test_one_line_a_request(self, desk: ApiDesk, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO, logger="desk.access"):
            desk.client.get("/api/v1/orders/?status=working", headers={"X-Request-ID": "line-1"})
        (record,) = (r for r in caplog.records if r.name == "desk.access")
        assert isinstance(record.msg, dict)
        line: dict[str, Any] = record.msg
        assert (line["method"], line["path"], line["status_code"]) == ("GET", "/api/v1/orders/", 200)
        assert (line["user_id"], line["request_id"], line["correlation_id"]) == (desk.trader.pk, "line-1", "line-1")
        assert line["latency_ms"] > 0


class TestBreakdowns:
    def test_the_unforeseen(self, desk: ApiDesk, caplog: pytest.LogCaptureFixture) -> None:
        with patch("trading.api.views.gateway_state", side_effect=ZeroDivisionError("secret detail")):
            answer = desk.client.get("/api/v1/gateway/")
        assert_error(answer, 500, "INTERNAL_SERVER_ERROR")
        assert b"secret detail" not in answer.content
        assert any("ZeroDivisionError" in str(record.msg) for record in caplog.records)

    def test_the_unforeseen_outside_the_api(self, db: None, anyone: Client) -> None:
        with patch("config.api.views._index", side_effect=ZeroDivisionError):
            assert_error(anyone.get("/"), 500, "INTERNAL_SERVER_ERROR")

    def test_the_database_away(self, desk: ApiDesk) -> None:
        with patch("trading.api.views.gateway_state", side_effect=OperationalError("gone")):
            answer = desk.client.get("/api/v1/gateway/")
        assert_error(answer, 503, "DATABASE_ERROR")
        assert answer["Retry-After"]

    def test_redis_away(self, desk: ApiDesk) -> None:
        with patch("accounts.api.auth_views.issue_ticket", side_effect=RedisConnectionError):
            assert_error(desk.client.post("/api/v1/auth/ws-ticket/"), 502, "EXTERNAL_SERVICE_ERROR")
        with patch("config.shared.throttling.redis_client", side_effect=RedisConnectionError):
            assert desk.client.get("/api/v1/gateway/").status_code == 200  # nobody is held back for it


class TestHealth:
    def test_who_is_well(self, desk: ApiDesk, anyone: Client) -> None:
        with patch.dict(health._CHECKS, {"workers": lambda: "ok"}):
            answer = anyone.get("/health")
        assert (answer.status_code, answer.json()["status"], answer.json()["notes"]) == (200, "ok", [])
        assert answer.json()["checks"] == dict.fromkeys(("database", "redis", "gateway", "workers"), "ok")
        assert answer.json()["gateway"] == {"state": "ready", "standbys": 0}

    def test_gateways_that_stand_by_are_counted_while_they_speak(self, desk: ApiDesk, anyone: Client) -> None:
        now = timezone.now()
        for holder, spoke in (("speaks", now), ("is gone", now - timedelta(minutes=1))):
            GatewayStandby.objects.create(holder=holder, pid=1, since=now, heartbeat_at=spoke)
        with patch.dict(health._CHECKS, {"workers": lambda: "ok"}):
            answer = anyone.get("/health")
        assert (answer.json()["status"], answer.json()["gateway"]["standbys"]) == ("ok", 1)

    def test_without_a_gateway_it_serves_but_does_not_trade(self, db: None, anyone: Client) -> None:
        answer = anyone.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert answer.json()["checks"]["gateway"] == "down"
        assert answer.json()["checks"]["workers"] == "down"
        assert answer.json()["gateway"] == {"state": "disconnected", "standbys": 0}

    def test_without_a_database_it_is_down(self, db: None, anyone: Client) -> None:
        with patch.dict(health._CHECKS, {"database": lambda: "down"}):
            answer = anyone.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (503, "down")
        assert answer.json()["gateway"] is None
        assert anyone.get("/health/live").json() == {"status": "ok"}


class TestPages:
    def test_the_schema_in_two_spellings(self, db: None, anyone: Client) -> None:
        assert anyone.get("/api/schema/").status_code == 200
        answer = anyone.get("/api/schema/", headers={"Accept": "application/json"})
        paths = json.loads(answer.content)["paths"]
        assert "/api/v1/orders/{id}/cancel/" in paths
        codes = set(paths["/api/v1/orders/"]["post"]["responses"])
        assert {"200", "201", "400", "401", "403", "409", "422", "429", "500", "502", "503"} <= codes

    def test_the_docs_relax_the_policy_for_themselves_alone(
        self, db: None, anyone: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # the hashed names exist only where the static files were collected
        monkeypatch.setattr(staticfiles_storage, "_url", lambda _hashed, name, *_: f"/static/{name}")
        docs, page = anyone.get("/api/docs/"), anyone.get("/")
        assert docs.status_code == 200
        assert "unsafe-inline" in self.script_policy(docs)
        assert self.script_policy(page) == "script-src 'self'"

    def script_policy(self, answer: Any) -> str:
        policies = answer["Content-Security-Policy"].split("; ")
        return next(policy for policy in policies if policy.startswith("script-src"))

    def test_every_other_path_is_the_app(
        self, db: None, anyone: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "index.html").write_text("<title>built</title>")
        monkeypatch.setattr(settings, "FRONTEND_DIST", tmp_path)
        for path in ("/", "/orders/1", "/apidocs", "/healthy"):
            answer = anyone.get(path)
            assert answer.content == b"<title>built</title>"
            assert answer["Cache-Control"] == "no-cache"
            assert "csrftoken" in answer.cookies

    def test_an_app_that_is_not_built_says_so(
        self, db: None, anyone: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settings, "FRONTEND_DIST", tmp_path)
        assert b"not built" in anyone.get("/").content
