"""Existing sections and questions get the times of their modules, and are otherwise unchanged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql.install.migrating import downgrade, upgrade
from contracts.backend import loaded_module
from contracts.make import uid
from domain.catalogue.questions import TrueFalse
from domain.catalogue.sections import Lesson, Quiz
from integration.backends import SqlBackend, created, opened

MODULE, LESSON, QUIZ, QUESTION = uid(1), uid(2), uid(3), uid(4)
BEFORE = (
    "INSERT INTO training_modules (id, slug, title, tags, created_at, updated_at)"
    " VALUES ('{module}', 'sharps', 'Sharps', {tags}, '2026-03-01 00:00:00.000000+00:00',"
    " '2026-03-02 00:00:00.000000+00:00')",
    "INSERT INTO module_sections (id, module_id, position, title, content)"
    " VALUES ('{lesson}', '{module}', 1, 'Read', '{{\"kind\": \"lesson\", \"markdown\": \"Never recap.\"}}')",
    "INSERT INTO module_sections (id, module_id, position, title, content)"
    " VALUES ('{quiz}', '{module}', 2, 'Check', '{{\"kind\": \"quiz\"}}')",
    "INSERT INTO quiz_questions (id, section_id, position, prompt, metadata)"
    " VALUES ('{question}', '{quiz}', 1, 'Recap?', '{{\"kind\": \"true_false\", \"correct\": false}}')",
)


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, with a module."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_parts")) as backend:
        await upgrade(backend.database.engine, "0006")
        names = {"module": MODULE, "lesson": LESSON, "quiz": QUIZ, "question": QUESTION}
        values = {name: str(value) if backend.on_postgresql else value.hex for name, value in names.items()}
        for statement in BEFORE:
            filled = statement.format(**values, tags="'{}'" if backend.on_postgresql else "'[]'")
            await backend.sql(filled if backend.on_postgresql else filled.replace("+00:00", ""))
        yield backend


async def test_they_take_the_times_of_their_module_and_nothing_is_lost(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    module = await loaded_module(old, MODULE)
    lesson, quiz = module.sections
    (question,) = quiz.questions
    assert {(part.created_at, part.updated_at) for part in (lesson, quiz, question)} == {
        (module.created_at, module.updated_at)
    }
    assert (module.created_at.day, module.updated_at.day) == (1, 2)
    assert (lesson.content, lesson.position) == (Lesson("Never recap."), 1)
    assert (question.prompt, question.metadata, question.points) == ("Recap?", TrueFalse(False), 1)
    # What a quiz that says nothing of feedback meant then.
    assert quiz.content == Quiz(feedback="after_submission")


async def test_they_go_back_whole(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    await downgrade(old.database.engine, "0006")
    assert len(await old.sql("SELECT id FROM module_sections")) == 2
    assert len(await old.sql("SELECT id FROM quiz_questions")) == 1
    await upgrade(old.database.engine)
    module = await loaded_module(old, MODULE)
    assert [len(section.questions) for section in module.sections] == [0, 1]
