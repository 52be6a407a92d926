"""What the commands share: adding one, and reading `name=value`."""

import argparse
import json
from collections.abc import Callable
from typing import Any

from tws_simulator.client import SimulatorControl
from tws_simulator.ctl.tables import values

Commands = Any
"""What `add_subparsers` returns; argparse does not name its type."""
Run = Callable[[SimulatorControl, argparse.Namespace], Any]
Show = Callable[[Any], str]


class UsageError(Exception):
    """The words of a command do not fit together."""


def add(
    commands: Commands,
    name: str,
    summary: str,
    run: Run,
    *,
    common: argparse.ArgumentParser,
    show: Show = values,
    example: str = "",
) -> argparse.ArgumentParser:
    """Add a command; `show` makes text of what `run` returns."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        parents=[common],
        epilog=f"Example: tws_simulator ctl {example}" if example else None,
    )
    parser.set_defaults(run=run, show=show)
    return parser


def group(commands: Commands, name: str, summary: str) -> Commands:
    """A command with commands of its own."""
    parser = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
    return parser.add_subparsers(metavar="COMMAND", required=True, title="commands")


def add_parameters(parser: argparse.ArgumentParser) -> None:
    """Take any number of `name=value`."""
    parser.add_argument(
        "parameters", nargs="*", metavar="NAME=VALUE", help="parameters; a value is JSON, or else text: ms=5 text=hello"
    )


def parameters_of(options: argparse.Namespace) -> dict[str, Any]:
    """The parameters given. Raises UsageError."""
    found: dict[str, Any] = {}
    for word in options.parameters:
        name, equals, text = word.partition("=")
        if not name or not equals:
            raise UsageError(f"{word!r} is no NAME=VALUE")
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


def said(text: str) -> Show:
    """Show always the same words."""
    return lambda _: text
