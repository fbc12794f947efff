"""One import of a roster, in a process of its own, so that its memory can be measured: prints what it took as JSON.

Run as a program with the settings of the service, the file and the day on which it arrives.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import event

from adapters.files.roster import FileRoster
from adapters.sql.kit.engine import Database, DatabaseOptions, open_database
from application.kernel.access import Actor
from application.people.roster import ImportRoster
from bench.group.rows import night_of
from entrypoints.bootstrap import bootstrap
from entrypoints.settings import load


@dataclass(frozen=True, slots=True)
class ImportCost:
    """What an import took, and what it did to how many people."""

    seconds: float
    statements: int
    mib: float
    """By how much memory grew at most."""
    created: int
    updated: int
    unchanged: int
    deactivated: int

    @property
    def lines(self) -> int:
        return self.created + self.updated + self.unchanged


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Always shows the same moment."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


class Memory:
    """The resident memory of this process, from now on."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # Resets the peak to the present size.
        self._before = _status("VmRSS")

    def grown(self) -> float:
        """By how many MiB it grew at most."""
        return (_status("VmHWM") - self._before) / 1_024


async def night(path: Path, day: date) -> ImportCost:
    """Import the file as the command line does."""
    sent = list[str]()

    def listened(options: DatabaseOptions) -> Database:
        database = open_database(options)
        event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *told: sent.append(told[2]))
        return database

    service = bootstrap(load(), clock=FixedClock(night_of(day)), open_with=listened)
    try:
        memory, started = Memory(), time.perf_counter()
        done = await service.bus.execute(ImportRoster(FileRoster(path), deactivate_missing=True), Actor.system())
        seconds = time.perf_counter() - started
        counts = (done.created, done.updated, done.unchanged, done.deactivated)
        return ImportCost(seconds, len(sent), memory.grown(), *counts)
    finally:
        await service.close()


def _status(name: str) -> int:
    """A figure of this process in KiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise AssertionError("unreachable: Linux tells the memory of every process")


def main() -> None:
    """Import one file, and print what it took."""
    took = asyncio.run(night(Path(sys.argv[1]), date.fromisoformat(sys.argv[2])))
    sys.stdout.write(json.dumps(asdict(took)))


if __name__ == "__main__":
    main()
