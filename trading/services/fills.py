"""Record executions and commissions: each exactly once, corrections in place of what they correct."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from trading import metrics, publish
from trading.domain.fills import split_exec_id
from trading.domain.order_events import FillBusted, OrderEvent, OrderFilled
from trading.domain.orders import OrderSide
from trading.models import CommissionReport, Fill
from trading.services.order_log import Origin, record_order_event
from trading.services.unit_of_work import locked_order, save_order


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionReport:
    """One execution as IB reported it; quantity positive, price without commission."""

    exec_id: str
    side: OrderSide
    quantity: Decimal
    price: Decimal
    executed_at: datetime
    executed_at_text: str = ""
    exchange: str = ""
    perm_id: int | None = None
    ib_order_id: int | None = None
    ib_client_id: int | None = None
    is_liquidation: bool = False


def record_fill(*, order_id: uuid.UUID, report: ExecutionReport, origin: Origin) -> Fill | None:
    """Book one execution and move its order; None when the ledger has it already.

    A higher revision of a known execution replaces it; a lower one that arrives late is kept but does not
    count. A correction to zero is a bust. The caller holds `publish.recording()`.
    """
    order = locked_order(order_id)
    root, revision = split_exec_id(report.exec_id)
    same_root = Fill.objects.filter(account_id=order.account_id, exec_root=root)
    known = dict(same_root.values_list("exec_id", "revision"))
    if report.exec_id in known:
        return None
    is_late = any(other > revision for other in known.values())
    is_correction = any(other < revision for other in known.values())
    if not is_late:
        # before the row exists: apply() sees what counted until now
        record_order_event(order_id=order_id, event=_event_of(root, revision, report), origin=origin, locked=order)
        if known:
            same_root.update(is_current=False)
    fill = Fill.objects.create(
        account_id=order.account_id,
        order=order,
        instrument_id=order.instrument_id,
        symbol=order.symbol,
        exec_root=root,
        revision=revision,
        is_current=not is_late and report.quantity > 0,
        ib_message=origin.ib_message,
        **{name: getattr(report, name) for name in report.__slots__},
    )
    metrics.count_fill(side=fill.side)
    publish.fill_changed(fill.pk, event="corrected" if is_correction else "created")
    commission = CommissionReport.objects.filter(pk=fill.exec_id).first()
    if commission is not None:
        _attach_commission(fill, commission)
    return fill


def _event_of(root: str, revision: int, report: ExecutionReport) -> OrderEvent:
    if report.quantity == 0:
        return FillBusted(exec_root=root)
    return OrderFilled(exec_root=root, revision=revision, quantity=report.quantity, price=report.price)


def record_commission(
    *, exec_id: str, commission: Decimal | None, currency: str, realized_pnl: Decimal | None, at: datetime
) -> None:
    """Book what IB charged for an execution, whether or not the execution has arrived yet.

    `commission` is positive when it costs, negative for a rebate, None for IB's placeholder. The caller holds
    `publish.recording()`.
    """
    report = CommissionReport(
        exec_id=exec_id, commission=commission, currency=currency, realized_pnl=realized_pnl, received_at=at
    )
    CommissionReport.objects.bulk_create(
        [report],
        update_conflicts=True,
        unique_fields=["exec_id"],
        update_fields=["commission", "currency", "realized_pnl", "received_at"],
    )
    for fill in Fill.objects.filter(exec_id=exec_id):
        _attach_commission(fill, report)


def _attach_commission(fill: Fill, report: CommissionReport) -> None:
    figures = (report.commission, report.currency, report.realized_pnl)
    if figures == (fill.commission, fill.commission_currency, fill.realized_pnl):
        return
    fill.commission, fill.commission_currency, fill.realized_pnl = figures
    fill.save(update_fields=["commission", "commission_currency", "realized_pnl"])
    publish.fill_changed(fill.pk)
    order = locked_order(fill.order_id)
    order.commission = Fill.objects.current().filter(order=order).aggregate(total=Sum("commission"))["total"]
    save_order(order)
    publish.order_changed(order.pk)
