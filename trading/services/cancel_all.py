"""Ask IB to cancel every working order that a person may cancel."""

from dataclasses import dataclass, field

from accounts.domain.roles import Permission
from accounts.models import Account, User
from config.shared.errors import DeskError, ErrorCode
from trading.models import Order
from trading.services.orders import request_cancel, require_gateway_ready


@dataclass(slots=True)
class CancelledAll:
    """The orders IB is asked to cancel, and why it could not be asked for the others."""

    orders: list[Order] = field(default_factory=list)
    failed: list[tuple[Order, DeskError]] = field(default_factory=list)


def cancel_all(*, user: User, account: Account | None = None, symbol: str | None = None) -> CancelledAll:
    """One request an order, each in a transaction of its own: one that has just been filled must not save the rest.

    Raises DeskError IB_CONNECTION_FAILED before anything is asked for when the gateway is not ready.
    """
    require_gateway_ready(for_cancel=True)
    orders = Order.objects.visible_to(user).open().select_related("account").order_by("created_at", "id")
    if account is not None:
        orders = orders.filter(account=account)
    if symbol is not None:
        orders = orders.filter(symbol=symbol)
    done = CancelledAll()
    may_cancel: dict[str, bool] = {}
    for order in orders:
        if order.account_id not in may_cancel:
            may_cancel[order.account_id] = user.may(Permission.CANCEL, order.account_id)
        if not may_cancel[order.account_id]:
            continue
        try:
            done.orders.append(request_cancel(order_id=order.pk, user=user))
        except DeskError as error:
            if error.code is ErrorCode.IB_CONNECTION_FAILED and not done.orders:
                raise
            done.failed.append((order, error))
    return done
