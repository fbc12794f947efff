"""Fails when the branch coverage of the domain or the application by unit tests is below its floor."""

from __future__ import annotations

import json
import sys
from pathlib import Path

FLOOR = 99.0


def covered(report: dict[str, dict[str, dict[str, dict[str, int]]]], package: str) -> float:
    """The percentage of lines and branches of the package that tests ran."""
    summaries = [
        found["summary"] for path, found in report["files"].items() if Path(path).parts[:2] == ("src", package)
    ]
    possible = sum(summary["num_statements"] + summary["num_branches"] for summary in summaries)
    reached = sum(summary["covered_lines"] + summary["covered_branches"] for summary in summaries)
    return 100 * reached / possible


def main() -> int:
    report = json.loads(Path(sys.argv[1]).read_text())
    measured = {package: covered(report, package) for package in ("domain", "application")}
    for package, percent in measured.items():
        sys.stdout.write(f"branch coverage of {package}: {percent:.1f} percent\n")
    if min(measured.values()) < FLOOR:
        sys.stderr.write(f"below the floor of {FLOOR} percent\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
