"""One client's conversation."""
