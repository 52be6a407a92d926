"""Commands for faults, scenarios, timelines, random trouble, and time."""

import argparse
import json
from pathlib import Path
from typing import Any

from tws_simulator.client import SimulatorControl
from tws_simulator.ctl.tables import Row, table, text_of
from tws_simulator.ctl.words import Commands, UsageError, add, add_parameters, group, parameters_of


def add_commands(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add them."""
    _add_faults(commands, common)
    _add_scenarios(commands, common)
    _add_timelines(commands, common)
    _add_chaos(commands, common)
    _add_clock(commands, common)
    _add_life(commands, common)


def _add_faults(commands: Commands, common: argparse.ArgumentParser) -> None:
    inner = group(commands, "fault", "list, switch and clear faults")
    add(inner, "list", "which faults there are", lambda control, _: control.faults(), common=common, show=_kinds)
    add(inner, "show", "which faults are on", lambda control, _: control.faults()["on"], common=common, show=_on)
    on = add(inner, "on", "switch a fault on, or do a one-time fault", _fault_on, common=common, show=_on,
             example="fault on swallow_orders --count 1")  # fmt: skip
    on.add_argument("name")
    on.add_argument("--count", type=int, help="only the next so many times")
    on.add_argument("--client", type=int, metavar="ID", help="only for this client")
    add_parameters(on)
    off = add(inner, "off", "switch a fault off", lambda control, options: control.switch_off(options.name),
              common=common, show=_on)  # fmt: skip
    off.add_argument("name")
    add(inner, "clear", "switch all faults off", _clear, common=common, show=_on)


def _add_scenarios(commands: Commands, common: argparse.ArgumentParser) -> None:
    inner = group(commands, "scenario", "troubles that real users met, by name")
    add(inner, "list", "all scenarios", lambda control, _: control.scenarios(), common=common, show=_pretty)
    start = add(inner, "start", "start one", lambda control, options: control.start_scenario(
        options.name, **parameters_of(options)), common=common, show=_pretty)  # fmt: skip
    start.add_argument("name")
    add_parameters(start)
    stop = add(inner, "stop", "stop one and undo what it switched",
               lambda control, options: control.stop_scenario(options.name), common=common, show=_pretty)  # fmt: skip
    stop.add_argument("name")


def _add_timelines(commands: Commands, common: argparse.ArgumentParser) -> None:
    inner = group(commands, "timeline", "steps that happen by the simulator's clock")
    add(inner, "list", "all timelines", lambda control, _: control.timelines(), common=common, show=_pretty)
    show = add(inner, "show", "one timeline", lambda control, options: control.timeline(options.id), common=common,
               show=_pretty)  # fmt: skip
    show.add_argument("id")
    run = add(inner, "run", "run the steps of a JSON file", _run_timeline, common=common, show=_pretty)
    run.add_argument("file", help="a list of steps, or an object with steps")
    stop = add(inner, "stop", "stop one or all, and undo what they switched", _stop_timeline, common=common,
               show=_pretty)  # fmt: skip
    stop.add_argument("id", nargs="?")


def _add_chaos(commands: Commands, common: argparse.ArgumentParser) -> None:
    inner = group(commands, "chaos", "random faults from a seed")
    add(inner, "show", "what has struck and what is next", lambda control, _: control.chaos(), common=common,
        show=_pretty)  # fmt: skip
    start = add(inner, "start", "let them strike", lambda control, options: control.start_chaos(
        **parameters_of(options)), common=common, show=_pretty,
                example="chaos start seed=7 rate_per_minute=2")  # fmt: skip
    add_parameters(start)
    add(inner, "stop", "end it", lambda control, _: control.stop_chaos(), common=common, show=_pretty)


def _add_clock(commands: Commands, common: argparse.ArgumentParser) -> None:
    inner = group(commands, "clock", "show and steer the simulator's clock")
    add(inner, "show", "what it reads", lambda control, _: control.clock(), common=common)
    step = add(inner, "step", "go forward as fast as possible", lambda control, options: control.step_clock(
        options.seconds), common=common, example="clock step 60")  # fmt: skip
    step.add_argument("seconds", type=float)
    advance = add(inner, "advance", "go to a time", lambda control, options: control.advance_clock(options.to),
                  common=common, example="clock advance next_open")  # fmt: skip
    advance.add_argument("to", help="a time with its offset, next_open or next_close")
    run = add(inner, "run", "let it run", lambda control, options: control.run_clock(
        options.speed, until=options.until), common=common)  # fmt: skip
    run.add_argument("speed", type=float, nargs="?", default=1.0, help="its seconds per real second (1)")
    run.add_argument("--until", metavar="TIME", help="pause by itself then")
    add(inner, "pause", "stop it where it is", lambda control, _: control.pause_clock(), common=common)


def _add_life(commands: Commands, common: argparse.ArgumentParser) -> None:
    life = add(commands, "life", "show or change where the Gateway is in its life", _life, common=common,
               example="life restart seconds=30")  # fmt: skip
    life.add_argument("action", nargs="?", help="restart, reset, require_login, logoff or login")
    add_parameters(life)
    add(commands, "login", "confirm the second factor", lambda control, _: control.login(), common=common)


def _life(control: SimulatorControl, options: argparse.Namespace) -> Any:
    return control.change_life(options.action, **parameters_of(options)) if options.action else control.lifecycle()


def _fault_on(control: SimulatorControl, options: argparse.Namespace) -> Any:
    parameters = parameters_of(options)
    return control.switch_on(options.name, client_id=options.client, count=options.count, **parameters)


def _clear(control: SimulatorControl, options: argparse.Namespace) -> Any:
    control.clear_faults()
    return {}


def _run_timeline(control: SimulatorControl, options: argparse.Namespace) -> Any:
    try:
        found = json.loads(Path(options.file).read_text())
    except OSError as error:
        raise UsageError(f"{options.file}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{options.file} is no JSON: {error}") from None
    return control.run_timeline(found["steps"] if isinstance(found, dict) and "steps" in found else found)


def _stop_timeline(control: SimulatorControl, options: argparse.Namespace) -> Any:
    return control.stop_timeline(options.id) if options.id else control.stop_timelines()


def _on(faults: dict[str, Row]) -> str:
    rows = [
        {
            "fault": name,
            "settings": ", ".join(f"{key}={text_of(item)}" for key, item in row.items() if item is not None),
        }
        for name, row in faults.items()
    ]
    return table(rows, ("fault", "settings"), empty="no fault is on")


def _kinds(found: Row) -> str:
    rows = [
        {"name": name, "kind": kind, "parameters": " ".join(row["parameters"]), "does": row["doc"]}
        for kind, key in (("switch", "switches"), ("action", "actions"))
        for name, row in found[key].items()
    ]
    return table(rows, ("name", "kind", "parameters", "does"))


def _pretty(found: Any) -> str:
    return json.dumps(found, indent=2)
