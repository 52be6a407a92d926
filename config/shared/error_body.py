"""The one error shape, the same over REST and WebSocket."""

from typing import Any

from django.utils import timezone

from config.shared.correlation import current_request_id, new_id
from config.shared.errors import DeskError
from config.shared.text import time_text


def error_body(error: DeskError, *, request_id: str = "") -> dict[str, Any]:
    """`{"error_code", "message", "details", "timestamp", "request_id"}`."""
    return {
        "error_code": str(error.code),
        "message": error.message,
        "details": error.details,
        "timestamp": time_text(timezone.now()),
        "request_id": request_id or current_request_id() or new_id(),
    }
