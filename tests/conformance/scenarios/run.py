"""Lives through the scenarios with one client library and prints what it saw as JSON, by subject.

Arguments: library, port, control port, and subjects if not all are wanted.
"""

import importlib
import json
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from control import Control
from face import Face

SUBJECTS = [
    "contracts",
    "quotes",
    "depth",
    "derivatives",
    "order_types",
    "lifetimes",
    "groups",
    "conditions",
    "changes",
    "previews",
    "reports",
    "accounts",
    "clients",
]
CLIENT_ID = 11


def connect(library: str, port: int) -> Face:
    """A client of the library."""
    if library == "ibapi":
        from face_ibapi import IbapiFace

        return IbapiFace(port, CLIENT_ID)
    from face_ib import IbFace

    return IbFace(port, CLIENT_ID, library)


def main() -> None:
    library, port, control_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    control, told = Control(control_port), {}
    face = connect(library, port)
    told["version"] = face.version
    for subject in sys.argv[4:] or SUBJECTS:
        control.post("/reset")
        scenario, seen = importlib.import_module(subject), {}
        began = time.monotonic()
        try:
            scenario.live_through(face, control, seen)
        except Exception:
            seen["failed"] = traceback.format_exc()[-1500:]
        seconds = round(time.monotonic() - began, 1)
        told[subject] = {"seen": seen, "expected": getattr(scenario, "EXPECTED", None), "seconds": seconds}
    face.close()
    print(json.dumps(told))


main()
