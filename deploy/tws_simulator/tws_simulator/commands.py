"""The commands besides running the simulator, each imported only when it is called."""

from importlib import import_module

_RECORDER = "tws_simulator.recorder.main"
COMMANDS = {
    "ctl": ("tws_simulator.ctl.main", "main"),
    "record": (_RECORDER, "record"),
    "show": (_RECORDER, "show"),
    "replay": (_RECORDER, "replay"),
    "compare": (_RECORDER, "compare"),
}
"""The module and the function of each."""


def run_command(words: list[str]) -> int | None:
    """Run the command the words begin with. Returns its exit code, None if they begin with no command."""
    place = COMMANDS.get(words[0]) if words else None
    if place is None:
        return None
    module, function = place
    code: int = getattr(import_module(module), function)(words[1:])
    return code
