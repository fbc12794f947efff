"""The service counts its reports by itself, and says when it did."""

from __future__ import annotations

from typing import Any

from adapters.sql.kit.engine import Database
from contracts.backend import save
from contracts.make import a_module, a_user, an_enrollment
from entrypoints.bootstrap import bootstrap
from integration.backends import SqlBackend, until
from integration.running import authorization, client_of, settings_for
from kit.surroundings import NOON, FixedClock


async def test_enrollments_from_before_the_start_of_the_service_are_counted(
    url: str, database: Database, backend: SqlBackend
) -> None:
    await save(backend, a_module(1), *(a_user(n, department="Lab") for n in range(1, 4)))
    await save(backend, *(an_enrollment(1, n) for n in range(1, 4)))
    clock = FixedClock()
    service = bootstrap(settings_for(url), clock=clock)
    async with client_of(service, clock) as client:

        async def report() -> Any:
            response = await client.get("/v1/reports/participation", headers=authorization(clock=clock))
            assert response.status_code == 200
            return response.json()

        async def counted() -> bool:
            return bool((await report())["items"])

        await until(counted)
        found = await report()
        assert [item["enrolled"] for item in found["items"]] == [3]
        assert found["as_of"] == NOON.strftime("%Y-%m-%dT%H:%M:%SZ")
