"""From any order, repetition and loss of reports the ledger ends at the same figures once IB has repeated the day."""

from dataclasses import dataclass
from decimal import Decimal as D
from itertools import count

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from tests.fixtures.ib_words import Ib, commission, fresh
from trading.gateway.records import IbRecord
from trading.models import Order
from trading.services.positions import net_of_fills

_numbers = count(1)


@dataclass(frozen=True)
class Story:
    """What happened at IB: by root the quantity of each revision (0: a bust) and what each report charged."""

    roots: tuple[tuple[tuple[int, D], ...], ...]

    @property
    def filled(self) -> D:
        return sum((D(revisions[-1][0]) for revisions in self.roots), D(0))

    @property
    def cost(self) -> D | None:
        charged = [revisions[-1][1] for revisions in self.roots if revisions[-1][0]]
        return sum(charged, D(0)) if charged else None


REVISION = st.tuples(st.integers(0, 60), st.decimals("-0.5", "2", places=2))
STORIES = st.builds(
    Story, st.lists(st.lists(REVISION, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3).map(tuple)
)


def words(ib: Ib, order: Order, story: Story, run: int, *, sync: bool) -> list[IbRecord]:
    """IB's reports in the order in which they came to be, commissions behind their executions."""
    said: list[IbRecord] = []
    for root, revisions in enumerate(story.roots):
        for number, (quantity, charge) in enumerate(revisions, start=1):
            exec_id = f"{run:04d}.{root:02d}.01.{number:02d}"
            said.append(ib.execution(order, exec_id, quantity, 190.0, sync=sync, perm_id=run))
            said.append(commission(exec_id, -1.0))  # the placeholder some clients get
            said.append(commission(exec_id, float(charge)))
    return said


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), story=STORIES)
def test_the_ledger_converges(ib: Ib, data: st.DataObject, story: Story) -> None:
    run = next(_numbers)
    order = ib.order(quantity=D(1000))
    key = (order.account_id, order.instrument_id)
    before = net_of_fills(accounts=[order.account_id]).get(key, D(0))
    live = words(ib, order, story, run, sync=False)
    # lost, repeated and out of order, in batches, perhaps over several connections
    heard = data.draw(st.lists(st.sampled_from(live), max_size=2 * len(live)))
    while heard:
        size = data.draw(st.integers(1, len(heard)))
        speaker = Ib(again=True) if data.draw(st.booleans()) else ib
        speaker.says(*heard[:size])
        heard = heard[size:]
    after = Ib(again=True)
    replay = data.draw(st.permutations(words(ib, order, story, run, sync=True)))
    for _ in range(data.draw(st.integers(1, 2))):
        after.says(*replay)

    ended = fresh(order)
    assert ended.filled_quantity == story.filled
    assert ended.commission == story.cost
    assert net_of_fills(accounts=[order.account_id]).get(key, D(0)) - before == story.filled


@pytest.fixture
def ib() -> Ib:
    return Ib()
