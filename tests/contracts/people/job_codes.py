"""The contract of job codes and of the titles that mean them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import pytest

from application.kernel.access import EVERYONE
from application.kernel.units import Unit
from application.people.job_codes.ports import JobCodeTables, JobTitles
from application.people.job_codes.queries import JobCodeReader, JobCodesView, UnmappedTitle, UnmappedTitles
from application.people.ports import Users
from application.people.users.queries import UserFilter, UserReader
from contracts import about
from contracts.backend import Backend, change_user, loaded_user, pages, save
from contracts.make import ON_ONE_LINE, T, a_user, later, uid, user_id
from domain.kernel.errors import StaleVersion
from domain.people.job_codes import JobCode, JobCodeTable, title_key

R = TypeVar("R")
TITLES = ("Hygienist", "HYGIENIST ", "hygiénist", "RDH", "Dentist", "Front Desk Lead", ON_ONE_LINE)
CODES = ("hygienist", "dentist", "front_desk", None)


async def using(backend: Backend, work: Callable[[JobTitles], Awaitable[R]]) -> R:
    """Work with the titles in a unit of work of its own, as commands do."""

    async def locked(unit: Unit) -> R:
        await unit.port(JobCodeTables).current()
        return await work(unit.port(JobTitles))

    return await backend.units.run(locked)


async def map_title(backend: Backend, n: int, title: str, code: str | None) -> list[UUID]:
    """Map the title by the mapping with id n; the people whose code changes."""

    async def work(titles: JobTitles) -> list[UUID]:
        mapping = await titles.record(uid(n), title, code, uid(500))
        return await titles.follow(mapping.text_key)

    return await using(backend, work)


async def codes_of(backend: Backend, *numbers: int) -> list[str | None]:
    """The job codes of the users with these numbers."""
    return [(await loaded_user(backend, user_id(n))).job_code for n in numbers]


@about(JobCodeTables)
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
    async def test_the_newest_mapping_counts(self, backend: Backend) -> None:
        key = title_key("Hygienist")
        assert await using(backend, lambda titles: titles.meaning(key)) is None
        found = []
        for n, (title, code) in enumerate([("Hygienist", "dentist"), ("HYGIENIST", "hygienist"), ("hygienist", None)]):
            await map_title(backend, n, title, code)
            mapping = await using(backend, lambda titles: titles.meaning(key))
            assert mapping is not None
            assert (mapping.id, mapping.title, mapping.job_code, mapping.recorded_by) == (uid(n), title, code, uid(500))
            found.append(mapping.recorded_at)
        assert found == sorted(set(found)), "each is recorded later than the one before"

    async def test_codes_that_were_ever_meant_are_known(self, backend: Backend) -> None:
        await map_title(backend, 1, "Hygienist", "dentist")
        await map_title(backend, 2, "Hygienist", "hygienist")
        await map_title(backend, 3, "Hygienist", None)
        asked = ("dentist", "hygienist", "billing")
        assert await using(backend, lambda titles: titles.ever_meant(asked)) == {"dentist", "hygienist"}
        assert await using(backend, lambda titles: titles.ever_meant(())) == frozenset()

    async def test_everybody_with_the_title_follows(self, backend: Backend) -> None:
        await save(backend, *(a_user(n, job_title=title) for n, title in enumerate(TITLES)), a_user(9))
        assert await map_title(backend, 1, " hygienist", "hygienist") == [user_id(n) for n in range(3)]
        assert await codes_of(backend, *range(7), 9) == [*["hygienist"] * 3, *[None] * 5]
        assert await using(backend, lambda titles: titles.follow(title_key("Hygienist"))) == []
        assert await map_title(backend, 2, "Hygienist", None) == [user_id(n) for n in range(3)]
        assert await codes_of(backend, 0, 1, 2) == [None] * 3

    async def test_neither_the_version_nor_the_time_of_a_person_changes(self, backend: Backend) -> None:
        await save(backend, a_user(1, job_title="RDH"))
        await map_title(backend, 1, "RDH", "hygienist")
        found = await loaded_user(backend, user_id(1))
        assert (found.job_code, found.version, found.updated_at) == ("hygienist", 1, T)

    async def test_people_follow_their_titles(self, backend: Backend) -> None:
        await map_title(backend, 1, "RDH", "hygienist")
        await save(backend, a_user(1, job_title="rdh"), a_user(2, job_title="RDH"), a_user(3, job_title="Clerk"))
        assert await codes_of(backend, 1, 2, 3) == [None] * 3
        await using(backend, lambda titles: titles.follow_people([user_id(n) for n in (1, 3, 77)]))
        assert await codes_of(backend, 1, 2, 3) == ["hygienist", None, None]

        async def retitled(unit: Unit) -> None:
            (await unit.port(Users).get(user_id(1))).job_title = None
            await unit.port(JobTitles).follow_people([user_id(1)])

        await backend.units.run(retitled)
        assert await codes_of(backend, 1) == [None]

    async def test_active_people_with_a_code_are_counted(self, backend: Backend) -> None:
        await save(backend, *(a_user(n, job_title=("RDH", "DDS")[n % 2]) for n in range(5)))
        await change_user(backend, user_id(0), lambda user: user.deactivate(now=later(hours=1)))
        await map_title(backend, 1, "RDH", "hygienist")
        await map_title(backend, 2, "DDS", "dentist")
        asked = ("hygienist", "dentist", "billing")
        assert await using(backend, lambda titles: titles.holders(asked)) == {"hygienist": 2, "dentist": 2}
        assert await using(backend, lambda titles: titles.holders(())) == {}

    async def test_whatever_happens_people_have_the_code_that_their_title_means(self, backend: Backend) -> None:
        """Generated: after any mappings and changes of titles, everybody's code is that of the newest mapping."""
        chance = Random(7)
        await save(backend, *(a_user(n, job_title=chance.choice((*TITLES, None))) for n in range(20)))
        meant: dict[str, str | None] = {}
        for n in range(40):
            title, code = chance.choice(TITLES), chance.choice(CODES)
            meant[title_key(title)] = code
            await map_title(backend, n, title, code)
            someone, other = user_id(chance.randrange(20)), chance.choice((*TITLES, None))

            async def work(unit: Unit, someone: UUID = someone, other: str | None = other) -> None:
                (await unit.port(Users).get(someone)).job_title = other
                await unit.port(JobTitles).follow_people([someone])

            await backend.units.run(work)
        for n in range(20):
            user = await loaded_user(backend, user_id(n))
            assert user.job_code == (meant.get(title_key(user.job_title)) if user.job_title else None)


