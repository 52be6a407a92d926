"""`make test`: the Python suite with coverage, then the front end's, and one closing line with the counts.

The Python suite runs twice over different tests: first side by side in several processes, each with a PostgreSQL, a
Redis and simulators of its own, then what is marked `alone` in one. With arguments (`make test ARGS=tests/unit`) it is
one plain run of pytest.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Many tests wait more than they compute, so two processes pay even on one core; the longest file bounds what more gain
WORKERS = min(max(os.cpu_count() or 1, 2), 4)
SIDE_BY_SIDE = ["-m", "not alone", f"--numprocesses={WORKERS}", "--dist=loadfile", "--no-loadscope-reorder"]
SHARES = [SIDE_BY_SIDE, ["-m", "alone"]]


@dataclass
class Outcome:
    """Of one suite."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    exit_code: int = 0


def run_python(arguments: list[str], reports: Path) -> Outcome:
    """pytest under coverage; a part of the suite (arguments given) is not held to the coverage of the whole."""
    run("coverage", "erase")
    outcome = Outcome("Python")
    for number, share in enumerate([arguments] if arguments else SHARES):
        report = reports / f"python-{number}.xml"
        code = run("coverage", "run", "-m", "pytest", f"--junit-xml={report}", *share)
        outcome.exit_code = outcome.exit_code or code
        if report.exists():
            count_python(report, outcome)
    return outcome


def count_python(report: Path, outcome: Outcome) -> None:
    """Add what a report of pytest tells."""
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        outcome.passed += total - failed - skipped
        outcome.failed += failed
        outcome.skipped += skipped


def run_front_end(report: Path) -> Outcome:
    """vitest."""
    command = [
        "npx",
        "--no-install",
        "vitest",
        "run",
        "--reporter=default",
        "--reporter=json",
        f"--outputFile={report}",
    ]
    code = subprocess.run(command, cwd=ROOT / "frontend", check=False).returncode
    outcome = Outcome("front end", exit_code=code)
    if report.exists():
        told = json.loads(report.read_text())
        outcome.passed, outcome.failed = told["numPassedTests"], told["numFailedTests"]
        outcome.skipped = told["numPendingTests"] + told["numTodoTests"]
    return outcome


def report_coverage(*, must_reach: bool) -> tuple[str, int]:
    """Print what is not covered; returns the total and the exit code (of the limit, when it must be reached)."""
    run("coverage", "combine", "--quiet")
    limit = [] if must_reach else ["--fail-under=0"]
    report = subprocess.run(
        [sys.executable, "-m", "coverage", "report", *limit], cwd=ROOT, capture_output=True, text=True, check=False
    )
    print(report.stdout + report.stderr)
    total = re.search(r"^TOTAL.*?(\d+(?:\.\d+)?%)\s*$", report.stdout, re.MULTILINE)
    return (total.group(1) if total else "unknown"), report.returncode


def run(*arguments: str) -> int:
    """A module of our Python."""
    return subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, check=False).returncode


def main(arguments: list[str]) -> int:
    """Run everything even when the first suite fails; returns the exit code."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="desk-reports-") as directory:
        outcomes = [run_python(arguments, Path(directory))]
        coverage, coverage_code = report_coverage(must_reach=not arguments)
        outcomes.append(run_front_end(Path(directory) / "front-end.json"))
    codes = [outcome.exit_code for outcome in outcomes] + [coverage_code]
    parts = ", ".join(f"{outcome.name} {outcome.passed + outcome.failed + outcome.skipped}" for outcome in outcomes)
    counts = ", ".join(f"{sum(getattr(o, kind) for o in outcomes)} {kind}" for kind in ("passed", "failed", "skipped"))
    verdict = "all tests pass" if not any(codes) else "NOT all well"
    print(f"make test: {counts} ({parts}); coverage {coverage}; {verdict}")
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
