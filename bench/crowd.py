"""Many people at once on two processes: nobody may get an error."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bench.cases import CASES, OURS
from bench.results import Crowd
from bench.rounds import EVERYTHING, Field, restore
from bench.servers import serving
from bench.tokens import settings

CONNECTIONS = 200
SECONDS = 2.0
TWO = (
    *(sys.executable, "-m", "uvicorn", "--factory", "entrypoints.cli.serving:app"),
    *("--no-server-header", "--workers", "2"),
)


def measure(field: Field, folder: Path) -> list[Crowd]:
    """Every case, on the settings that the service has by default."""
    found = []
    url = field.databases[OURS]
    with serving(TWO, settings(url), folder / "two.log") as server:
        for case in CASES:
            answered = field.load.run(
                server,
                field.requests.file(case, OURS),
                case.status,
                SECONDS,
                limit=EVERYTHING if case.writes else 0,
                connections=CONNECTIONS,
                faults_allowed=True,
            )
            found.append(
                Crowd(case.name, CONNECTIONS, answered.answered, answered.wrong, answered.broken, answered.p99_ms)
            )
            if case.writes:
                asyncio.run(restore(url, field.data))
    return found
