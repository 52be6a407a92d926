"""The brokerage: accepts, refuses, matches, fills, expires and cancels orders, and keeps the accounts.

It knows neither sockets nor messages. What happens is told to listeners as events, in the order in which IB would
say it.
"""

from tws_simulator.broker.broker import Broker
from tws_simulator.broker.core import CANCEL_TEXT, default_commission_delay
from tws_simulator.broker.intake import Preview

__all__ = ["CANCEL_TEXT", "Broker", "Preview", "default_commission_delay"]
