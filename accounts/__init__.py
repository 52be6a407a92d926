"""Brokerage accounts, their values and positions, and the people who may use them."""
