"""The alerts: valid, tested one by one in `alerts_test.yml`, documented, and asking only for metrics that exist."""

import re
import shutil
import subprocess

import pytest

from config.desk.home import REPOSITORY
from tests.unit.deploy.monitoring import PanelQuery, alert_queries, alert_rules, known_metrics, metrics_in

PROMETHEUS = REPOSITORY / "deploy" / "prometheus"
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is missing: apt-get install prometheus"
)


def _promtool(*arguments: str) -> str:
    done = subprocess.run(["promtool", *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_promtool
def test_prometheus_accepts_its_configuration() -> None:
    assert "1 rule files found" in _promtool("check", "config", "prometheus.yml")


@needs_promtool
def test_the_rules_are_valid() -> None:
    assert f"{len(alert_rules())} rules found" in _promtool(
        "check", "rules", "--lint=all", "--lint-fatal", "alerts.yml"
    )


@needs_promtool
def test_each_alert_fires_when_it_should_and_only_then() -> None:
    assert "SUCCESS" in _promtool("test", "rules", "alerts_test.yml")


def test_no_alert_is_without_a_test() -> None:
    tested = set(re.findall(r"alertname(?:=\"|: )(\w+)", (PROMETHEUS / "alerts_test.yml").read_text()))
    assert {rule["alert"] for rule in alert_rules()} <= tested


@pytest.mark.parametrize("query", alert_queries(), ids=lambda query: query.where)
def test_an_alert_asks_only_for_known_metrics(query: PanelQuery) -> None:
    assert metrics_in(query.ready) <= known_metrics()


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_what_it_means(rule: dict[str, dict[str, str]]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"]


def test_every_alert_and_every_metric_is_explained_to_the_operator() -> None:
    text = (REPOSITORY / "docs" / "monitoring.md").read_text("utf-8")
    for rule in alert_rules():
        assert f"`{rule['alert']}`" in text
    for name in known_metrics():
        if name.startswith("desk_"):
            assert f"`{name}" in text
