"""All kinds of faults a drill strikes with."""

from tests.drill.kind import Kind
from tests.drill.kinds_connection import CONNECTION
from tests.drill.kinds_orders import ORDERS
from tests.drill.kinds_processes import PROCESSES

KINDS: tuple[Kind, ...] = (*PROCESSES, *CONNECTION, *ORDERS)
BY_NAME = {kind.name: kind for kind in KINDS}
