"""What was done to the markets, to JSON and back: pins, moved levels, liquidity, and processes with their past."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Market, Pinned
from tws_simulator.exchange.processes.base import Process, ProcessError
from tws_simulator.exchange.processes.build import Start, build
from tws_simulator.exchange.timeline import Segment, Timeline
from tws_simulator.storage.codec import CodecError, dump, load, load_hint

_PLAIN = {
    "pinned": dict[int, Pinned],
    "shifts": dict[int, float],
    "liquidity": dict[int, float],
    "halted": dict[int, int],
}


def dump_markets(market: Market) -> dict[str, Any]:
    """Everything that makes a market differ from what its seed says."""
    plain = {name: dump(getattr(market, name)) for name in _PLAIN}
    timelines = market.changed_timelines()
    return {**plain, "processes": {str(con_id): _segments(row) for con_id, row in sorted(timelines.items())}}


def load_markets(
    data: dict[str, Any], market: Market, instrument: Callable[[int], Instrument | None], path: str, *, seed: int
) -> Callable[[], None]:
    """Check saved markets; the function returned puts them in place of the present ones.

    `seed` is that of the markets saved. Raises CodecError.
    """
    plain = {name: load_hint(kind, data.get(name, {}), f"{path}.{name}") for name, kind in _PLAIN.items()}
    for name, rows in plain.items():
        for con_id in rows:
            _known(instrument, con_id, f"{path}.{name}.{con_id}")
    processes = load_hint(dict[int, list[Any]], data.get("processes", {}), f"{path}.processes")
    timelines = {
        con_id: _timeline(market, _known(instrument, con_id, f"{path}.processes.{con_id}"), rows, path, seed)
        for con_id, rows in processes.items()
    }

    def apply() -> None:
        market.seed = seed
        market.reset()
        for name, rows in plain.items():
            getattr(market, name).update(rows)
        for con_id, segments in timelines.items():
            found = instrument(con_id)
            assert found is not None
            base = market.timeline(found)
            base.segments = [
                Segment(row.since, base.base if process is None else process, row.chosen) for row, process in segments
            ]

    return apply


def _segments(timeline: Timeline) -> list[dict[str, Any]]:
    return [
        {
            "since": row.since,
            "chosen": row.chosen,
            # The instrument's own process needs no description.
            "process": None if row.process is timeline.base else row.process.describe(),
            "volatility": row.process.volatility,
        }
        for row in timeline.segments
    ]


def _timeline(
    market: Market, instrument: Instrument, rows: list[Any], path: str, seed: int
) -> list[tuple[Segment, Process | None]]:
    where = f"{path}.processes.{instrument.con_id}"
    found: list[tuple[Segment, Process | None]] = []
    for number, row in enumerate(rows):
        here = f"{where}[{number}]"
        spec = load_hint(dict[str, Any], row, here)
        since, chosen = (
            load(float, spec.get("since"), f"{here}.since"),
            load(bool, spec.get("chosen"), f"{here}.chosen"),
        )
        volatility = load(float, spec.get("volatility", 0.0), f"{here}.volatility")
        process = _process(market, instrument, spec.get("process"), volatility, here, seed)
        found.append((Segment(since, market.timeline(instrument).base, chosen), process))
    return found


def _process(
    market: Market, instrument: Instrument, spec: Any, volatility: float, path: str, seed: int
) -> Process | None:
    if spec is None:
        return None
    since = load(float, load_hint(dict[str, Any], spec, f"{path}.process").get("since"), f"{path}.process.since")
    moment = datetime.fromtimestamp(since, UTC)
    own = market.timeline(instrument).base
    start = Start(
        seed, instrument, since, market.quote(instrument, moment), own.price(since), volatility or own.volatility
    )
    try:
        return build(spec, start)
    except ProcessError as error:
        raise CodecError(f"{path}.process", str(error)) from None


def _known(instrument: Callable[[int], Instrument | None], con_id: int, path: str) -> Instrument:
    found = instrument(con_id)
    if found is None:
        raise CodecError(path, "there is no such instrument")
    return found
