"""All faults that can be on or off."""

from tws_simulator.faults.spec import FaultSpec
from tws_simulator.faults.table_connection import CONNECTION
from tws_simulator.faults.table_flex import FLEX
from tws_simulator.faults.table_messages import MESSAGES
from tws_simulator.faults.table_orders import ORDERS
from tws_simulator.faults.table_requests import REQUESTS

SWITCHES: dict[str, FaultSpec] = {**CONNECTION, **REQUESTS, **ORDERS, **MESSAGES, **FLEX}
