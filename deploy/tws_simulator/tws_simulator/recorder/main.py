"""The commands `record`, `show`, `replay` and `compare`.

Exit codes: 0 done and the same, 1 different, 2 wrong use or a file that cannot be read.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tws_simulator import __version__
from tws_simulator.output import announce
from tws_simulator.recorder.compare import Comparison
from tws_simulator.recorder.file import RecordingError, read_recording
from tws_simulator.recorder.proxy import Proxy, Recorder
from tws_simulator.recorder.redaction import NoRedactor, Redactor
from tws_simulator.recorder.replay import Replayer
from tws_simulator.recorder.show import described

DIFFERENT, WRONG_USE = 1, 2


def record(arguments: list[str]) -> int:
    """Stand between clients and a gateway and write down what they say."""
    parser = _parser("record", record)
    parser.add_argument(
        "--listen", type=_address, required=True, metavar="[HOST:]PORT", help="for clients; 0: any port"
    )
    parser.add_argument("--to", type=_address, required=True, metavar="HOST:PORT", help="the gateway, a real one too")
    parser.add_argument("--file", type=Path, required=True, help="to write; must not exist")
    parser.add_argument(
        "--keep-private", action="store_true", help="leave account numbers, names and free text in the file"
    )
    options = parser.parse_args(arguments)
    return _guarded(lambda: asyncio.run(_record(options)))


def show(arguments: list[str]) -> int:
    """Print a recording in words."""
    parser = _parser("show", show)
    parser.add_argument("file", type=Path)
    parser.add_argument("--connection", type=int, help="only this one, counted from 1")
    parser.add_argument("--all-fields", action="store_true", help="empty fields too")
    options = parser.parse_args(arguments)

    def run() -> int:
        recording = read_recording(options.file)
        with contextlib.suppress(BrokenPipeError):
            for line in described(recording, connection=options.connection, all_fields=options.all_fields):
                sys.stdout.write(line + "\n")
            sys.stdout.flush()
        return 0

    return _guarded(run)


def replay(arguments: list[str]) -> int:
    """Serve the gateway's side of a recording to a client; point at the first thing it says differently."""
    parser = _parser("replay", replay)
    parser.add_argument("file", type=Path)
    parser.add_argument("--port", type=_address, required=True, metavar="[HOST:]PORT", help="for clients; 0: any port")
    parser.add_argument("--speed", type=_positive, help="keep the recorded pauses, so many times faster (no pauses)")
    parser.add_argument("--patience", type=_positive, default=30.0, help="seconds a client may take for a message (30)")
    options = parser.parse_args(arguments)
    return _guarded(lambda: asyncio.run(_replay(options)))


def compare(arguments: list[str]) -> int:
    """Say to another gateway what the clients said, and point at the first reply of another kind."""
    parser = _parser("compare", compare)
    parser.add_argument("file", type=Path)
    parser.add_argument("--to", type=_address, required=True, metavar="HOST:PORT", help="the gateway to try")
    parser.add_argument("--patience", type=_positive, default=5.0, help="seconds a reply may take (5)")
    options = parser.parse_args(arguments)
    return _guarded(lambda: asyncio.run(_compare(options)))


async def _record(options: argparse.Namespace) -> int:
    redactor = NoRedactor() if options.keep_private else Redactor()
    about = {
        "recorder": __version__, "started": datetime.now(UTC).isoformat(), "redacted": not options.keep_private,
    }  # fmt: skip
    sys.setswitchinterval(0.0005)  # traffic does not wait for what is being written down
    recorder = Recorder(options.file, redactor, about)
    host, port = options.to
    proxy = Proxy(host, port, recorder)
    try:
        await proxy.start(*options.listen)
        announce("ready", port=proxy.port)
        await _stopped()
        await proxy.stop()
    finally:
        recorder.close()
    announce("stopped", events=recorder.events)
    return 0


async def _replay(options: argparse.Namespace) -> int:
    replayer = Replayer(read_recording(options.file), speed=options.speed, patience=options.patience)
    await replayer.start(*options.port)
    announce("ready", port=replayer.port)
    difference = await replayer.finish()
    sys.stdout.write(f"{difference or 'no difference'}\n")
    return DIFFERENT if difference else 0


async def _compare(options: argparse.Namespace) -> int:
    difference = await Comparison(read_recording(options.file), *options.to, patience=options.patience).run()
    sys.stdout.write(f"{difference or 'no difference'}\n")
    return DIFFERENT if difference else 0


async def _stopped() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def _parser(name: str, function: Callable[[list[str]], int]) -> argparse.ArgumentParser:
    epilog = (__doc__ or "").rpartition("\n\n")[2]
    return argparse.ArgumentParser(prog=f"tws_simulator {name}", description=function.__doc__, epilog=epilog)


def _guarded(run: Callable[[], int]) -> int:
    try:
        return run()
    except FileExistsError as error:
        return _failed(f"{error.filename} exists already; recordings are not overwritten")
    except (RecordingError, OSError) as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return 130


def _failed(message: str) -> int:
    sys.stderr.write(f"tws_simulator: {message}\n")
    return WRONG_USE


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError("an address is HOST:PORT or PORT")
    return host.strip("[]") or "127.0.0.1", int(port)


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError("a number above 0")
    return number
