"""The few kinds of panel the dashboards are made of, so that they look and read alike."""

from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import prometheus as prometheus_model
from grafana_foundation_sdk.models.dashboard import DataSourceRef

# provisioning/datasources/prometheus.yml gives the data source this uid
DATASOURCE = DataSourceRef(type_val="prometheus", uid="desk-prometheus")

GREEN, YELLOW, RED, BLUE, GREY = "green", "yellow", "red", "blue", "text"
Steps = list[tuple[float | None, str]]
Panel = stat.Panel | timeseries.Panel | statetimeline.Panel | table.Panel | bargauge.Panel


@dataclass(frozen=True)
class Query:
    """One PromQL expression and the name of its series, with `{{label}}` for their labels."""

    expr: str
    legend: str = ""


def percentiles(histogram: str, *shares: float) -> list[Query]:
    """Percentiles of a histogram over all its labels, one line each."""
    rates = f"sum by (le) (rate({histogram}_bucket[$__rate_interval]))"
    return [Query(f"histogram_quantile({share}, {rates})", f"{share * 100:g} %") for share in shares]


@dataclass(frozen=True)
class Row:
    """A titled row of panels; the widths in a line add up to 24."""

    title: str
    panels: list[Panel] = field(default_factory=list)


def number(
    title: str,
    description: str,
    expr: str,
    *,
    unit: str,
    width: int = 4,
    steps: Steps | None = None,
    names: dict[str, tuple[str, str]] | None = None,
    decimals: int | None = None,
    sparkline: bool = True,
) -> stat.Panel:
    """One big figure. `steps` colour it from a value upwards; `names` replace values by (word, colour)."""
    panel = _dressed(stat.Panel(), title, description, unit=unit, width=width, height=4)
    panel = panel.with_target(_query(Query(expr), "A")).thresholds(_thresholds(steps or [(None, BLUE)]))
    panel = panel.color_mode(
        common_model.BigValueColorMode.BACKGROUND if names else common_model.BigValueColorMode.VALUE
    )
    mode = common_model.BigValueGraphMode
    panel = panel.graph_mode(mode.AREA if sparkline and not names else mode.NONE).no_value("no data")
    panel = panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    if decimals is not None:
        panel = panel.decimals(decimals)
    return panel.mappings(_names(names)) if names else panel


def graph(
    title: str,
    description: str,
    *queries: Query,
    unit: str,
    width: int = 12,
    stacked: bool = False,
    limit: float | None = None,
    bars: bool = False,
) -> timeseries.Panel:
    """Lines over time. `limit` draws the line from which an alert fires."""
    panel = _dressed(timeseries.Panel(), title, description, unit=unit, width=width, height=8)
    for index, query in enumerate(queries):
        panel = panel.with_target(_query(query, chr(ord("A") + index)))
    panel = panel.line_width(1).fill_opacity(70 if bars else 12).show_points(common_model.VisibilityMode.NEVER)
    panel = panel.draw_style(common_model.GraphDrawStyle.BARS if bars else common_model.GraphDrawStyle.LINE)
    panel = panel.legend(_legend()).tooltip(_tooltip())
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(common_model.StackingMode.NORMAL).group("A"))
    if limit is not None:
        style = common.GraphThresholdsStyleConfig().mode(common_model.GraphThresholdsStyleMode.DASHED)
        panel = panel.thresholds(_thresholds([(None, GREEN), (limit, RED)])).thresholds_style(style)
    return panel


def timeline(
    title: str, description: str, *queries: Query, names: dict[str, tuple[str, str]], width: int = 24
) -> statetimeline.Panel:
    """Bars of states over time; `names` give each value its word and colour."""
    panel = _dressed(statetimeline.Panel(), title, description, unit="none", width=width, height=5)
    for index, query in enumerate(queries):
        panel = panel.with_target(_query(query, chr(ord("A") + index)))
    legend = common.VizLegendOptions().show_legend(False).display_mode(common_model.LegendDisplayMode.LIST)
    panel = (
        panel.mappings(_names(names))
        .merge_values(True)
        .fill_opacity(80)
        .legend(legend.placement(common_model.LegendPlacement.BOTTOM).calcs([]))
    )
    return panel.color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))


