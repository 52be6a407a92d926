"""A real Prometheus on a free port, and something for it to scrape."""

import json
import shutil
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from config.desk.home import REPOSITORY
from tests.fixtures.ports import free_ports
from tests.fixtures.waiting import eventually

PROMETHEUS = shutil.which("prometheus")


class Prometheus:
    """With the committed configuration and alerts; only the targets and the pace are the test's."""

    def __init__(self, directory: Path, *, desk: str) -> None:
        """`desk` is host:port of what shows /metrics."""
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        source = REPOSITORY / "deploy" / "prometheus"
        settings = yaml.safe_load((source / "prometheus.yml").read_text())
        settings["global"] |= {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
        targets = {"desk": desk, "prometheus": f"127.0.0.1:{self.port}", "grafana": f"127.0.0.1:{self.port}"}
        for job in settings["scrape_configs"]:
            job["static_configs"] = [{"targets": [targets[job["job_name"]]]}]
        shutil.copy(source / "alerts.yml", directory)
        (directory / "prometheus.yml").write_text(yaml.safe_dump(settings))
        command = [str(PROMETHEUS), f"--config.file={directory}/prometheus.yml", "--log.level=error"]
        command += [f"--storage.tsdb.path={directory}/data", f"--web.listen-address=127.0.0.1:{self.port}"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def wait_for(self, expr: str, *, within: float = 30) -> Any:
        """The first answer to `expr` that is not empty."""
        return eventually(lambda: self.ask(expr), within=within, every=0.2)

    def ask(self, expr: str) -> Any:
        """The series `expr` gives now. Raises ValueError when Prometheus does not accept it."""
        body = urllib.parse.urlencode({"query": expr}).encode()
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/query", body, timeout=10) as answer:
                return json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            raise ValueError(f"{expr}: {error.read().decode()}") from error

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(20)


class MetricsPage:
    """A server that shows `text` on every path."""

    def __init__(self) -> None:
        self.text = b""
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = page.text
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                """Be quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
