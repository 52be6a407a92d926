"""Everything the desk does with orders: transactions live here, rules live in `trading.domain`."""
