"""Accounts: cash, positions, profit and loss, margin."""
