"""The two requests of the Flex Web Service: ask for a statement, then fetch it by its reference code."""

import hashlib
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from tws_simulator.clock import new_york, trading_day
from tws_simulator.exchange.orders import Execution
from tws_simulator.flex.codes import FLEX_CODES, IN_PROGRESS
from tws_simulator.flex.statement import Period, statement

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway

ACTIVITY, CONFIRMATIONS = "1", "2"
"""The query ids: activity of finished days, and confirmations of trades a few minutes after they happened."""
_KINDS = {ACTIVITY: "AF", CONFIRMATIONS: "TCF"}
MAX_DAYS = 365
_CONFIRMED_AFTER = timedelta(minutes=5)
_KEPT = 100
_PER_MINUTE = 10


@dataclass(frozen=True, slots=True)
class _Asked:
    """A statement that was asked for."""

    query: str
    period: Period
    at: datetime


class FlexError(Exception):
    """A code of the Flex Web Service."""

    def __init__(self, code: int) -> None:
        super().__init__(FLEX_CODES[code])
        self.code = code


class FlexService:
    """Statements of one Gateway. Any token of digits or letters is accepted; the query ids are 1 and 2."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._asked: dict[str, _Asked] = {}
        self._count = 0
        self._requests: dict[str, deque[datetime]] = {}

    def send_request(self, token: str, query: str, version: str, period: Period | None, url: str) -> str:
        """The answer to SendRequest: a reference code, or an error."""
        try:
            self._check(token, version, "send")
            if query not in _KINDS:
                raise FlexError(1014)
            reference = self._ask(query, period or self._usual_period(query))
        except FlexError as error:
            return self._failure(error)
        return self._response("Success", {"ReferenceCode": reference, "Url": url})

    def get_statement(self, token: str, reference: str, version: str) -> str:
        """The answer to GetStatement: the statement, or an error."""
        try:
            self._check(token, version, "get")
            asked = self._asked.get(reference)
            if asked is None:
                raise FlexError(1017)
        except FlexError as error:
            return self._failure(error)
        rows = self._executions(asked)
        return statement(self._gateway, asked.period, asked.at, rows, kind=_KINDS[asked.query])

    # Inside ------------------------------------------------------------------------------------------------------

    def _check(self, token: str, version: str, step: str) -> None:
        if not token.isalnum():
            raise FlexError(1015)
        if version != "3":
            raise FlexError(1020)
        self._count_request(token)
        given = self._gateway.faults.take("flex_error", lambda row: row["step"] == step)
        if given is not None:
            raise FlexError(given["code"])

    def _count_request(self, token: str) -> None:
        if not self._gateway.faults.has("flex_pacing"):
            return
        now = self._gateway.clock.now()
        recent = self._requests.setdefault(token, deque())
        while recent and recent[0] <= now - timedelta(minutes=1):
            recent.popleft()
        if len(recent) >= _PER_MINUTE or (recent and recent[-1] > now - timedelta(seconds=1)):
            raise FlexError(1018)
        recent.append(now)

    def _ask(self, query: str, period: Period) -> str:
        if not timedelta(0) <= period.last - period.first <= timedelta(days=MAX_DAYS):
            raise FlexError(1020)
        self._count += 1
        digest = hashlib.blake2b(f"{self._gateway.settings.seed} {self._count}".encode(), digest_size=6).digest()
        reference = str(10**9 + int.from_bytes(digest, "big") % (9 * 10**9))
        self._asked[reference] = _Asked(query, period, self._gateway.clock.now())
        for old in list(self._asked)[:-_KEPT]:
            del self._asked[old]
        return reference

    def _usual_period(self, query: str) -> Period:
        today = trading_day(self._gateway.clock.now())
        if query == CONFIRMATIONS:
            return Period(today, today)
        return Period(today - timedelta(days=7), today - timedelta(days=1))

    def _executions(self, asked: _Asked) -> list[Execution]:
        """An activity statement ends yesterday; a confirmation comes some minutes after its trade."""
        today = trading_day(asked.at)
        rows = [row for row in self._gateway.broker.state.executions if asked.period.holds(row.at)]
        if asked.query == CONFIRMATIONS:
            return [row for row in rows if row.at <= asked.at - _CONFIRMED_AFTER]
        return [row for row in rows if trading_day(row.at) < today]

    def _failure(self, error: FlexError) -> str:
        status = "Warn" if error.code == IN_PROGRESS else "Fail"
        return self._response(status, {"ErrorCode": str(error.code), "ErrorMessage": str(error)})

    def _response(self, status: str, rows: dict[str, str]) -> str:
        now = new_york(self._gateway.clock.now())
        root = ElementTree.Element("FlexStatementResponse", timestamp=f"{now:%d %B, %Y %I:%M %p %Z}")
        for name, text in {"Status": status, **rows}.items():
            ElementTree.SubElement(root, name).text = text
        return ElementTree.tostring(root, encoding="unicode")
