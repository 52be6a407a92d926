"""`/metrics`: what every process counted, and what the database knows.

The processes of a desk share `PROMETHEUS_MULTIPROC_DIR`; without it only this process' own counters are shown.
Memory, CPU and file handles (`process_…`) are always those of the web process that answers.
The page holds figures and no secrets; who may reach it is for the proxy to say (docs/operations.md).
"""

import os
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from config.shared.metrics import forget_dead_processes
from trading.metrics_collector import DatabaseCollector

_database = DatabaseCollector()


@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    """All metrics in Prometheus' text format."""
    return HttpResponse(render_metrics(), content_type=CONTENT_TYPE_LATEST)


def render_metrics() -> bytes:
    """The counters of all processes, then the database's figures."""
    database = CollectorRegistry(auto_describe=False)
    database.register(_database)
    return generate_latest(_counters()) + generate_latest(database)


def _counters() -> CollectorRegistry:
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not directory:
        return REGISTRY
    forget_dead_processes(Path(directory))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=directory)
    ProcessCollector(registry=registry)
    return registry
