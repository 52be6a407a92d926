"""Takes account numbers, names and free text out of what is recorded, always in the same way.

DU1234567 becomes DU0000001 wherever it stands, of the same length; a reference a user wrote on an order becomes
text-1. Everything else stays, so that a recording can be read and replayed: prices, quantities, ids IB gives.
"""

import re

from tws_simulator.messages.names import MESSAGES, name_request
from tws_simulator.messages.versions import FA_PROFILE_GONE
from tws_simulator.recorder.file import Event

# What an account number looks like: paper ones begin with D, then individuals (U), advisors (F), brokers (I).
ACCOUNT = re.compile(r"(?<![A-Za-z0-9])D?[UFI][A-Z]?\d{5,9}(?![A-Za-z0-9])")
PSEUDONYM = re.compile(r"text-\d+")
_PRIVATE_IN_REQUESTS = {
    "order_ref", "model_code", "model", "fa_group", "fa_profile", "settling_firm", "clearing_account", "ext_operator",
    "soft_dollar_name", "soft_dollar_value", "mifid_1", "mifid_2", "mifid_3", "mifid_4", "dno_account", "group",
}  # fmt: skip
_PRIVATE_IN_MESSAGES = {"order_ref", "model_code", "brand", "xml"}
_PUBLIC_GROUPS = {"All", "$LEDGER"}
_MANAGED_ACCOUNTS, _FAMILY_CODES, _SCANNER = "15", "78", "19"
_BEFORE_ADVISOR = {"5": ("shares_allocation", 0), "101": ("perm_id", 4)}
"""Orders told: after which field, and how many more, the advisor's group begins."""


class Redactor:
    """Remembers what became of what, for all connections of one recording."""

    def __init__(self) -> None:
        self._accounts: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._odd: re.Pattern[str] | None = None
        """Account numbers that do not look like any."""

    def redact(self, event: Event, version: int | None) -> Event:
        """The event as it may be written down; `version` is the server version, None before it is agreed on."""
        if event.kind not in {"in", "out"}:
            return Event(event.connection, event.at, event.kind, raw=self._bytes(event.raw), by=event.by)
        fields = list(event.fields)
        if version is not None:
            places = self._places_in(fields, version) if event.kind == "in" else self._places_out(fields, version)
            if event.kind == "out" and fields[0] == _MANAGED_ACCOUNTS:
                self._learn(fields[-1].split(","))
            for place in places:
                if place < len(fields):
                    fields[place] = self._text(fields[place])
        fields = [self._without_accounts(text) for text in fields]
        return Event(event.connection, event.at, event.kind, tuple(fields), event.terminated)

    def _places_in(self, fields: list[str], version: int) -> list[int]:
        return [at for at, (name, _) in enumerate(name_request(fields, version), 1) if name in _PRIVATE_IN_REQUESTS]

    def _places_out(self, fields: list[str], version: int) -> list[int]:
        number = fields[0]
        if number == _SCANNER:
            return []
        if number == _FAMILY_CODES:
            return list(range(3, len(fields), 2))
        names = MESSAGES.get(int(number), ("", ()))[1] if number.isascii() and number.isdigit() else ()
        places = [at for at, name in enumerate(names, 1) if name in _PRIVATE_IN_MESSAGES]
        if number in _BEFORE_ADVISOR:
            after = names.index(_BEFORE_ADVISOR[number][0]) + 1 + _BEFORE_ADVISOR[number][1]
            profile = 0 if version >= FA_PROFILE_GONE else 1
            # Then come group, method, percentage, in older versions profile, and model.
            places += [after + 1, *([after + 4] if profile else []), after + 4 + profile]
        return places

    def _learn(self, names: list[str]) -> None:
        odd = [name for name in names if name and not ACCOUNT.fullmatch(name)]
        for name in filter(None, names):
            if name in odd:
                self._accounts.setdefault(name, f"X{len(self._accounts) + 1:0{max(1, len(name) - 1)}d}")
            else:
                self._account(name)
        if odd:
            known = sorted((name for name in self._accounts if not ACCOUNT.fullmatch(name)), key=len, reverse=True)
            self._odd = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, known))})(?![A-Za-z0-9])")

    def _without_accounts(self, text: str) -> str:
        if self._odd is not None:
            text = self._odd.sub(lambda found: self._accounts[found.group()], text)
        return ACCOUNT.sub(lambda found: self._account(found.group()), text)

    def _account(self, name: str) -> str:
        if name not in self._accounts:
            letters = name.rstrip("0123456789")
            self._accounts[name] = f"{letters}{len(self._accounts) + 1:0{len(name) - len(letters)}d}"
        return self._accounts[name]

    def _text(self, text: str) -> str:
        if not text or text in _PUBLIC_GROUPS:
            return text
        return self._texts.setdefault(text, f"text-{len(self._texts) + 1}")

    def _bytes(self, raw: bytes) -> bytes:
        return self._without_accounts(raw.decode("latin-1")).encode("latin-1") if raw else raw


class NoRedactor(Redactor):
    """Leaves everything as it is."""

    def redact(self, event: Event, version: int | None) -> Event:
        """The same event."""
        return event
