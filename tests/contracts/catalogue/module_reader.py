"""The contract of the modules reader."""

from __future__ import annotations

from typing import Any

import pytest

from application.catalogue.modules.queries import ModuleDetail, ModuleFilter, ModuleReader, ModuleSummary
from application.catalogue.ports import Modules, Versions
from application.kernel.messages import Cursor
from application.kernel.units import Unit
from contracts import about
from contracts.backend import Backend, change_module, pages, plain, save
from contracts.make import (
    NOBODY,
    T,
    a_full_module,
    a_full_version,
    a_module,
    a_section,
    later,
    published,
    section_id,
    uid,
)
from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
from domain.catalogue.module_life import ModuleStatus
from domain.catalogue.modules import TrainingModule

ALL = ModuleFilter(drafts=True)


async def listed(backend: Backend, where: ModuleFilter) -> list[int]:
    """The numbers of the modules that fit, as listed."""
    page = await backend.reader(ModuleReader).page(where, None, 200)
    assert page.next is None
    return [module.id.int for module in page.items]


async def paged(backend: Backend, limit: int, where: ModuleFilter = ALL) -> list[list[int]]:
    reader = backend.reader(ModuleReader)
    found = await pages(lambda after, size: reader.page(where, after, size), limit)
    return [[module.id.int for module in page] for page in found]


@about(ModuleReader)
class TestModuleDetail:
    async def test_a_module_is_shown_with_all_it_has(self, backend: Backend) -> None:
        module = a_full_module()
        await save(backend, module, a_full_module(2))
        detail = await backend.reader(ModuleReader).worked_on(module.id)
        assert isinstance(detail, ModuleDetail)
        assert plain(detail) == plain(ModuleDetail.of(module))
        assert isinstance(detail.status, ModuleStatus)
        assert detail.created_at == T
        assert detail.created_at.utcoffset() == T.utcoffset()

    async def test_a_module_without_sections(self, backend: Backend) -> None:
        module = a_module()
        await save(backend, module)
        assert plain(await backend.reader(ModuleReader).worked_on(module.id)) == plain(ModuleDetail.of(module))

    async def test_an_unknown_module_is_none(self, backend: Backend) -> None:
        assert await backend.reader(ModuleReader).worked_on(NOBODY) is None


def as_published(module: TrainingModule) -> Any:
    """As the version shows it, which does not say when its sections were written."""
    shown = plain(ModuleDetail.of(module))
    for section in shown["sections"]:
        del section["created_at"], section["updated_at"]
    return shown


@about(ModuleReader)
class TestOfferedModules:
    async def test_a_module_as_it_was_last_published(self, backend: Backend) -> None:
        module, version = a_full_version(1)
        await save(backend, module, version)
        frozen = as_published(module)
        reader = backend.reader(ModuleReader)
        offered = await reader.offered(module.id)
        assert isinstance(offered, ModuleDetail)
        assert plain(offered) == frozen

    async def test_what_is_being_worked_on_is_not_shown(self, backend: Backend) -> None:
        module, version = a_full_version(1)
        await save(backend, module, version)
        before = as_published(module)

        def work_on(module: TrainingModule) -> None:
            module.edit_section(section_id(100), now=later(days=1), title="New")
            module.add_section(a_section(9), now=later(days=1), position=1)
            module.edit(
                now=later(days=1),
                slug=module.slug,
                title="New",
                summary="New",
                tags=("new",),
                citation=None,
                estimated_minutes=None,
                rules=CompletionRules(),
                evidence=EvidenceTerms(),
            )

        await change_module(backend, uid(1), work_on)
        offered = plain(await backend.reader(ModuleReader).offered(uid(1)))
        assert [offered[key] for key in FROZEN] == [before[key] for key in FROZEN]
        assert (offered["tags"], offered["version"]) == (["new"], before["version"] + 3)

    async def test_the_latest_version_is_offered(self, backend: Backend) -> None:
        module, version = a_full_version(1)
        await save(backend, module, version)

        async def publish_again(unit: Unit) -> None:
            module = await unit.port(Modules).get(uid(1))
            module.edit_section(section_id(100), now=T, title="New")
            await unit.port(Versions).add(published(module))

        await backend.units.run(publish_again)
        offered = plain(await backend.reader(ModuleReader).offered(uid(1)))
        assert (offered["version_number"], offered["sections"][0]["title"]) == (2, "New")

    async def test_what_was_never_published_is_none(self, backend: Backend) -> None:
        await save(backend, a_module(1, sections=[a_section()]))
        assert await backend.reader(ModuleReader).offered(uid(1)) is None
        assert await backend.reader(ModuleReader).offered(NOBODY) is None


