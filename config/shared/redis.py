"""Names of the keys and channels the processes meet at in Redis, and clients for it.

Redis holds only what may be lost: quotes, the interest in them, questions to the gateway, tickets.
"""

import functools

import redis
import redis.asyncio
from django.conf import settings

QUOTES_CHANNEL = "desk:quotes"
QUOTES_LATEST = "desk:quotes:latest"
QUOTES_INTEREST = "desk:quotes:interest"
GATEWAY_REQUESTS = "desk:gateway:requests"


def gateway_reply_key(request_id: str) -> str:
    """The list on which the gateway answers one question."""
    return f"desk:gateway:reply:{request_id}"


@functools.cache
def redis_client() -> "redis.Redis":
    """One pooled client per process; text in and out."""
    return redis.Redis.from_url(settings.REDIS_URL, decode_responses=True, max_connections=1000)


def async_redis_client() -> "redis.asyncio.Redis":
    """A client for the running event loop; the caller closes it."""
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, decode_responses=True, max_connections=1000)
