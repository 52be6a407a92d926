"""The result of a drill, for people and as JSON."""

import json
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.desk.home import REPOSITORY
from tests.drill.books import Findings
from tests.drill.kinds import KINDS
from tests.drill.listener import Listener
from tests.drill.monitor import Recovery, spread
from tests.drill.plan import Plan
from tests.drill.strikes import Striker
from tests.drill.traffic import Traffic

_HIDDEN = {"by_kind", "missed_by_kind"}


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All figures of one drill. Times in seconds."""

    figures: dict[str, Any]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled, wrong or left open."""
        return not self.figures["failures"]

    def text(self) -> str:
        """For the console."""
        rows = self.figures
        lines = [f"drill of {rows['minutes']} minutes, seed {rows['seed']} (the same seed repeats the same plan)"]
        for title in ("faults", "traffic", "stream", "recovery"):
            lines.append(f"  {title}")
            lines += [f"    {name:<34} {_value(value)}" for name, value in rows[title].items() if name not in _HIDDEN]
        lines.append("    by kind: " + ", ".join(f"{name} {n}" for name, n in rows["faults"]["by_kind"].items()))
        lines.append("  result")
        lines += [f"    {name:<34} {count}" for name, count in rows["result"].items()]
        for name, found in rows["failures"].items():
            lines += [f"    {name}: {row}" for row in found[:20]]
        lines.append("drill: clean" if self.is_clean else "drill: FAILED")
        return "\n".join(lines)

    def write(self, path: Path) -> None:
        """As JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.figures, indent=2) + "\n")


def make_scorecard(
    *,
    plan: Plan,
    striker: Striker,
    traffic: Traffic,
    listener: Listener,
    recovery: Recovery,
    findings: Findings,
    settled: float,
) -> Scorecard:
    """Put everything together."""
    minutes = plan.seconds / 60
    return Scorecard(
        {
            "seed": plan.seed,
            "minutes": round(minutes, 2),
            "commit": _commit(),
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "rates": {
                "faults_a_minute": round(len(plan.strikes) / minutes, 1),
                "requests_a_minute": round(len(plan.moves) / minutes, 1),
            },
            "faults": _faults(striker),
            "traffic": _traffic(traffic),
            "stream": {
                "events seen": len(listener.seen),
                "connections": listener.connections,
                "resets": listener.resets,
                "events that came twice": listener.twice,
            },
            "recovery": {
                "times the gateway was not ready": len(recovery.outages),
                "seconds to notice": spread(recovery.detected),
                "seconds not ready": spread(recovery.outages),
                "seconds to settle at the end": settled,
                "by_kind": {
                    name: {"notice": spread(row.detected), "ready": spread(row.ready)}
                    for name, row in sorted(recovery.by_kind.items())
                },
            },
            "result": {name: len(getattr(findings, name)) for name in findings.__slots__},
            "failures": findings.failures(),
            "honest_unknowns": findings.honest_unknowns,
        }
    )


def _faults(striker: Striker) -> dict[str, Any]:
    by_kind = striker.by_kind()
    missed = Counter(row.kind for row in striker.struck if not row.done)
    notes = {row.kind: row.note for row in striker.struck if not row.done and row.note}
    return {
        "struck": sum(by_kind.values()),
        "kinds": len(by_kind),
        "kinds known": len(KINDS),
        "missed (nothing to strike)": sum(missed.values()),
        "starts of the standby gateway": striker.standby.starts,
        "by_kind": by_kind,
        "missed_by_kind": {kind: {"count": missed[kind], "why": notes.get(kind, "")} for kind in sorted(missed)},
    }


def _traffic(traffic: Traffic) -> dict[str, Any]:
    return {
        "requests": len(traffic.requests),
        "orders asked for": len(traffic.intents),
        "orders accepted": sum(intent.was_accepted for intent in traffic.intents),
        "modifies accepted": traffic.done("modify"),
        "cancels accepted": traffic.done("cancel"),
        "cancel-all accepted": traffic.done("cancel_all"),
        "repeats answered": traffic.done("repeat"),
        "previews answered": traffic.done("preview"),
        "refusals by code": traffic.refusals(),
    }


def _commit() -> str:
    """The commit that was drilled; a `+` says that the tree was not clean."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if changed else "")


def _value(value: Any) -> str:
    return ", ".join(f"{key} {count}" for key, count in value.items()) if isinstance(value, dict) else str(value)
