"""What an order id means on one connection: a number that IB and other programs hand out again proves nothing alone."""

import uuid


class OrderIds:
    """Our client id's order ids as this connection has shown them.

    An id names one of our orders when we have written it to this very socket, or when IB has said it here together with
    the order's reference or permanent id. What an earlier connection knew of it may belong to another order by now
    (field guide §1.1, rollback).
    """

    def __init__(self) -> None:
        self._written: set[int] = set()
        self._owners: dict[int, uuid.UUID] = {}

    def written(self, order_id: int) -> None:
        """A message of ours about it went to this socket."""
        self._written.add(order_id)

    def is_ours(self, order_id: int) -> bool:
        """Whether we have written it to this socket."""
        return order_id in self._written

    def belongs_to(self, order_id: int, order: uuid.UUID) -> None:
        """IB said it together with what identifies the order."""
        self._owners[order_id] = order

    def owner(self, order_id: int) -> uuid.UUID | None:
        """The order that IB names by it, as far as it has told."""
        return self._owners.get(order_id)
