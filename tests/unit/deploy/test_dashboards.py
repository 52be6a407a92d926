"""The four dashboards: built from their code, complete, and asking only for metrics that exist."""

import importlib.util
from types import ModuleType
from typing import Any

import pytest
import yaml

from config.desk.home import REPOSITORY
from tests.unit.deploy.monitoring import (
    PanelQuery,
    dashboard_queries,
    dashboards,
    known_metrics,
    metrics_in,
    panels,
)

TITLES = ["API Performance", "IBKR Gateway Status", "System Health", "Trading Activity"]
GRAFANA = REPOSITORY / "deploy" / "grafana"


def _builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_dashboards", GRAFANA / "build_dashboards.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_the_four_dashboards() -> None:
    assert sorted(dashboards()) == TITLES


def test_the_committed_json_is_what_the_code_builds() -> None:
    for path, text in _builder().render().items():
        assert path.read_text("utf-8") == text, f"run deploy/grafana/build_dashboards.py: {path.name} is out of date"


@pytest.mark.parametrize("title", TITLES)
def test_every_panel_has_a_unit_a_description_and_a_query(title: str) -> None:
    for panel in panels(dashboards()[title]):
        where = panel["title"]
        assert len(panel["description"]) > 10, where
        assert panel["fieldConfig"]["defaults"]["unit"], where
        assert panel["targets"], where
        assert all(target["expr"] and target["datasource"]["uid"] == "desk-prometheus" for target in panel["targets"])


@pytest.mark.parametrize("title", TITLES)
def test_panels_have_numbers_of_their_own_and_do_not_overlap(title: str) -> None:
    board = dashboards()[title]
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        cells = _cells(panel["gridPos"])
        assert not cells & taken, panel["title"]
        assert all(x < 24 for x, _ in cells), panel["title"]
        taken |= cells


def _cells(at: Any) -> set[tuple[int, int]]:
    return {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}


@pytest.mark.parametrize("title", TITLES)
def test_lines_of_panels_fill_the_width(title: str) -> None:
    widths: dict[int, int] = {}
    for panel in dashboards()[title]["panels"]:
        widths[panel["gridPos"]["y"]] = widths.get(panel["gridPos"]["y"], 0) + panel["gridPos"]["w"]
    assert set(widths.values()) == {24}, widths


@pytest.mark.parametrize("query", dashboard_queries(), ids=lambda query: query.where)
def test_a_query_asks_only_for_known_metrics(query: PanelQuery) -> None:
    assert metrics_in(query.ready)
    assert metrics_in(query.ready) <= known_metrics()


def test_an_unknown_metric_would_be_noticed() -> None:
    found = metrics_in('sum by (status) (rate(desk_no_such_total{a="b"}[5m])) / up or vector(0)')
    assert found == {"desk_no_such_total", "up"}
    assert not found <= known_metrics()


def test_dashboards_cannot_be_changed_in_the_browser_only() -> None:
    provider = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "desk.yml").read_text())["providers"][0]
    assert provider["allowUiUpdates"] is False
    assert not any(board["editable"] for board in dashboards().values())


def test_the_data_source_is_the_one_the_dashboards_name() -> None:
    sources = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "prometheus.yml").read_text())["datasources"]
    assert [(source["uid"], source["url"]) for source in sources] == [("desk-prometheus", "http://prometheus:9090")]
