"""nginx with the committed configuration, in front of a server that tells what it was asked."""

import http.client
import json
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from config.desk.home import REPOSITORY
from tests.fixtures.ports import free_ports
from tests.fixtures.waiting import eventually

CONFIGURATION = REPOSITORY / "deploy" / "nginx" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is missing: apt-get install nginx-light")
SHAPE = {"error_code", "message", "details", "timestamp", "request_id"}


class _Web(BaseHTTPRequestHandler):
    """Stands where web stands: echoes what it got, or fails when asked to."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith("/ws/"):
            self._switch()
            return
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status = int(self.path.rpartition("=")[2]) if "status=" in self.path else 200
        body = json.dumps({"path": self.path, "headers": dict(self.headers)}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Request-ID", self.headers["X-Request-ID"])
        self.send_header("X-Frame-Options", "DENY")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def _switch(self) -> None:
        self.send_response(101)
        self.send_header("Upgrade", self.headers["Upgrade"])
        self.send_header("Connection", self.headers["Connection"])
        self.end_headers()
        self.wfile.write(b"hello over the wire")
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_arguments: Any) -> None:
        """Be quiet."""


def _render(directory: Path, *, port: int, web: int) -> Path:
    """The committed file with this test's ports and directory, and nothing else changed."""
    text = CONFIGURATION.read_text("utf-8")
    changes = {
        "listen 3001;": f"listen 127.0.0.1:{port};",
        "web:8000;": f"127.0.0.1:{web};",
        "/tmp/": f"{directory}/",
        "/dev/stdout": f"{directory}/access.log",
        "/dev/stderr": f"{directory}/error.log",
    }
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    # as root nginx would become another user, who may not enter a private test directory
    user = "user root;\n" if Path("/proc/self").stat().st_uid == 0 else ""
    (directory / "nginx.conf").write_text(user + text)
    return directory / "nginx.conf"


