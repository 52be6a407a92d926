"""Whether the simulator is up, and what its control port offers."""

from html import escape
from typing import Any

from tws_simulator import __version__
from tws_simulator.control.http import HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import array, choice, flag, moment, record, text, whole
from tws_simulator.gateway import Gateway
from tws_simulator.lifecycle import Phase


def _health(gateway: Gateway, request: HttpRequest) -> Any:
    now = gateway.clock.now()
    return {
        "status": "ok",
        "version": __version__,
        "time": now.isoformat(),
        "clients": sorted(gateway.sessions),
        "link_up": gateway.link_is_up,
        "lifecycle": gateway.lifecycle.phase.value,
        "market_open": gateway.broker.calendar.is_open(now),
    }


def page(routes: tuple[Route, ...]) -> str:
    """The list of routes for somebody who opens the port in a browser."""
    rows = "".join(
        f"<tr><td><code>{route.method}</code></td><td>{_link(route)}</td><td>{escape(route.summary)}</td></tr>"
        for route in routes
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>TWS simulator</title>'
        "<style>body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 1em}"
        "td{padding:.15em 1em .15em 0;vertical-align:top}</style>"
        f"<h1>TWS simulator {escape(__version__)}</h1>"
        "<p>The control port answers JSON. Its description for programs is "
        f'<a href="/openapi.json">/openapi.json</a>.</p><table>{rows}</table></html>'
    )


def _link(route: Route) -> str:
    path = f"<code>{escape(route.path)}</code>"
    return f'<a href="{escape(route.path)}">{path}</a>' if route.method == "GET" and "{" not in route.path else path


ROUTES = (
    Route(
        "GET",
        "/health",
        "Whether the simulator is up",
        _health,
        record(
            "Health",
            open=True,
            needs=("status", "version", "time", "clients", "lifecycle", "link_up", "market_open"),
            status=choice("ok"),
            version=text(),
            time=moment("of the simulator's clock"),
            clients=array(whole(), "ids of connected clients"),
            lifecycle=choice(*Phase, description="running, or what keeps the Gateway from it"),
            link_up=flag("whether the Gateway has its link to IB"),
            market_open=flag(),
        ),
    ),
)
