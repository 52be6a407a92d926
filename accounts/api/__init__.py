"""REST of people and brokerage accounts."""