class Nginx:
    """A running nginx, in front of a server of its own or of the one at `web_port`."""

    def __init__(self, directory: Path, *, web_port: int = 0) -> None:
        (self.port,) = free_ports(1)
        self.directory = directory
        self._web: ThreadingHTTPServer | None = None
        if not web_port:
            self._web = ThreadingHTTPServer(("127.0.0.1", 0), _Web)
            web_port = self._web.server_address[1]
            threading.Thread(target=self._web.serve_forever, daemon=True).start()
        self.configuration = _render(directory, port=self.port, web=web_port)
        command = [str(NGINX), "-c", str(self.configuration), "-e", f"{directory}/error.log", "-g", "daemon off;"]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        eventually(lambda: self.ask("GET", "/health/live")[0] == 200)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any, Any]:
        """Status, headers, JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, json.loads(answer.read())
        finally:
            connection.close()

    @property
    def access_log(self) -> str:
        """What it wrote of its requests."""
        return (self.directory / "access.log").read_text()

    def stop_web(self) -> None:
        """Web is gone."""
        if self._web is not None:
            self._web.shutdown()
            self._web.server_close()

    def stop(self) -> None:
        """End both."""
        self.process.terminate()
        self.process.wait(10)
        if self._web is not None:
            self._web.server_close()


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """One for all tests that leave it as it is."""
    running = Nginx(tmp_path_factory.mktemp("nginx"))
    yield running
    running.stop()


@pytest.fixture
def lonely_nginx(tmp_path: Path) -> Iterator[Nginx]:
    """One whose web server is gone."""
    running = Nginx(tmp_path)
    running.stop_web()
    yield running
    running.stop()


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    configuration = _render(tmp_path, port=8080, web=8000)
    command = [str(NGINX), "-t", "-c", str(configuration), "-e", f"{tmp_path}/error.log"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/orders/?a=1", "/admin/login/", "/static/app.js", "/health", "/orders/7"]
)
def test_everything_is_answered_by_web(nginx: Nginx, path: str) -> None:
    assert nginx.ask("GET", path)[2]["path"] == path


def test_web_learns_who_asked_under_which_name(nginx: Nginx) -> None:
    seen = nginx.ask("GET", "/", Host="localhost:3001", X_Forwarded_For="6.6.6.6", X_Forwarded_Host="evil")[2][
        "headers"
    ]
    assert seen["Host"] == "localhost:3001"
    assert seen["X-Forwarded-For"] == "127.0.0.1"
    assert seen["X-Forwarded-Proto"] == "http"
    assert "X-Forwarded-Host" not in seen


def test_a_callers_request_id_is_kept(nginx: Nginx) -> None:
    _, headers, body = nginx.ask("GET", "/", X_Request_ID="order-4711:a")
    assert body["headers"]["X-Request-ID"] == "order-4711:a"
    assert headers.get_all("X-Request-ID") == ["order-4711:a"]


@pytest.mark.parametrize("bad", ["", "a b", 'x"y', "-dash", "a" * 129])
def test_a_bad_request_id_is_replaced(nginx: Nginx, bad: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", nginx.ask("GET", "/", X_Request_ID=bad)[2]["headers"]["X-Request-ID"])


def test_security_headers_are_set_once(nginx: Nginx) -> None:
    assert nginx.ask("GET", "/")[1].get_all("X-Frame-Options") == ["DENY"]


@pytest.mark.parametrize("status", [400, 404, 422, 500, 502, 503])
def test_errors_of_web_pass_untouched(nginx: Nginx, status: int) -> None:
    code, _, body = nginx.ask("GET", f"/api/?status={status}")
    assert code == status
    assert body["path"].endswith(f"status={status}")


def test_a_body_over_one_megabyte_is_refused_in_the_one_shape(nginx: Nginx) -> None:
    status, headers, body = nginx.ask("POST", "/api/v1/orders/", b"x" * (1 << 20 | 1), X_Request_ID="big-1")
    assert status == 413
    assert set(body) == SHAPE
    assert body["error_code"] == "VALIDATION_ERROR"
    assert body["request_id"] == headers["X-Request-ID"] == "big-1"
    assert headers["Content-Type"] == "application/json"


def test_a_body_of_one_megabyte_is_for_web_to_judge(nginx: Nginx) -> None:
    assert nginx.ask("POST", "/api/v1/orders/", b"x" * (1 << 20))[0] == 200


def test_when_web_is_gone_the_answer_says_so_in_the_one_shape(lonely_nginx: Nginx) -> None:
    status, headers, body = lonely_nginx.ask("GET", "/api/v1/orders/")
    assert status == 502
    assert set(body) == SHAPE
    assert body["error_code"] == "EXTERNAL_SERVICE_ERROR"
    assert body["request_id"] == headers["X-Request-ID"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.000Z|[+-]\d\d:\d\d)", body["timestamp"])


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/metrics?x=1"])
def test_figures_are_not_for_the_front_door(nginx: Nginx, path: str) -> None:
    status, _, body = nginx.ask("GET", path)
    assert (status, body["error_code"]) == (404, "RESOURCE_NOT_FOUND")


def test_headers_that_are_too_large_are_refused_in_the_one_shape(nginx: Nginx) -> None:
    status, _, body = nginx.ask("GET", "/", Cookie="a" * 40_000)
    assert status == 400
    assert set(body) == SHAPE


def test_a_websocket_is_passed_through(nginx: Nginx) -> None:
    with socket.create_connection(("127.0.0.1", nginx.port), timeout=10) as connection:
        request = (
            "GET /ws/?ticket=secret-ticket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        )
        connection.sendall(request.encode())
        answer = b""
        while chunk := connection.recv(4096):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 101")
    assert b"upgrade: websocket" in answer.lower()
    assert answer.endswith(b"hello over the wire")
    eventually(lambda: '"path":"/ws/"' in nginx.access_log)
    assert "secret-ticket" not in nginx.access_log


def test_the_access_log_is_json(nginx: Nginx) -> None:
    nginx.ask("GET", '/api/"quoted"/?password=x', X_Request_ID="log-1")
    line = eventually(
        lambda: [row for row in (nginx.directory / "access.log").read_text().splitlines() if "log-1" in row]
    )
    record = json.loads(line[0])
    assert (record["request_id"], record["method"], record["status_code"]) == ("log-1", "GET", 200)
    assert record["path"] == '/api/"quoted"/'
