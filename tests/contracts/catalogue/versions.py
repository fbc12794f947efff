"""The contract of module versions: the repository and the reader."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from adapters.documents import CanonicalFingerprints
from application.catalogue.modules.queries import SectionView
from application.catalogue.ports import Modules, Versions
from application.catalogue.versions.queries import VersionDetail, VersionPair, VersionReader, VersionSummary
from application.kernel.units import Unit
from contracts import about
from contracts.backend import Backend, pages, plain, save
from contracts.make import (
    CONTENTS,
    NOBODY,
    QUESTIONS,
    UNICODE,
    T,
    a_full_version,
    a_module,
    a_published_module,
    later,
    published,
    section_id,
    uid,
    user_id,
)
from domain.catalogue.module_life import NothingNew
from domain.catalogue.reopening import Reopens
from domain.catalogue.versions import ModuleVersion, VersionNotFound


async def loaded(backend: Backend, module_id: UUID, number: int) -> ModuleVersion:
    return await backend.units.run(lambda unit: unit.port(Versions).get(module_id, number))


async def publish(backend: Backend, module_id: UUID, title: str, *, after: float = 0) -> None:
    """Give the module this title and publish it, so many seconds after T."""

    async def work(unit: Unit) -> None:
        module = await unit.port(Modules).get(module_id)
        module.edit_section(module.sections[0].id, now=T, title=title)
        await unit.port(Versions).add(published(module, now=later(seconds=after), change_note=title))

    await backend.units.run(work)


async def listed(backend: Backend, limit: int) -> list[list[int]]:
    """The numbers of the versions of module 1, by page."""
    reader = backend.reader(VersionReader)
    found = await pages(lambda after, size: reader.of_module(uid(1), after, size), limit)
    return [[version.number for version in page] for page in found]


@about(Versions)
class TestVersions:
    async def test_a_version_comes_back_as_it_was_published(self, backend: Backend) -> None:
        module, version = a_full_version()
        await save(backend, module, version)
        found = await loaded(backend, uid(1), 1)
        assert found == version
        assert tuple(section.content for section in found.sections) == CONTENTS
        assert tuple(question.metadata for question in found.questions) == QUESTIONS
        assert (found.published_by, found.published_at, found.material) == (user_id(9), later(microseconds=1), True)
        assert (found.change_note, found.published_at.utcoffset()) == (UNICODE, T.utcoffset())

    async def test_its_fingerprint_can_be_made_again(self, backend: Backend) -> None:
        module, version = a_full_version()
        await save(backend, module, version)
        found = await loaded(backend, uid(1), 1)
        again = CanonicalFingerprints().of((found.settings, found.sections, found.questions))
        assert again == found.content_hash == version.content_hash

    async def test_what_is_loaded_and_has_not_changed_is_not_published_again(self, backend: Backend) -> None:
        await save(backend, *a_full_version())

        async def work(unit: Unit) -> None:
            published(await unit.port(Modules).get(uid(1)))

        with pytest.raises(NothingNew):
            await backend.units.run(work)

    async def test_each_has_its_number(self, backend: Backend) -> None:
        await save(backend, *a_published_module(1), *a_published_module(2))
        await publish(backend, uid(1), "New")
        titles = [(await loaded(backend, uid(n), number)).sections[0].title for n, number in ((1, 1), (1, 2), (2, 1))]
        assert titles == ["Section 1", "New", "Section 2"]

    @pytest.mark.parametrize(("module_id", "number"), [(uid(1), 2), (uid(1), 0), (uid(2), 1), (NOBODY, 1)])
    async def test_an_unknown_version_is_not_found(self, backend: Backend, module_id: UUID, number: int) -> None:
        await save(backend, *a_published_module(1), a_module(2))
        with pytest.raises(VersionNotFound):
            await loaded(backend, module_id, number)

    async def test_a_unit_sees_what_it_published(self, backend: Backend) -> None:
        await save(backend, a_published_module(1)[0])

        async def work(unit: Unit) -> ModuleVersion:
            module = await unit.port(Modules).get(uid(1))
            module.edit_section(section_id(1), now=T, title="New")
            version = published(module)
            await unit.port(Versions).add(version)
            assert await unit.port(Versions).get(uid(1), 2) == version
            return version

        assert await backend.units.run(work) == await loaded(backend, uid(1), 2)


@about(VersionReader)
class TestVersionPages:
    async def test_a_module_that_was_never_published_has_no_list(self, backend: Backend) -> None:
        await save(backend, a_module(1))
        reader = backend.reader(VersionReader)
        assert await reader.of_module(uid(1), None, 50) is None
        assert await reader.of_module(NOBODY, None, 50) is None

    async def test_lists_show_summaries(self, backend: Backend) -> None:
        module, version = a_full_version()
        await save(backend, module, version, *a_published_module(2))
        page = await backend.reader(VersionReader).of_module(uid(1), None, 50)
        assert page is not None
        assert page.next is None
        assert page.items == [
            VersionSummary(
                *(uid(1), 1, version.content_hash, UNICODE, True, later(microseconds=1), user_id(9)),
                Reopens.EVERYONE,
                date(2027, 3, 31),
            )
        ]

    @pytest.mark.parametrize("apart", [0, 1], ids=["same moment", "a second apart"])
    async def test_pages_show_the_newest_first_and_each_once(self, backend: Backend, apart: float) -> None:
        await save(backend, *a_published_module(1))
        for number in range(2, 6):
            await publish(backend, uid(1), f"Title {number}", after=apart * number)
        assert await listed(backend, 1) == [[5], [4], [3], [2], [1]]
        assert await listed(backend, 2) == [[5, 4], [3, 2], [1]]
        assert await listed(backend, 5) == await listed(backend, 9) == [[5, 4, 3, 2, 1]]

    async def test_what_is_new_does_not_disturb_the_next_page(self, backend: Backend) -> None:
        await save(backend, *a_published_module(1))
        await publish(backend, uid(1), "Title 2")
        reader = backend.reader(VersionReader)
        first = await reader.of_module(uid(1), None, 1)
        assert first is not None
        await publish(backend, uid(1), "Title 3")
        second = await reader.of_module(uid(1), first.next, 1)
        assert second is not None
        assert ([item.number for item in second.items], second.next) == ([1], None)


@about(VersionReader)
class TestVersionDetail:
    async def test_a_version_is_shown_without_its_questions(self, backend: Backend) -> None:
        module, version = a_full_version()
        await save(backend, module, version)
        detail = await backend.reader(VersionReader).detail(uid(1), 1)
        assert isinstance(detail, VersionDetail)
        assert plain(detail) == plain(
            {
                "module_id": uid(1),
                "number": 1,
                "content_hash": version.content_hash,
                "change_note": UNICODE,
                "material": True,
                "published_at": later(microseconds=1),
                "published_by": user_id(9),
                "reopens": Reopens.EVERYONE,
                "reopen_due_on": date(2027, 3, 31),
                "settings": version.settings,
                "sections": [SectionView(s.id, s.position, s.title, s.content) for s in version.sections],
            }
        )

    async def test_an_unknown_version_is_none(self, backend: Backend) -> None:
        await save(backend, *a_published_module(1))
        reader = backend.reader(VersionReader)
        assert [await reader.detail(uid(1), 2), await reader.detail(uid(2), 1)] == [None, None]

    async def test_what_changes_later_does_not_change_it(self, backend: Backend) -> None:
        await save(backend, *a_published_module(1))
        before = await backend.reader(VersionReader).detail(uid(1), 1)
        await publish(backend, uid(1), "New")
        assert plain(await backend.reader(VersionReader).detail(uid(1), 1)) == plain(before)


@about(VersionReader)
class TestVersionPairs:
    async def test_two_versions_whole(self, backend: Backend) -> None:
        module, version = a_full_version()
        await save(backend, module, version, *a_published_module(2))
        await publish(backend, uid(1), "New")
        found = await backend.reader(VersionReader).pair(uid(1), 1, 2)
        assert found == VersionPair(version, await loaded(backend, uid(1), 2))
        assert found.later.sections[3].content == CONTENTS[3]

    async def test_in_the_order_asked_for(self, backend: Backend) -> None:
        await save(backend, *a_published_module(1))
        await publish(backend, uid(1), "New")
        reader = backend.reader(VersionReader)
        numbers = [
            (pair.earlier.number, pair.later.number)
            for asked in ((2, 1), (1, 1))
            if (pair := await reader.pair(uid(1), *asked))
        ]
        assert numbers == [(2, 1), (1, 1)]

    async def test_both_must_exist(self, backend: Backend) -> None:
        await save(backend, *a_published_module(1))
        reader = backend.reader(VersionReader)
        assert [await reader.pair(uid(n), *pair) for n, pair in ((1, (1, 2)), (1, (2, 1)), (2, (1, 1)))] == [None] * 3
