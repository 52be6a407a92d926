"""The kill switch's last gate: what the gateway may not send any more, asked right before it is sent."""

from config.shared.clock import boot_seconds
from trading.domain.kill_switch import increases_risk
from trading.domain.orders import OrderStatus
from trading.models import GatewayCommand, KillSwitch
from trading.models.gateway import CommandKind
from trading.services.kill_switch import current, sentence, terms_of
from trading.services.kill_switch_closing import misfit
from trading.services.order_terms import changes_from_text

FRESH = 0.05
"""Seconds for which the answer of PostgreSQL counts; the switch has to bite within a tenth of a second."""

NOBODY_KNOWS = "Not sent: nobody could tell whether the kill switch is engaged"
TOO_SLOW = "Not sent: the database answers too slowly to say whether trading is halted"

_ADDING = (CommandKind.PLACE, CommandKind.MODIFY)


def bar(command: GatewayCommand, switch: KillSwitch | None = None) -> str:
    """Why this command may not be sent; empty when it may. Cancels always may."""
    if command.kind not in _ADDING:
        return ""
    switch = switch or current()
    if switch.engaged:
        if command.payload.get("kill_switch") == switch.engagement:
            return _closes_too_much(command)
        if _takes_risk_away(command):
            return ""
        return f"Not sent. {sentence(switch)}"
    if command.pk <= switch.barrier:
        return "Not sent: it was asked for before the kill switch was released"
    return ""


def bar_now(command_id: int) -> tuple[str, float]:
    """The same for a command that is in hand, and the moment from which on PostgreSQL was asked."""
    command = GatewayCommand.objects.select_related("order").get(pk=command_id)
    asked_at = boot_seconds()  # here, not before the wait for the database's thread
    return bar(command, current()), asked_at


def _closes_too_much(command: GatewayCommand) -> str:
    """The position may have changed since the closing order was written: it must never be turned over."""
    reason = "" if command.order is None else misfit(command.order)
    return f"Not sent: {reason}" if reason else ""


def _takes_risk_away(command: GatewayCommand) -> bool:
    order = command.order
    if command.kind != CommandKind.MODIFY or order is None or OrderStatus(order.status).is_terminal:
        return False
    return not increases_risk(terms_of(order), terms_of(order, **changes_from_text(command.payload)))
