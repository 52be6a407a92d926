"""Only one gateway is active: the lease between processes, on a real PostgreSQL."""

import asyncio

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from trading.gateway import lease as lease_module
from trading.gateway.database import conninfo
from trading.gateway.lease import Lease, LeaseLost, confirm
from trading.models import GatewayLease

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_module, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(lease_module, "LIFETIME", 0.6)
    monkeypatch.setattr(lease_module, "MARGIN", 0.2)


@sync_to_async
def is_confirmed(epoch: int) -> bool:
    try:
        with transaction.atomic():
            confirm(epoch)
    except LeaseLost:
        return False
    return True


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
    keeping = asyncio.create_task(first.keep())
    waiting = asyncio.create_task(second.take())
    await asyncio.sleep(1.5)
    assert (first.is_held, second.is_held) == (True, False)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await first.release()
    await asyncio.wait_for(waiting, 5)
    assert second.is_held
    assert not first.is_held
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


async def test_who_stands_still_has_stopped_before_the_next_one_begins() -> None:
    first, second = Lease(), Lease()
    await first.take()  # and is never renewed: its process is frozen
    waiting = asyncio.create_task(second.take())
    while not waiting.done():
        assert not (first.is_held and second.is_held)
        await asyncio.sleep(0.01)
    assert second.is_held
    assert second.epoch == first.epoch + 1
    await first.release()
    await second.release()


async def test_a_late_riser_can_claim_nothing_and_gives_up() -> None:
    first, second = Lease(), Lease()
    await first.take()
    assert await is_confirmed(first.epoch)
    await asyncio.wait_for(second.take(), 5)
    assert not await is_confirmed(first.epoch)
    assert await is_confirmed(second.epoch)
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(first.keep(), 5)
    assert not first.is_held
    await first.release()  # of what is not his any more
    assert await is_confirmed(second.epoch)
    await second.release()


async def test_nobody_takes_over_while_a_claim_is_being_written() -> None:
    first, second = Lease(), Lease()
    await first.take()
    async with await psycopg.AsyncConnection.connect(conninfo("desk-test")) as claim:
        await claim.execute("SELECT 1 FROM trading_gatewaylease WHERE epoch = %s FOR SHARE", [first.epoch])
        waiting = asyncio.create_task(second.take())
        await asyncio.sleep(1.2)
        assert not second.is_held
    await asyncio.wait_for(waiting, 5)
    assert second.is_held
    await second.release()
    await first.release()


async def test_a_lease_that_lapsed_while_the_database_was_away_is_renewed_if_nobody_took_it() -> None:
    lease = Lease()
    await lease.take()
    await asyncio.sleep(0.7)
    assert not lease.is_held
    keeping = asyncio.create_task(lease.keep())
    await asyncio.sleep(0.3)
    assert lease.is_held
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await lease.release()


async def test_a_stepped_clock_changes_nothing() -> None:
    """No time is kept in the row."""
    names = {field.get_internal_type() for field in GatewayLease._meta.get_fields()}
    assert not names & {"DateTimeField", "DateField", "TimeField"}
