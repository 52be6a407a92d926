"""Reads the command line of `ctl`, asks the simulator, prints what it says.

Exit codes: 0 done, 1 refused by the simulator, 2 wrong use, 3 nobody answers.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from tws_simulator.client import ControlError, SimulatorControl, Unreachable
from tws_simulator.client.transport import DEFAULT_URL, ENVIRONMENT
from tws_simulator.ctl import market, orders, state, trouble
from tws_simulator.ctl.words import UsageError

REFUSED, WRONG_USE, UNREACHABLE = 1, 2, 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit code."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        control = SimulatorControl(getattr(options, "control", None))
        _print(options.run(control, options), options)
    except ControlError as refused:
        return _failed(refused.message, REFUSED)
    except Unreachable as error:
        return _failed(f"{error}; say where it is by --control or {ENVIRONMENT}", UNREACHABLE)
    except (UsageError, ValueError) as error:
        return _failed(str(error), WRONG_USE)
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    common = argparse.ArgumentParser(add_help=False)
    # Before or after the command: what is not said there must not overwrite what was said before.
    common.add_argument(
        "--control",
        metavar="URL",
        default=argparse.SUPPRESS,
        help=f"of the control port (${ENVIRONMENT}, {DEFAULT_URL})",
    )
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON for programs")
    parser = argparse.ArgumentParser(
        prog="tws_simulator ctl",
        description="Steer a running simulator.",
        parents=[common],
        epilog="Exit codes: 0 done, 1 refused by the simulator, 2 wrong use, 3 nobody answers.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    for module in (state, orders, market, trouble):
        module.add_commands(commands, common)
    return parser


def _print(found: Any, options: argparse.Namespace) -> None:
    as_json = getattr(options, "json", False)
    if isinstance(found, Iterator):
        for row in found:
            sys.stdout.write((json.dumps(row) if as_json else options.show(row)) + "\n")
            sys.stdout.flush()
    elif as_json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        sys.stdout.write(options.show(found) + "\n")
    sys.stdout.flush()


def _failed(message: str, code: int) -> int:
    sys.stderr.write(f"tws_simulator ctl: {message}\n")
    return code
