"""The one list of error codes and the one exception that becomes the one error shape.

Plain Python: domain rules, services and entrances all raise `DeskError`; the API turns it into
`{"error_code", "message", "details", "timestamp", "request_id"}`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """Every code a client can meet; the list is closed and documented in the API schema."""

    VALIDATION_ERROR = "VALIDATION_ERROR"
    AUTHENTICATION_REQUIRED = "AUTHENTICATION_REQUIRED"
    AUTHORIZATION_FAILED = "AUTHORIZATION_FAILED"
    RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    CONFLICT = "CONFLICT"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    ORDER_VALIDATION_FAILED = "ORDER_VALIDATION_FAILED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    POSITION_LIMIT_EXCEEDED = "POSITION_LIMIT_EXCEEDED"
    SYMBOL_NOT_ALLOWED = "SYMBOL_NOT_ALLOWED"
    MARKET_CLOSED = "MARKET_CLOSED"
    TRADING_HALTED = "TRADING_HALTED"
    IB_INVALID_CONTRACT = "IB_INVALID_CONTRACT"
    IB_ORDER_REJECTED = "IB_ORDER_REJECTED"
    IB_MARKET_DATA_ERROR = "IB_MARKET_DATA_ERROR"
    IB_AUTHENTICATION_FAILED = "IB_AUTHENTICATION_FAILED"
    IB_CONNECTION_FAILED = "IB_CONNECTION_FAILED"
    EXTERNAL_SERVICE_ERROR = "EXTERNAL_SERVICE_ERROR"
    DATABASE_ERROR = "DATABASE_ERROR"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


HTTP_STATUS: Mapping[ErrorCode, int] = {
    ErrorCode.VALIDATION_ERROR: 400,
    ErrorCode.AUTHENTICATION_REQUIRED: 401,
    ErrorCode.AUTHORIZATION_FAILED: 403,
    ErrorCode.RESOURCE_NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.CONFLICT: 409,
    ErrorCode.RATE_LIMIT_EXCEEDED: 429,
    ErrorCode.ORDER_VALIDATION_FAILED: 422,
    ErrorCode.INSUFFICIENT_FUNDS: 422,
    ErrorCode.POSITION_LIMIT_EXCEEDED: 422,
    ErrorCode.SYMBOL_NOT_ALLOWED: 422,
    ErrorCode.MARKET_CLOSED: 422,
    ErrorCode.TRADING_HALTED: 422,
    ErrorCode.IB_INVALID_CONTRACT: 422,
    ErrorCode.IB_ORDER_REJECTED: 422,
    ErrorCode.IB_MARKET_DATA_ERROR: 502,
    ErrorCode.IB_AUTHENTICATION_FAILED: 502,
    ErrorCode.IB_CONNECTION_FAILED: 503,
    ErrorCode.EXTERNAL_SERVICE_ERROR: 502,
    ErrorCode.DATABASE_ERROR: 503,
    ErrorCode.INTERNAL_SERVER_ERROR: 500,
}


class DeskError(Exception):
    """A failure with a code a client can act on.

    `details` is JSON: `{"field": ["message", …]}` for validation, otherwise the numbers that decided.
    """

    def __init__(self, code: ErrorCode, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details: dict[str, Any] = dict(details or {})

    @property
    def http_status(self) -> int:
        """The HTTP status that belongs to this error's code."""
        return HTTP_STATUS[self.code]
