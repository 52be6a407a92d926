"""What people read: tables with aligned columns, and lists of names and values."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

Row = dict[str, Any]


def table(rows: Iterable[Row], columns: Sequence[str], *, empty: str = "none") -> str:
    """Rows under the names of their columns; numbers stand to the right."""
    cells = [[text_of(row.get(name)) for name in columns] for row in rows]
    if not cells:
        return empty
    widths = [max(len(name), *(len(row[at]) for row in cells)) for at, name in enumerate(columns)]
    right = [all(_is_number(row[at]) for row in cells) for at in range(len(columns))]
    lines = [list(columns), *cells]
    return "\n".join(
        "  ".join(
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def values(row: Row) -> str:
    """Names and values, one a line."""
    width = max(map(len, row), default=0)
    return "\n".join(f"{name.ljust(width)}  {text_of(value)}" for name, value in row.items())


def text_of(value: Any) -> str:
    """A value in a cell."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (dict, list)):
        return json.dumps(value) if value else "-"
    return _moment(str(value))


def _moment(text: str) -> str:
    """A time without the noise: seconds are enough, and it is UTC."""
    if len(text) < 19 or text[4:5] != "-" or text[10:11] != "T":
        return text
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return text


def _is_number(text: str) -> bool:
    return text == "-" or text.replace(".", "", 1).replace("-", "", 1).isdigit()
