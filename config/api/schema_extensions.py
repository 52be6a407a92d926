"""How the ways of signing in are written in the OpenAPI schema."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(OpenApiAuthenticationExtension):
    """A JWT in the Authorization header."""

    target_class = "config.api.authentication.DeskJWTAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """In OpenAPI's words."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """An API key in the Authorization header."""

    target_class = "config.api.authentication.DeskApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """In OpenAPI's words."""
        description = "`Api-Key desk_…`; the same key is taken as a bearer token, too"
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": description}


class SessionScheme(OpenApiAuthenticationExtension):
    """The session cookie."""

    target_class = "config.api.authentication.DeskSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """In OpenAPI's words."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
