"""The commands besides running the simulator, each imported only when it is called."""

from importlib import import_module

COMMANDS = {
    "ctl": "tws_simulator.ctl.main",
}


def run_command(words: list[str]) -> int | None:
    """Run the command the words begin with. Returns its exit code, None if they begin with no command."""
    place = COMMANDS.get(words[0]) if words else None
    if place is None:
        return None
    code: int = import_module(place).main(words[1:])
    return code