FROZEN = ("title", "summary", "citation", "estimated_minutes", "rules", "evidence", "sections")
"""What a version freezes of what a module shows."""


@about(ModuleReader)
class TestModuleVersion:
    async def test_it_is_that_of_the_detail(self, backend: Backend) -> None:
        await save(backend, a_module(1, status=ModuleStatus.PUBLISHED))
        reader = backend.reader(ModuleReader)
        assert await reader.version(uid(1), drafts=False) == 1
        await change_module(backend, uid(1), lambda module: module.archive(now=later(days=1)))
        detail = await reader.worked_on(uid(1))
        assert detail is not None
        assert await reader.version(uid(1), drafts=False) == detail.version == 2

    async def test_a_draft_has_one_for_those_who_see_drafts(self, backend: Backend) -> None:
        await save(backend, a_module(1))
        reader = backend.reader(ModuleReader)
        assert await reader.version(uid(1), drafts=True) == 1
        assert await reader.version(uid(1), drafts=False) is None

    async def test_an_unknown_module_has_none(self, backend: Backend) -> None:
        assert await backend.reader(ModuleReader).version(NOBODY, drafts=True) is None


@about(ModuleReader)
class TestModulePages:
    async def test_an_empty_catalogue_is_one_empty_page(self, backend: Backend) -> None:
        page = await backend.reader(ModuleReader).page(ALL, None, 1)
        assert (page.items, page.next) == ([], None)

    async def test_lists_show_summaries(self, backend: Backend) -> None:
        modules = [a_module(1, tags=("osha",), sections=[a_section(1)]), a_full_module(2)]
        await save(backend, *modules)
        page = await backend.reader(ModuleReader).page(ALL, None, 50)
        assert [type(item) for item in page.items] == [ModuleSummary, ModuleSummary]
        assert plain(page.items) == [plain(ModuleSummary.of(module)) for module in reversed(modules)]

    async def test_newest_first_and_among_the_equally_old_the_highest_id(self, backend: Backend) -> None:
        await save(
            backend,
            a_module(2, now=later(microseconds=1)),
            a_module(9, now=T),
            a_module(5, now=later(microseconds=1)),
            a_module(1, now=later(days=1)),
            a_module(7, now=later(days=-1)),
            a_module(8, now=T),
        )
        assert await listed(backend, ALL) == [1, 5, 2, 9, 8, 7]

    async def test_an_edit_does_not_move_a_module(self, backend: Backend) -> None:
        await save(backend, a_module(1, sections=[a_section()]), a_module(2, now=later(minutes=1)))
        await change_module(backend, uid(1), lambda module: published(module, now=later(days=1)))
        page = await backend.reader(ModuleReader).page(ALL, None, 50)
        assert [(item.id, item.version) for item in page.items] == [(uid(2), 1), (uid(1), 2)]

    @pytest.mark.parametrize(
        ("limit", "expected"),
        [
            (1, [[6], [5], [4], [3], [2], [1]]),
            (2, [[6, 5], [4, 3], [2, 1]]),
            (3, [[6, 5, 4], [3, 2, 1]]),
            (4, [[6, 5, 4, 3], [2, 1]]),
            (5, [[6, 5, 4, 3, 2], [1]]),
            (6, [[6, 5, 4, 3, 2, 1]]),
            (7, [[6, 5, 4, 3, 2, 1]]),
        ],
    )
    @pytest.mark.parametrize("apart", [0, 1], ids=["same moment", "a microsecond apart"])
    async def test_pages_show_each_module_once(
        self, backend: Backend, limit: int, expected: list[list[int]], apart: int
    ) -> None:
        await save(backend, *(a_module(n, now=later(microseconds=apart * n)) for n in range(1, 7)))
        assert await paged(backend, limit) == expected

    async def test_the_cursor_names_the_last_module_shown(self, backend: Backend) -> None:
        await save(backend, *(a_module(n, now=later(microseconds=n)) for n in range(1, 4)))
        page = await backend.reader(ModuleReader).page(ALL, None, 2)
        assert page.next == Cursor(later(microseconds=2), uid(2))

    async def test_a_place_need_not_be_taken(self, backend: Backend) -> None:
        await save(backend, *(a_module(n, now=later(minutes=n // 2)) for n in range(1, 7)))
        reader = backend.reader(ModuleReader)
        page = await reader.page(ALL, Cursor(later(minutes=1, microseconds=1), uid(0)), 50)
        assert [item.id.int for item in page.items] == [3, 2, 1]
        page = await reader.page(ALL, Cursor(later(days=-1), uid(9)), 50)
        assert (page.items, page.next) == ([], None)

    async def test_what_is_new_does_not_disturb_the_next_page(self, backend: Backend) -> None:
        await save(backend, *(a_module(n) for n in range(1, 5)))
        reader = backend.reader(ModuleReader)
        first = await reader.page(ALL, None, 2)
        await save(backend, a_module(9, now=later(hours=1)))
        second = await reader.page(ALL, first.next, 2)
        assert [item.id.int for item in (*first.items, *second.items)] == [4, 3, 2, 1]
        assert second.next is None

    async def test_pages_of_what_fits(self, backend: Backend) -> None:
        tags = {n: ("even",) if n % 2 == 0 else () for n in range(1, 9)}
        await save(backend, *(a_module(n, tags=tags[n]) for n in tags))
        assert await paged(backend, 2, ModuleFilter(tags=("even",), drafts=True)) == [[8, 6], [4, 2]]


@about(ModuleReader)
class TestModuleFilters:
    async def test_by_status(self, backend: Backend) -> None:
        await save(backend, *(a_module(n, status=status) for n, status in enumerate(ModuleStatus, start=1)))
        assert [await listed(backend, ModuleFilter(status=status, drafts=True)) for status in ModuleStatus] == [
            [1],
            [2],
            [3],
        ]

    async def test_by_tag(self, backend: Backend) -> None:
        await save(
            backend, a_module(1, tags=("osha", "annual")), a_module(2, tags=("osha-2",)), a_module(3), a_full_module(4)
        )
        assert await listed(backend, ModuleFilter(tags=("osha",), drafts=True)) == [4, 1]
        assert await listed(backend, ModuleFilter(tags=("annual",), drafts=True)) == [4, 1]
        assert await listed(backend, ModuleFilter(tags=("osh",), drafts=True)) == []
        assert await listed(backend, ModuleFilter(tags=("OSHA",), drafts=True)) == []
        assert await listed(backend, ModuleFilter(tags=("%",), drafts=True)) == []

    async def test_words_are_found_in_title_summary_and_slug(self, backend: Backend) -> None:
        await save(
            backend,
            a_module(1, title="Bloodborne pathogens"),
            a_module(2, summary="About pathogens and more"),
            a_module(3, slug="pathogens-again"),
            a_module(4, tags=("pathogens",)),
        )
        assert await listed(backend, ModuleFilter(q="pathogens", drafts=True)) == [3, 2, 1]
        assert await listed(backend, ModuleFilter(q="borne path", drafts=True)) == [1]
        assert await listed(backend, ModuleFilter(q="pathogens about", drafts=True)) == [2]
        assert await listed(backend, ModuleFilter(q="pathogens below", drafts=True)) == []

    async def test_case_does_not_matter(self, backend: Backend) -> None:
        await save(
            backend,
            a_module(1, title="HIPAA Privacy"),
            a_module(2, summary="hipaa privacy"),
            a_module(3, title="HYGIÈNE DES MAINS"),
            a_module(4, summary="hygiène des mains"),
        )
        for q in ("hipaa p", "HIPAA P", "Hipaa P"):
            assert await listed(backend, ModuleFilter(q=q, drafts=True)) == [2, 1]
        for q in ("hygiène", "HYGIÈNE", "Hygiène"):
            assert await listed(backend, ModuleFilter(q=q, drafts=True)) == [4, 3]
        for q in ("hygiene", "hygie\u0300ne"):
            assert await listed(backend, ModuleFilter(q=q, drafts=True)) == [4, 3]

    async def test_wildcards_are_ordinary_characters(self, backend: Backend) -> None:
        titles = ("100% safe", "100 safe", "a_b", "axb", r"back\slash", "backslash", r"\%", "日本語 🦷")
        await save(backend, *(a_module(n, slug=f"m{n}", title=title) for n, title in enumerate(titles, start=1)))
        expected = {
            "%": [7, 1],
            "0%": [1],
            "100% safe": [1],
            "_": [3],
            "a_b": [3],
            "\\": [7, 5],
            r"k\s": [5],
            r"\%": [7],
            r"\_": [],
            "%%": [],
            "[a-z]": [],
            "*": [],
            "'": [],
            "本語 🦷": [8],
        }
        assert {q: await listed(backend, ModuleFilter(q=q, drafts=True)) for q in expected} == expected

    async def test_drafts_are_shown_only_if_asked_for(self, backend: Backend) -> None:
        statuses = (*ModuleStatus, *ModuleStatus)
        await save(backend, *(a_module(n, tags=("osha",), status=each) for n, each in enumerate(statuses, start=1)))
        assert await listed(backend, ModuleFilter()) == [6, 5, 3, 2]
        assert await listed(backend, ModuleFilter(drafts=True)) == [6, 5, 4, 3, 2, 1]
        assert await listed(backend, ModuleFilter(status=ModuleStatus.DRAFT)) == []
        assert await listed(backend, ModuleFilter(status=ModuleStatus.ARCHIVED)) == [6, 3]
        assert await listed(backend, ModuleFilter(tags=("osha",), q="infection")) == [6, 5, 3, 2]
        assert await paged(backend, 1, ModuleFilter()) == [[6], [5], [3], [2]]
        assert await paged(backend, 2, ModuleFilter(tags=("osha",))) == [[6, 5], [3, 2]]

    async def test_all_conditions_hold(self, backend: Backend) -> None:
        published = ModuleStatus.PUBLISHED
        await save(
            backend,
            a_module(1, title="Sharps", tags=("osha",), status=published),
            a_module(2, title="Sharps", tags=("osha",)),
            a_module(3, title="Sharps", status=published),
            a_module(4, title="Masks", tags=("osha",), status=published),
            a_module(5, title="Sharps", tags=("osha",), status=published),
        )
        assert await listed(backend, ModuleFilter(published, ("osha",), "sharps", drafts=True)) == [5, 1]
        assert await listed(backend, ModuleFilter(published, ("osha",), drafts=True)) == [5, 4, 1]
        assert await listed(backend, ModuleFilter(published, q="sharps", drafts=True)) == [5, 3, 1]
        assert await listed(backend, ModuleFilter(tags=("osha",), q="sharps", drafts=True)) == [5, 2, 1]
        assert await paged(backend, 1, ModuleFilter(published, ("osha",), "sharps", drafts=True)) == [[5], [1]]
