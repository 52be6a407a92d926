"""What can go wrong, in the desk's one error shape."""

from typing import Any


class DeskError(Exception):
    """The desk refused: `code` is one of its error codes, `details` says what about which field.

    `retry_after` is in seconds where the desk asks for patience, None elsewhere.
    """

    def __init__(self, status: int, body: dict[str, Any], *, retry_after: float | None = None) -> None:
        self.status = status
        self.code = str(body.get("error_code") or "INTERNAL_SERVER_ERROR")
        self.message = str(body.get("message") or "The desk did not say why")
        self.details: dict[str, Any] = body.get("details") or {}
        self.request_id: str | None = body.get("request_id")
        self.retry_after = retry_after
        super().__init__(f"{self.code}: {self.message}")

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed later: the desk or IB is away, or it was asked too often."""
        return self.status in (429, 502, 503, 504) or self.status == 500


class Unanswered(Exception):
    """No answer came, so nobody knows whether the request was carried out.

    `client_order_id` names the order that it may have placed: place it again under that name, or look for it.
    """

    client_order_id: str | None = None
