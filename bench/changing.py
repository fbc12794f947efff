"""What changes in the database while lists are read."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from bench.servers import OTHER_CORE

CHANGE = """
UPDATE training_modules SET estimated_minutes = 1 + coalesce(estimated_minutes, 0) % 60, updated_at = now()
WHERE id = $1
"""


@contextmanager
def commits(url: str, per_second: int) -> Iterator[None]:
    """So many transactions end meanwhile, each of which has changed a module; all of them are shown in lists."""
    if not per_second:
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_commit(url, per_second, done)))
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


async def _commit(url: str, per_second: int, done: threading.Event) -> None:
    os.sched_setaffinity(0, {OTHER_CORE})  # of this thread alone
    connection = await asyncpg.connect(url)
    try:
        ids = await connection.fetch(
            "SELECT id FROM training_modules WHERE status = 'published' ORDER BY created_at DESC"
        )
        change = await connection.prepare(CHANGE)
        begun, made = time.monotonic(), 0
        while not done.is_set():
            await change.fetch(ids[made % len(ids)]["id"])
            made += 1
            await asyncio.sleep(begun + made / per_second - time.monotonic())
    finally:
        await connection.close()
