"""Everything about one incident for its page, readable for a person."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.shared.figures import NOTHING, pill
from trading.admin.story import pretty
from trading.admin.trade_log import link_to
from trading.domain.incidents import IncidentKind
from trading.models import Incident

_SHOWN_APART = frozenset({"order", "sent", "ib_said", "complete_answers", "since", "why"})
_SAYS = {
    IncidentKind.ORDER_UNSETTLED: "The order was in none of them.",
    IncidentKind.ORDER_SWALLOWED: "None of them settled the request.",
}


def state_pill(incident: Incident, *, in_list: bool = False) -> SafeString:
    """Open, being waited for, or over; what waits for a person marks its row."""
    if not incident.is_open:
        return pill("over", "calm")
    if incident.acknowledged_at is not None:
        return pill("waiting", "warn")
    return pill("open", "alarm", marker="desk-row-unknown" if in_list else "")


def page(incident: Incident) -> dict[str, Any]:
    """The template's context."""
    evidence: dict[str, Any] = incident.evidence
    answers = evidence.get("complete_answers")
    return {
        "incident": incident,
        "state_pill": state_pill(incident),
        "facts": _facts(incident),
        "order_facts": [(_words(name), _shown(value)) for name, value in (evidence.get("order") or {}).items()],
        "sent": evidence.get("sent"),
        "answers": answers,
        "answer_rows": _answer_rows(answers) if answers else [],
        "answers_say": _SAYS.get(IncidentKind(incident.kind), ""),
        "said": _messages(evidence["ib_said"]) if "ib_said" in evidence else None,
        "others": [(_words(name), pretty(value)) for name, value in evidence.items() if name not in _SHOWN_APART],
        "history": incident.entries.select_related("actor").order_by("id"),
    }


def _facts(incident: Incident) -> list[tuple[str, Any]]:
    evidence = incident.evidence
    rows: list[tuple[str, Any]] = [
        ("Account", incident.account_id or NOTHING),
        ("Order", link_to(incident.order) if incident.order else NOTHING),
        ("About", incident.subject),
        ("Severity", incident.severity.value),
        ("Opened (UTC)", f"{incident.opened_at:%Y-%m-%d %H:%M:%S}"),
        ("Last seen (UTC)", f"{incident.last_seen_at:%Y-%m-%d %H:%M:%S}"),
    ]
    if evidence.get("since"):
        rows.append(("Not settled since (UTC)", evidence["since"]))
    if evidence.get("why"):
        rows.append(("Why", evidence["why"]))
    return rows


def _answer_rows(answers: dict[str, Any]) -> list[tuple[str, Any]]:
    named = [("first", answers.get("first")), ("latest", answers.get("last"))]
    return [(name, row) for name, row in named if row]


def _messages(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**message, "json": pretty(message["payload"])} for message in said]


def _words(name: str) -> str:
    words = name.replace("_", " ").replace("ib ", "IB ").replace(" ib", " IB")
    return words[:1].upper() + words[1:]


def _shown(value: Any) -> Any:
    if value in (None, "", []):
        return NOTHING
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return format_html("{}", value)
