"""Write the dashboards' JSON: `python deploy/grafana/build_dashboards.py` (development packages installed).

Grafana reads the JSON in `deploy/grafana/dashboards`; change the code, run this, commit both. A test compares them.
"""

import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from desk_dashboards import api_performance, gateway_status, system_health, trading_activity  # noqa: E402

BOARDS = {
    "api-performance": api_performance.build,
    "trading-activity": trading_activity.build,
    "system-health": system_health.build,
    "gateway-status": gateway_status.build,
}


def render() -> dict[Path, str]:
    """The text of every file."""
    encoder = JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False)
    return {
        HERE / "dashboards" / f"{name}.json": encoder.encode(build().build()) + "\n" for name, build in BOARDS.items()
    }


def main() -> None:
    """Write them all."""
    for path, text in render().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
