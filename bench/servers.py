"""The servers under measurement, each one process on the first core."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.postgres import cpu_of

ROOT = Path(__file__).resolve().parents[1]
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, OTHER_CORE = CORES[0], CORES[-1]
"""The server has a core of its own; the database and the load share the other one."""

UVICORN = ("--http", "httptools", "--no-access-log", "--no-server-header", "--log-level", "warning")
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        return cpu_of(self.pid)

    def memory(self) -> float:
        """Resident memory in MiB, of this process alone."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1_024
        raise AssertionError("unreachable: Linux tells the resident memory of every process")

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """That of a process of ours: of what surrounds it only what Python needs, so that no setting leaks in."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def uvicorn(app: str, *options: str) -> tuple[str, ...]:
    """The command that serves an application factory as the service itself is served."""
    return (sys.executable, "-m", "uvicorn", "--factory", app, *UVICORN, *options)


@contextmanager
def serving(
    command: Sequence[str], settings: Mapping[str, str], log: Path, *, live: str = "/health/live"
) -> Iterator[Running]:
    """The command with a free port as its last arguments, from its first answer to the end of the block."""
    port = free_port()
    with log.open("ab") as output:
        process = subprocess.Popen(  # our own command
            [*command, "--port", str(port)],
            env=environment(settings),
            cwd=log.parent,
            stdout=output,
            stderr=output,
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}{live}", log)
        yield Running(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE):  # noqa: S310  # our own server
                return
        except urllib.error.HTTPError:
            return  # It answers; not every contender knows the path.
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"the server did not start; its log ends with:\n{log.read_text(errors='replace')[-3_000:]}")
