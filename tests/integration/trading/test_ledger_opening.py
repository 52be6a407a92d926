"""What an account held before the desk first saw it."""

from decimal import Decimal as D

from accounts.models import Position
from tests.fixtures.gateway import LiveDesk, other_client, wait_status
from tests.fixtures.waiting import eventually
from trading.models import Incident, PositionAdjustment


def both(quantity: int) -> bool:
    row = Position.objects.filter(instrument__symbol="AAPL").first()
    if row is None or row.differs_since is not None:
        return False
    return {row.quantity, row.ledger_quantity} == {D(quantity)}


def test_what_was_held_before_the_desk_came_is_the_opening(own_desk: LiveDesk) -> None:
    desk = own_desk
    desk.pin("AAPL", "99.99", "100.00")
    desk.fault("position_jump", symbol="AAPL", quantity="40", price="100")
    other_client(desk.simulator, "place", "BUY", "10", "AAPL")  # of the same day: its execution will be fetched
    desk.gateway.start()
    eventually(lambda: both(50), within=20)
    opening = PositionAdjustment.objects.get()
    assert (opening.kind, opening.quantity) == ("opening", D(40))
    assert opening.evidence["ib"] == {str(opening.instrument_id): "50"}
    wait_status(desk.submit("AAPL", 50, side="SELL"), "filled")
    eventually(lambda: both(0), within=10)
    assert not Incident.objects.exists()
