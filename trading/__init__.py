"""Orders, fills, the trade log, and the gateway that speaks to IB."""
