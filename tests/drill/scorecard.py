"""The result of a drill, for people and as JSON."""

import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.drill.compare import Findings
from tests.drill.kinds import KINDS
from tests.drill.listener import Listener
from tests.drill.monitor import Recovery
from tests.drill.plan import Plan
from tests.drill.strikes import Striker
from tests.drill.traffic import Traffic


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
            lines += [f"    {name:<34} {_value(value)}" for name, value in rows[title].items() if name != "by_kind"]
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
    *, plan: Plan, striker: Striker, traffic: Traffic, listener: Listener, recovery: Recovery, findings: Findings
) -> Scorecard:
    """Put everything together."""
    done = [row for row in striker.struck if row.done]
    by_kind = striker.by_kind()
    accepted = sum(intent.was_accepted for intent in traffic.intents)
    result = {name: len(getattr(findings, name)) for name in findings.__slots__}
    return Scorecard(
        {
            "seed": plan.seed,
            "minutes": round(plan.seconds / 60, 2),
            "faults": {
                "struck": len(done),
                "kinds": len(by_kind),
                "kinds_known": len(KINDS),
                "missed (target was down already)": len(striker.struck) - len(done),
                "by_kind": by_kind,
            },
            "traffic": {
                "orders asked for": len(traffic.intents),
                "orders accepted": accepted,
                "modifies accepted": traffic.changes["modify"],
                "cancels accepted": traffic.changes["cancel"],
                "refusals by code": dict(sorted(traffic.refused.items())),
            },
            "stream": {
                "events seen": len(listener.seen),
                "connections": listener.connections,
                "resets": listener.resets,
                "events that came twice": listener.twice,
            },
            "recovery": {
                "times the gateway was not ready": len(recovery.outages),
                "seconds to notice, median": _median(recovery.detected),
                "seconds to notice, longest": max(recovery.detected, default=None),
                "seconds not ready, median": _median(recovery.outages),
                "seconds not ready, longest": max(recovery.outages, default=None),
            },
            "result": result,
            "failures": findings.failures(),
        }
    )


def _median(values: list[float]) -> float | None:
    return round(statistics.median(values), 2) if values else None


def _value(value: Any) -> str:
    return ", ".join(f"{key} {count}" for key, count in value.items()) if isinstance(value, dict) else str(value)
