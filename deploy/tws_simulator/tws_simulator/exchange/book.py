"""The order book of one instrument: our clients' orders by price and time."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal

_Key = tuple[Decimal, int, int]
_FIRST = Decimal("-Infinity")


class Book:
    """Orders by price, then priority. An order without a price takes any and comes first."""

    def __init__(self) -> None:
        self._sides: dict[bool, list[_Key]] = {True: [], False: []}
        self._places: dict[int, tuple[bool, _Key]] = {}
        self._prices: dict[int, Decimal | None] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, perm_id: int) -> bool:
        return perm_id in self._places

    def put(self, perm_id: int, *, is_buy: bool, price: Decimal | None, priority: int) -> None:
        """Place an order, or move it."""
        key = (_FIRST if price is None else -price if is_buy else price, priority, perm_id)
        if self._places.get(perm_id) == (is_buy, key):
            return
        self.take_out(perm_id)
        insort(self._sides[is_buy], key)
        self._places[perm_id] = (is_buy, key)
        self._prices[perm_id] = price

    def take_out(self, perm_id: int) -> None:
        """Remove an order, if it is there."""
        place = self._places.pop(perm_id, None)
        if place is None:
            return
        is_buy, key = place
        side = self._sides[is_buy]
        del side[bisect_left(side, key)]
        del self._prices[perm_id]

    def price(self, perm_id: int) -> Decimal | None:
        """The price at which an order stands; None for any price."""
        return self._prices[perm_id]

    def best(self, *, is_buy: bool) -> int | None:
        """The first order of a side."""
        side = self._sides[is_buy]
        return side[0][2] if side else None

    def in_order(self, *, is_buy: bool) -> Iterator[int]:
        """The orders of a side as they stand now, best first."""
        return iter([key[2] for key in self._sides[is_buy]])

    def reached_by(self, price: Decimal, *, is_buy: bool) -> list[int]:
        """Orders of a side that stand at this price or better, best first."""
        side = self._sides[is_buy]
        end = bisect_left(side, (-price if is_buy else price, _BEYOND, 0))
        return [key[2] for key in side[:end]]


_BEYOND = 2**62
