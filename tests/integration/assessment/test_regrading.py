"""Stored scores, derived again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from sqlalchemy import insert

from adapters.sql.assessment.tables import attempts
from adapters.sql.kit.engine import Database
from application.assessment.scores import CheckScores
from application.kernel.access import Actor
from contracts.make import uid
from entrypoints.bootstrap import Service, bootstrap
from entrypoints.cli.regrading import regrade
from entrypoints.settings import Settings
from integration.backends import SqlBackend, opened
from integration.tampering import unkept
from kit.command_line import one_line, run
from kit.random_quizzes import attempts_at_random

MANY = 2_100
"""Five pages."""


async def fill(backend: SqlBackend, count: int) -> None:
    rows = [{column.name: getattr(each, column.name) for column in attempts.c} for each in attempts_at_random(count)]
    async with backend.database.engine.begin() as connection:
        await connection.execute(insert(attempts), rows)


@pytest.fixture
async def service(database: Database, url: str) -> AsyncIterator[Service]:
    service = bootstrap(Settings(database_url=SecretStr(url)))
    yield service
    await service.close()


class TestRegrading:
    async def test_thousands_of_stored_scores_are_derived_again_without_a_difference(
        self, backend: SqlBackend, service: Service
    ) -> None:
        count = MANY if backend.on_postgresql else MANY // 2
        await fill(backend, count)
        said: list[str] = []
        assert await regrade(service, said.append) == []
        assert said == [f"{count} scores computed again, 0 differ."]

    async def test_it_goes_page_by_page(self, backend: SqlBackend, service: Service) -> None:
        await fill(backend, 5)
        first = await service.bus.ask(CheckScores(limit=2), Actor.system())
        assert (first.checked, first.next) == (2, uid(2))
        last = await service.bus.ask(CheckScores(uid(4), limit=2), Actor.system())
        assert (last.checked, last.next) == (1, None)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ("percent = percent - 0.01", "percent"),
            ("points = points + 1", "points"),
            ("passed = NOT passed", "passed"),
            ("max_points = max_points + 1", "max_points"),
            ("marks = '[]'", "marks"),
            ("answers = '{}'", "marks"),
        ],
    )
    async def test_whatever_was_changed_is_noticed_and_left_as_it_is(
        self, backend: SqlBackend, service: Service, change: str, field: str
    ) -> None:
        await fill(backend, 20)
        everything = "SELECT * FROM quiz_attempts ORDER BY id"
        # One that has earned something.
        ((victim,),) = await backend.sql("SELECT id FROM quiz_attempts WHERE points > 1 ORDER BY id LIMIT 1")
        async with unkept(backend, "quiz_attempts"):
            await backend.sql(f"UPDATE quiz_attempts SET {change} WHERE id = :id", id=victim)  # noqa: S608
        before = await backend.sql(everything)
        (difference,) = (await service.bus.ask(CheckScores(), Actor.system())).differences
        assert difference.attempt_id.hex == str(victim).replace("-", "")
        assert field in [name for name, _, _ in difference.fields]
        assert await backend.sql(everything) == before


class TestCommand:
    """As an operator meets it, on SQLite."""

    def prepared(self, sqlite: str, *changes: str) -> str:
        async def prepare() -> None:
            async with opened(sqlite) as backend:
                await fill(backend, 30)
                async with unkept(backend, "quiz_attempts"):
                    for change in changes:
                        await backend.sql(change)

        asyncio.run(prepare())
        return sqlite

    def test_it_says_how_many_it_has_derived(self, sqlite: str) -> None:
        done = run("regrade", DATABASE_URL=self.prepared(sqlite))
        assert (done.exit_code, done.stdout, done.stderr) == (0, "30 scores computed again, 0 differ.\n", "")

    def test_it_fails_with_a_line_for_each_that_differs(self, sqlite: str) -> None:
        change = "UPDATE quiz_attempts SET percent = 12.34 WHERE number = 1 AND percent <> 12.34 AND id <= '{}'"
        done = run("regrade", DATABASE_URL=self.prepared(sqlite, change.format(uid(2).hex)))
        assert (done.exit_code, done.stdout) == (1, "30 scores computed again, 2 differ.\n")
        first, second = done.stderr.splitlines()
        assert first.startswith(f"{uid(1)}: stored percent 12.34 is ")
        assert second.startswith(f"{uid(2)}: stored percent 12.34 is ")

    def test_without_attempts_there_is_nothing_to_do(self, sqlite: str) -> None:
        done = run("regrade", DATABASE_URL=sqlite)
        assert (done.exit_code, done.stdout) == (0, "0 scores computed again, 0 differ.\n")

    def test_it_needs_a_database_that_is_ready(self, tmp_path: object) -> None:
        assert "Run `unified-dental migrate`" in one_line(run("regrade", DATABASE_URL=f"sqlite:///{tmp_path}/none.db"))
