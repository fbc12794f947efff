"""The files of a SQLite database: their permissions, and the lock for migrating them."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from stat import S_IMODE
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy import URL

from application.kernel.units import StoreUnavailable

log = logging.getLogger("unified_dental.database")

OWNER_ONLY = 0o600
SIDES = ("", "-wal", "-shm", "-journal")
"""The suffixes of SQLite's other files."""
PATIENCE = 300.0
"""Seconds to wait for another process that migrates."""
PAUSE = 0.02
"""Seconds between two attempts to get the lock."""


def keep_private(database: str) -> None:
    """Let only the owner read or write the database: a new file is created so, an older one is restricted.

    SQLite gives its other files the permissions of the first.
    """
    path = Path(database)
    if not path.exists():
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY))
        except FileExistsError:
            pass  # created by another process at the same moment, in the same way
        except FileNotFoundError:
            return  # The folder is missing, which SQLite reports better.
    for side in SIDES:
        _tighten(Path(f"{database}{side}"))


def _tighten(path: Path) -> None:
    try:
        if S_IMODE(path.stat().st_mode) & ~OWNER_ONLY:
            path.chmod(OWNER_ONLY)
            log.warning("others could read or write %s; now only its owner can", path)
    except FileNotFoundError:
        pass
    except PermissionError:
        log.warning("others may read or write %s, which belongs to somebody else: its owner should chmod 600 it", path)


def file_at(url: URL) -> str | None:
    """The path of the database; None if it is in memory."""
    return file_of(*url.get_dialect()().create_connect_args(url))


def file_of(arguments: Sequence[Any], keywords: Mapping[str, Any]) -> str | None:
    """The path that sqlite3.connect opens, also from a URI (https://sqlite.org/uri.html); None for memory."""
    name = str(arguments[0])
    if not (keywords.get("uri") and name.startswith("file:")):
        return None if name in ("", ":memory:") else name
    parts = urlsplit(name)
    options, path = dict(parse_qsl(parts.query)), unquote(parts.path)
    in_memory = path in ("", ":memory:") or options.get("mode") == "memory" or options.get("vfs") == "memdb"
    return None if in_memory else path


@asynccontextmanager
async def folder_lock(database: str | None) -> AsyncIterator[None]:
    """Hold the lock of the database's folder, if the database is a file. It is exclusive across processes.

    It locks the folder, since closing a second handle of the database file would release SQLite's own locks. Raises
    StoreUnavailable if it cannot be acquired in time.
    """
    if database is None:
        yield
        return
    handle = os.open(os.path.dirname(database) or ".", os.O_RDONLY)  # does not access the disk
    try:
        try:
            async with asyncio.timeout(PATIENCE):
                while not _locked(handle):  # noqa: ASYNC110  # what is waited for happens in another process
                    await asyncio.sleep(PAUSE)
        except TimeoutError as error:
            raise StoreUnavailable("another process has been migrating the database for too long") from error
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    import fcntl  # only on some systems

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
