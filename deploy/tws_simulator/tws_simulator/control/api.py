"""What can be asked of and done to a running simulator."""

from types import ModuleType
from typing import Any

from tws_simulator.control import (
    account_actions,
    accounts,
    clients,
    clock,
    faults,
    flex,
    flood,
    health,
    instruments,
    lifecycle,
    log,
    market,
    orders,
    prices,
    scenarios,
    state,
    trades,
)
from tws_simulator.control.http import HttpRequest, Reply
from tws_simulator.control.openapi import describe
from tws_simulator.control.routes import Route, Router, prepare
from tws_simulator.control.schemas import array, record, text
from tws_simulator.gateway import Gateway

SUBJECTS: tuple[ModuleType, ...] = (
    health,
    state,
    clock,
    lifecycle,
    orders,
    trades,
    accounts,
    account_actions,
    clients,
    instruments,
    prices,
    market,
    faults,
    flood,
    scenarios,
    flex,
    log,
)
"""The modules that bring routes, in the order in which they are listed."""


class ControlApi:
    """Answers the requests of the control port."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.router = Router((*_own_routes(self), *(route for module in SUBJECTS for route in module.ROUTES)))

    def answer(self, request: HttpRequest) -> Any:
        """The JSON to answer with, a Reply, or an awaitable of these. Raises HttpError."""
        route, words = self.router.find(request.method, request.path)
        prepare(route, words, request)
        self._gateway.stirred |= route.method != "GET" and route.path != "/clock"
        return route.handler(self._gateway, request)

    def index(self, gateway: Gateway, request: HttpRequest) -> Any:
        """The routes: a page for a browser, JSON for a program."""
        routes = self.router.routes
        if "text/html" in request.headers.get("accept", ""):
            return Reply(health.page(routes), "text/html; charset=utf-8")
        return {"routes": [f"{row.method} {row.path}" for row in sorted(routes, key=lambda row: row.path)]}

    def openapi(self, gateway: Gateway, request: HttpRequest) -> Any:
        """The description for programs."""
        return describe(SUBJECTS, self.router.routes)


def _own_routes(api: ControlApi) -> tuple[Route, ...]:
    listing = record("Index", needs=("routes",), routes=array(text()))
    return (
        Route("GET", "/", "The routes; a page for a browser", api.index, listing),
        Route("GET", "/openapi.json", "This description, OpenAPI 3.1", api.openapi, {"type": "object"}),
    )
