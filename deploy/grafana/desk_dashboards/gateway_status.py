"""IBKR Gateway Status: the one connection to Interactive Brokers."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from desk_dashboards.panels import GREEN, RED, YELLOW, Query, Row, board, graph, listing, number, percentiles, timeline

_CONNECTED = {"1": ("connected", GREEN), "0": ("not connected", RED)}
_READY = {"1": ("ready", GREEN), "0": ("not ready", RED)}


def build() -> Dashboard:
    """The dashboard."""
    return board(
        uid="desk-gateway-status",
        title="IBKR Gateway Status",
        description="Is there a connection to IB, is the desk in sync, how fast do messages flow, what is wrong?",
        rows=[_now(), _connection(), _messages(), _errors()],
    )


def _now() -> Row:
    return Row(
        "Now",
        [
            number(
                "Connection",
                "The gateway process has a connection to IB.",
                "desk_gateway_connected",
                unit="none",
                names=_CONNECTED,
            ),
            number(
                "Orders", "Orders can be sent: connected and in sync.", "desk_gateway_ready", unit="none", names=_READY
            ),
            number(
                "Ready",
                "Share of the time shown in which orders could be sent. IB restarts every night.",
                "avg_over_time(desk_gateway_ready[$__range])",
                unit="percentunit",
                decimals=2,
                sparkline=False,
                steps=[(None, RED), (0.95, YELLOW), (0.99, GREEN)],
            ),
            number(
                "Reconnects",
                "Connections rebuilt in the time shown.",
                "sum(increase(desk_gateway_reconnects_total[$__range])) or vector(0)",
                unit="short",
                decimals=0,
                sparkline=False,
                steps=[(None, GREEN), (4, YELLOW)],
            ),
            number(
                "Messages",
                "Messages exchanged with IB a second, both directions.",
                "sum(rate(desk_ib_messages_total[5m]))",
                unit="cps",
            ),
            number(
                "Unknown orders",
                "Orders of which IB has not told what became of them.",
                "desk_unknown_orders",
                unit="short",
                decimals=0,
                steps=[(None, GREEN), (1, RED)],
            ),
        ],
    )


def _connection() -> Row:
    words = {"1": ("yes", GREEN), "0": ("no", RED)}
    return Row(
        "Connection",
        [
            timeline(
                "Connected and ready",
                "Connected without ready means: fetching orders, executions and positions after a connection.",
                Query("desk_gateway_connected", "connected"),
                Query("desk_gateway_ready", "ready"),
                names=words,
            ),
            graph(
                "Reconnects by reason",
                "Why connections to IB were rebuilt.",
                Query("sum by (reason) (increase(desk_gateway_reconnects_total[$__rate_interval]))", "{{reason}}"),
                unit="short",
                bars=True,
                stacked=True,
            ),
            graph(
                "Open orders",
                "Orders that have not ended; unknown ones await evidence from IB.",
                Query("desk_open_orders", "open"),
                Query("desk_unknown_orders", "unknown"),
                unit="short",
            ),
        ],
    )


def _messages() -> Row:
    return Row(
        "Messages",
        [
            graph(
                "Messages by direction",
                "IB accepts 50 a second from a client (100 market data lines); the gateway paces itself below.",
                Query("sum by (direction) (rate(desk_ib_messages_total[$__rate_interval]))", "{{direction}}"),
                unit="cps",
            ),
            graph(
                "Wait until the commit",
                "From an event's arrival at the gateway to its commit. Dashed: the alert's limit for the 99th.",
                *percentiles("desk_gateway_event_lag_seconds", 0.5, 0.95, 0.99),
                unit="s",
                limit=1,
            ),
            graph(
                "Time to IB's first word about an order",
                "From the order's record to acknowledgement, fill or rejection.",
                *percentiles("desk_order_ack_seconds", 0.5, 0.95),
                unit="s",
                limit=5,
            ),
            graph(
                "Events written",
                "Events the gateway committed a second.",
                Query("sum(rate(desk_gateway_event_lag_seconds_count[$__rate_interval]))", "events"),
                unit="cps",
            ),
        ],
    )


def _errors() -> Row:
    return Row(
        "What IB complains of",
        [
            graph(
                "Messages with a code",
                "By IB's error code. 2104, 2106 and 2158 are good news: a data farm is connected.",
                Query("sum by (code) (increase(desk_ib_errors_total[$__rate_interval]))", "{{code}}"),
                unit="short",
                bars=True,
                stacked=True,
            ),
            listing(
                "Codes in the time shown",
                "1100: IB lost its own connection; 1101, 1102: restored; 201: order rejected; 326: client id in use; "
                "10197: a live session takes the market data.",
                Query("sort_desc(sum by (code) (increase(desk_ib_errors_total[$__range])) > 0)"),
                unit="short",
            ),
        ],
    )
