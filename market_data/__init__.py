"""Instruments, quotes and bars."""
