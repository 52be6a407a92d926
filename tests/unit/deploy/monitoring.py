"""What the tests of dashboards and alerts share: every query that is committed, and every metric there is."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django_prometheus.middleware import Metrics

from config.desk.home import REPOSITORY
from trading.metrics import METRIC_NAMES

DASHBOARDS = REPOSITORY / "deploy" / "grafana" / "dashboards"
ALERTS = REPOSITORY / "deploy" / "prometheus" / "alerts.yml"
# made by Prometheus itself, or by prometheus_client's process collector
_OTHERS = {
    "up",
    "ALERTS",
    "scrape_duration_seconds",
    "prometheus_tsdb_head_series",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "process_open_fds",
    "process_max_fds",
    "process_start_time_seconds",
}
_WORDS = {"by", "without", "on", "ignoring", "or", "and", "unless", "offset", "group_left", "group_right", "bool"}
_SUFFIX = re.compile(r"_(bucket|sum|count)$")


@dataclass(frozen=True)
class PanelQuery:
    """One committed query and where it stands."""

    where: str
    expr: str

    @property
    def ready(self) -> str:
        """With Grafana's variables filled in, as Prometheus gets it."""
        values = {"$__rate_interval": "1m", "$__range": "6h", "$account": ".*"}
        text = self.expr
        for name, value in values.items():
            text = text.replace(name, value)
        assert "$" not in text, f"{self.where}: an unknown variable in {self.expr}"
        return text


def dashboards() -> dict[str, Any]:
    """Title → dashboard."""
    return {board["title"]: board for path in sorted(DASHBOARDS.glob("*.json")) for board in [json.loads(_read(path))]}


def panels(board: Any) -> list[Any]:
    """All panels that show something."""
    inside = [inner for panel in board["panels"] for inner in panel.get("panels", [])]
    return [panel for panel in [*board["panels"], *inside] if panel["type"] != "row"]


def dashboard_queries() -> list[PanelQuery]:
    """Every query of every panel."""
    return [
        PanelQuery(f"{title}: {panel['title']}", target["expr"])
        for title, board in dashboards().items()
        for panel in panels(board)
        for target in panel["targets"]
    ]


def alert_rules() -> list[Any]:
    """Every alert."""
    return [rule for group in yaml.safe_load(_read(ALERTS))["groups"] for rule in group["rules"]]


def alert_queries() -> list[PanelQuery]:
    """The expression of every alert."""
    return [PanelQuery(rule["alert"], rule["expr"]) for rule in alert_rules()]


def known_metrics() -> set[str]:
    """The desk's own, those of the middleware it uses, and the few others the dashboards use."""
    ours = {_SUFFIX.sub("", name) for name in METRIC_NAMES}
    return ours | _middleware_metrics() | _OTHERS


def _middleware_metrics() -> set[str]:
    made = [value for value in vars(Metrics.get_instance()).values() if hasattr(value, "describe")]
    return {sample for metric in made for sample in _sample_names(metric)}


def _sample_names(metric: Any) -> Iterator[str]:
    for family in metric.describe():
        yield f"{family.name}_total" if family.type == "counter" else family.name


def metrics_in(expr: str) -> set[str]:
    """The metric names of a PromQL expression, without the suffixes of histograms."""
    text = re.sub(r'"[^"]*"', "", expr)
    text = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", text)
    text = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", text)
    words = re.findall(r"(?<![\w.$])[a-zA-Z_:][\w:]*(?!\w)(?!\s*\()", text)
    return {_SUFFIX.sub("", word) for word in words if word not in _WORDS}


def _read(path: Path) -> str:
    return path.read_text("utf-8")
