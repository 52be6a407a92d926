"""`python -m tests.drill --minutes 5 --seed 1`: exit code 0 if nothing was lost, 1 otherwise."""

import argparse
import asyncio
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from config.desk.home import REPOSITORY
from tests.drill.drill import drill
from tests.drill.plan import make_plan
from tests.drill.report import render_page
from tests.fixtures.desk import RunningDesk

RESULTS = REPOSITORY / "docs" / "results"
_RATES = {f"API_RATE_{name}": "600000/min" for name in ("LOGIN", "USER", "ORDERS", "ANON")}


def main(arguments: list[str] | None = None) -> int:
    """Start a desk of its own, drill it, print the scorecard."""
    options = _options(arguments)
    plan = make_plan(
        seed=options.seed,
        seconds=options.minutes * 60,
        strikes_per_minute=options.strikes,
        moves_per_minute=options.moves,
    )
    root = Path(tempfile.mkdtemp(prefix="desk-drill-"))
    desk = RunningDesk(root / "home", SIMULATOR_SEED=str(options.seed), **_RATES)
    print(
        f"drill: seed {plan.seed}, {len(plan.strikes)} faults, {len(plan.moves)} requests; home {desk.home}", flush=True
    )
    is_clean = False
    try:
        desk.start()
        card = asyncio.run(drill(desk, plan))
        is_clean = card.is_clean
        print(card.text(), flush=True)
        card.write(options.report)
        if options.record:
            card.write(RESULTS / f"drill-{plan.seed}.json")
            render_page(RESULTS, REPOSITORY / "docs" / "drill.md")
    finally:
        _stop(desk)
        if is_clean or not options.keep:
            shutil.rmtree(root, ignore_errors=True)
    return 0 if is_clean else 1


def _stop(desk: RunningDesk) -> None:
    """The drill is over, whatever the desk makes of being stopped on a busy machine."""
    try:
        if desk.is_running:
            desk.stop()
    except subprocess.TimeoutExpired:
        print("drill: the desk did not stop within its time and was killed", flush=True)
        desk.kill()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.drill", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 100_000))
    parser.add_argument("--strikes", type=float, default=20.0, help="instants of faults a minute; at some two strike")
    parser.add_argument("--moves", type=float, default=60.0, help="requests a minute")
    parser.add_argument("--report", type=Path, default=RESULTS / "drill.json", help="write the scorecard here as JSON")
    parser.add_argument("--record", action="store_true", help="also keep it as drill-SEED.json and in docs/drill.md")
    parser.add_argument("--keep", action="store_true", help="keep DESK_HOME after a failure")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
