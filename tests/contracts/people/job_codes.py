"""The contract of job codes and of the titles that mean them."""

from __future__ import annotations

from uuid import UUID

import pytest

from application.kernel.access import EVERYONE
from application.kernel.units import Unit
from application.people.job_codes.ports import JobCodeTables, JobTitles
from application.people.job_codes.queries import JobCodeReader, JobCodesView
from application.people.users.queries import UserFilter, UserReader
from contracts import about
from contracts.backend import Backend, change_user, save
from contracts.make import ON_ONE_LINE, a_user, later, uid, user_id
from contracts.people.meanings import TITLES
from domain.kernel.errors import StaleVersion
from domain.people.job_codes import JobCode, JobCodeTable


@about(JobCodeTables, JobCodeReader)
class TestJobCodeTables:
    async def test_the_shipped_table_counts_until_it_is_replaced(self, backend: Backend) -> None:
        found = await backend.units.run(lambda unit: unit.port(JobCodeTables).current())
        assert found == JobCodeTable.shipped()
        assert await backend.reader(JobCodeReader).table() == JobCodesView.of(JobCodeTable.shipped())

    async def test_the_newest_version_counts(self, backend: Backend) -> None:
        second = JobCodeTable(2, (JobCode("b", ON_ONE_LINE[:80].strip(), retired=True), JobCode("a", "A")))
        third = JobCodeTable(3, (JobCode("c_1", "C"),))
        for n, table in enumerate((second, third)):

            async def work(unit: Unit, n: int = n, table: JobCodeTable = table) -> None:
                await unit.port(JobCodeTables).replace(uid(n), table, None)

            await backend.units.run(work)
            assert await backend.units.run(lambda unit: unit.port(JobCodeTables).current()) == table
            assert await backend.reader(JobCodeReader).table() == JobCodesView.of(table)

    async def test_a_version_is_kept_once(self, backend: Backend) -> None:
        async def work(unit: Unit, n: int) -> None:
            await unit.port(JobCodeTables).replace(uid(n), JobCodeTable(2, (JobCode("a", f"A{n}"),)), uid(500))

        await backend.units.run(lambda unit: work(unit, 1))
        with pytest.raises(StaleVersion):
            await backend.units.run(lambda unit: work(unit, 2))
        assert (await backend.reader(JobCodeReader).table()).job_codes == [JobCode("a", "A1")]


@about(JobTitles)
class TestJobTitles:
    async def test_codes_that_were_ever_meant_are_known(self, backend: Backend) -> None:
        for n, code in enumerate(("dentist", "hygienist", None)):
            await TITLES.say(backend, n, "Hygienist", code)
        asked = ("dentist", "hygienist", "billing")
        assert await TITLES.use(backend, lambda titles: titles.ever_meant(asked)) == {"dentist", "hygienist"}
        assert await TITLES.use(backend, lambda titles: titles.ever_meant(())) == frozenset()

    async def test_active_people_with_a_code_are_counted(self, backend: Backend) -> None:
        await save(backend, *(a_user(n, job_title=("RDH", "DDS")[n % 2]) for n in range(5)))
        await change_user(backend, user_id(0), lambda user: user.deactivate(now=later(hours=1)))
        await TITLES.say(backend, 1, "RDH", "hygienist")
        await TITLES.say(backend, 2, "DDS", "dentist")
        asked = ("hygienist", "dentist", "billing")
        assert await TITLES.use(backend, lambda titles: titles.holders(asked)) == {"hygienist": 2, "dentist": 2}
        assert await TITLES.use(backend, lambda titles: titles.holders(())) == {}


@about(UserReader)
class TestPeopleByJobCode:
    async def test_people_are_found_by_their_codes(self, backend: Backend) -> None:
        await save(backend, *(a_user(n, job_title=title) for n, title in enumerate(("RDH", "DDS", "Clerk", "rdh"))))
        await TITLES.say(backend, 1, "RDH", "hygienist")
        await TITLES.say(backend, 2, "DDS", "dentist")

        async def found(*codes: str) -> list[tuple[UUID, str | None]]:
            page = await backend.reader(UserReader).page(EVERYONE, UserFilter(job_codes=codes), None, 50)
            return sorted((each.id, each.job_code) for each in page.items)

        assert await found("hygienist") == [(user_id(0), "hygienist"), (user_id(3), "hygienist")]
        assert [user for user, _ in await found("hygienist", "dentist")] == [user_id(n) for n in (0, 1, 3)]
        assert await found("billing") == []
