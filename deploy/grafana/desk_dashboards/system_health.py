"""System Health: are the parts of the desk up, and do they have what they need?"""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from desk_dashboards.panels import GREEN, RED, YELLOW, Query, Row, board, graph, listing, number, percentiles, timeline

_UP = {"1": ("up", GREEN), "0": ("down", RED)}
_DESK = 'job="desk"'


def build() -> Dashboard:
    """The dashboard."""
    return board(
        uid="desk-system-health",
        title="System Health",
        description="Alerts, processes, memory, schedule and monitoring itself.",
        rows=[_now(), _alerts(), _web(), _work(), _monitoring()],
    )


def _now() -> Row:
    return Row(
        "Now",
        [
            number(
                "Desk", "Whether the web process answers Prometheus.", f"min(up{{{_DESK}}})", unit="none", names=_UP
            ),
            number(
                "Database",
                "Whether web can read its figures from PostgreSQL.",
                f"count(desk_gateway_ready) or 0 * min(up{{{_DESK}}})",
                unit="none",
                names={"1": ("answers", GREEN), "0": ("away", RED)},
            ),
            number(
                "IB",
                "Whether orders can be sent: connected to IB and in sync.",
                "desk_gateway_ready",
                unit="none",
                names={"1": ("ready", GREEN), "0": ("not ready", RED)},
            ),
            number(
                "Alerts",
                "Alerts that fire now; the table below names them.",
                'count(ALERTS{alertstate="firing"}) or vector(0)',
                unit="short",
                decimals=0,
                steps=[(None, GREEN), (1, RED)],
            ),
            number(
                "Uptime of web",
                "Since the web process was started.",
                f"time() - max(process_start_time_seconds{{{_DESK}}})",
                unit="s",
                sparkline=False,
            ),
            number(
                "Last reconciliation",
                "Time since worker, beat and gateway together compared everything with IB.",
                "time() - (desk_reconciliation_last_success_timestamp_seconds > 0)",
                unit="s",
                steps=[(None, GREEN), (900, YELLOW), (1800, RED)],
            ),
        ],
    )


def _alerts() -> Row:
    return Row(
        "Alerts",
        [
            listing(
                "Firing and pending",
                "docs/monitoring.md says for each what it means and what to do.",
                Query("max by (alertname, severity, alertstate) (ALERTS)"),
                unit="short",
                hidden=("Value",),
            ),
            graph(
                "Firing alerts over time",
                "How many, by severity.",
                Query('count by (severity) (ALERTS{alertstate="firing"})', "{{severity}}"),
                unit="short",
                bars=True,
                stacked=True,
            ),
            timeline(
                "Scraped services", "Whether each answers Prometheus.", Query("min by (job) (up)", "{{job}}"), names=_UP
            ),
        ],
    )


def _web() -> Row:
    return Row(
        "The web process",
        [
            graph(
                "Memory",
                "Resident memory. docker compose ends it above 768 MB.",
                Query(f"process_resident_memory_bytes{{{_DESK}}}", "resident"),
                unit="bytes",
                width=8,
            ),
            graph(
                "Processor",
                "Share of one core.",
                Query(f"rate(process_cpu_seconds_total{{{_DESK}}}[$__rate_interval])", "used"),
                unit="percentunit",
                width=8,
            ),
            graph(
                "File handles",
                "Open files and sockets, and how many are allowed.",
                Query(f"process_open_fds{{{_DESK}}}", "open"),
                Query(f"process_max_fds{{{_DESK}}}", "allowed"),
                unit="short",
                width=8,
            ),
            graph(
                "WebSocket clients",
                "Open connections, all web processes together.",
                Query("sum(desk_websocket_connections)", "clients"),
                unit="short",
            ),
            graph(
                "Requests and failures",
                "Answers a second, and those that are 5xx.",
                Query("sum(rate(django_http_responses_total_by_status_total[$__rate_interval]))", "all"),
                Query('sum(rate(django_http_responses_total_by_status_total{status=~"5.."}[$__rate_interval]))', "5xx"),
                unit="reqps",
            ),
        ],
    )


def _work() -> Row:
    return Row(
        "Background work",
        [
            graph(
                "Time since the last reconciliation",
                "A saw-tooth while beat and worker do their work; the dashed line is the alert's limit.",
                Query("time() - (desk_reconciliation_last_success_timestamp_seconds > 0)", "since"),
                unit="s",
                limit=1800,
            ),
            graph(
                "Open breaks",
                "Differences between our books and IB's, by kind.",
                Query("sum by (kind) (desk_reconciliation_breaks)", "{{kind}}"),
                unit="short",
            ),
            graph(
                "Wait of IB's messages",
                "From arrival at the gateway to the commit: how well PostgreSQL keeps up.",
                *percentiles("desk_gateway_event_lag_seconds", 0.5, 0.99),
                unit="s",
                limit=1,
                width=24,
            ),
        ],
    )


def _monitoring() -> Row:
    return Row(
        "Monitoring itself",
        [
            graph(
                "Duration of a scrape",
                "How long it takes to collect the figures; the desk reads its database for them.",
                Query("max by (job) (scrape_duration_seconds)", "{{job}}"),
                unit="s",
                width=8,
            ),
            graph(
                "Series",
                "Time series Prometheus holds.",
                Query("prometheus_tsdb_head_series", "series"),
                unit="short",
                width=8,
            ),
            graph(
                "Memory of Prometheus",
                "docker compose ends it above 768 MB.",
                Query('process_resident_memory_bytes{job="prometheus"}', "resident"),
                unit="bytes",
                width=8,
            ),
        ],
    )
