"""What an engaged kill switch has still to do, as one person may see it."""

from typing import Any

from accounts.models import Account, User
from config.shared.text import decimal_text
from trading.models import KillSwitch, Order
from trading.representations import kill_switch_json
from trading.services import kill_switch
from trading.services.kill_switch_work import open_positions, order_obstacle, position_obstacle

SHOWN_AT_MOST = 100


def full_report(user: User | None = None) -> dict[str, Any]:
    """The switch, the orders and positions that are left with what stands in the way, and what the person may do.

    Orders and positions are those of the accounts `user` may see, everybody's for None; `cancelled_at` and `flat_at`
    are about the whole desk.
    """
    switch = kill_switch.current()
    return {
        **kill_switch_json(switch),
        **_left(switch, user),
        "may_engage": user is None or kill_switch.may_engage(user),
        "may_release": user is None or kill_switch.may_release(user),
        "may_flatten": user is None or kill_switch.may_flatten(user),
    }


def _left(switch: KillSwitch, user: User | None) -> dict[str, Any]:
    orders = list(Order.objects.open().order_by("created_at", "id")) if _cancels(switch) else []
    positions = open_positions() if switch.engaged and switch.flatten else []
    if user is not None:
        seen = set(Account.objects.visible_to(user).values_list("pk", flat=True))
        orders = [order for order in orders if order.account_id in seen]
        positions = [position for position in positions if position.account_id in seen]
    return {
        "orders_left_count": len(orders),
        "positions_left_count": len(positions),
        "orders_left": [
            {
                "order_id": str(order.pk),
                "account": order.account_id,
                "symbol": order.symbol,
                "status": order.status,
                "note": order_obstacle(switch, order) or None,
            }
            for order in orders[:SHOWN_AT_MOST]
        ],
        "positions_left": [
            {
                "account": position.account_id,
                "symbol": position.instrument.symbol,
                "quantity": decimal_text(position.quantity),
                "note": position_obstacle(switch, position) or None,
            }
            for position in positions[:SHOWN_AT_MOST]
        ],
    }


def _cancels(switch: KillSwitch) -> bool:
    return switch.engaged and switch.cancel_orders
