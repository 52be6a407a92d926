"""The table of kept scorecards in docs/drill.md: `python -m tests.drill.report` writes it anew from docs/results."""

import json
from pathlib import Path
from typing import Any

from config.desk.home import REPOSITORY

BEGIN, END = "<!-- scorecards: written by python -m tests.drill.report -->", "<!-- end of scorecards -->"
_COLUMNS = ("seed", "minutes", "commit", "faults", "kinds", "requests", "orders", "events", "ready again", "result")
_KILLS = ("kill_gateway", "kill_web", "kill_worker", "kill_postgres", "kill_redis")


def render_page(results: Path, page: Path) -> None:
    """Put the table of all `drill-*.json` between the marks of the page. Raises ValueError without marks."""
    text = page.read_text()
    if BEGIN not in text or END not in text:
        raise ValueError(f"{page} has no place for the scorecards")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    cards = [json.loads(path.read_text()) for path in results.glob("drill-*.json")]
    page.write_text(f"{before}{BEGIN}\n{table(cards)}\n{END}{after}")


def table(cards: list[dict[str, Any]]) -> str:
    """The scorecards as Markdown, the longest and newest first."""
    ordered = sorted(cards, key=lambda card: (-card["minutes"], card["finished_at"], card["seed"]))
    rows = [_COLUMNS, ("---",) * len(_COLUMNS), *(_row(card) for card in ordered)]
    lines = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(["", *lines, "", *(_kills(card) for card in ordered), ""])


def _row(card: dict[str, Any]) -> tuple[Any, ...]:
    failures = {name: len(found) for name, found in card["failures"].items()}
    result = ", ".join(f"{name} {count}" for name, count in failures.items()) or "nothing lost, doubled or wrong"
    ready = card["recovery"]["seconds not ready"]
    return (
        card["seed"],
        f"{card['minutes']:g}",
        f"`{card['commit']}`",
        card["faults"]["struck"],
        card["faults"]["kinds"],
        card["traffic"]["requests"],
        card["traffic"]["orders accepted"],
        card["stream"]["events seen"],
        f"{ready['median']} s (p95 {ready['p95']} s)",
        result,
    )


def _kills(card: dict[str, Any]) -> str:
    struck = card["faults"]["by_kind"]
    told = ", ".join(f"{name.removeprefix('kill_')} {struck.get(name, 0)}" for name in _KILLS)
    return f"Seed {card['seed']}: `kill -9` of {told}; {card['result']['honest_unknowns']} honest unknowns.\n"


if __name__ == "__main__":
    render_page(REPOSITORY / "docs" / "results", REPOSITORY / "docs" / "drill.md")