def ranking(title: str, description: str, query: Query, *, unit: str, width: int = 12) -> bargauge.Panel:
    """Horizontal bars, one a series, of what is true now."""
    panel = _dressed(bargauge.Panel(), title, description, unit=unit, width=width, height=8)
    panel = panel.with_target(_query(query, "A", instant=True)).thresholds(_thresholds([(None, BLUE)]))
    panel = panel.display_mode(common_model.BarGaugeDisplayMode.GRADIENT)
    return panel.orientation(common_model.VizOrientation.HORIZONTAL).no_value("none")


def listing(
    title: str, description: str, query: Query, *, unit: str, hidden: tuple[str, ...] = (), width: int = 12
) -> table.Panel:
    """A table with a line for each series and a column for each label."""
    panel = _dressed(table.Panel(), title, description, unit=unit, width=width, height=8)
    panel = panel.with_target(_query(query, "A", instant=True, as_table=True)).no_value("none")
    drop = {"Time": True, **dict.fromkeys(hidden, True)}
    return panel.transformations([model.DataTransformerConfig(id_val="organize", options={"excludeByName": drop})])


def board(*, uid: str, title: str, description: str, rows: list[Row], by_account: bool = False) -> dashboard.Dashboard:
    """A whole dashboard, read-only, newest figures every 15 seconds (the scrape interval)."""
    made = dashboard.Dashboard(title).uid(uid).description(description).tags(["ibkr-desk"]).readonly()
    made = made.timezone("browser").time("now-6h", "now").refresh("15s").tooltip(model.DashboardCursorSync.CROSSHAIR)
    link = dashboard.DashboardLink("The desk's dashboards").type(model.DashboardLinkType.DASHBOARDS)
    made = made.link(link.tags(["ibkr-desk"]).as_dropdown(True).keep_time(True))
    if by_account:
        made = made.with_variable(_account_variable())
    next_id = 1
    for row in rows:
        made = made.with_row(dashboard.Row(row.title).id(next_id))
        for panel in row.panels:
            next_id += 1
            made = made.with_panel(panel.id(next_id))
        next_id += 1
    return made


def _dressed(panel, title: str, description: str, *, unit: str, width: int, height: int):  # type: ignore[no-untyped-def]
    return panel.title(title).description(description).unit(unit).span(width).height(height).datasource(DATASOURCE)


def _query(query: Query, ref: str, *, instant: bool = False, as_table: bool = False) -> prometheus.Dataquery:
    made = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(ref).datasource(DATASOURCE)
    made = made.editor_mode(prometheus_model.QueryEditorMode.CODE)
    if as_table:
        made = made.format(prometheus_model.PromQueryFormat.TABLE)
    return made.instant() if instant else made.range()


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    made = [model.Threshold(value=value, color=colour) for value, colour in steps]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(made)


def _names(names: dict[str, tuple[str, str]]) -> list[model.ValueMapping]:
    results = {
        value: model.ValueMappingResult(text=word, color=colour, index=index)
        for index, (value, (word, colour)) in enumerate(names.items())
    }
    return [model.ValueMap(options=results)]


def _legend() -> common.VizLegendOptions:
    made = common.VizLegendOptions().show_legend(True).display_mode(common_model.LegendDisplayMode.TABLE)
    return made.placement(common_model.LegendPlacement.BOTTOM).calcs(["lastNotNull", "max"])


def _tooltip() -> common.VizTooltipOptions:
    return (
        common.VizTooltipOptions().mode(common_model.TooltipDisplayMode.MULTI).sort(common_model.SortOrder.DESCENDING)
    )


def _account_variable() -> dashboard.QueryVariable:
    made = dashboard.QueryVariable("account").label("Account").datasource(DATASOURCE)
    made = made.query("label_values(desk_pnl, account)").refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
    return made.multi(True).include_all(True).all_value(".*").sort(model.VariableSort.ALPHABETICAL_ASC)
