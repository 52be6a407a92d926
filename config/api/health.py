"""How the desk is: the database, Redis, the gateway process and its connection, the workers; and what else to know."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from config.api.health_notes import notes
from config.celery import app
from config.shared.correlation import get_logger
from config.shared.redis import redis_client
from trading.models import GatewayState
from trading.selectors import gateway_state, gateways_standing_by

log = get_logger(__name__)

OK, DEGRADED, DOWN = "ok", "degraded", "down"
WORKERS_ASKED_EVERY = 10.0


@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """503 when the desk cannot serve (the database is away); `degraded` when it serves but cannot trade fully."""
    checks: dict[str, str] = {}
    for name, check in _CHECKS.items():
        # who cannot be asked is not asked: it would take another time-out
        checks[name] = DOWN if checks.get(_ASKED_BY_WAY_OF.get(name, "")) == DOWN else check()
    gateway = _gateway_row() if checks["database"] == OK else None
    told = notes(gateway)
    status = OK if not told and all(word == OK for word in checks.values()) else DEGRADED
    if checks["database"] == DOWN:
        status = DOWN
    body = {"status": status, "checks": checks, "notes": told, "gateway": _gateway_detail(gateway)}
    return JsonResponse(body, status=503 if status == DOWN else 200)


@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is said."""
    return JsonResponse({"status": OK})


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        log.warning("health_database_down", exc_info=True)
        return DOWN
    return OK


def _redis() -> str:
    try:
        redis_client().ping()
    except RedisError:
        return DOWN
    return OK


def _gateway_row() -> GatewayState | None:
    """What the gateway last said, an empty row when it never has; None while nobody can say."""
    try:
        return gateway_state() or GatewayState()
    except DatabaseError:
        return None


def _gateway() -> str:
    state = _gateway_row()
    if state is None or not state.is_alive:
        return DOWN
    return OK if state.is_ready else DEGRADED


def _gateway_detail(state: GatewayState | None) -> dict[str, Any] | None:
    """The state in its own word and how many would take over; null while nobody can say. It degrades nothing."""
    if state is None:
        return None
    try:
        return {"state": state.believed().state.value, "standbys": len(gateways_standing_by())}
    except DatabaseError:
        return None


class _Workers:
    """Celery is asked at most every ten seconds: the question itself takes a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answer, self._asked_at = DOWN, float("-inf")

    def __call__(self) -> str:
        with self._lock:
            if time.monotonic() - self._asked_at >= WORKERS_ASKED_EVERY:
                self._answer = self._ask()
                # bad news is asked again sooner
                self._asked_at = time.monotonic() - (0 if self._answer == OK else WORKERS_ASKED_EVERY - 2)
            return self._answer

    def _ask(self) -> str:
        try:
            replies: list[Any] = app.control.inspect(timeout=0.7).ping() or []
        except Exception:  # the broker's client raises whatever its transport raises
            log.warning("health_workers_not_asked", exc_info=True)
            return DOWN
        return OK if replies else DOWN


_ASKED_BY_WAY_OF = {"gateway": "database", "workers": "redis"}
_CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "redis": _redis,
    "gateway": _gateway,
    "workers": _Workers(),
}
