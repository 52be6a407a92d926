"""Faults that can be switched on and off while the simulator runs.

A switch has a name, parameters with types, and what narrows it: the client (`client_id`), an order (`order_id`,
`order_ref`, `symbol`), the next so many times (`count`), not before so many uses (`after`), a probability (`chance`,
`seed`). Code that can misbehave asks the board at one place: `board.use(name, …)`. To add a fault, add a row to one of
the tables in `switches` and ask for it where it acts. An action happens once; `acts` carries them out.
"""

from tws_simulator.faults.actions import ACTIONS
from tws_simulator.faults.board import FaultBoard, Setting
from tws_simulator.faults.spec import FaultError, FaultSpec, Parameters, checked
from tws_simulator.faults.switches import SWITCHES

__all__ = ["ACTIONS", "SWITCHES", "FaultBoard", "FaultError", "FaultSpec", "Parameters", "Setting", "checked"]
