"""The ledger's positions against those of a simulated IB, over the wire, with what goes wrong there."""

from decimal import Decimal as D
from typing import Any

import pytest

from accounts.models import Position
from config.shared.errors import DeskError
from tests.fixtures.gateway import ACCOUNT, LiveDesk, other_client, stays, wait_status
from tests.fixtures.waiting import eventually
from trading.domain.incidents import Choice, IncidentKind
from trading.models import Fill, Incident, LedgerStart, Order, PositionAdjustment
from trading.services.incident_choices import resolve_incident
from trading.services.positions import derived_quantities

EXECUTION, COMMISSION, POSITION = 11, 59, 61
SYMBOLS = iter(
    ("MSFT", "NVDA", "AMZN", "GOOGL", "META", "TSLA", "AMD", "INTC", "KO", "PEP", "JPM", "XOM", "DIS", "WMT")
)


@pytest.fixture(scope="module")
def db(shared_desk: LiveDesk) -> None:
    """The module's desk owns the database: nothing is rolled back between tests."""


@pytest.fixture
def desk(db: None, calm_desk: LiveDesk) -> LiveDesk:
    eventually(lambda: LedgerStart.objects.filter(account=ACCOUNT).exists(), within=15)
    return calm_desk


@pytest.fixture
def symbol(desk: LiveDesk) -> str:
    """One of its own for each test, at a pinned price."""
    name = next(SYMBOLS)
    desk.pin(name, "99.99", "100.00")
    return name


def position(symbol: str) -> Position:
    return Position.objects.select_related("instrument").get(instrument__symbol=symbol, account=ACCOUNT)


def agrees(symbol: str, quantity: int) -> bool:
    """IB, the ledger and the row that clients see say the same, and nothing is open about it."""
    row = Position.objects.filter(instrument__symbol=symbol, account=ACCOUNT).first()
    if row is None:
        return False
    derived = derived_quantities(accounts=[ACCOUNT], con_ids=[row.instrument_id])
    figures = {row.quantity, row.ledger_quantity, derived.get((ACCOUNT, row.instrument_id), D(0))}
    return figures == {D(quantity)} and row.differs_since is None and not open_incidents(symbol)


def open_incidents(symbol: str) -> list[Incident]:
    kind = IncidentKind.POSITION_DIFFERS.value
    return list(Incident.objects.open().filter(kind=kind, subject__contains=f" {symbol} ("))


def incident_about(symbol: str, within: float = 20) -> Incident:
    return eventually(lambda: next(iter(open_incidents(symbol)), None), within=within)


def jump(desk: LiveDesk, symbol: str, quantity: int, **how: Any) -> None:
    """IB changes the position without an execution."""
    desk.fault("position_jump", symbol=symbol, quantity=str(quantity), price="100", **how)


def test_fills_of_ours_make_the_position(desk: LiveDesk, symbol: str) -> None:
    for side, quantity in (("BUY", 10), ("SELL", 4)):
        wait_status(desk.submit(symbol, quantity, side=side), "filled")
    eventually(lambda: agrees(symbol, 6), within=10)
    assert stays(lambda: not open_incidents(symbol), for_seconds=6)
    assert not PositionAdjustment.objects.filter(instrument__symbol=symbol).exists()


def test_an_execution_lost_on_the_wire_is_found(desk: LiveDesk, symbol: str) -> None:
    desk.fault("lose_messages", messages=[EXECUTION, COMMISSION], symbol=symbol, count=2)
    order = desk.submit(symbol, 10)
    eventually(lambda: agrees(symbol, 10), within=20)
    assert Fill.objects.filter(order=order).count() == 1
    wait_status(order, "filled")


def test_an_order_placed_elsewhere_leaves_no_difference(desk: LiveDesk, symbol: str) -> None:
    desk.instrument(symbol)
    other_client(desk.simulator, "place", "BUY", "7", symbol)
    eventually(lambda: agrees(symbol, 7), within=20)
    assert Order.objects.get(symbol=symbol).origin == "external"
    assert stays(lambda: not open_incidents(symbol), for_seconds=6)


