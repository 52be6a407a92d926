"""Which clients hear of what happens to an order: its owner, the master client, and client 0 of manual trading."""

from tws_simulator.events import CommissionReported, Event, ExecutionReported

MANUAL_CLIENT = 0


def audience(event: Event, client_id: int, order_id: int, master: int | None) -> list[int]:
    """Client ids, the owner first.

    An order entered by hand that is not bound is nobody's: of its executions client 0 hears, of everything the master
    client, if that is client 0.
    """
    unbound = order_id == 0
    is_trade = isinstance(event, (ExecutionReported, CommissionReported))
    hearers = [client_id] if not unbound or is_trade else []
    if master is not None and master not in hearers and (not unbound or master == MANUAL_CLIENT):
        hearers.append(master)
    return hearers