@about(JobCodeReader)
class TestJobCodeReader:
    async def test_titles_that_mean_a_code_are_listed_newest_first(self, backend: Backend) -> None:
        for n, (title, code) in enumerate(
            [("A", "dentist"), ("B", "hygienist"), ("C", "dentist"), ("D", "dentist"), ("b", "dentist"), ("D", None)]
        ):
            await map_title(backend, n, title, code)
        reader = backend.reader(JobCodeReader)
        for codes, titles in {(): ["b", "C", "A"], ("dentist",): ["b", "C", "A"], ("hygienist",): []}.items():

            async def read(after: Any, limit: int, codes: tuple[str, ...] = codes) -> Any:
                return await reader.mapped(codes, after, limit)

            for size in (1, 2, 3):
                shown = [item for page in await pages(read, size) for item in page]
                assert [each.title for each in shown] == titles

    async def test_unmapped_titles_are_listed_with_how_many_people_have_them(self, backend: Backend) -> None:
        reader = backend.reader(JobCodeReader)
        assert await reader.unmapped(10) == UnmappedTitles([], 0, 0)
        titles = ["RDH", "rdh", "Rdh", "zahnärztin", "Zahnarztin", "Clerk", "Dentist", "Dentist", None, "Gone"]
        await save(backend, *(a_user(n, job_title=title) for n, title in enumerate(titles)))
        await change_user(backend, user_id(9), lambda user: user.deactivate(now=later(hours=1)))
        await map_title(backend, 1, "Dentist", "dentist")
        items = [UnmappedTitle("RDH", 3), UnmappedTitle("Zahnarztin", 2), UnmappedTitle("Clerk", 1)]
        assert await reader.unmapped(10) == UnmappedTitles(items, 3, 6)
        assert await reader.unmapped(1) == UnmappedTitles(items[:1], 3, 6)
        await map_title(backend, 2, "Dentist", None)
        assert (await reader.unmapped(10)).items[1] == UnmappedTitle("Dentist", 2)


@about(UserReader)
class TestPeopleByJobCode:
    async def test_people_are_found_by_their_codes(self, backend: Backend) -> None:
        await save(backend, *(a_user(n, job_title=title) for n, title in enumerate(("RDH", "DDS", "Clerk", "rdh"))))
        await map_title(backend, 1, "RDH", "hygienist")
        await map_title(backend, 2, "DDS", "dentist")

        async def found(*codes: str) -> list[tuple[UUID, str | None]]:
            page = await backend.reader(UserReader).page(EVERYONE, UserFilter(job_codes=codes), None, 50)
            return sorted((each.id, each.job_code) for each in page.items)

        assert await found("hygienist") == [(user_id(0), "hygienist"), (user_id(3), "hygienist")]
        assert [user for user, _ in await found("hygienist", "dentist")] == [user_id(n) for n in (0, 1, 3)]
        assert await found("billing") == []
