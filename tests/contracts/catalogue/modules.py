"""The contract of the modules repository."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from application.catalogue.modules.queries import ModuleDetail, ModuleReader
from application.catalogue.ports import Modules
from application.catalogue.questions.queries import QuestionReader
from application.kernel.units import Unit
from application.learning.ports import Enrollments
from contracts import about
from contracts.backend import Backend, change_module, loaded_module, plain, save, sections_of
from contracts.make import (
    CONTENTS,
    NOBODY,
    QUESTIONS,
    T,
    a_full_module,
    a_module,
    a_question,
    a_section,
    a_user,
    an_enrollment,
    later,
    published,
    question_id,
    section_id,
    uid,
    user_id,
)
from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
from domain.catalogue.module_life import ModuleInUse, ModuleNotFound, ModuleOffer, ModuleStatus, SlugTaken
from domain.catalogue.modules import TrainingModule
from domain.catalogue.questions import TrueFalse
from domain.catalogue.sections import Lesson, ModuleSection, Quiz


def with_slug(module: TrainingModule, slug: str) -> None:
    module.edit(
        now=later(hours=1),
        slug=slug,
        title=module.title,
        summary="",
        tags=(),
        citation=None,
        estimated_minutes=None,
        rules=module.rules,
        evidence=module.evidence,
    )


def like(n: int, other: int) -> ModuleSection:
    """A section that takes the place of another one."""
    return ModuleSection(section_id(n), title=f"Section {other}", content=CONTENTS[0])


@about(Modules)
class TestModules:
    async def test_a_module_comes_back_as_it_was_added(self, backend: Backend) -> None:
        module = a_full_module()
        await save(backend, module)
        found = await loaded_module(backend, module.id)
        assert found is not module
        assert plain(ModuleDetail.of(found)) == plain(ModuleDetail.of(module))
        assert found.tags == ("osha", "annual", "b-2")
        assert found.status is ModuleStatus.ARCHIVED
        assert (found.created_at, found.published_at) == (T, later(microseconds=1))
        assert (found.updated_at, found.archived_at) == (later(days=400, microseconds=999_999),) * 2
        assert all(moment.utcoffset() == T.utcoffset() for moment in (found.created_at, found.updated_at))

    async def test_documents_come_back_as_values(self, backend: Backend) -> None:
        module = a_full_module()
        await save(backend, module)
        found = await loaded_module(backend, module.id)
        assert tuple(section.content for section in found.sections) == CONTENTS
        questions = found.sections[3].questions
        assert tuple(question.metadata for question in questions) == QUESTIONS
        assert [(q.id, q.position, q.prompt, q.points, q.explanation) for q in questions] == [
            (q.id, q.position, q.prompt, q.points, q.explanation) for q in module.sections[3].questions
        ]

    async def test_sections_and_questions_are_dated(self, backend: Backend) -> None:
        await save(backend, a_module(1, sections=[a_section(1), a_section(2, Quiz(), [a_question(1), a_question(2)])]))
        await change_module(
            backend, uid(1), lambda module: module.edit_section(section_id(1), now=later(hours=1), title="New")
        )
        await change_module(
            backend,
            uid(1),
            lambda module: module.edit_question(section_id(2), question_id(2), now=later(hours=2), points=7),
        )
        await change_module(
            backend,
            uid(1),
            lambda module: module.add_section(a_section(3), now=later(hours=3)),
        )
        found = await loaded_module(backend, uid(1))
        assert [(s.created_at, s.updated_at) for s in found.sections] == [
            (T, later(hours=1)),
            (T, T),
            (later(hours=3), later(hours=3)),
        ]
        assert [(q.created_at, q.updated_at) for q in found.sections[1].questions] == [(T, T), (T, later(hours=2))]
        shown = await backend.reader(QuestionReader).of_section(uid(1), section_id(2))
        assert shown is not None
        assert [(q.created_at, q.updated_at) for q in shown] == [(T, T), (T, later(hours=2))]

    async def test_what_is_left_out_comes_back_left_out(self, backend: Backend) -> None:
        await save(backend, a_module())
        found = await loaded_module(backend, uid(1))
        assert (found.summary, found.tags, found.citation, found.estimated_minutes) == ("", (), None, None)
        assert (found.sections, found.published_at, found.archived_at, found.version) == ([], None, None, 1)

    async def test_an_unknown_module_is_not_found(self, backend: Backend) -> None:
        with pytest.raises(ModuleNotFound):
            await loaded_module(backend, NOBODY)

    async def test_a_module_is_found_by_exactly_its_slug(self, backend: Backend) -> None:
        await save(backend, a_module(1, slug="hipaa"), a_module(2, slug="hipaa-2"))

        async def ids(unit: Unit) -> list[UUID | None]:
            found = [await unit.port(Modules).by_slug(slug) for slug in ("hipaa-2", "hipaa", "HIPAA", "hipaa%", "hip")]
            return [None if module is None else module.id for module in found]

        assert await backend.units.run(ids) == [uid(2), uid(1), None, None, None]

    async def test_what_is_offered(self, backend: Backend) -> None:
        await save(backend, *(a_module(n, status=status) for n, status in enumerate(ModuleStatus, start=1)))

        async def offers(unit: Unit) -> list[ModuleOffer | None]:
            return [await unit.port(Modules).offer(module_id) for module_id in (uid(1), uid(2), uid(3), NOBODY)]

        found = await backend.units.run(offers)
        assert found == [
            ModuleOffer(ModuleStatus.DRAFT, None),
            ModuleOffer(ModuleStatus.PUBLISHED, 1),
            ModuleOffer(ModuleStatus.ARCHIVED, 1),
            None,
        ]
        assert all(isinstance(offer.status, ModuleStatus) for offer in found if offer)

    async def test_the_prerequisites_of_all(self, backend: Backend) -> None:
        assert await backend.units.run(lambda unit: unit.port(Modules).prerequisites()) == {}
        await save(backend, a_module(1), a_module(2), a_module(3))
        known = dict.fromkeys((uid(1), uid(2), uid(3)), ())
        await change_module(backend, uid(3), lambda module: module.require_first([uid(2), uid(1)], known, now=T))
        found = await backend.units.run(lambda unit: unit.port(Modules).prerequisites())
        assert found == {uid(1): (), uid(2): (), uid(3): (uid(2), uid(1))}
        assert (await loaded_module(backend, uid(3))).prerequisites == (uid(2), uid(1))

    async def test_a_unit_sees_its_own_writes(self, backend: Backend) -> None:
        async def work(unit: Unit) -> None:
            modules = unit.port(Modules)
            module = a_module()
            await modules.add(module)
            assert await modules.get(module.id) is module
            assert await modules.by_slug(module.slug) is module
            assert await modules.offer(module.id) == ModuleOffer(ModuleStatus.DRAFT, None)
            assert await modules.prerequisites() == {module.id: ()}

        await backend.units.run(work)

    async def test_a_unit_loads_an_aggregate_once(self, backend: Backend) -> None:
        await save(backend, a_module())

        async def work(unit: Unit) -> bool:
            module = await unit.port(Modules).get(uid(1))
            return module is await unit.port(Modules).get(uid(1)) is await unit.port(Modules).by_slug("module-1")

        assert await backend.units.run(work)


@about(Modules)
class TestModuleChanges:
    async def test_a_change_is_kept_without_saving(self, backend: Backend) -> None:
        await save(backend, a_full_module(2), a_module(1))
        await change_module(
            backend,
            uid(1),
            lambda module: module.edit(
                now=later(hours=1),
                slug="new-slug",
                title="New title",
                summary="New summary",
                tags=("two", "one"),
                citation="HIPAA",
                estimated_minutes=5,
                rules=CompletionRules(pass_mark=70, wait_minutes=5),
                evidence=EvidenceTerms(valid_months=12),
            ),
        )
        found = await loaded_module(backend, uid(1))
        assert (found.slug, found.title, found.summary) == ("new-slug", "New title", "New summary")
        assert (found.tags, found.citation, found.estimated_minutes) == (("two", "one"), "HIPAA", 5)
        assert (found.rules, found.evidence) == (
            CompletionRules(pass_mark=70, wait_minutes=5),
            EvidenceTerms(valid_months=12),
        )
        assert (found.version, found.created_at, found.updated_at) == (2, T, later(hours=1))

    async def test_fields_can_be_emptied(self, backend: Backend) -> None:
        module = a_full_module()
        module.status = ModuleStatus.PUBLISHED
        await save(backend, module)
        await change_module(backend, uid(1), lambda module: with_slug(module, "full-1"))
        found = await loaded_module(backend, uid(1))
        assert (found.summary, found.tags, found.citation, found.estimated_minutes) == ("", (), None, None)

    async def test_publishing_and_archiving_are_kept(self, backend: Backend) -> None:
        await save(backend, a_module(sections=[a_section()]))
        await change_module(backend, uid(1), lambda module: published(module, now=later(days=1)))
        await change_module(backend, uid(1), lambda module: module.archive(now=later(days=2)))
        found = await loaded_module(backend, uid(1))
        assert (found.status, found.version) == (ModuleStatus.ARCHIVED, 3)
        assert (found.published_at, found.archived_at) == (later(days=1), later(days=2))

    @pytest.mark.parametrize(
        ("change", "order"),
        [
            (lambda m: m.add_section(a_section(9), now=T), [1, 2, 3, 9]),
            (lambda m: m.add_section(a_section(9), now=T, position=1), [9, 1, 2, 3]),
            (lambda m: m.add_section(a_section(9), now=T, position=3), [1, 2, 9, 3]),
            (lambda m: m.remove_section(section_id(1), now=T), [2, 3]),
            (lambda m: m.remove_section(section_id(3), now=T), [1, 2]),
            (lambda m: m.reorder_sections([section_id(3), section_id(1), section_id(2)], now=T), [3, 1, 2]),
            (lambda m: m.replace_sections([a_section(8), a_section(7)], now=T), [8, 7]),
            (lambda m: m.replace_sections([like(9, 3), a_section(7), like(8, 1)], now=T), [3, 7, 1]),
            (lambda m: m.replace_sections([], now=T), []),
        ],
    )
    async def test_sections_keep_their_order(
        self, backend: Backend, change: Callable[[TrainingModule], object], order: list[int]
    ) -> None:
        await save(backend, a_module(1, sections=[a_section(n) for n in (1, 2, 3)]))
        await save(backend, a_module(2, sections=[a_section(4)]))
        await change_module(backend, uid(1), change)
        found = await loaded_module(backend, uid(1))
        assert [(s.id, s.position) for s in found.sections] == [(section_id(n), i) for i, n in enumerate(order, 1)]
        assert found.version == 2
        detail = await backend.reader(ModuleReader).worked_on(uid(1))
        assert detail is not None
        assert [(s.id, s.position) for s in sections_of(detail)] == [(section_id(n), i) for i, n in enumerate(order, 1)]
        assert [section.id for section in (await loaded_module(backend, uid(2))).sections] == [section_id(4)]

    async def test_a_section_is_edited_in_place(self, backend: Backend) -> None:
        await save(backend, a_module(sections=[a_section(1), a_section(2)]))
        new = Lesson("Read this instead.")
        await change_module(
            backend, uid(1), lambda module: module.edit_section(section_id(2), now=T, title="New", content=new)
        )
        first, second = (await loaded_module(backend, uid(1))).sections
        assert (second.id, second.position, second.title, second.content) == (section_id(2), 2, "New", new)
        assert (first.title, first.content) == ("Section 1", CONTENTS[0])

    @pytest.mark.parametrize(
        ("change", "order"),
        [
            (lambda m: m.add_question(section_id(2), a_question(9), now=T), [1, 2, 3, 9]),
            (lambda m: m.add_question(section_id(2), a_question(9), now=T, position=1), [9, 1, 2, 3]),
            (lambda m: m.remove_question(section_id(2), question_id(2), now=T), [1, 3]),
        ],
    )
    async def test_questions_keep_their_order(
        self, backend: Backend, change: Callable[[TrainingModule], object], order: list[int]
    ) -> None:
        quizzes = [
            a_section(1, Quiz(), [a_question(4)]),
            a_section(2, Quiz(), [a_question(1), a_question(2), a_question(3)]),
        ]
        await save(backend, a_module(sections=quizzes))
        await change_module(backend, uid(1), change)
        found = await loaded_module(backend, uid(1))
        expected = [(question_id(n), position) for position, n in enumerate(order, start=1)]
        assert [(q.id, q.position) for q in found.sections[1].questions] == expected
        assert [question.id for question in found.sections[0].questions] == [question_id(4)]
        assert found.version == 2

    async def test_what_takes_the_place_of_a_section_keeps_its_ids(self, backend: Backend) -> None:
        old = [a_question(n, QUESTIONS[n]) for n in (1, 2, 3)]
        await save(backend, a_module(sections=[a_section(1, Quiz(), old), a_section(2)]))
        new = [a_question(n, QUESTIONS[n]) for n in (3, 4, 1)]
        for question, place in zip(new, (13, 14, 11), strict=True):
            question.id = question_id(place)
        replacing = ModuleSection(section_id(9), title="Section 1", content=Quiz(shuffle=True), questions=new)
        await change_module(
            backend, uid(1), lambda module: module.replace_sections([a_section(8), replacing], now=later(hours=1))
        )
        added, kept = (await loaded_module(backend, uid(1))).sections
        assert [(s.id, s.position, s.content) for s in (added, kept)] == [
            (section_id(8), 1, CONTENTS[0]),
            (section_id(1), 2, Quiz(shuffle=True)),
        ]
        assert [(q.id, q.position, q.metadata) for q in kept.questions] == [
            (question_id(3), 1, QUESTIONS[3]),
            (question_id(14), 2, QUESTIONS[4]),
            (question_id(1), 3, QUESTIONS[1]),
        ]

    async def test_a_question_may_change_its_kind(self, backend: Backend) -> None:
        await save(backend, a_module(sections=[a_section(1, Quiz(), [a_question(1), a_question(2)])]))
        await change_module(
            backend,
            uid(1),
            lambda module: module.edit_question(
                section_id(1), question_id(1), now=T, prompt="True?", points=7, explanation="", metadata=TrueFalse(True)
            ),
        )
        first, second = (await loaded_module(backend, uid(1))).sections[0].questions
        assert (first.prompt, first.points, first.explanation, first.metadata) == ("True?", 7, "", TrueFalse(True))
        assert (second.prompt, second.metadata) == ("Question 2?", QUESTIONS[0])

    async def test_changes_after_the_commit_stay_outside(self, backend: Backend) -> None:
        added = a_module(sections=[a_section(1, Quiz(), [a_question(1)])])
        await save(backend, added)
        loaded = await loaded_module(backend, uid(1))
        before = plain(await backend.reader(ModuleReader).worked_on(uid(1)))
        for module in (added, loaded):
            module.title = "Changed"
            module.sections[0].title = "Changed"
            module.sections[0].questions[0].prompt = "Changed"
            module.sections.append(ModuleSection(section_id(5), title="More", content=CONTENTS[0]))
        assert plain(await backend.reader(ModuleReader).worked_on(uid(1))) == before
        questions = await backend.reader(QuestionReader).of_section(uid(1), section_id(1))
        assert questions is not None
        assert questions[0].prompt == "Question 1?"
        assert (await loaded_module(backend, uid(1))).title == "Infection control"


@about(Modules)
class TestSlugs:
    async def test_a_slug_is_taken_by_an_earlier_module(self, backend: Backend) -> None:
        await save(backend, a_module(1, slug="hipaa"))
        with pytest.raises(SlugTaken):
            await save(backend, a_module(2, slug="hipaa"))
        assert await backend.reader(ModuleReader).worked_on(uid(2)) is None

    async def test_a_slug_is_taken_within_one_unit(self, backend: Backend) -> None:
        with pytest.raises(SlugTaken):
            await save(backend, a_module(1, slug="hipaa"), a_module(2, slug="hipaa"))
        assert await backend.reader(ModuleReader).worked_on(uid(1)) is None

    async def test_a_slug_cannot_be_changed_to_a_taken_one(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_module(2))
        with pytest.raises(SlugTaken):
            await change_module(backend, uid(2), lambda module: with_slug(module, "module-1"))
        found = await loaded_module(backend, uid(2))
        assert (found.slug, found.version) == ("module-2", 1)

    async def test_a_slug_that_was_given_up_is_free(self, backend: Backend) -> None:
        await save(backend, a_module(1, slug="hipaa"))
        await change_module(backend, uid(1), lambda module: with_slug(module, "privacy"))
        await save(backend, a_module(2, slug="hipaa"))
        assert (await loaded_module(backend, uid(2))).slug == "hipaa"


@about(Modules)
class TestRemovingModules:
    async def test_a_removed_module_is_gone_with_its_parts(self, backend: Backend) -> None:
        await save(backend, a_module(1, sections=[a_section(1, Quiz(), [a_question(1)])]), a_module(2))

        async def remove(unit: Unit) -> None:
            module = await unit.port(Modules).get(uid(1))
            module.delete()
            await unit.port(Modules).remove(module)

        await backend.units.run(remove)
        with pytest.raises(ModuleNotFound):
            await loaded_module(backend, uid(1))
        assert await backend.reader(ModuleReader).worked_on(uid(1)) is None
        assert await backend.reader(QuestionReader).of_section(uid(1), section_id(1)) is None
        assert await backend.reader(ModuleReader).worked_on(uid(2)) is not None
        await save(backend, a_module(3, slug="module-1", sections=[a_section(1)]))

    async def test_a_removed_module_is_gone_at_once_for_its_unit(self, backend: Backend) -> None:
        await save(backend, a_module())

        async def remove(unit: Unit) -> None:
            modules = unit.port(Modules)
            await modules.remove(await modules.get(uid(1)))
            assert await modules.by_slug("module-1") is None
            assert await modules.offer(uid(1)) is None

        await backend.units.run(remove)

    async def test_a_module_in_use_stays(self, backend: Backend) -> None:
        await save(backend, a_module(1, sections=[a_section(1)]), a_user(1))
        await save(backend, an_enrollment(1, 1))

        async def remove(unit: Unit) -> None:
            await unit.port(Modules).remove(await unit.port(Modules).get(uid(1)))

        with pytest.raises(ModuleInUse):
            await backend.units.run(remove)
        assert len((await loaded_module(backend, uid(1))).sections) == 1

        async def withdraw(unit: Unit) -> None:
            await unit.port(Enrollments).remove(await unit.port(Enrollments).get(uid(1), user_id(1)))

        await backend.units.run(withdraw)
        await backend.units.run(remove)
        assert await backend.reader(ModuleReader).worked_on(uid(1)) is None
