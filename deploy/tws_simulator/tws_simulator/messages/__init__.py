"""One codec per message and server version."""
