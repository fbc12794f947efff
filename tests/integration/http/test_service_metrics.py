"""`/metrics` shows what the service depends on, and the evidence that it has written."""

from __future__ import annotations

import re

import httpx
import pytest

from entrypoints.bootstrap import bootstrap
from integration.backends import SqlBackend
from integration.running import client_of, settings_for

TRAINING = {"title": "Basic life support", "issuer": "Red Cross"}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


async def figures(client: httpx.AsyncClient) -> dict[str, float]:
    text = (await client.get("/metrics")).text
    return {name: float(value) for name, value in re.findall(r"^([a-z_]+(?:\{.*?\})?) (\S+)$", text, re.MULTILINE)}


async def test_evidence_is_counted_once_it_is_committed(url: str, backend: SqlBackend) -> None:
    async with client_of(bootstrap(settings_for(url)), housekeeping=False) as client:
        ana = (await client.post("/v1/users", json={"email": "ana@example.com"})).json()["id"]
        for status, day in ((201, "2026-02-14"), (201, "2026-02-15"), (409, "2026-02-15"), (422, "2999-01-01")):
            training = {**TRAINING, "completed_on": day}
            assert (await client.post(f"/v1/users/{ana}/records", json=training)).status_code == status
        found = await figures(client)
    assert found['evidence_written_total{event="TrainingRecorded"}'] == 2


async def test_the_outbox_is_measured(url: str, backend: SqlBackend) -> None:
    async with client_of(bootstrap(settings_for(url)), housekeeping=False) as client:
        await client.get("/v1/users/me")  # the first sign-in leaves an event
        before = (await figures(client))["outbox_events_pending"]
        for number in range(3):
            await client.post("/v1/modules", json={"title": f"Sharps {number}"})
        found = await figures(client)
    assert found["outbox_events_pending"] - before == 3
    assert 0 <= found["outbox_oldest_event_age_seconds"] < 3_600


async def test_pools_are_measured(url: str, backend: SqlBackend) -> None:
    async with client_of(bootstrap(settings_for(url)), housekeeping=False) as client:
        await client.get("/v1/modules")
        found = {name: value for name, value in (await figures(client)).items() if name.startswith("database_pool")}
    if not backend.on_postgresql:
        assert found == {}
        return
    assert found['database_pool_connections_max{pool="reading"}'] == 20
    assert found['database_pool_connections{pool="reading"}'] >= 1
    assert found['database_pool_waiting{pool="writing"}'] == 0
    assert found['database_pool_in_use{pool="reading"}'] == 0
    assert found['database_pool_connections_refused_total{pool="writing"}'] == 0
