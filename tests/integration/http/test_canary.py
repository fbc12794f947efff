"""Nothing that identifies a person reaches the logs when PostgreSQL, which quotes whole rows, refuses something."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.sql.kit.engine import Database, DatabaseOptions, open_database
from checks.canary import EMAIL, LOCATION, NAME, PROFILE, assert_nothing_slipped, aviary, listening, sing

SABOTAGE = (
    f"ALTER TABLE training.users ADD CONSTRAINT sabotage CHECK (location <> '{LOCATION}' OR email NOT LIKE 'x%')",
    f"""CREATE FUNCTION sabotage() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{EMAIL}' USING DETAIL = '{NAME}', HINT = '{LOCATION}'; END $$""",
    "CREATE TRIGGER sabotage BEFORE UPDATE ON training.users FOR EACH ROW WHEN (NEW.location IS NOT NULL) "
    "EXECUTE FUNCTION sabotage()",
)
REPAIR = (
    "DROP TRIGGER IF EXISTS sabotage ON training.users",
    "DROP FUNCTION IF EXISTS sabotage",
    "ALTER TABLE training.users DROP CONSTRAINT IF EXISTS sabotage",
)


async def run(database: Database, *statements: str) -> None:
    async with database.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


@pytest.fixture
async def database(postgresql: str, empty_tables: Callable[[], None]) -> AsyncIterator[Database]:
    """The database that the service uses too, as it was again afterwards."""
    empty_tables()
    opened = open_database(DatabaseOptions(url=postgresql))
    yield opened
    await run(opened, *REPAIR)
    await opened.close()


async def test_nothing_of_hers_slips(
    database: Database, postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with listening() as heard:
        async with aviary(postgresql) as there:
            her = f"/v1/users/{there.canary}"
            await run(database, *SABOTAGE)
            statuses = {
                await there.ask("POST", "/v1/users", json={"email": f"x{EMAIL}", **PROFILE}),
                await there.ask("PATCH", her, json={"full_name": NAME}, headers={"if-match": "*"}),
            }
            await run(database, *REPAIR)
            assert statuses == {500}
            assert 500 in await sing(there)
    assert_nothing_slipped(there, heard)
    assert "asyncpg.exceptions.CheckViolationError" in heard.all()
    assert "asyncpg.exceptions.RaiseError" in heard.all()
