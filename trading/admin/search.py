"""Find orders by whatever number or word somebody has in hand; every look-up walks an index.

Django's own search would cast numbers to text and miss the indexes (performance.md §5).
"""

import uuid
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Account
from config.shared.text import uuid_of
from trading.models import Fill, Order, OrderPermId

HELP = "Symbol, our order id, client order id, perm id, IB order id or execution id – whole, not in part"
_MOST = 1000
_INT4, _INT8 = 2**31 - 1, 2**63 - 1


def symbol_words(term: str) -> list[str]:
    """The spellings a typed symbol may mean; IB's symbols are upper-case with few exceptions."""
    return list({term, term.upper()})


def whole_number(term: str, *, most: int = _INT8) -> int | None:
    """The number that `term` is, if a column of that size can hold it."""
    if not (term.isascii() and term.isdigit()):
        return None
    value = int(term)
    return value if value <= most else None


def orders_named(term: str) -> list[uuid.UUID]:
    """Orders that `term` names by any id."""
    codes = list(Account.objects.values_list("code", flat=True))
    found: set[uuid.UUID] = set()
    if (pk := uuid_of(term)) is not None:
        found |= _pks(Order.objects.filter(pk=pk))
    found |= _pks(Order.objects.filter(account__in=codes, client_order_id=term))
    if (perm_id := whole_number(term)) is not None:
        named = OrderPermId.objects.filter(account__in=codes, perm_id=perm_id)
        found |= set(named.values_list("order_id", flat=True)[:_MOST])
        found |= _pks(Order.objects.filter(ib_perm_id=perm_id))
    if (number := whole_number(term, most=_INT4)) is not None:
        found |= _pks(Order.objects.filter(ib_order_id=number, ib_client_id__isnull=False))
    fills = Fill.objects.filter(exec_id__in=exec_ids(term))
    found |= set(fills.values_list("order_id", flat=True)[:_MOST])
    return list(found)


def exec_ids(term: str) -> list[str]:
    """The execution id itself, and its first revisions when somebody types it without one."""
    return [term, f"{term}.01", f"{term}.02"]


def _pks(rows: QuerySet[Any]) -> set[uuid.UUID]:
    return set(rows.order_by().values_list("pk", flat=True)[:_MOST])


def search_orders(queryset: QuerySet[Any], term: str, *, path: str = "") -> QuerySet[Any]:
    """Rows whose order (at `path`, e.g. `order__`) has that symbol or any of those ids."""
    term = term.strip()
    if not term:
        return queryset
    by_symbol = Q(**{f"{path}symbol__in": symbol_words(term)})
    named = orders_named(term)
    if not named:
        return queryset.filter(by_symbol)
    # an id that is also a symbol is rare; together they would cost the walk along one index
    return queryset.filter(**{f"{path}pk__in": named})
