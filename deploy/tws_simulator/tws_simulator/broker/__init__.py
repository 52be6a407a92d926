"""The brokerage: accepts, refuses, matches, fills, expires and cancels orders, and keeps the accounts.

It knows neither sockets nor messages. What happens is told to listeners as events, in the order in which IB would
say it.
"""

from tws_simulator.broker.broker import Broker
from tws_simulator.broker.core import CANCEL_TEXT, MAX_OPEN_ORDERS, default_commission_delay
from tws_simulator.broker.corrections import CorrectionError
from tws_simulator.broker.intake import Preview

__all__ = ["CANCEL_TEXT", "MAX_OPEN_ORDERS", "Broker", "CorrectionError", "Preview", "default_commission_delay"]
