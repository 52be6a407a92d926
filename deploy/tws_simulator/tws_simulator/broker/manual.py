"""Orders entered by hand at a TWS: order number 0 until client 0 binds them, then a negative one."""

from tws_simulator.broker.core import Core
from tws_simulator.events import OrderBound
from tws_simulator.exchange.orders import Order


class Binding:
    """Gives manual orders numbers an API client can use."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.automatic = False
        """Whether orders are bound as soon as they are entered, as client 0 may ask."""

    def bind(self, order: Order) -> None:
        """Give an order the next negative number. Nothing happens if it has a number."""
        if not order.is_unbound:
            return
        state = self._core.state
        state.last_bound_id -= 1
        self._core.by_client.pop((order.client_id, 0), None)
        order.client_id, order.order_id = 0, state.last_bound_id
        self._core.by_client[(0, order.order_id)] = order.perm_id
        self._core.store.counters(state)
        self._core.store.order(order)
        self._core.tell(OrderBound(order))

    def bind_all(self) -> None:
        """Bind every open order that is not bound."""
        for order in list(self._core.open.values()):
            self.bind(order)
