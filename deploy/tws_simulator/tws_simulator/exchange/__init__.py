"""Instruments, their market, trading hours, and the matching of orders."""
