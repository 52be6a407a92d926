"""Says to another gateway what the clients of a recording said, and looks for replies of another kind.

Prices, quantities and times differ between gateways; what should not is that a request is answered, by which kinds
of messages, with which error codes and order states. Replies that come by themselves are only looked for.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field

from tws_simulator.messages.names import name_request, request_name
from tws_simulator.recorder.file import Event, Recording
from tws_simulator.recorder.frames import Cutter
from tws_simulator.recorder.kinds import Kind, kind_of
from tws_simulator.wire.framing import API_PREFIX, frame

_NEXT_ID, _ACCOUNTS = "9", "15"
_ORDER_IDS = {"order_id", "parent_id"}
_SETTLE_SECONDS = 0.3
"""How long the last replies are waited for, to hear refusals that were not recorded."""


@dataclass(frozen=True, slots=True)
class KindDifference:
    """The first reply that is not of the kind recorded."""

    connection: int
    number: int
    request: str
    text: str

    def __str__(self) -> str:
        where = f"difference in connection {self.connection}, message {self.number} of the client"
        return f"{where}\n{self.request}\n{self.text}"


class Comparison:
    """Drives a gateway through all connections of a recording, one after another as they were opened."""

    def __init__(self, recording: Recording, host: str, port: int, *, patience: float = 5.0) -> None:
        self._recording = recording
        self._target = (host, port)
        self._patience = patience

    async def run(self) -> KindDifference | None:
        """The first difference, None if there is none. Raises OSError when the gateway does not answer."""
        for number in self._recording.connections():
            reader, writer = await asyncio.open_connection(*self._target)
            try:
                found = await _Drive(number, self._recording.of(number), reader, writer, self._patience).run()
            finally:
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()
            if found is not None:
                return found
        return None


@dataclass(slots=True)
class _Step:
    """One message of the client and what was answered until the next one."""

    event: Event
    expected: list[Kind] = field(default_factory=list)


class _Drive:
    """One connection."""

    def __init__(
        self,
        number: int,
        events: list[Event],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        patience: float,
    ) -> None:
        self._number = number
        self._reader = reader
        self._writer = writer
        self._patience = patience
        self._cutter = Cutter(from_client=False)
        self._version = 0
        self._recorded_version = 0
        self._shift = 0
        self._recorded_next = 0
        self._accounts: dict[str, str] = {}
        self._recorded_accounts: list[str] = []
        self._seen: set[Kind] = set()
        self._refusals: list[Kind] = []
        self._closed = False
        self._known: set[Kind] = set()
        self._steps = self._plan(events)

    async def run(self) -> KindDifference | None:
        """Say one message after another, each when the one before was answered."""
        for count, step in enumerate(self._steps, 1):
            self._send(step.event, first=count == 1)
            if not await self._answered(step, first=count == 1):
                return self._missing(count, step)
            unexpected = self._unexpected()
            if unexpected is not None:
                return KindDifference(
                    self._number, count, self._asked(step), f"got {unexpected}, which was not recorded"
                )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_SECONDS):
                while not self._closed:
                    await self._listen()
        unexpected = self._unexpected()
        if unexpected is None:
            return None
        last = self._steps[-1]
        return KindDifference(
            self._number, len(self._steps), self._asked(last), f"got {unexpected}, which was not recorded"
        )

    def _plan(self, events: list[Event]) -> list[_Step]:
        steps: list[_Step] = []
        for event in events:
            if event.kind == "in":
                steps.append(_Step(event))
            elif event.kind == "out" and steps:
                fields = list(event.fields)
                if not self._recorded_version:
                    self._recorded_version = int(fields[0]) if fields[0].isdigit() else 0
                    continue
                self._note_recorded(fields)
                kind = kind_of(fields, self._recorded_version)
                if kind is not None:
                    steps[-1].expected.append(kind)
                    self._known.add(kind)
        return steps

    def _note_recorded(self, fields: list[str]) -> None:
        if fields[0] == _NEXT_ID and not self._recorded_next and fields[-1].isdigit():
            self._recorded_next = int(fields[-1])
        elif fields[0] == _ACCOUNTS and not self._recorded_accounts:
            self._recorded_accounts = fields[-1].split(",")

    def _send(self, event: Event, *, first: bool) -> None:
        if first:
            # The version recorded is the only one wanted: others would be answered in another form.
            payload = f"v{self._recorded_version}..{self._recorded_version}".encode()
            self._writer.write(API_PREFIX + frame(payload))
            return
        fields = list(event.fields)
        for at, (name, text) in enumerate(name_request(fields, self._recorded_version), 1):
            if name in _ORDER_IDS and text.isdigit() and int(text) >= self._recorded_next > 0:
                fields[at] = str(int(text) + self._shift)
            fields[at] = self._accounts.get(fields[at], fields[at])
        payload = Event(event.connection, event.at, "in", tuple(fields), event.terminated).payload
        self._writer.write(frame(payload))

    async def _answered(self, step: _Step, *, first: bool) -> bool:
        """Wait for everything that was answered in the recording."""
        wanted = {self._translated(kind) for kind in step.expected}
        ends = asyncio.get_running_loop().time() + self._patience
        try:
            async with asyncio.timeout_at(ends):
                await self._writer.drain()
                while (first and not self._version) or not wanted <= self._seen:
                    if self._closed:
                        return False
                    await self._listen()
        except (TimeoutError, ConnectionError):
            return False
        return True

    async def _listen(self) -> None:
        data = await self._reader.read(65536)
        self._closed = not data
        for whole, payload in self._cutter.feed(data):
            if whole:
                self._take(payload.decode("utf-8", "surrogateescape").removesuffix("\0").split("\0"))

    def _take(self, fields: list[str]) -> None:
        if not self._version:
            self._version = int(fields[0]) if fields[0].isdigit() else -1
            return
        if fields[0] == _NEXT_ID and fields[-1].isdigit() and not self._shift:
            self._shift = int(fields[-1]) - self._recorded_next
        elif fields[0] == _ACCOUNTS and not self._accounts:
            self._accounts = dict(zip(self._recorded_accounts, fields[-1].split(","), strict=False))
        kind = kind_of(fields, self._version)
        if kind is not None:
            self._seen.add(kind)
            if kind.is_refusal:
                self._refusals.append(kind)

    def _translated(self, kind: Kind) -> Kind:
        """A recorded kind with the order numbers of the gateway that is here now."""
        if self._shift and kind.owner.isdigit() and kind.owner in self._order_ids():
            return Kind(str(int(kind.owner) + self._shift), kind.name)
        return kind

    def _order_ids(self) -> set[str]:
        found = set()
        for step in self._steps:
            if step.event.fields[0] in {"3", "4"}:
                named = dict(name_request(list(step.event.fields), self._recorded_version))
                if int(named.get("order_id") or 0) >= self._recorded_next:
                    found.add(named["order_id"])
        return found

    def _unexpected(self) -> Kind | None:
        known = {self._translated(kind) for kind in self._known}
        return next((kind for kind in self._refusals if kind not in known), None)

    def _missing(self, count: int, step: _Step) -> KindDifference:
        missing = [kind for kind in step.expected if self._translated(kind) not in self._seen]
        owner = self._translated(missing[0]).owner if missing else ""
        instead = sorted(kind.name for kind in self._seen if owner and kind.owner == owner)
        what = "it closed the connection" if self._closed else f"it did not come within {self._patience:g} seconds"
        text = f"expected {missing[0] if missing else 'the greeting'}; {what}"
        if instead:
            text += f"; for this id came {', '.join(instead)}"
        return KindDifference(self._number, count, self._asked(step), text)

    def _asked(self, step: _Step) -> str:
        return f"asked    {request_name(step.event.fields)}: {' '.join(text or '-' for text in step.event.fields[:20])}"
