"""Admin pages of the trading app, one file a subject."""

from trading.admin import fills, gateway, incidents, kill_switch, orders, positions, reconciliation, risk, trade_log

__all__ = ["fills", "gateway", "incidents", "kill_switch", "orders", "positions", "reconciliation", "risk", "trade_log"]
