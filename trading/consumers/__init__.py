"""The WebSocket at `/ws/`: what changed, in order and without a hole, and quotes as they come."""

from trading.consumers.socket import StreamConsumer
from trading.consumers.unknown_path import UnknownPath

__all__ = ["StreamConsumer", "UnknownPath"]
