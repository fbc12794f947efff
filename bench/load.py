"""Runs the load generator, which is compiled from bench/load.c first."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.servers import OTHER_CORE, ROOT, Running

CONNECTIONS = 32
UNLIMITED = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """What the load generator has seen. Times of one request in milliseconds."""

    answered: int
    wrong: int
    broken: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    cpu_seconds: float
    next: int

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds


class WrongAnswers(Exception):
    """A server did not answer as expected."""


class Load:
    """The compiled load generator."""

    def __init__(self, folder: Path) -> None:
        self._program = folder / "load"
        compiler = os.environ.get("CC", "cc")
        source = ROOT / "bench" / "load.c"
        command = [compiler, "-O2", "-std=gnu11", "-o", str(self._program), str(source)]
        subprocess.run(command, check=True)

    def run(
        self,
        server: Running,
        file: Path,
        status: int,
        seconds: float,
        *,
        first: int = 0,
        limit: int = UNLIMITED,
        connections: int = CONNECTIONS,
        faults_allowed: bool = False,
    ) -> Answered:
        """Send the file's requests from number `first` on. Raises WrongAnswers unless all answers are fine."""
        told = subprocess.run(  # our own program
            [self._program, *map(str, (server.port, connections, seconds, status, first, limit, file))],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: os.sched_setaffinity(0, {OTHER_CORE}),
        )
        if told.returncode:
            raise WrongAnswers(told.stderr)
        answered = msgspec.json.decode(told.stdout, type=Answered)
        if (answered.wrong or answered.broken) and not faults_allowed:
            raise WrongAnswers(f"{file.name}: {answered.wrong} wrong, {answered.broken} broken\n{told.stderr}")
        return answered
