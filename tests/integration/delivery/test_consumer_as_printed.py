"""The consumer of docs/event-feed.md, run as it is printed, stopped and started again."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx

from integration.backends import until
from integration.running import ServerProcess, authorization

PAGE = Path(__file__).resolve().parents[3] / "docs/event-feed.md"


def printed() -> str:
    found = re.search(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@contextmanager
def consumer(server: ServerProcess, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    key = authorization()["authorization"].removeprefix("Bearer ")
    environment = {**os.environ, "TRAINING_API": server.address, "TRAINING_KEY": key}
    process = subprocess.Popen([sys.executable, "-c", printed()], cwd=folder, env=environment)  # noqa: S603  # our own words
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def people(folder: Path) -> dict[str, bool]:
    with closing(sqlite3.connect(folder / "consumer.db")) as db, suppress(sqlite3.OperationalError):
        return {user_id: bool(is_active) for user_id, is_active in db.execute("SELECT * FROM people")}
    return {}


async def added(client: httpx.AsyncClient, n: int) -> str:
    made = await client.post("/v1/users", json={"email": f"person{n}@example.com"})
    user_id: str = made.json()["id"]
    return user_id


async def test_it_follows_and_goes_on_where_it_was_stopped(tmp_path: Path, sqlite: str) -> None:
    with ServerProcess(sqlite) as server:
        async with httpx.AsyncClient(base_url=server.address, headers=authorization(), timeout=30) as client:
            first = await added(client, 1)

            async def knows(*user_ids: str, but: str = "") -> bool:
                now = await asyncio.to_thread(people, tmp_path)
                return all(now.get(each) for each in user_ids) and not now.get(but, False)

            with consumer(server, tmp_path) as running:
                await until(lambda: knows(first))
                second = await added(client, 2)
                await until(lambda: knows(first, second))
                assert running.poll() is None
            third = await added(client, 3)
            await client.post("/v1/users/deactivate", json={"user_ids": [first]})
            with consumer(server, tmp_path) as running:
                await until(lambda: knows(second, third, but=first))
                assert running.poll() is None
