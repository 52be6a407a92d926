"""The OpenAPI schema tells the truth about errors: every operation documents the one error shape."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from config.api import schema_extensions  # noqa: F401 (registers itself)
from config.shared.errors import ErrorCode

ERROR_CODES = [code.value for code in ErrorCode]


class ErrorSerializer(serializers.Serializer[Any]):
    """What every failure looks like."""

    error_code = serializers.ChoiceField(choices=ERROR_CODES)
    message = serializers.CharField(help_text="A sentence for a person")
    details = serializers.DictField(
        child=serializers.JSONField(),
        help_text='For validation `{"field": ["message", …]}`, otherwise the figures that decided',
    )
    timestamp = serializers.DateTimeField()
    request_id = serializers.CharField(help_text="The same as the header `X-Request-ID`")


_MEANING = {
    "400": "The request is malformed or has a wrong value",
    "401": "Not signed in, or the token has expired",
    "403": "Signed in, but not allowed to do this",
    "404": "There is no such resource, or it belongs to somebody else",
    "405": "This method is not allowed here",
    "409": "In conflict with what is on record",
    "422": "Understood, and refused by the desk's checks or by IB",
    "429": "Too many requests; see `Retry-After`",
    "500": "A mistake of the desk",
    "502": "What the desk depends on failed",
    "503": "The database or the connection to IB is away; nothing was done",
}
_ALWAYS = ("400", "401", "403", "404", "405", "429", "500", "502", "503")


class DeskAutoSchema(AutoSchema):
    """Adds to every operation the answers it gives when something is wrong."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """The operation with its failures."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        responses = operation.setdefault("responses", {})
        for status in self._failures():
            if status not in responses:
                answer = OpenApiResponse(ErrorSerializer, description=_MEANING[status])
                responses[status] = self._get_response_for_code(answer, status, media_types=["application/json"])
        operation["responses"] = dict(sorted(responses.items()))
        return operation

    def _failures(self) -> tuple[str, ...]:
        if self.method in ("POST", "PATCH", "PUT"):
            return (*_ALWAYS, "409", "422")
        return (*_ALWAYS, "422")
