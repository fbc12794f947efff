"""The contract of the questions reader."""

from __future__ import annotations

from application.catalogue.questions.queries import QuestionReader, QuestionView
from contracts import about
from contracts.backend import Backend, change_module, plain, save
from contracts.make import (
    CONTENTS,
    NOBODY,
    QUESTIONS,
    T,
    a_full_module,
    a_module,
    a_question,
    a_section,
    question_id,
    section_id,
    uid,
)
from domain.catalogue.modules import TrainingModule
from domain.catalogue.sections import Quiz


async def shown(backend: Backend, module: int, section: int) -> list[QuestionView] | None:
    return await backend.reader(QuestionReader).of_section(uid(module), section_id(section))


@about(QuestionReader)
class TestQuestionReader:
    async def test_questions_of_all_kinds_are_shown_in_order(self, backend: Backend) -> None:
        module = a_full_module()
        await save(backend, module, a_full_module(2))
        quiz = module.sections[3]
        views = await backend.reader(QuestionReader).of_section(module.id, quiz.id)
        assert views is not None
        assert plain(views) == [plain(QuestionView.of(quiz.id, question)) for question in quiz.questions]
        assert [view.position for view in views] == [1, 2, 3, 4, 5, 6, 7]
        assert [plain(view.metadata)["kind"] for view in views] == [question.kind for question in QUESTIONS]

    async def test_a_section_without_questions_has_an_empty_list(self, backend: Backend) -> None:
        sections = [a_section(n, content) for n, content in enumerate(CONTENTS, start=1)]
        await save(backend, a_module(1, sections=sections))
        assert [await shown(backend, 1, n) for n in range(1, 6)] == [[], [], [], [], []]

    async def test_an_unknown_section_is_none(self, backend: Backend) -> None:
        quiz = a_section(1, Quiz(), [a_question(1)])
        await save(backend, a_module(1, sections=[quiz]), a_module(2, sections=[a_section(2, Quiz())]))
        assert await backend.reader(QuestionReader).of_section(uid(1), NOBODY) is None
        assert await backend.reader(QuestionReader).of_section(NOBODY, quiz.id) is None

    async def test_a_section_belongs_to_its_module(self, backend: Backend) -> None:
        quiz = a_section(1, Quiz(), [a_question(1)])
        await save(backend, a_module(1, sections=[quiz]), a_module(2, sections=[a_section(2, Quiz())]))
        assert await shown(backend, 2, 1) is None
        assert await shown(backend, 1, 2) is None

    async def test_questions_follow_their_changes(self, backend: Backend) -> None:
        quiz = a_section(1, Quiz(), [a_question(n) for n in (1, 2, 3)])
        await save(backend, a_module(1, sections=[a_section(2, Quiz(), [a_question(5)]), quiz]))

        def change(module: TrainingModule) -> None:
            module.remove_question(section_id(1), question_id(1), now=T)
            module.add_question(section_id(1), a_question(4), now=T, position=1)
            module.edit_question(section_id(1), question_id(3), now=T, points=99)

        await change_module(backend, uid(1), change)
        views = await shown(backend, 1, 1)
        assert views is not None
        assert [(view.id, view.position, view.points) for view in views] == [
            (question_id(4), 1, 5),
            (question_id(2), 2, 3),
            (question_id(3), 3, 99),
        ]
        assert {view.section_id for view in views} == {section_id(1)}

    async def test_a_removed_section_takes_its_questions_along(self, backend: Backend) -> None:
        quiz = a_section(1, Quiz(), [a_question(1)])
        await save(backend, a_module(1, sections=[quiz, a_section(2)]))
        await change_module(backend, uid(1), lambda module: module.remove_section(section_id(1), now=T))
        assert await shown(backend, 1, 1) is None
        # The ids are free again, so nothing was left behind.
        await save(backend, a_module(2, sections=[a_section(1, Quiz(), [a_question(1)])]))
