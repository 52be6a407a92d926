"""What a route of the control port is, and how a request finds its route.

One module per subject (`health.py`, `prices.py`, …) lists its routes as `ROUTES`; `api.py` collects them. Parameters
and bodies are read by their schemas before the handler is called, so handlers get values that fit.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.schemas import Invalid, Schema, read, read_word, with_defaults
from tws_simulator.gateway import Gateway

Handler = Callable[[Gateway, HttpRequest], Any]
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked for or done.

    `path` may hold parameters, like `/orders/{perm_id}`, described in `parameters`; `query` describes those after
    the question mark. A handler returns JSON (or an awaitable of it, or a `Reply`) and raises HttpError.
    """

    method: str
    path: str
    summary: str
    handler: Handler
    answer: Schema
    description: str = ""
    parameters: dict[str, Schema] = field(default_factory=dict)
    query: dict[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    body_required: bool = True
    example: Any = None
    """An example of the body."""
    content_type: str = "application/json"
    """Of the answer."""
    errors: tuple[int, ...] = ()
    """Refusals beyond those any route may give: 404, 409, 422."""


class Router:
    """Finds the route of a request and reads its parameters."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._fixed: dict[tuple[str, str], Route] = {}
        self._patterns: list[tuple[re.Pattern[str], Route]] = []
        for route in self.routes:
            self._add(route)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and the words of its path parameters. Raises HttpError 404 or 405."""
        wanted = "GET" if method == "HEAD" else method
        fixed = self._fixed.get((wanted, path))
        if fixed is not None:
            return fixed, {}
        allowed: set[str] = {verb for verb, known in self._fixed if known == path}
        for pattern, route in self._patterns:
            found = pattern.fullmatch(path)
            if found is not None and route.method == wanted:
                return route, {name: unquote(word) for name, word in found.groupdict().items()}
            if found is not None:
                allowed.add(route.method)
        if not allowed:
            raise HttpError(404, f"there is no {path[:100]}; see GET /")
        verbs = ", ".join(sorted(allowed | ({"HEAD"} if "GET" in allowed else set())))
        raise HttpError(405, f"{path} answers {verbs}", headers={"Allow": verbs})

    def _add(self, route: Route) -> None:
        if "{" not in route.path:
            key = (route.method, route.path)
            if key in self._fixed:
                raise ValueError(f"two routes for {route.method} {route.path}")
            self._fixed[key] = route
            return
        names = set(_PARAMETER.findall(route.path))
        if names != set(route.parameters):
            raise ValueError(f"{route.path} does not describe its parameters")
        pattern = "".join(
            part if index % 2 == 0 else f"(?P<{part}>[^/]+)" for index, part in enumerate(_PARAMETER.split(route.path))
        )
        self._patterns.append((re.compile(pattern), route))


def prepare(route: Route, words: dict[str, str], request: HttpRequest) -> None:
    """Read parameters and body by the route's schemas into the request. Raises HttpError 400."""
    try:
        given = {name: read_word(route.parameters[name], word, name) for name, word in words.items()}
        for name, word in request.query.items():
            if name not in route.query:
                raise Invalid(name[:60], f"is not known here; known: {', '.join(route.query) or 'nothing'}")
            given[name] = read_word(route.query[name], word, name)
        request.params = with_defaults(route.query, given)
        request.body = _body(route, request.body)
    except Invalid as wrong:
        raise HttpError(400, str(wrong), field=wrong.field) from None


def _body(route: Route, body: Any) -> Any:
    if route.body is None:
        if body not in (None, {}):
            raise Invalid("", "is not read here: send none")
        return None
    if body is None and not route.body_required:
        body = {}
    return read(route.body, body)
