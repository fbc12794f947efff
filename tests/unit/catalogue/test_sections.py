"""Sections of every kind, and the questions of a quiz."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.sections import (
    MAX_QUESTIONS,
    Attestation,
    Document,
    Lesson,
    ModuleSection,
    QuestionNotFound,
    Quiz,
    SectionIsNotAQuiz,
    TooMany,
    Video,
)
from domain.kernel.errors import Conflict, InvalidValue, NotFound
from kit.about import for_each
from kit.examples import a_lesson, a_question, a_quiz, uid


def numbered(section: ModuleSection) -> list[tuple[int, int]]:
    return [(question.position, question.id.int) for question in section.questions]


@for_each(
    ("content", "kind"),
    [
        (Lesson("# Read"), "lesson"),
        (Video("https://example.com/film", 1), "video"),
        (Video("https://example.com/film", 86_400, "Watch closely"), "video"),
        (Document("https://www.osha.gov/1910.1030"), "document"),
        (Quiz("Answer all"), "quiz"),
        (Attestation("I have understood."), "attestation"),
    ],
)
def test_a_section_may_be_of_each_kind(content: Any, kind: str) -> None:
    section = ModuleSection(uid(1), title="Step", content=content)
    assert section.content == content
    assert section.content.kind == kind
    assert section.is_quiz is (kind == "quiz")


@for_each(
    ("make", "field"),
    [
        (lambda: Lesson(""), "markdown"),
        (lambda: Lesson("x" * 100_001), "markdown"),
        (lambda: Video("film.mp4", 60), "url"),
        (lambda: Video("https://example.com", 0), "duration_seconds"),
        (lambda: Video("https://example.com", 86_401), "duration_seconds"),
        (lambda: Video("https://example.com", 60, "x" * 10_001), "description"),
        (lambda: Document("ftp://example.com"), "url"),
        (lambda: Document("https://" + "x" * 1_993), "url"),
        (lambda: Quiz("x" * 10_001), "description"),
        (lambda: Attestation(" "), "statement"),
        (lambda: Attestation("x" * 5_001), "statement"),
        (lambda: a_lesson(title=""), "title"),
        (lambda: a_lesson(title="x" * 256), "title"),
    ],
)
def test_contents_beyond_the_limits_are_refused(make: Callable[[], object], field: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        make()
    assert refusal.value.field == (field,)


def test_editing_replaces_what_is_given() -> None:
    section = a_lesson()
    section.edit(title="Gloves")
    assert (section.title, section.content) == ("Gloves", Lesson("Treat all blood as infectious."))
    section.edit(content=Lesson("Wear them."))
    assert (section.title, section.content) == ("Gloves", Lesson("Wear them."))


def test_an_edited_title_keeps_its_limits() -> None:
    with pytest.raises(InvalidValue) as refusal:
        a_lesson().edit(title="   ")
    assert (str(refusal.value), refusal.value.field) == ("must not be blank", ("title",))


def test_a_section_keeps_its_kind() -> None:
    section = a_lesson()
    with pytest.raises(InvalidValue) as refusal:
        section.edit(title="Quiz", content=Quiz())
    assert refusal.value.field == ("content", "kind")
    assert (
        str(refusal.value) == "must be of kind 'lesson'; the kind of a section cannot change. Add a new section instead"
    )
    assert section.title == "Standard precautions"


def test_questions_are_numbered_from_one() -> None:
    section = a_quiz(1, a_question(11), a_question(12))
    section.add_question(a_question(13))
    section.add_question(a_question(10), position=1)
    section.add_question(a_question(14), position=5)
    assert numbered(section) == [(1, 10), (2, 11), (3, 12), (4, 13), (5, 14)]
    section.remove_question(uid(12))
    assert numbered(section) == [(1, 10), (2, 11), (3, 13), (4, 14)]


@pytest.mark.parametrize("position", [-1, 0, 3])
def test_a_question_cannot_be_put_beyond_the_ends(position: int) -> None:
    section = a_quiz(1, a_question(11))
    with pytest.raises(InvalidValue) as refusal:
        section.add_question(a_question(12), position=position)
    assert (str(refusal.value), refusal.value.field) == ("must be from 1 to 2", ("position",))
    assert numbered(section) == [(1, 11)]


def test_only_a_quiz_has_questions() -> None:
    with pytest.raises(SectionIsNotAQuiz, match=r"Only a quiz section has questions\.") as refusal:
        a_lesson().add_question(a_question())
    assert refusal.value.slug == "section-not-a-quiz"
    assert isinstance(refusal.value, Conflict)
    with pytest.raises(SectionIsNotAQuiz):
        ModuleSection(uid(1), title="Read", content=Lesson("x"), questions=[a_question()])


def test_a_quiz_has_at_most_200_questions() -> None:
    section = a_quiz(1, *(a_question(n) for n in range(1, MAX_QUESTIONS + 1)))
    with pytest.raises(TooMany, match=r"A quiz has at most 200 questions\.") as refusal:
        section.add_question(a_question(999))
    assert refusal.value.slug == "too-many"
    assert len(section.questions) == MAX_QUESTIONS


def test_a_question_is_found_by_its_id() -> None:
    first, second = a_question(11), a_question(12)
    assert a_quiz(1, first, second).question(uid(12)) is second


def test_an_unknown_question_is_not_found() -> None:
    section = a_quiz(1, a_question(11))
    with pytest.raises(QuestionNotFound, match=r"The section has no question with this id\.") as refusal:
        section.question(uid(99))
    assert refusal.value.slug == "question-not-found"
    assert isinstance(refusal.value, NotFound)
    with pytest.raises(QuestionNotFound):
        section.remove_question(uid(99))


@given(st.lists(st.integers(0, 9), max_size=30))
def test_positions_stay_gapless_whatever_is_added_and_removed(places: list[int]) -> None:
    """An even number adds a question near that place, an odd one removes the question there, if any."""
    section, expected = a_quiz(), list[int]()
    for number, place in enumerate(places, start=1):
        if place % 2 == 0:
            index = min(place, len(expected))
            section.add_question(a_question(number), position=index + 1)
            expected.insert(index, number)
        elif place < len(expected):
            section.remove_question(uid(expected.pop(place)))
        assert numbered(section) == list(enumerate(expected, start=1))
