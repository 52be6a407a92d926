"""The kinds of faults a drill strikes with: kills of processes, and what the simulator can be told to do wrong."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Parameters = dict[str, Any]
STATUS, OPEN_ORDER, EXECUTION, COMMISSION = 3, 5, 11, 59
OPEN_ORDER_END, EXECUTIONS_END, COMPLETED_END, POSITIONS_END = 53, 55, 102, 62
CLIENT_ID = 7  # of a desk that was not told another


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `how` says who carries it out: a signal to a `process`, a simulator `switch` or `action`, or `redis`.

    `lasts` is the range of seconds until it is taken back; (0, 0) for what is over at once. `breaks` says that the
    gateway cannot stay ready through it, so that the time to notice it can be measured.
    """

    name: str
    how: str
    target: str
    lasts: tuple[float, float] = (0.0, 0.0)
    draw: Callable[[random.Random], Parameters] = lambda dice: {}
    weight: int = 1
    breaks: bool = False


def _fixed(**parameters: Any) -> Callable[[random.Random], Parameters]:
    return lambda dice: dict(parameters)


def _count(most: int, **parameters: Any) -> Callable[[random.Random], Parameters]:
    return lambda dice: {"count": dice.randint(1, most), **parameters}


KINDS: tuple[Kind, ...] = (
    Kind("kill_gateway", "kill", "gateway", weight=3, breaks=True),
    Kind("kill_web", "kill", "web", weight=2),
    Kind("kill_worker", "kill", "worker"),
    Kind("kill_beat", "kill", "beat"),
    Kind("kill_postgres", "kill", "postgres", breaks=True),
    Kind("kill_redis", "kill", "redis", weight=2),
    Kind("kill_simulator", "kill", "simulator", weight=2, breaks=True),
    Kind("freeze_gateway", "freeze", "gateway", (2, 12)),
    Kind("freeze_web", "freeze", "web", (1, 5)),
    Kind("freeze_simulator", "freeze", "simulator", (2, 14)),
    Kind("flush_redis", "redis", "flush"),
    Kind("drop_connections", "action", "drop_connections", weight=3, breaks=True),
    Kind("link_down_kept", "link", "kept", (2, 10), breaks=True),
    Kind("link_down_data_lost", "link", "lost", (2, 10), breaks=True),
    Kind("link_down_orders_discarded", "link", "discarded", (2, 10), breaks=True),
    Kind("farms_down", "farms", "farms", (2, 8)),
    Kind("stall", "switch", "stall", (4, 14)),
    Kind("delay", "switch", "delay_ms", (2, 8), lambda dice: {"ms": dice.choice((50, 300, 1500))}),
    Kind("refuse_connections", "reconnect", "refuse_connections", (2, 8), breaks=True),
    Kind("stall_handshake", "reconnect", "stall_handshake", (2, 8), breaks=True),
    Kind("no_next_valid_id", "reconnect", "no_next_valid_id", (2, 8), breaks=True),
    Kind("no_managed_accounts", "reconnect", "no_managed_accounts", (2, 8), breaks=True),
    Kind("client_id_in_use", "reconnect", "client_id_in_use", (2, 8), breaks=True),
    Kind("order_ids_rolled_back", "roll_back", "roll_back_order_ids", (0, 0), lambda dice: {"by": dice.randint(1, 6)}),
    Kind("swallow_orders", "switch", "swallow_orders", (5, 10), _count(2)),
    Kind("swallow_cancels", "switch", "swallow_cancels", (5, 10), _count(2)),
    Kind("acknowledgement_lost", "switch", "lose_acknowledgement", (5, 10), _count(2), weight=2),
    Kind("reject_orders", "switch", "reject_orders", (5, 10), _count(2)),
    Kind("reject_without_status", "switch", "reject_orders", (5, 10), _count(2, inactive=False)),
    Kind("slow_cancel", "switch", "slow_cancel", (5, 12), lambda dice: {"seconds": round(dice.uniform(0.5, 4), 1)}),
    Kind("commission_missing", "switch", "no_commission", (3, 8)),
    Kind("commission_late", "switch", "late_commission", (3, 8), _fixed(seconds=3.0)),
    Kind("status_lost", "switch", "lose_messages", (3, 8), _count(6, messages=[STATUS])),
    Kind("open_order_lost", "switch", "lose_messages", (3, 8), _count(6, messages=[OPEN_ORDER])),
    Kind("execution_lost", "switch", "lose_messages", (3, 8), _count(3, messages=[EXECUTION])),
    Kind("commission_report_lost", "switch", "lose_messages", (3, 8), _count(3, messages=[COMMISSION])),
    Kind(
        "end_markers_lost",
        "switch",
        "lose_messages",
        (3, 8),
        _count(3, messages=[OPEN_ORDER_END, EXECUTIONS_END, COMPLETED_END, POSITIONS_END]),
    ),
    Kind(
        "everything_twice",
        "switch",
        "repeat_messages",
        (3, 8),
        _fixed(messages=[STATUS, OPEN_ORDER, EXECUTION, COMMISSION]),
    ),
    Kind("quotes_frozen", "switch", "freeze_quotes", (4, 12)),
    Kind("account_not_ready", "switch", "account_not_ready", (3, 8)),
)
BY_NAME = {kind.name: kind for kind in KINDS}
