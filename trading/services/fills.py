"""Record executions and commissions: each exactly once, corrections in place of what they correct."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet, Sum

from config.shared.text import decimal_text
from market_data.models import Instrument
from trading import metrics, publish
from trading.domain.fills import COMBINATION, better_figure, split_exec_id
from trading.domain.incidents import IncidentKind
from trading.domain.order_events import FillBusted, OrderEvent, OrderFilled, OrderRejected
from trading.domain.orders import OrderOrigin, OrderSide, OrderStatus
from trading.models import CommissionReport, Fill, Order
from trading.services.incidents import clear_incident, raise_incident
from trading.services.order_log import Origin, record_order_event
from trading.services.unit_of_work import flush, locked_order, save_order, state_of

NOT_AN_ORDER = "NOT_AN_ORDER"
"""The reject code of what was taken for an order placed elsewhere until IB said whose executions those are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionReport:
    """One execution as IB reported it; quantity positive, price without commission.

    `is_summary`: the execution of a combination itself, beside those of its legs.
    """

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
    is_summary: bool = False


def record_fill(
    *, order_id: uuid.UUID, report: ExecutionReport, origin: Origin, instrument: Instrument | None = None
) -> Fill | None:
    """Book one execution and move its order; None when the ledger has it already.

    `instrument` is what was traded where that is not the order's own: the leg of a combination, or its summary.
    An execution that IB first reported without its order's permanent id goes to the order that IB names later.

    A higher revision of a known execution replaces it; a lower one that arrives late is kept but does not
    count. A correction to zero is a bust. The caller holds `publish.recording()`.
    """
    order = locked_order(order_id)
    root, revision = split_exec_id(report.exec_id)
    same_root = Fill.objects.filter(account_id=order.account_id, exec_root=root)
    known = dict(same_root.values_list("exec_id", "revision"))
    if report.exec_id in known:
        return _name_execution(same_root.get(exec_id=report.exec_id), order, report, origin, instrument)
    is_late = any(other > revision for other in known.values())
    is_correction = any(other < revision for other in known.values())
    is_changing = order.status == OrderStatus.PENDING_REPLACE
    if not is_late:
        _take_from_other_orders(order, same_root, origin)
        if _is_progress(order, report, instrument):
            # before the row exists: apply() sees what counted until now
            record_order_event(order_id=order_id, event=_event_of(root, revision, report), origin=origin, locked=order)
        if known:
            same_root.filter(is_current=True).update(is_current=False)
    fill = Fill.objects.create(
        account_id=order.account_id,
        order=order,
        instrument_id=instrument.pk if instrument else order.instrument_id,
        symbol=instrument.symbol if instrument else order.symbol,
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
    if is_correction:
        _sum_commissions(order)  # without those of what no longer counts
    if not is_changing:  # fills of a raised quantity may come before IB's echo of it
        _tell_of_too_much(order, fill, may_be_over=is_correction)
    return fill


def _tell_of_too_much(order: Order, fill: Fill, *, may_be_over: bool) -> None:
    """IB can fill more than was ordered (field guide §2.3): it counts, and a person must know."""
    if order.origin != OrderOrigin.DESK:
        return
    if order.filled_quantity > order.quantity:
        evidence = {
            "order_id": str(order.pk),
            "quantity": decimal_text(order.quantity),
            "filled_quantity": decimal_text(order.filled_quantity),
            "last_execution": fill.exec_id,
            "perm_ids": sorted(order.perm_ids.values_list("perm_id", flat=True)),
        }
        raise_incident(
            kind=IncidentKind.FILL_OVER_QUANTITY,
            account=order.account_id,
            order=order,
            subject=str(order.pk),
            evidence=evidence,
        )
    elif may_be_over:
        clear_incident(
            kind=IncidentKind.FILL_OVER_QUANTITY,
            subject=str(order.pk),
            how=f"After a correction {decimal_text(order.filled_quantity)} is filled",
        )


def become_combination(*, order: Order, instrument: Instrument, side: OrderSide, origin: Origin) -> None:
    """An order first seen by the execution of one leg turns out to be a combination's: the legs were not its progress.

    The caller holds `publish.recording()` and has read the order for update.
    """
    for leg in state_of(order).executions:
        record_order_event(order_id=order.pk, event=FillBusted(exec_root=leg.exec_root), origin=origin, locked=order)
    order.instrument, order.side = instrument, side.value
    save_order(order)
    flush()  # which executions are the order's own depends on its instrument
    for own in Fill.objects.executions_of(order.pk):
        event = OrderFilled(**{name: getattr(own, name) for name in ("exec_root", "revision", "quantity", "price")})
        record_order_event(order_id=order.pk, event=event, origin=origin, locked=order)


def _is_progress(order: Order, report: ExecutionReport, instrument: Instrument | None) -> bool:
    """Whether the execution is the order's own: of a combination its summary, else what is no summary."""
    if instrument is None and not report.is_summary:
        return True
    return report.is_summary == (order.instrument.sec_type == COMBINATION)


def _take_from_other_orders(order: Order, same_root: QuerySet[Fill], origin: Origin) -> None:
    """An execution that IB now reports for `order` does not count in the order it was booked on without its names."""
    for fill in same_root.current().exclude(order=order):  # type: ignore[attr-defined]
        other = locked_order(fill.order_id)
        record_order_event(order_id=other.pk, event=FillBusted(exec_root=fill.exec_root), origin=origin, locked=other)
        Fill.objects.filter(pk=fill.pk).update(is_current=False)
        _sum_commissions(other)
        if order.ib_perm_id is not None:
            _end_what_was_no_order(other, order, origin)


def _name_execution(
    fill: Fill, order: Order, report: ExecutionReport, origin: Origin, instrument: Instrument | None
) -> Fill | None:
    """IB repeats an execution and now says whose it is; the fill when that is another order than we took it for."""
    if fill.perm_id is not None or report.perm_id is None:
        return None
    other = locked_order(fill.order_id)
    if other.pk == order.pk:
        Fill.objects.filter(pk=fill.pk).update(perm_id=report.perm_id)
        return None
    if fill.is_current:
        record_order_event(order_id=other.pk, event=FillBusted(exec_root=fill.exec_root), origin=origin, locked=other)
        if _is_progress(order, report, instrument):
            filled = _event_of(fill.exec_root, fill.revision, report)
            record_order_event(order_id=order.pk, event=filled, origin=origin, locked=order)
    Fill.objects.filter(pk=fill.pk).update(perm_id=report.perm_id, order=order)
    publish.fill_changed(fill.pk, event="corrected")
    for changed in (other, order):
        _sum_commissions(changed)
    _end_what_was_no_order(other, order, origin)
    fill.order, fill.perm_id = order, report.perm_id
    _tell_of_too_much(other, fill, may_be_over=True)
    if order.status != OrderStatus.PENDING_REPLACE:
        _tell_of_too_much(order, fill, may_be_over=False)
    return fill


def _end_what_was_no_order(other: Order, order: Order, origin: Origin) -> None:
    """An order that we knew by executions alone, all of which IB has now said to be of `order`, never was one."""
    if other.origin == OrderOrigin.DESK or other.perm_ids.exists() or other.fills.filter(is_current=True).exists():
        return
    reason = f"No order of its own: what it was known by is of order {order.pk}, IB's number {order.ib_perm_id}"
    record_order_event(
        order_id=other.pk, event=OrderRejected(code=NOT_AN_ORDER, reason=reason), origin=origin, locked=other
    )


def _event_of(root: str, revision: int, report: ExecutionReport) -> OrderEvent:
    if report.quantity == 0:
        return FillBusted(exec_root=root)
    return OrderFilled(exec_root=root, revision=revision, quantity=report.quantity, price=report.price)


def record_commission(
    *, exec_id: str, commission: Decimal | None, currency: str, realized_pnl: Decimal | None, at: datetime
) -> None:
    """Book what IB charged for an execution, whether or not the execution has arrived yet.

    `commission` is positive when it costs, negative for a rebate, None for IB's placeholder, which takes the place
    of nothing. The caller holds `publish.recording()`.
    """
    known = CommissionReport.objects.filter(pk=exec_id).first() or CommissionReport(exec_id=exec_id)
    best = better_figure(known.commission, commission)
    report = CommissionReport(
        exec_id=exec_id,
        commission=best,
        currency=currency if best == commission and currency else known.currency,
        realized_pnl=better_figure(known.realized_pnl, realized_pnl),
        received_at=at,
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
    _sum_commissions(locked_order(fill.order_id))


def _sum_commissions(order: Order) -> None:
    """What the order has cost so far; amounts of several currencies are no sum."""
    charged = Fill.objects.current().filter(order=order, commission__isnull=False)
    sums = dict(charged.order_by().values_list("commission_currency").annotate(total=Sum("commission")))
    currency, total = next(iter(sums.items())) if len(sums) == 1 else ("", None)
    if (total, currency) != (order.commission, order.commission_currency):
        order.commission, order.commission_currency = total, currency
        save_order(order)
        publish.order_changed(order.pk)
