"""Options of the command line about time: the clock, and what a Gateway goes through over days."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from tws_simulator.life_plan import RESET_DATA, WAITING_SHOWS, LifePlan, read_time, read_weekly, read_window
from tws_simulator.timekeeper import MAX_SPEED, MIN_SPEED

T = TypeVar("T")
_LONGEST = 86_400.0


def add_time_options(parser: argparse.ArgumentParser) -> None:
    """Add them to a parser."""
    clock = parser.add_argument_group("clock")
    clock.add_argument(
        "--clock", choices=["real", "virtual"], default="real", help="virtual: paused, stepped, run at any speed (real)"
    )
    clock.add_argument(
        "--start", type=_moment, metavar="TIME", help="of a virtual clock, like 2026-01-05T09:30:00-05:00 (now)"
    )
    clock.add_argument("--speed", type=_speed, help=f"of a virtual clock, {MIN_SPEED:g} to {MAX_SPEED:g} (1)")
    clock.add_argument("--paused", action="store_true", help="a virtual clock waits to be stepped or started")
    life = parser.add_argument_group("life of the Gateway, in New York's time; nothing happens unless asked for")
    life.add_argument("--restart-at", type=_read(read_time), metavar="HH:MM", help="restart every night, like 23:45")
    life.add_argument("--restart-seconds", type=_seconds, default=75.0, help="how long the port is shut then (75)")
    life.add_argument(
        "--reset-window", type=_read(read_window), metavar="FROM-TO", help="IB's servers are reset, like 00:15-01:45"
    )
    life.add_argument("--reset-data", choices=RESET_DATA, default="mixed", help="kept: 1102, lost: 1101 (mixed)")
    life.add_argument(
        "--weekly-login", type=_read(read_weekly), nargs="?", const=read_weekly("Sun 01:00"), metavar="'DAY HH:MM'",
        help="the login expires; the next restart waits for a second factor (Sun 01:00)",
    )  # fmt: skip
    life.add_argument("--login-shows", choices=WAITING_SHOWS, default="refused", help="to clients meanwhile (refused)")
    life.add_argument("--auto-login-after", type=_seconds, metavar="SECONDS", help="the second factor comes by itself")


def check_time_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End the program with an error for options that make no sense together."""
    given = [name for name in ("start", "speed", "paused") if getattr(options, name) not in {None, False}]
    if options.clock == "real" and given:
        parser.error(f"--{given[0]} needs --clock virtual")
    if options.paused and options.speed is not None:
        parser.error("--speed and --paused exclude each other; set the speed when you let the clock run")


def time_settings(options: argparse.Namespace) -> dict[str, Any]:
    """The settings they make."""
    return {
        "start": _start(options),
        "speed": options.speed if options.speed is not None else 1.0,
        "paused": options.paused,
        "life": LifePlan(
            restart_at=options.restart_at,
            restart_seconds=options.restart_seconds,
            reset_window=options.reset_window,
            reset_data=options.reset_data,
            weekly_login=options.weekly_login,
            login_shows=options.login_shows,
            auto_login_after=options.auto_login_after,
        ),
    }


def _start(options: argparse.Namespace) -> datetime | None:
    """When a virtual clock begins: as asked, else with the present second. None for the machine's clock."""
    if options.clock == "real":
        return None
    start: datetime = options.start or datetime.now(UTC).replace(microsecond=0)
    return start


def _read(reader: Callable[[str], T]) -> Callable[[str], T]:
    def read(text: str) -> T:
        try:
            return reader(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not 1990 <= moment.year <= 2090:
        raise argparse.ArgumentTypeError("a time with its offset, like 2026-01-05T09:30:00-05:00")
    return moment


def _speed(text: str) -> float:
    speed = float(text)
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise argparse.ArgumentTypeError(f"a speed is {MIN_SPEED:g} to {MAX_SPEED:g}")
    return speed


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= _LONGEST:
        raise argparse.ArgumentTypeError(f"more than 0 and at most {_LONGEST:g} seconds")
    return seconds
