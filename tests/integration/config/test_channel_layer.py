"""The channel layer over a real Redis."""

import asyncio

import pytest
from channels.layers import get_channel_layer
from channels_redis.core import RedisChannelLayer

from tests.fixtures.embedded import EmbeddedServers


@pytest.mark.slow
async def test_a_client_may_hear_nothing_for_longer_than_a_socket_may_be_silent(
    embedded_servers: EmbeddedServers,
) -> None:
    layer = get_channel_layer()
    assert isinstance(layer, RedisChannelLayer)
    channel = await layer.new_channel()

    async def speak_late() -> None:
        await asyncio.sleep(6)
        await layer.send(channel, {"type": "late"})

    speaking = asyncio.create_task(speak_late())
    assert await layer.receive(channel) == {"type": "late"}
    await speaking
    await layer.close_pools()
