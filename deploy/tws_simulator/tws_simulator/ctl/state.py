"""Commands for the whole: health, state, saving and loading, the log, and any request."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tws_simulator.client import SimulatorControl
from tws_simulator.ctl.orders import ORDER_COLUMNS, show_accounts
from tws_simulator.ctl.tables import Row, table, text_of, values
from tws_simulator.ctl.words import Commands, UsageError, add, said

_STDIO = "-"
_SHOWN_FIELDS = 12


def add_commands(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add them."""
    add(commands, "health", "whether it is up", lambda control, _: control.health(), common=common)
    add(
        commands, "state", "everything at one glance", lambda control, _: control.state(), common=common, show=_overview
    )
    reset = add(commands, "reset", "begin again without orders, fills, positions, faults", _reset, common=common,
                show=said("reset"))  # fmt: skip
    reset.add_argument("--cash", metavar="AMOUNT", help="in each account")
    _add_files(commands, common)
    _add_log(commands, common)
    add(commands, "routes", "what the control port offers", lambda control, _: control.routes(), common=common,
        show="\n".join)  # fmt: skip
    add(commands, "openapi", "its description for programs, OpenAPI 3.1", lambda control, _: control.openapi(),
        common=common, show=_indented)  # fmt: skip
    request = add(commands, "request", "any request to the control port", _request, common=common, show=_indented,
                  example="""request POST /prices '{"symbol": "AAPL", "price": "190"}'""")  # fmt: skip
    request.add_argument("method", type=str.upper, help="GET, POST or DELETE")
    request.add_argument("path", help="like /orders?open=true")
    request.add_argument("body", nargs="?", help="JSON")


def _add_files(commands: Commands, common: argparse.ArgumentParser) -> None:
    save = add(commands, "save", "save the whole state to a file", _save, common=common)
    save.add_argument("file", help="- for standard output")
    load = add(commands, "load", "put a saved state in place of the present one", _load, common=common,
               show=said("loaded"))  # fmt: skip
    load.add_argument("file", help="- for standard input")


def _add_log(commands: Commands, common: argparse.ArgumentParser) -> None:
    log = add(commands, "log", "the last messages in and out", _log, common=common, show=_message,
              example="log --follow --name place_order,order_status")  # fmt: skip
    log.add_argument("--follow", action="store_true", help="go on until interrupted")
    log.add_argument("--client", type=int, metavar="ID", help="only this client's")
    log.add_argument("--direction", choices=["in", "out"], help="in: from the client")
    log.add_argument("--name", metavar="NAMES", help="only these, by comma: place_order,error")
    log.add_argument("--after", type=int, metavar="NUMBER", help="only messages numbered above")
    log.add_argument("--since", metavar="TIME", help="only messages at or after this time")
    log.add_argument("--limit", type=int, default=50, help="at most so many (50)")
    log.add_argument("--clear", action="store_true", help="forget them")


def _reset(control: SimulatorControl, options: argparse.Namespace) -> Any:
    control.reset(options.cash)
    return {"status": "ok"}


def _save(control: SimulatorControl, options: argparse.Namespace) -> Any:
    document = control.export_state()
    text = json.dumps(document)
    if options.file == _STDIO:
        sys.stdout.write(text + "\n")
    else:
        fresh = Path(options.file + ".new")
        try:
            fresh.write_text(text)
            fresh.replace(options.file)
        except OSError as error:
            raise UsageError(f"{options.file}: {error.strerror}") from None
    broker = document["broker"]
    return {"file": options.file, "orders": len(broker["orders"]), "executions": len(broker["executions"])}


def _load(control: SimulatorControl, options: argparse.Namespace) -> Any:
    try:
        text = sys.stdin.read() if options.file == _STDIO else Path(options.file).read_text()
        document = json.loads(text)
    except OSError as error:
        raise UsageError(f"{options.file}: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{options.file} is no JSON") from None
    control.import_state(document)
    return {"status": "ok"}


def _request(control: SimulatorControl, options: argparse.Namespace) -> Any:
    try:
        body = None if options.body is None else json.loads(options.body)
    except ValueError as error:
        raise UsageError(f"the body is no JSON: {error}") from None
    return control.request(options.method, options.path, body)


def _log(control: SimulatorControl, options: argparse.Namespace) -> Any:
    if options.clear:
        control.clear_log()
        return iter(())
    wanted = {
        "client_id": options.client, "direction": options.direction, "name": options.name, "since": options.since,
    }  # fmt: skip
    if options.follow:
        return control.follow_log(after=options.after, **wanted)
    return iter(control.log(after=options.after, limit=options.limit, **wanted))


def _message(row: Row) -> str:
    arrow = "->" if row["direction"] == "in" else "<-"
    client = "?" if row["client_id"] is None else row["client_id"]
    fields = row["fields"][1:] if row["name"] != "handshake" else row["fields"]
    shown = " ".join(field.replace("\n", "\\n") or "-" for field in fields[:_SHOWN_FIELDS])
    more = f" +{len(fields) - _SHOWN_FIELDS}" if len(fields) > _SHOWN_FIELDS else ""
    return f"{row['number']:>6} {row['at'][11:23]} {client:>3} {arrow} {row['name']} {shown}{more}"


def _overview(state: Row) -> str:
    plain = {key: state[key] for key in ("time", "seed", "calendar", "link_up")}
    clients = ", ".join(f"{row['client_id']} (version {row['server_version']})" for row in state["clients"])
    faults = ", ".join(state["faults"])
    parts = [
        values({**plain, "clients": text_of(clients), "faults on": text_of(faults)}),
        show_accounts(state["accounts"]),
        table(state["orders"], ORDER_COLUMNS, empty="no orders"),
    ]
    return "\n\n".join(parts)


def _indented(value: Any) -> str:
    return json.dumps(value, indent=2)
