"""The program: `python -m tws_simulator --port 4002`, or one of the other commands."""

import sys

from tws_simulator.commands import run_command


def main(arguments: list[str] | None = None) -> int:
    """Run the simulator, or the command the words begin with. Returns the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    code = run_command(words)
    if code is not None:
        return code
    from tws_simulator.command_line import main as simulate  # the other commands need nothing of it

    return simulate(words)


if __name__ == "__main__":
    sys.exit(main())
