"""A table that an outsider has locked: what needs it is refused in time, and everything else goes on."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from faults.ledger import Ledger, a_draft
from faults.rounds import rounds
from faults.service import SOON, eventually, served
from integration.backends import SqlBackend, waiting_for_locks
from kit.measured import Measured

LOCKED = ("/v1/modules?limit=3", "/v1/modules/{}", "/v1/modules/{}/enrollments", "/v1/modules/{}/versions")
FREE = ("/v1/users/me", "/v1/users", "/v1/users?limit=2")


PATIENT = {
    "database_pool_size": 6,
    "database_max_overflow": 2,
    "database_pool_timeout": 1.5,
    "database_lock_timeout": 4,
    "database_statement_timeout": 6,
    "database_command_timeout": 7,
    "request_timeout": 10,
}
"""What waits for the lock keeps its connection for longer than anything else waits for one."""


@pytest.mark.fault("a table is locked by somebody else (lock timeout)")
async def test_a_locked_table_stops_what_needs_it_and_nothing_else(
    url: str, backend: SqlBackend, measured: Measured
) -> None:
    ledger, free = Ledger(), Ledger()
    async with served(url, **PATIENT) as client:
        assert await ledger.post(client, "/v1/modules", a_draft("before")) == 201
        (module,) = ledger.acknowledged
        for number in rounds(1, 10):
            async with backend.database.engine.begin() as outsider:
                await outsider.execute(text("LOCK TABLE training.training_modules"))
                stuck = [
                    *(ledger.send(client, "GET", path.format(module)) for path in LOCKED * 6),
                    *(ledger.post(client, "/v1/modules", a_draft(f"locked-{number}-{each}")) for each in range(6)),
                    *(
                        ledger.send(client, "PATCH", f"/v1/modules/{module}", json={"title": "X"}, headers=ANY)
                        for _ in range(6)
                    ),
                ]
                async with asyncio.timeout(2 * SOON):
                    flood = asyncio.gather(*stuck)
                    await eventually(lambda: waiting_for_locks(backend))
                    # As many as before, and each of them authenticates its caller first.
                    await asyncio.gather(*(free.send(client, "GET", path) for path in FREE * 4))
                    assert (await free.post(client, "/v1/users", {"email": f"free{number}@example.com"})) == 201
                    assert free.statuses.keys() <= {200, 201}
                    assert (await client.get("/health/ready")).status_code == 200
                    await flood
            assert ledger.statuses[503] > 0
            assert set(ledger.statuses) <= {200, 201, 404, 503}
        measured(
            faults=len(rounds(1, 10)),
            of_the_table_answered_503=ledger.statuses[503],
            of_other_tables_answered=free.statuses.total(),
            of_other_tables_failed=free.statuses[503],
        )
        assert (await client.get(f"/v1/modules/{module}")).status_code == 200
        assert await ledger.post(client, "/v1/modules", a_draft("after")) == 201


ANY = {"If-Match": "*"}


@pytest.mark.fault("a table is locked by somebody else (lock timeout)")
async def test_a_locked_catalog_does_not_stop_what_everybody_may_see(url: str, backend: SqlBackend) -> None:
    async with served(url) as client:
        async with backend.database.engine.begin() as outsider:
            await outsider.execute(text("LOCK TABLE training.training_modules"))
            async with asyncio.timeout(SOON):
                statuses = Ledger()
                await asyncio.gather(*(statuses.send(client, "GET", "/v1/modules") for _ in range(30)))
                assert (await client.get("/v1/verify/nothing-of-that-serial")).status_code in (200, 404)
                assert (await client.get("/health/live")).status_code == 200
        await eventually(lambda: answers(client))


async def answers(client: object) -> bool:
    response = await client.get("/v1/modules")  # type: ignore[attr-defined]  # an httpx client
    return bool(response.status_code == 200)