def test_corrections_and_busts_agree(desk: LiveDesk, symbol: str) -> None:
    order = wait_status(desk.submit(symbol, 10), "filled")
    eventually(lambda: agrees(symbol, 10), within=10)
    mine = {"client_id": order.ib_client_id, "order_id": order.ib_order_id}
    desk.fault("correct_execution", quantity="8", **mine)
    eventually(lambda: agrees(symbol, 8), within=20)
    desk.fault("correct_execution", quantity="0", **mine)
    eventually(lambda: agrees(symbol, 0), within=20)
    assert stays(lambda: not open_incidents(symbol), for_seconds=6)


def test_a_liquidation_agrees(desk: LiveDesk, symbol: str) -> None:
    wait_status(desk.submit(symbol, 10), "filled")
    eventually(lambda: agrees(symbol, 10), within=10)
    desk.fault("liquidate", symbol=symbol)
    eventually(lambda: agrees(symbol, 0), within=20)
    assert Order.objects.filter(symbol=symbol, origin="liquidation").count() == 1


def test_the_execution_of_a_combination_counts_once(desk: LiveDesk, symbol: str) -> None:
    desk.fault("combination_executions", symbol=symbol)
    order = wait_status(desk.submit(symbol, 10), "filled")
    eventually(lambda: agrees(symbol, 10), within=10)
    assert Fill.objects.filter(order=order).count() == 2
    assert Order.objects.get(pk=order.pk).filled_quantity == 10


@pytest.mark.parametrize("silent", [False, True])
def test_a_position_without_an_execution_calls_a_person_who_accepts_it(
    desk: LiveDesk, symbol: str, silent: bool
) -> None:
    wait_status(desk.submit(symbol, 10), "filled")
    eventually(lambda: agrees(symbol, 10), within=10)
    jump(desk, symbol, 10, silent=silent)  # a split
    if silent:
        desk.gateway.stop()
        desk.gateway.start()
    incident = incident_about(symbol)
    assert {incident.evidence[name] for name in ("ib_quantity", "ledger_quantity", "difference")} == {"20", "10"}
    assert incident.evidence["fills_since"] == []  # both sides agreed after the last one
    row = position(symbol)
    assert (row.quantity, row.ledger_quantity, row.differs_since is not None) == (D(20), D(10), True)
    with pytest.raises(DeskError, match="not valid"):
        resolve_incident(incident_id=incident.pk, user=desk.user, choice=Choice.ACCEPT_IB, reason="")
    resolve_incident(incident_id=incident.pk, user=desk.user, choice=Choice.ACCEPT_IB, reason="Split 2 for 1 today")
    eventually(lambda: agrees(symbol, 20), within=5)
    line = PositionAdjustment.objects.get(instrument__symbol=symbol, kind="accepted")
    assert (line.quantity, line.reason, line.actor, line.incident) == (
        D(10),
        "Split 2 for 1 today",
        desk.user,
        incident,
    )
    assert stays(lambda: not open_incidents(symbol), for_seconds=6)


def test_a_difference_that_goes_away_clears_itself(desk: LiveDesk, symbol: str) -> None:
    wait_status(desk.submit(symbol, 10), "filled")
    eventually(lambda: agrees(symbol, 10), within=10)
    jump(desk, symbol, -3)
    incident = incident_about(symbol)
    jump(desk, symbol, 3)
    eventually(lambda: agrees(symbol, 10), within=15)
    incident.refresh_from_db()
    assert (incident.resolved_by, "agree" in incident.resolution) == (None, True)


def test_a_person_decides_on_the_figures_that_are_true_now(desk: LiveDesk, symbol: str) -> None:
    wait_status(desk.submit(symbol, 10), "filled")
    eventually(lambda: agrees(symbol, 10), within=10)
    jump(desk, symbol, 5)
    incident = incident_about(symbol)
    wait_status(desk.submit(symbol, 1), "filled")
    eventually(lambda: position(symbol).quantity == 16, within=10)
    with pytest.raises(DeskError, match="changed"):
        resolve_incident(
            incident_id=incident.pk, user=desk.user, choice=Choice.ACCEPT_IB, reason="Transferred in today"
        )
    eventually(lambda: incident_about(symbol).evidence["ib_quantity"] == "16", within=20)
    assert [fill["quantity"] for fill in incident_about(symbol).evidence["fills_since"]] == ["1"]
    resolve_incident(incident_id=incident.pk, user=desk.user, choice=Choice.ACCEPT_IB, reason="Transferred in today")
    eventually(lambda: agrees(symbol, 16), within=5)
