"""Names of the keys and channels the processes meet at in Redis, and clients for it.

Redis holds only what may be lost: quotes, the interest in them, questions to the gateway, tickets.
"""

import functools
import time
from typing import Any

import redis
import redis.asyncio
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

SOCKET_SECONDS = 2.0
PAUSE_SECONDS = 3.0

QUOTES_CHANNEL = "desk:quotes"
QUOTES_LATEST = "desk:quotes:latest"
QUOTES_INTEREST = "desk:quotes:interest"
GATEWAY_REQUESTS = "desk:gateway:requests"


def gateway_reply_key(request_id: str) -> str:
    """The list on which the gateway answers one question."""
    return f"desk:gateway:reply:{request_id}"


class ImpatientPool(redis.ConnectionPool):
    """A Redis that is there and does not answer is asked once in a while; in between everybody is refused at once.

    Without it each request that only wants to count itself would wait for seconds, several times over.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As its parent."""
        self._silent_until = 0.0
        super().__init__(*args, **kwargs)

    def get_connection(self, *args: Any, **kwargs: Any) -> Any:
        """Raises ConnectionError while Redis is taken to be silent."""
        if time.monotonic() < self._silent_until:
            raise redis.exceptions.ConnectionError("Redis has not answered lately")
        try:
            connection: Any = super().get_connection(*args, **kwargs)
        except redis.exceptions.TimeoutError:
            self.remember_silence()
            raise
        connection.desk_pool = self
        return connection

    def remember_silence(self) -> None:
        """Nobody asks again for some seconds."""
        self._silent_until = time.monotonic() + PAUSE_SECONDS


class ImpatientConnection(redis.Connection):
    """Tells its pool when an answer did not come."""

    desk_pool: ImpatientPool | None = None

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        """As its parent."""
        try:
            return super().read_response(*args, **kwargs)
        except redis.exceptions.TimeoutError:
            if self.desk_pool is not None:
                self.desk_pool.remember_silence()
            raise


@functools.cache
def redis_client() -> "redis.Redis":
    """One pooled client per process; text in and out. It waits for two seconds at most, and not by each request."""
    pool = ImpatientPool.from_url(
        settings.REDIS_URL,
        connection_class=ImpatientConnection,
        decode_responses=True,
        max_connections=1000,
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=SOCKET_SECONDS,
        # a connection of before a restart is found to be dead at its first use
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.exceptions.ConnectionError,)),
    )
    return redis.Redis(connection_pool=pool)


def async_redis_client() -> "redis.asyncio.Redis":
    """A client for the running event loop; the caller closes it."""
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, decode_responses=True, max_connections=1000)
