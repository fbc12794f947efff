"""Pages while the database changes: what was kept is read again after every commit, whatever it was about."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from bench.cases import CASES, OURS
from bench.results import Changing
from bench.rounds import Field, once
from bench.servers import OTHER_CORE

RATES = (0, 10, 100, 1_000)
"""Commits per second."""
ROUNDS, SECONDS = 3, 1.0


def measure(field: Field) -> list[Changing]:
    """The cases that read pages, at each rate in turn."""
    cases = [case for case in CASES if case.name in ("R2", "R3")]
    found = {(case.name, rate): Changing(case.name, rate, []) for case in cases for rate in RATES}
    for _ in range(ROUNDS):
        for case in cases:
            for rate in RATES:
                with commits(field.databases[OURS], rate):
                    found[case.name, rate].samples.append(once(field, case, OURS, SECONDS))
    return list(found.values())


@contextmanager
def commits(url: str, per_second: int) -> Iterator[None]:
    """So many transactions end meanwhile that have changed no row, but could have."""
    done = threading.Event()

    async def commit() -> None:
        os.sched_setaffinity(0, {OTHER_CORE})  # of this thread alone
        connection = await asyncpg.connect(url)
        try:
            while not done.is_set():
                await connection.execute("SELECT pg_current_xact_id()")
                await asyncio.sleep(1 / per_second)
        finally:
            await connection.close()

    if not per_second:
        yield
        return
    thread = threading.Thread(target=lambda: asyncio.run(commit()))
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
