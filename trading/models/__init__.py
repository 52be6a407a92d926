"""Tables of the trading app, one file a subject."""

from trading.models.fills import CommissionReport, Fill
from trading.models.gateway import GatewayCommand, GatewayLease, GatewayStandby, GatewayState, IbMessage
from trading.models.incidents import Incident, IncidentEntry
from trading.models.kill_switch import KillSwitch, KillSwitchEvent
from trading.models.orders import Order, OrderEvent, OrderPermId
from trading.models.positions import LedgerStart, PositionAdjustment
from trading.models.reconciliation import ReconciliationBreak, ReconciliationRun
from trading.models.risk import LimitVersion, RiskDecision, RiskLimits
from trading.models.stream import StreamEvent, StreamHead

__all__ = [
    "CommissionReport",
    "Fill",
    "GatewayCommand",
    "GatewayLease",
    "GatewayStandby",
    "GatewayState",
    "IbMessage",
    "Incident",
    "IncidentEntry",
    "KillSwitch",
    "KillSwitchEvent",
    "LedgerStart",
    "LimitVersion",
    "Order",
    "OrderEvent",
    "OrderPermId",
    "PositionAdjustment",
    "ReconciliationBreak",
    "ReconciliationRun",
    "RiskDecision",
    "RiskLimits",
    "StreamEvent",
    "StreamHead",
]
