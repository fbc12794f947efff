"""The kit itself: a server that is killed comes back with what it had committed."""

from __future__ import annotations

import pytest

from faults.rounds import rounds
from faults.servers import OwnServer
from integration.backends import SqlBackend, opened, until


async def _answers(backend: SqlBackend) -> bool:
    try:
        await backend.sql("SELECT 1")
    except Exception:
        return False
    return True


@pytest.mark.parametrize("how", ["kill", "crash", "restart"])
async def test_what_was_committed_outlasts_the_server(durable: OwnServer, durable_url: str, how: str) -> None:
    async with opened(durable_url) as backend:
        for number in rounds(1, 5):
            await backend.sql(
                "INSERT INTO users (email, profile_metadata) VALUES (:email, '{}')", email=f"{number}@a.b"
            )
            getattr(durable, how)()
            if how == "kill":
                durable.start()
            await until(lambda: _answers(backend))
            assert await backend.sql("SELECT count(*) FROM users") == [(number + 1,)]
