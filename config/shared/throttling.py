"""How often one person or address may ask. Counts live in Redis; without Redis nobody is held back."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from redis.exceptions import RedisError
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

from config.shared.correlation import get_logger
from config.shared.redis import redis_client

if TYPE_CHECKING:  # DRF imports this module while it is made itself
    from rest_framework.views import APIView

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a bucket in its current window; `resets_at` in seconds since 1970."""

    limit: int
    remaining: int
    resets_at: int


def quota_headers(request: HttpRequest) -> dict[str, str]:
    """`X-RateLimit-…` of the bucket that is nearest to its end; nothing for a request that was not counted."""
    quotas: list[Quota] = getattr(request, _NOTED, [])
    if not quotas:
        return {}
    tightest = min(quotas, key=lambda quota: (quota.remaining, quota.limit))
    return {
        "X-RateLimit-Limit": str(tightest.limit),
        "X-RateLimit-Remaining": str(tightest.remaining),
        "X-RateLimit-Reset": str(tightest.resets_at),
    }


_NOTED = "_desk_quotas"


def _note(request: Any, quota: Quota) -> None:
    http: HttpRequest = getattr(request, "_request", request)
    setattr(http, _NOTED, [*getattr(http, _NOTED, []), quota])


class WindowThrottle(SimpleRateThrottle):
    """A fixed window, one atomic round trip. A view may name another bucket a method: `throttle_buckets`."""

    default_bucket = ""

    def __init__(self) -> None:
        self._wait: float | None = None

    def allow_request(self, request: Any, view: "APIView | None") -> bool:
        """Whether this request fits into the current window of its bucket."""
        who = self.who(request)
        if who is None:
            return True
        bucket = getattr(view, "throttle_buckets", {}).get(request.method, self.default_bucket)
        number, seconds = self.parse_rate(str(api_settings.DEFAULT_THROTTLE_RATES[bucket]))
        if not number or not seconds:
            return True
        now = time.time()
        window = int(now // seconds)
        used = _count(f"desk:throttle:{bucket}:{who}:{window}", seconds)
        self._wait = (window + 1) * seconds - now
        _note(request, Quota(limit=number, remaining=max(0, number - used), resets_at=(window + 1) * seconds))
        return used <= number

    def wait(self) -> float | None:
        """Seconds until the next window."""
        return self._wait

    def refuse_beyond(self, request: Any) -> None:
        """Count one request outside a view of the API; raises Throttled when it is one too many."""
        if not self.allow_request(request, None):
            raise Throttled(self.wait())

    def who(self, request: Any) -> str | None:
        """Whose requests are counted together; None when they are not counted here."""
        raise NotImplementedError


def _count(key: str, seconds: int) -> int:
    try:
        pipe = redis_client().pipeline(transaction=False)
        pipe.incr(key)
        pipe.expire(key, seconds + 1)
        return int(pipe.execute()[0])
    except RedisError:
        # orders must still be cancellable when Redis is away
        log.warning("throttle_without_redis")
        return 0


def _address(request: Any) -> str:
    """Not X-Forwarded-For, which anybody can write: daphne takes the address from the proxy where there is one."""
    return f"address:{request.META.get('REMOTE_ADDR', '')}"


class UserBurstThrottle(WindowThrottle):
    """Signed-in people, by person."""

    default_bucket = "user"

    def who(self, request: Request) -> str | None:
        """The person."""
        return f"user:{request.user.pk}" if request.user and request.user.is_authenticated else None


class AnonymousThrottle(WindowThrottle):
    """Everybody else, by address."""

    default_bucket = "anonymous"

    def who(self, request: Request) -> str | None:
        """The address."""
        if request.user and request.user.is_authenticated:
            return None
        return _address(request)


class StrangerThrottle(AnonymousThrottle):
    """Requests with a token or key that is good for nothing, by address."""

    def who(self, request: Any) -> str | None:
        """The address; nobody has been recognised."""
        return _address(request)


class LoginThrottle(WindowThrottle):
    """Attempts to sign in, by address."""

    default_bucket = "login"

    def who(self, request: Request) -> str | None:
        """The address; only attempts count, not the question whether somebody is signed in."""
        return _address(request) if request.method == "POST" else None


class OrderThrottle(WindowThrottle):
    """Requests that place, change or cancel orders, by person."""

    default_bucket = "orders"

    def who(self, request: Request) -> str | None:
        """The person; reading is counted elsewhere."""
        return None if request.method in ("GET", "HEAD", "OPTIONS") else f"user:{request.user.pk}"
