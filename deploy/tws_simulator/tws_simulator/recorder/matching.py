"""Compares what a client says with what it said in a recording, and translates ids between the two.

A client chooses some of what it says anew in every run: request and order ids, its client id, times. Those may
differ, if they differ consistently: whoever was 5 and is 7 stays 7, and replies to 5 become replies to 7.
"""

import re
from dataclasses import dataclass, field

from tws_simulator.messages.names import HANDSHAKE, MESSAGES, name_message, name_request, request_name
from tws_simulator.recorder.redaction import ACCOUNT, PSEUDONYM
from tws_simulator.wire.fields import FieldError, FieldReader

_CONTRACT_DATA = {10, 18}
_SIZE_RULES = 164  # from here on contract data has no version of its own
_IDS = {"req_id", "order_id", "parent_id"}
_TIMES = {
    "end", "start", "time", "good_after", "good_till", "manual_order_time", "manual_cancel_time", "active_start",
    "active_stop",
}  # fmt: skip
_NUMBERS = {"limit_price", "aux_price", "quantity", "strike", "trail_stop_price", "trailing_percent", "cash_quantity"}
_NO_ID = {"", "0", "-1"}
_OFFER = re.compile(r"v(\d+)(?:\.\.(\d+))?")

Fields = list[str]


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field that is not as it was. `expected` or `got` is None where there is no such field."""

    name: str
    expected: str | None
    got: str | None


@dataclass(slots=True)
class Translation:
    """What ids, accounts and texts of the recording are called by the client that is here now."""

    version: int
    ids: dict[str, str] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)

    def differences(self, expected: Fields, got: Fields) -> list[FieldDifference]:
        """How a client's message differs from the one recorded; nothing if it is the same but for what may differ.

        When it is the same, what it tells about ids is remembered.
        """
        if request_name(expected) == HANDSHAKE:
            return [] if self._offers(got) else [FieldDifference("versions", expected[0], got[0])]
        if expected[0] != got[0]:
            return [FieldDifference("request", request_name(expected), request_name(got))]
        learned: list[tuple[dict[str, str], str, str]] = []
        before, now = name_request(expected, self.version), name_request(got, self.version)
        found = [
            FieldDifference(name, old, new)
            for (name, old), (_, new) in zip(before, now, strict=False)
            if not self._fits(name, old, new, learned)
        ]
        found += [FieldDifference(name, old, None) for name, old in before[len(now) :]]
        found += [FieldDifference(name, None, new) for name, new in now[len(before) :]]
        if not found:
            for table, old, new in learned:
                table[old] = new
        return found

    def reply(self, fields: Fields) -> Fields:
        """A recorded reply in the words of the client that is here now."""
        number = int(fields[0]) if fields[0].isascii() and fields[0].isdigit() else -1
        if number not in MESSAGES or not (self.ids or self.clients or self.words):
            return fields
        names = [name for name, _ in name_message(fields)]
        if number in _CONTRACT_DATA:
            names[0 if self.version >= _SIZE_RULES else 1 : 2] = ["req_id"]
        found = [fields[0]]
        for at, text in enumerate(fields[1:]):
            name = names[at] if at < len(names) else ""
            found.append(self._reply_field(name, text))
        return found

    def _reply_field(self, name: str, text: str) -> str:
        if name in _IDS:
            return self.ids.get(text, text)
        if name == "client_id":
            return self.clients.get(text, text)
        if text in self.words:
            return self.words[text]
        return ACCOUNT.sub(lambda found: self.words.get(found.group(), found.group()), text) if self.words else text

    def _offers(self, got: Fields) -> bool:
        offer = _OFFER.match(got[0])
        if offer is None:
            return False
        low, high = int(offer[1]), int(offer[2] or offer[1])
        return low <= self.version <= high

    def _fits(self, name: str, old: str, new: str, learned: list[tuple[dict[str, str], str, str]]) -> bool:
        plain = name.rpartition(".")[2]
        if plain in _IDS:
            return self._same_id(self.ids, old, new, learned)
        if plain == "client_id":
            learned.append((self.clients, old, new))
            return self.clients.get(old, new) == new and new.lstrip("-").isdigit()
        if plain in _TIMES and old and new:
            return old[0].isdigit() == new[0].isdigit()
        if (ACCOUNT.fullmatch(old) and ACCOUNT.fullmatch(new)) or (PSEUDONYM.fullmatch(old) and new):
            learned.append((self.words, old, new))
            return self.words.get(old, new) == new
        return old == new or (plain in _NUMBERS and _number(old) == _number(new))

    @staticmethod
    def _same_id(ids: dict[str, str], old: str, new: str, learned: list[tuple[dict[str, str], str, str]]) -> bool:
        if old in _NO_ID or new in _NO_ID:
            return old == new
        if not new.lstrip("-").isdigit():
            return False
        learned.append((ids, old, new))
        if old in ids:
            return ids[old] == new
        return new not in {value for key, value in ids.items() if key != old}


def report(expected: Fields, got: Fields, differences: list[FieldDifference]) -> str:
    """Both messages by name, and the fields that differ."""
    lines = [f"expected {request_name(expected)}", f"got      {request_name(got)}"]
    if [row.name for row in differences] == ["request"]:
        return "\n".join([*lines, f"expected fields: {_shown(expected)}", f"got fields:      {_shown(got)}"])
    rows = [("field", "expected", "got")]
    rows += [(row.name, _text(row.expected), _text(row.got)) for row in differences]
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    lines += [
        "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join(lines)


def _shown(fields: Fields) -> str:
    return " ".join(text or "-" for text in fields[:30])


def _text(value: str | None) -> str:
    return "(no such field)" if value is None else repr(value)


def _number(text: str) -> object:
    try:
        return FieldReader([text]).decimal()
    except FieldError:
        return text
