"""What it takes to start, and to be there."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from bench.cases import FLOOR, GUIDE, OURS
from bench.results import Footprint, Spread
from bench.rounds import Field
from bench.servers import environment, serving
from bench.stage import command_of

RUNS = 5


def measure(field: Field, folder: Path) -> Footprint:
    """Start-up is from the command to the first answer; memory is that of a server process after it, and after work."""
    program = Path(sys.executable).with_name("unified-dental")
    helped = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run([program, "--help"], env=environment({}), check=True, capture_output=True)
        helped.append(time.perf_counter() - started)
    started_in, fresh = [], {}
    for name in (OURS, GUIDE, FLOOR):
        command, settings = command_of(name, field.databases[name], folder)
        for _ in range(RUNS if name == OURS else 1):
            started = time.perf_counter()
            with serving(command, settings, folder / "fresh.log") as server:
                seconds = time.perf_counter() - started
                fresh[name] = server.memory()
            if name == OURS:
                started_in.append(seconds)
    worked = {name: field.servers[name].memory() for name in fresh}
    return Footprint(Spread.of(helped), Spread.of(started_in), fresh, worked)
