"""The handlers of modules, sections and questions, called as plain functions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from application.catalogue.modules.commands import (
    ArchiveModule,
    CreateModule,
    DeleteModule,
    EditModule,
    NewQuestion,
    NewSection,
    PublishModule,
    SetPrerequisites,
    archive_module,
    create_module,
    delete_module,
    edit_module,
    publish_module,
    set_prerequisites,
)
from application.catalogue.modules.queries import (
    ListModules,
    ModuleDetail,
    ReadModule,
    SectionView,
    list_modules,
    read_module,
)
from application.catalogue.questions.commands import (
    AddQuestion,
    EditQuestion,
    RemoveQuestion,
    add_question,
    edit_question,
    remove_question,
)
from application.catalogue.questions.queries import ListQuestions, QuestionView, list_questions
from application.catalogue.sections.commands import (
    AddSection,
    EditSection,
    RemoveSection,
    ReorderSections,
    add_section,
    edit_section,
    remove_section,
    reorder_sections,
)
from application.kernel.messages import Message
from domain.catalogue.module_life import (
    LastSection,
    ModuleArchived,
    ModuleDeleted,
    ModuleDrafted,
    ModuleEdited,
    ModuleInUse,
    ModuleIsArchived,
    ModuleNotDraft,
    ModuleNotFound,
    ModuleNotPublished,
    ModuleNotReady,
    ModulePublished,
    ModuleStatus,
    SlugTaken,
)
from domain.catalogue.questions import Numeric, TrueFalse
from domain.catalogue.sections import Lesson, QuestionNotFound, Quiz, SectionIsNotAQuiz, SectionNotFound
from domain.kernel.errors import DomainError, InvalidValue, StaleVersion
from kit.examples import (
    LATER,
    NOW,
    a_draft,
    a_lesson,
    a_published_module,
    a_question,
    a_quiz,
    a_user,
    an_archived_module,
    an_enrollment,
    uid,
)
from worlds.memory import World

M, QUIZ, LESSON, QUESTION = uid(900), uid(1), uid(2), uid(11)
NOBODY = uid(404)
STALE = frozenset({99})
PRESENT = frozenset({1})


@pytest.fixture
async def world() -> World:
    """Holds the draft M, at version 1, of a quiz with one question and of a lesson."""
    world = World()
    await world.holds(a_draft(a_quiz(1, a_question(11)), a_lesson(2)))
    return world


async def stored(world: World) -> ModuleDetail:
    return await world.call(read_module, ReadModule(M))


def sections_of(module: ModuleDetail) -> list[SectionView]:
    return cast(list[SectionView], module.sections)


class TestModules:
    async def test_create(self, world: World) -> None:
        questions = (NewQuestion("True?", TrueFalse(True), points=2),)
        sections = (NewSection("Read", Lesson("Text")), NewSection("Check", Quiz(), questions))
        command = CreateModule("Infection control", tags=("osha",), estimated_minutes=30, sections=sections)
        created = await world.call(create_module, command)
        assert (created.slug, created.status, created.version) == ("infection-control", ModuleStatus.DRAFT, 1)
        assert (created.tags, created.estimated_minutes, created.created_at) == (["osha"], 30, LATER)
        assert [(s.position, s.title) for s in sections_of(created)] == [(1, "Read"), (2, "Check")]
        assert world.events == [ModuleDrafted(created.id)]
        assert await world.call(read_module, ReadModule(created.id)) == created

    async def test_create_with_a_slug_that_is_taken(self, world: World) -> None:
        with pytest.raises(SlugTaken):
            await world.call(create_module, CreateModule("Bloodborne pathogens"))

    async def test_edit_changes_what_is_mentioned(self, world: World) -> None:
        edited = await world.call(edit_module, EditModule(M, PRESENT, title="New", citation="HIPAA"))
        assert (edited.title, edited.citation, edited.slug) == ("New", "HIPAA", "bloodborne-pathogens")
        assert (edited.version, edited.updated_at) == (2, LATER)
        assert world.events == [ModuleEdited(M, 2)]
        cleared = await world.call(edit_module, EditModule(M, citation=None))
        assert (cleared.title, cleared.citation) == ("New", None)

    async def test_edit_with_a_slug_that_is_taken(self, world: World) -> None:
        await world.holds(a_draft(number=901, title="Claims"))
        with pytest.raises(SlugTaken):
            await world.call(edit_module, EditModule(M, slug="claims"))

    async def test_publish_and_archive(self, world: World) -> None:
        published = await world.call(publish_module, PublishModule(M, expected_versions=PRESENT))
        assert (published.status, published.published_at) == (ModuleStatus.PUBLISHED, LATER)
        assert world.events == [ModulePublished(M, 2, version_number=1, material=False)]
        archived = await world.call(archive_module, ArchiveModule(M, frozenset({2})))
        assert (archived.status, archived.archived_at) == (ModuleStatus.ARCHIVED, LATER)
        assert world.events == [ModuleArchived(M)]

    async def test_publish_what_is_not_ready(self, world: World) -> None:
        await world.holds(a_draft(number=901, title="Empty"))
        with pytest.raises(ModuleNotReady):
            await world.call(publish_module, PublishModule(uid(901)))

    async def test_delete(self, world: World) -> None:
        await world.call(delete_module, DeleteModule(M, PRESENT))
        assert world.events == [ModuleDeleted(M, "bloodborne-pathogens")]
        with pytest.raises(ModuleNotFound):
            await stored(world)

    async def test_delete_what_people_are_enrolled_in(self, world: World) -> None:
        await world.holds(a_user(), an_enrollment())
        with pytest.raises(ModuleInUse):
            await world.call(delete_module, DeleteModule(M))

    async def test_list_newest_first(self, world: World) -> None:
        await world.holds(a_draft(number=901, title="Claims", tags=("billing",), now=LATER))
        page = await world.call(list_modules, ListModules())
        assert ([item.slug for item in page.items], page.next) == (["claims", "bloodborne-pathogens"], None)
        tagged = await world.call(list_modules, ListModules(status=ModuleStatus.DRAFT, tag=("billing",)))
        assert [item.slug for item in tagged.items] == ["claims"]


class TestSections:
    async def test_add(self, world: World) -> None:
        command = AddSection(M, "First", Lesson("Text"), position=1, expected_versions=PRESENT)
        added = await world.call(add_section, command)
        assert (added.position, added.title, added.content) == (1, "First", Lesson("Text"))
        assert (added.module_id, added.module_version) == (M, 2)
        assert world.events == [ModuleEdited(M, 2, tuple(sorted((added.id, LESSON, QUIZ))))]
        assert [section.id for section in sections_of(await stored(world))] == [added.id, QUIZ, LESSON]

    async def test_edit_changes_what_is_mentioned(self, world: World) -> None:
        edited = await world.call(edit_section, EditSection(M, LESSON, title="New"))
        assert (edited.title, edited.content) == ("New", Lesson("Treat all blood as infectious."))
        edited = await world.call(edit_section, EditSection(M, LESSON, content=Lesson("Text")))
        assert (edited.title, edited.content, edited.module_version) == ("New", Lesson("Text"), 3)

    async def test_remove(self, world: World) -> None:
        await world.call(remove_section, RemoveSection(M, QUIZ, PRESENT))
        assert [(section.id, section.position) for section in sections_of(await stored(world))] == [(LESSON, 1)]

    async def test_reorder(self, world: World) -> None:
        reordered = await world.call(reorder_sections, ReorderSections(M, (LESSON, QUIZ)))
        assert [(section.id, section.position) for section in sections_of(reordered)] == [(LESSON, 1), (QUIZ, 2)]
        assert reordered == await stored(world)

    async def test_the_last_section_of_a_published_module_stays(self, world: World) -> None:
        await world.holds(a_published_module(a_lesson(5), number=901, title="Claims"))
        with pytest.raises(LastSection):
            await world.call(remove_section, RemoveSection(uid(901), uid(5)))


class TestQuestions:
    async def test_add(self, world: World) -> None:
        command = AddQuestion(M, QUIZ, "How many?", Numeric(3), points=5, explanation="Count", position=1)
        added = await world.call(add_question, command)
        assert (added.prompt, added.metadata, added.points, added.explanation) == ("How many?", Numeric(3), 5, "Count")
        assert (added.section_id, added.position, added.module_version) == (QUIZ, 1, 2)
        assert world.events == [ModuleEdited(M, 2, (), tuple(sorted((QUESTION, added.id))))]
        listed = await world.call(list_questions, ListQuestions(M, QUIZ))
        assert [question.id for question in listed.items] == [added.id, QUESTION]

    async def test_edit_changes_what_is_mentioned(self, world: World) -> None:
        command = EditQuestion(M, QUIZ, QUESTION, metadata=Numeric(3), expected_versions=PRESENT)
        edited = await world.call(edit_question, command)
        assert (edited.prompt, edited.points, edited.metadata) == ("Statement 11", 1, Numeric(3))
        command = EditQuestion(M, QUIZ, QUESTION, prompt="New", points=9, explanation="Why")
        edited = await world.call(edit_question, command)
        assert (edited.prompt, edited.points, edited.explanation, edited.metadata) == ("New", 9, "Why", Numeric(3))
        assert world.events == [ModuleEdited(M, 3, (), (QUESTION,))]

    async def test_remove(self, world: World) -> None:
        await world.call(remove_question, RemoveQuestion(M, QUIZ, QUESTION, PRESENT))
        assert (await world.call(list_questions, ListQuestions(M, QUIZ))).items == []

    async def test_list(self, world: World) -> None:
        listed = await world.call(list_questions, ListQuestions(M, QUIZ))
        assert listed.items == [QuestionView(QUESTION, QUIZ, 1, "Statement 11", 1, "", TrueFalse(True), NOW, NOW)]
        assert listed.next_cursor is None


AUTHORING: list[tuple[Callable[..., Awaitable[Any]], Callable[..., Message[Any]]]] = [
    (edit_module, lambda m, **v: EditModule(m, **v)),
    (delete_module, lambda m, **v: DeleteModule(m, **v)),
    (publish_module, lambda m, **v: PublishModule(m, **v)),
    (archive_module, lambda m, **v: ArchiveModule(m, **v)),
    (set_prerequisites, lambda m, **v: SetPrerequisites(m, (), **v)),
    (add_section, lambda m, **v: AddSection(m, "New", Lesson("Text"), **v)),
    (edit_section, lambda m, **v: EditSection(m, LESSON, **v)),
    (remove_section, lambda m, **v: RemoveSection(m, LESSON, **v)),
    (reorder_sections, lambda m, **v: ReorderSections(m, (LESSON, QUIZ), **v)),
    (add_question, lambda m, **v: AddQuestion(m, QUIZ, "New?", TrueFalse(True), **v)),
    (edit_question, lambda m, **v: EditQuestion(m, QUIZ, QUESTION, **v)),
    (remove_question, lambda m, **v: RemoveQuestion(m, QUIZ, QUESTION, **v)),
]


@pytest.mark.parametrize(("handler", "message"), AUTHORING, ids=[row[0].__name__ for row in AUTHORING])
class TestRefusals:
    """What every command on a module refuses."""

    async def test_an_unknown_module(self, world: World, handler: Any, message: Any) -> None:
        with pytest.raises(ModuleNotFound):
            await world.call(handler, message(NOBODY))

    async def test_a_stale_version(self, world: World, handler: Any, message: Any) -> None:
        with pytest.raises(StaleVersion):
            await world.call(handler, message(M, expected_versions=STALE))
        assert (await stored(world)).version == 1

    async def test_an_archived_module(self, world: World, handler: Any, message: Any) -> None:
        archived = an_archived_module(a_quiz(1, a_question(11)), a_lesson(2), number=901, title="Claims")
        await world.holds(archived)
        with pytest.raises((ModuleIsArchived, ModuleNotDraft)):
            await world.call(handler, message(uid(901)))


@pytest.mark.parametrize(
    ("handler", "message", "error"),
    [
        (archive_module, ArchiveModule(M), ModuleNotPublished),
        (edit_section, EditSection(M, NOBODY), SectionNotFound),
        (edit_section, EditSection(M, LESSON, content=Quiz()), InvalidValue),
        (remove_section, RemoveSection(M, NOBODY), SectionNotFound),
        (reorder_sections, ReorderSections(M, (LESSON,)), InvalidValue),
        (add_section, AddSection(M, "x", Quiz(), position=4), InvalidValue),
        (add_question, AddQuestion(M, LESSON, "x", TrueFalse(True)), SectionIsNotAQuiz),
        (add_question, AddQuestion(M, NOBODY, "x", TrueFalse(True)), SectionNotFound),
        (edit_question, EditQuestion(M, QUIZ, NOBODY), QuestionNotFound),
        (edit_question, EditQuestion(M, NOBODY, QUESTION), SectionNotFound),
        (remove_question, RemoveQuestion(M, QUIZ, NOBODY), QuestionNotFound),
        (read_module, ReadModule(NOBODY), ModuleNotFound),
        (list_questions, ListQuestions(M, NOBODY), SectionNotFound),
        (list_questions, ListQuestions(NOBODY, QUIZ), SectionNotFound),
    ],
)
async def test_what_cannot_be_done(world: World, handler: Any, message: Message[Any], error: type[DomainError]) -> None:
    before = await stored(world)
    with pytest.raises(error):
        await world.call(handler, message)
    assert await stored(world) == before
