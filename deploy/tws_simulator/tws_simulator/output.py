"""What the program itself says on stdout: one JSON object a line."""

import json
import sys


def announce(event: str, **facts: int | str) -> None:
    """Say one thing to whoever started this program."""
    sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
    sys.stdout.flush()
