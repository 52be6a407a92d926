"""Bytes on the socket: frames, and the scalar fields inside them."""
