"""A database whose tables or rights differ from what the code needs: reported, and corrected without a restart."""

from __future__ import annotations

import itertools

import httpx
import pytest

from adapters.sql.kit.engine import database_url
from faults.ledger import Ledger, a_draft, assert_promised
from faults.service import served
from integration.backends import SqlBackend, created, opened, spelled
from kit.surroundings import migrate

pytestmark = pytest.mark.fault("a schema or a right differs from what the code needs")

NUMBERS = itertools.count(1)


@pytest.fixture
async def own_url(server: str) -> str:
    url = await created(server, "unified_dental_changed")
    await migrate(url)
    return url


@pytest.mark.parametrize(
    ("harm", "remedy"),
    [
        ("ALTER TABLE training_modules RENAME TO courses", "ALTER TABLE courses RENAME TO training_modules"),
        (
            "ALTER TABLE training_modules RENAME COLUMN summary TO gist",
            "ALTER TABLE training_modules RENAME COLUMN gist TO summary",
        ),
    ],
)
async def test_code_that_is_newer_than_the_schema(own_url: str, harm: str, remedy: str) -> None:
    async with opened(own_url) as owner, served(own_url) as client:
        assert await Ledger().post(client, "/v1/modules", a_draft("before")) == 201
        await owner.sql(harm)
        for answer in await both(client):
            assert_promised(answer)
            assert (answer.status_code, answer.json()["code"]) == (503, "schema-behind"), answer.text
        await owner.sql(remedy)
        assert [answer.is_success for answer in await both(client)] == [True, True]


async def test_a_migration_under_a_running_service_is_no_failure(own_url: str) -> None:
    async with opened(own_url) as owner, served(own_url) as client:
        (_, made) = await both(client)
        await owner.sql("ALTER TABLE training_modules ALTER COLUMN summary TYPE varchar(5000)")
        await owner.sql("ALTER TABLE training_modules ADD COLUMN later integer NOT NULL DEFAULT 0")
        address, condition = f"/v1/modules/{made.json()['id']}", {"If-Match": "*"}
        assert (await client.patch(address, json={"title": "Changed"}, headers=condition)).status_code == 200
        assert [answer.is_success for answer in await both(client)] == [True, True]


async def test_a_right_that_is_missing(own_url: str) -> None:
    async with opened(own_url) as owner:
        await create_role(owner)
        limited = spelled(database_url(own_url).set(username="limited_service"))
        async with served(own_url) as client:  # makes the administrator
            await both(client)
        async with served(limited) as client:
            for answer in await both(client):
                assert_promised(answer)
                assert (answer.status_code, answer.json()["code"]) == (503, "database-rights-missing"), answer.text
                assert "training_modules" not in answer.text
            await owner.sql("GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA training TO limited_service")
            await owner.sql("GRANT USAGE ON ALL SEQUENCES IN SCHEMA training TO limited_service")
            assert [answer.is_success for answer in await both(client)] == [True, True]


async def create_role(owner: SqlBackend) -> None:
    await owner.sql(
        "DO $$ BEGIN CREATE ROLE limited_service LOGIN BYPASSRLS; EXCEPTION WHEN duplicate_object THEN END $$"
    )
    await owner.sql("GRANT USAGE ON SCHEMA training TO limited_service")
    await owner.sql("REVOKE ALL ON ALL TABLES IN SCHEMA training FROM limited_service")
    await owner.sql("GRANT SELECT, UPDATE ON training.users TO limited_service")
    await owner.sql("GRANT SELECT, DELETE ON training.idempotency_keys TO limited_service")


async def both(client: httpx.AsyncClient) -> list[httpx.Response]:
    return [
        await client.get("/v1/modules"),
        await client.post("/v1/modules", json={"title": f"Sharps {next(NUMBERS)}"}),
    ]
