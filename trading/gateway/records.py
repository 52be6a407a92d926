"""What IB said, as immutable records in the order it arrived."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from trading.models import gateway


class Kind(StrEnum):
    """The messages that concern orders, spelled as the TWS API spells them."""

    OPEN_ORDER = "openOrder"
    ORDER_STATUS = "orderStatus"
    EXEC_DETAILS = "execDetails"
    COMMISSION_REPORT = "commissionReport"
    COMPLETED_ORDER = "completedOrder"
    ERROR = "error"
    UNREADABLE = "unreadable"
    COMPLETE_ANSWER = gateway.COMPLETE_ANSWER  # ours: all three lists came with their end markers


@dataclass(frozen=True, slots=True, kw_only=True)
class IbRecord:
    """One message about an order. `is_sync` says that it answered one of our queries rather than came by itself."""

    kind: Kind
    payload: Mapping[str, Any]
    received_at: datetime
    is_sync: bool = False
    arrived: float = 0.0  # monotonic clock, for the lag


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Open orders, executions and completed orders, each answered in full: what is in none of them is not at IB today.

    `open_orders` and `completed_orders` hold (perm id, order reference) of each order listed; `ends` when each list
    ended and how many it held.
    """

    asked_at: datetime
    open_orders: frozenset[tuple[int, str]] = field(default_factory=frozenset)
    completed_orders: frozenset[tuple[int, str]] = field(default_factory=frozenset)
    ends: Mapping[str, tuple[datetime, int]] = field(default_factory=dict)


Item = IbRecord | Snapshot
