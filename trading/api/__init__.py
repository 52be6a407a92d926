"""REST of orders, fills, risk, reconciliation and the gateway."""
