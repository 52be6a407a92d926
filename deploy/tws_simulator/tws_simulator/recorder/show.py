"""A recording in words."""

from collections.abc import Iterator

from tws_simulator.messages.names import Named, message_name, name_message, name_request, request_name
from tws_simulator.recorder.file import Event, Recording

_ARROWS = {"in": "->", "out": "<-"}


def described(recording: Recording, *, connection: int | None = None, all_fields: bool = False) -> Iterator[str]:
    """One line for every event; without `all_fields` empty fields are left out."""
    versions: dict[int, int] = {}
    for event in recording.events:
        if event.kind == "out" and event.connection not in versions:
            versions[event.connection] = int(event.fields[0]) if event.fields[0].isdigit() else 0
            greeted = False
        else:
            greeted = True
        if connection in {None, event.connection}:
            yield f"{event.at:>11.6f} {event.connection:>3} {_said(event, versions, greeted, all_fields)}"
    if recording.torn:
        yield "the end is missing: the recorder was killed while it wrote"


def _said(event: Event, versions: dict[int, int], greeted: bool, all_fields: bool) -> str:
    if event.kind == "close":
        return f"closed by {event.by}"
    if event.kind not in _ARROWS:
        return f"{event.kind} {len(event.raw)} bytes" if event.raw else event.kind
    fields = list(event.fields)
    version = versions.get(event.connection)
    if version is None or not greeted:
        return f"{_ARROWS[event.kind]} handshake {' '.join(fields)}"
    name = request_name(fields) if event.kind == "in" else message_name(fields)
    named: Named = name_request(fields, version) if event.kind == "in" else name_message(fields)
    shown = " ".join(f"{key}={text!r}" for key, text in named if text or all_fields)
    return f"{_ARROWS[event.kind]} {name} {shown}".rstrip()
