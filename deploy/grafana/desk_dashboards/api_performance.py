"""API Performance: how fast and how well the REST API answers."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from desk_dashboards.panels import GREEN, RED, YELLOW, Query, Row, board, graph, listing, number, percentiles

_LATENCY = "django_http_requests_latency_including_middlewares_seconds"
_BY_VIEW = "django_http_requests_latency_seconds_by_view_method"
_STATUS = "django_http_responses_total_by_status_total"
# what asks by itself all the time would hide what people and programs do
_PEOPLE = 'view!~"metrics|health|health-live"'


def build() -> Dashboard:
    """The dashboard."""
    return board(
        uid="desk-api-performance",
        title="API Performance",
        description="Traffic, latency and failures of the REST API, from django-prometheus' middleware.",
        rows=[_now(), _traffic(), _latency(), _failures()],
    )


def _latency_now(share: float) -> str:
    return f"histogram_quantile({share}, sum by (le) (rate({_LATENCY}_bucket[5m])))"


def _now() -> Row:
    server_errors = f'sum(rate({_STATUS}{{status=~"5.."}}[5m])) or vector(0)'
    return Row(
        "Now",
        [
            number(
                "Requests", "Answers a second over the last five minutes.", f"sum(rate({_STATUS}[5m]))", unit="reqps"
            ),
            number(
                "Server errors",
                "Share of answers with a 5xx status over five minutes. 503 is included: it is also the answer to an "
                "order while IB is not connected.",
                f"({server_errors}) / sum(rate({_STATUS}[5m]))",
                unit="percentunit",
                steps=[(None, GREEN), (0.01, YELLOW), (0.05, RED)],
            ),
            number(
                "Median latency",
                "Half of the requests of the last five minutes were faster.",
                _latency_now(0.5),
                unit="s",
                steps=[(None, GREEN), (0.1, YELLOW), (0.5, RED)],
            ),
            number(
                "99th percentile",
                "One request in a hundred took longer. An alert fires above one second.",
                _latency_now(0.99),
                unit="s",
                steps=[(None, GREEN), (0.5, YELLOW), (1, RED)],
            ),
            number(
                "Throttled",
                "Answers 429 in the last hour: a client asks more often than it may.",
                f'sum(increase({_STATUS}{{status="429"}}[1h])) or vector(0)',
                unit="short",
                decimals=0,
                steps=[(None, GREEN), (1, YELLOW)],
            ),
            number(
                "WebSocket clients",
                "Open WebSocket connections, all web processes together.",
                "sum(desk_websocket_connections)",
                unit="short",
                decimals=0,
            ),
        ],
    )


def _traffic() -> Row:
    return Row(
        "Traffic",
        [
            graph(
                "Answers by status",
                "Every answer of the desk, stacked by HTTP status.",
                Query(f"sum by (status) (rate({_STATUS}[$__rate_interval]))", "{{status}}"),
                unit="reqps",
                stacked=True,
            ),
            graph(
                "Busiest views",
                "The ten views that are asked most, by method; Prometheus and health checks are left out.",
                Query(
                    f"topk(10, sum by (view, method) (rate({_BY_VIEW}_count{{{_PEOPLE}}}[$__rate_interval])))",
                    "{{method}} {{view}}",
                ),
                unit="reqps",
            ),
            graph(
                "Body sizes",
                "95th percentile of what clients send and what they get.",
                *(
                    Query(percentiles(f"django_http_{name}s_body_total_bytes", 0.95)[0].expr, name)
                    for name in ("request", "response")
                ),
                unit="bytes",
            ),
            graph(
                "Requests by method",
                "GET reads, POST places orders and signs in, PATCH modifies, DELETE removes.",
                Query(
                    "sum by (method) (rate(django_http_requests_total_by_method_total[$__rate_interval]))", "{{method}}"
                ),
                unit="reqps",
                stacked=True,
            ),
        ],
    )


def _latency() -> Row:
    return Row(
        "Latency",
        [
            graph(
                "Latency",
                "Percentiles over all requests, middleware included. Dashed: the alert's limit for the 99th.",
                *percentiles(_LATENCY, 0.5, 0.95, 0.99),
                unit="s",
                limit=1,
            ),
            graph(
                "Slowest views",
                "95th percentile of the ten slowest views.",
                Query(
                    "topk(10, histogram_quantile(0.95, sum by (le, view, method) "
                    f"(rate({_BY_VIEW}_bucket{{{_PEOPLE}}}[$__rate_interval]))))",
                    "{{method}} {{view}}",
                ),
                unit="s",
            ),
            listing(
                "Mean latency by view",
                "Seconds per request over the time shown, for every view that was asked.",
                Query(
                    f"sort_desc(sum by (view, method) (increase({_BY_VIEW}_sum[$__range])) "
                    f"/ (sum by (view, method) (increase({_BY_VIEW}_count[$__range])) > 0))"
                ),
                unit="s",
                width=24,
            ),
        ],
    )


def _failures() -> Row:
    by_view = "django_http_responses_total_by_status_view_method_total"
    return Row(
        "Failures",
        [
            graph(
                "Refused requests by view",
                "4xx answers: 400 and 422 are what clients got wrong or our checks denied, 401 and 403 are access.",
                Query(
                    f'sum by (status, view) (rate({by_view}{{status=~"4.."}}[$__rate_interval]))', "{{status}} {{view}}"
                ),
                unit="reqps",
            ),
            graph(
                "Failed requests by view",
                "5xx answers. 500 is a defect of ours, 502 and 503 mean IB, the gateway or the database.",
                Query(
                    f'sum by (status, view) (rate({by_view}{{status=~"5.."}}[$__rate_interval]))', "{{status}} {{view}}"
                ),
                unit="reqps",
            ),
            graph(
                "Exceptions by type",
                "Exceptions that left a view. Each has a line in the log with its request id.",
                Query(
                    "sum by (type) (increase(django_http_exceptions_total_by_type_total[$__rate_interval]))", "{{type}}"
                ),
                unit="short",
                bars=True,
            ),
            graph(
                "Exceptions by view",
                "Where they happened.",
                Query(
                    "sum by (view) (increase(django_http_exceptions_total_by_view_total[$__rate_interval]))", "{{view}}"
                ),
                unit="short",
                bars=True,
            ),
        ],
    )
