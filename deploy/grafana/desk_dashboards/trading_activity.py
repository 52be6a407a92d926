"""Trading Activity: orders, fills, positions, profit and loss."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from desk_dashboards.panels import GREEN, RED, YELLOW, Query, Row, board, graph, listing, number, percentiles, ranking

_ACCOUNT = 'account=~"$account"'


def build() -> Dashboard:
    """The dashboard."""
    return board(
        uid="desk-trading-activity",
        title="Trading Activity",
        description="What was ordered, what became of it, what is held and what it earned. Quantities and amounts are "
        "for looking; the books are in the desk itself.",
        by_account=True,
        rows=[_now(), _orders(), _money(), _checks()],
    )


def _now() -> Row:
    return Row(
        "Now",
        [
            number(
                "Open orders",
                "Orders that have not ended, unknown ones included.",
                "desk_open_orders",
                unit="short",
                decimals=0,
            ),
            number(
                "Unknown orders",
                "Orders of which IB has not told what became of them. Compare with TWS before ordering again.",
                "desk_unknown_orders",
                unit="short",
                decimals=0,
                steps=[(None, GREEN), (1, RED)],
            ),
            number(
                "Orders",
                "Orders submitted in the time shown.",
                'sum(increase(desk_orders_total{outcome="submitted"}[$__range])) or vector(0)',
                unit="short",
                decimals=0,
                sparkline=False,
            ),
            number(
                "Fills",
                "Executions booked in the time shown.",
                "sum(increase(desk_fills_total[$__range])) or vector(0)",
                unit="short",
                decimals=0,
                sparkline=False,
            ),
            number(
                "Profit today",
                "Daily profit and loss of the chosen accounts, in base currency, as IB reports it.",
                f'sum(desk_pnl{{kind="daily",{_ACCOUNT}}})',
                unit="locale",
                steps=[(None, RED), (0, GREEN)],
            ),
            number(
                "Exposure",
                "Sum of the absolute market values of all positions of the chosen accounts.",
                f"sum(abs(desk_position_value{{{_ACCOUNT}}})) or vector(0)",
                unit="locale",
            ),
        ],
    )


def _orders() -> Row:
    return Row(
        "Orders",
        [
            graph(
                "Orders by outcome",
                "Submitted: sent on its way. Denied: our checks said no. Rejected: IB said no.",
                Query("sum by (outcome) (increase(desk_orders_total[$__rate_interval]))", "{{outcome}}"),
                unit="short",
                bars=True,
                stacked=True,
            ),
            graph(
                "Submitted orders by side and type",
                "What kind of orders are placed.",
                Query(
                    'sum by (side, order_type) (increase(desk_orders_total{outcome="submitted"}[$__rate_interval]))',
                    "{{side}} {{order_type}}",
                ),
                unit="short",
                bars=True,
                stacked=True,
            ),
            graph(
                "Fills by side",
                "Executions booked.",
                Query("sum by (side) (increase(desk_fills_total[$__rate_interval]))", "{{side}}"),
                unit="short",
                bars=True,
                stacked=True,
            ),
            graph(
                "Time to IB's first word",
                "From the order's record to IB's acknowledgement, fill or rejection. An alert fires when one order in "
                "twenty waits longer than five seconds.",
                *percentiles("desk_order_ack_seconds", 0.5, 0.95, 0.99),
                unit="s",
                limit=5,
            ),
            graph(
                "Open orders",
                "Orders that have not ended, and those of unknown fate among them.",
                Query("desk_open_orders", "open"),
                Query("desk_unknown_orders", "unknown"),
                unit="short",
                width=24,
            ),
        ],
    )


def _money() -> Row:
    return Row(
        "Positions, profit and loss",
        [
            graph(
                "Profit and loss",
                "Realized, unrealized and daily, in base currency, as IB reports them.",
                Query(f"sum by (account, kind) (desk_pnl{{{_ACCOUNT}}})", "{{account}} {{kind}}"),
                unit="locale",
            ),
            graph(
                "Position values",
                "Market value of each open position; short positions are negative.",
                Query(f"sum by (symbol) (desk_position_value{{{_ACCOUNT}}})", "{{symbol}}"),
                unit="locale",
            ),
            ranking(
                "Largest positions",
                "The ten largest by absolute market value.",
                Query(f"topk(10, sum by (symbol) (abs(desk_position_value{{{_ACCOUNT}}})))", "{{symbol}}"),
                unit="locale",
            ),
            graph(
                "Exposure",
                "Gross adds up absolute values, net sets long against short.",
                Query(f"sum(abs(desk_position_value{{{_ACCOUNT}}}))", "gross"),
                Query(f"sum(desk_position_value{{{_ACCOUNT}}})", "net"),
                unit="locale",
            ),
        ],
    )


def _checks() -> Row:
    return Row(
        "Checks",
        [
            graph(
                "Denied by our own checks",
                "Requests that were refused before anything was sent, by error code.",
                Query("sum by (code) (increase(desk_risk_rejections_total[$__rate_interval]))", "{{code}}"),
                unit="short",
                bars=True,
                stacked=True,
            ),
            graph(
                "Rejected by IB",
                "Share of the orders IB refused, over a quarter of an hour.",
                Query(
                    'sum(increase(desk_orders_total{outcome="rejected"}[15m])) '
                    '/ (sum(increase(desk_orders_total{outcome="submitted"}[15m])) > 0)',
                    "rejected",
                ),
                unit="percentunit",
                limit=0.2,
            ),
            listing(
                "Open breaks",
                "Differences between our books and IB's that stand open, by kind.",
                Query("sum by (kind) (desk_reconciliation_breaks) > 0"),
                unit="short",
            ),
            number(
                "Last reconciliation",
                "Time since the last run that compared everything. It runs every five minutes.",
                "time() - (desk_reconciliation_last_success_timestamp_seconds > 0)",
                unit="s",
                width=12,
                steps=[(None, GREEN), (900, YELLOW), (1800, RED)],
            ),
        ],
    )
