"""Only one gateway is active: the lease between processes, on a real PostgreSQL."""

import asyncio

import psycopg
import pytest

from trading.gateway import lease as lease_module
from trading.gateway.database import conninfo
from trading.gateway.lease import Lease, LeaseLost

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_module, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(lease_module, "LOST_FOR_GOOD_AFTER", 0.4)


async def cut_the_leases() -> None:
    """End their connections from outside."""
    async with await psycopg.AsyncConnection.connect(conninfo("desk-test"), autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'desk-gateway-lease' AND datname = current_database()"
        )


async def test_one_holds_it_and_the_next_one_gets_it() -> None:
    first, second = Lease(), Lease()
    await first.take()
    waiting = asyncio.create_task(second.take())
    await asyncio.sleep(0.3)
    assert (first.is_held, second.is_held) == (True, False)
    await first.release()
    await asyncio.wait_for(waiting, 5)
    assert second.is_held
    await second.release()


async def test_a_cut_connection_is_built_again() -> None:
    lease = Lease()
    await lease.take()
    keeping = asyncio.create_task(lease.keep())
    await cut_the_leases()
    await asyncio.sleep(1.0)
    assert lease.is_held
    assert not keeping.done()
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await lease.release()


async def test_who_finds_it_taken_gives_up() -> None:
    first, second = Lease(), Lease()
    await first.take()
    await cut_the_leases()
    await second.take()  # faster than the first one notices
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(first.keep(), 10)
    assert not first.is_held
    await first.release()
    await second.release()
