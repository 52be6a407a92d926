"""Reads bars and quotes that were written to CSV or JSON lines."""

import csv
import io
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tws_simulator.exchange.processes.bars import FileBar, check_bars
from tws_simulator.exchange.processes.base import ProcessError

MAX_ROWS = 1_000_000
_BAR_COLUMNS = ("open", "high", "low", "close")
_QUOTE_COLUMNS = ("bid", "ask", "bid_size", "ask_size", "last", "last_size")


def read_bars(text: str) -> list[FileBar]:
    """Bars of a CSV text with the columns time, open, high, low, close and, if known, volume. Raises ProcessError."""
    bars: list[FileBar] = []
    for row, cells in _rows(text):
        prices = {name: _number(cells.get(name), f"row {row}: {name}") for name in _BAR_COLUMNS}
        volume = _number(cells.get("volume") or 0, f"row {row}: volume")
        bars.append(FileBar(at=_moment(cells.get("time"), row), volume=volume, **prices))
    check_bars(bars)
    return bars


def read_quotes(text: str) -> list[tuple[float, dict[str, str]]]:
    """Recorded quotes: moment (seconds since the epoch) and the values given for it, as text. Raises ProcessError.

    CSV with a header line, or one JSON object a line. A value left empty stays as it was in the row before.
    """
    rows: list[tuple[float, dict[str, str]]] = []
    for row, cells in _rows(text):
        at = _moment(cells.get("time"), row)
        if rows and at < rows[-1][0]:
            raise ProcessError(f"row {row}: times must not go back")
        rows.append((at, {name: str(cells[name]) for name in _QUOTE_COLUMNS if cells.get(name) not in {None, ""}}))
    if not rows:
        raise ProcessError("there are no quotes")
    return rows


def _rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows by column name, counted from 1."""
    lines = _json_lines(text) if text.lstrip().startswith("{") else _csv_lines(text)
    for count, cells in enumerate(lines, start=1):
        if count > MAX_ROWS:
            raise ProcessError(f"more than {MAX_ROWS} rows")
        yield count, cells


def _csv_lines(text: str) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(text.strip().removeprefix("\ufeff")), skipinitialspace=True)
    names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    if "time" not in names:
        raise ProcessError("the first line must name the columns, time among them")
    reader.fieldnames = names
    try:
        for number, cells in enumerate(reader, start=1):
            if None in cells or None in cells.values():
                raise ProcessError(f"row {number}: {len(names)} columns expected")
            yield cells
    except csv.Error as error:
        raise ProcessError(f"no CSV: {error}") from None


def _json_lines(text: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
        except ValueError:
            raise ProcessError(f"line {number} is no JSON") from None
        if not isinstance(cells, dict):
            raise ProcessError(f"line {number} is no JSON object")
        yield cells


def _number(value: object, name: str) -> float:
    try:
        number = float(str(value))
    except ValueError:
        raise ProcessError(f"{name} is missing or no number") from None
    if not math.isfinite(number):
        raise ProcessError(f"{name} must be finite")
    return number


def _moment(value: object, row: int) -> float:
    """Seconds since the epoch out of ISO 8601, `yyyymmdd[ hh:mm:ss]` or a number; without a zone it is UTC."""
    text = str(value if value is not None else "").strip()
    for form in ("%Y%m%d", "%Y%m%d %H:%M:%S", "%Y%m%d-%H:%M:%S"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except ValueError:
        return _number(text, f"row {row}: time")
