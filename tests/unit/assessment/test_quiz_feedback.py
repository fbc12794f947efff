"""What each role sees of a quiz: correct answers only when its policy allows, statistics only as an author."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from application.assessment.commands import SaveAnswers, SubmitAttempt
from application.assessment.ports import Attempts
from application.assessment.queries import ListAttempts, ReadAttempt, ReadItemStatistics
from application.assessment.scores import CheckScores
from application.kernel.access import Actor
from application.kernel.units import Unit
from domain.catalogue.questions import (
    Choice,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    QuestionMetadata,
    ShortText,
    SingleChoice,
    TrueFalse,
)
from domain.catalogue.sections import Quiz, SectionNotFound
from domain.kernel.errors import Forbidden
from kit.about import for_each
from kit.examples import uid
from worlds.school import (
    ANA,
    AUTHOR,
    BEN,
    COMPLIANCE,
    HALF,
    LESSON,
    MANAGER,
    Q1,
    Q2,
    QUIZ,
    RIGHT,
    SECRET,
    WRONG,
    M,
    a_school,
)

FOUR = tuple(Choice(name, f"Choice {name}") for name in "abcd")
KINDS: tuple[QuestionMetadata, ...] = (
    SingleChoice(FOUR, "b"),
    MultipleChoice(FOUR, ("a", "c")),
    TrueFalse(True),
    ShortText((SECRET,)),
    Numeric(4711.25, 0.125, "mm"),
    Ordering(FOUR, ("d", "c", "b", "a")),
    Matching(FOUR[:2], FOUR[2:], {"a": "c", "b": "d"}),
)
TELLTALES = frozenset({"accepted", "value", "tolerance", "explanation", "metadata", "correct", "case_sensitive"})


def names_in(document: Any) -> Iterator[str]:
    """Every member's name, at any depth."""
    if isinstance(document, dict):
        yield from document
        for value in document.values():
            yield from names_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from names_in(value)


def leaks(view: object) -> bool:
    """Whether a response, as it goes out, has anything of what is right."""
    sent = msgspec.json.encode(view)
    return (
        SECRET.encode() in sent
        or b"4711" in sent
        or not TELLTALES.isdisjoint(names_in(msgspec.json.decode(sent)))
        or any(item.result is not None for item in getattr(view, "items", []) if hasattr(item, "result"))
    )


CORRECT: dict[UUID, Any] = {
    uid(101): "b",
    uid(102): ("a", "c"),
    uid(103): True,
    uid(105): 4711.25,
    uid(106): ("d", "c", "b", "a"),
    uid(107): {"a": "c", "b": "d"},
}


class TestFeedback:
    """Correct answers reach no caller by any operation before the policy allows it."""

    @for_each("feedback", ["never", "after_submission", "after_passing"])
    @for_each("shuffle", [False, True])
    async def test_nothing_leaks_before_it_is_handed_in(self, feedback: Any, shuffle: bool) -> None:
        school = await a_school(Quiz(feedback=feedback, shuffle=shuffle), *KINDS)
        attempt = await school.start()
        wrong: dict[UUID, Any] = {uid(101): "a", uid(104): "no idea", uid(105): 1}
        responses = [
            attempt,
            await school.start(),
            await school.do(SaveAnswers(attempt.id, wrong)),
            await school.do(ReadAttempt(attempt.id)),
            await school.do(ReadAttempt(attempt.id), MANAGER),
            await school.do(ReadAttempt(attempt.id), COMPLIANCE),
            await school.do(ListAttempts(M, uid(1))),
        ]
        assert [leaks(response) for response in responses] == [False] * len(responses)

    @for_each(
        ("feedback", "pass_mark", "revealed"),
        [
            ("never", 0, False),
            ("never", 100, False),
            ("after_submission", 0, True),
            ("after_submission", 100, True),
            ("after_passing", 0, True),
            ("after_passing", 100, False),
        ],
    )
    async def test_afterwards_the_policy_decides(self, feedback: Any, pass_mark: int, revealed: bool) -> None:
        school = await a_school(Quiz(feedback=feedback), *KINDS, pass_mark=pass_mark)
        attempt = await school.start()
        done = await school.do(SubmitAttempt(attempt.id, {uid(101): "a"}))
        assert done.percent == 0
        for response in (
            done,
            await school.do(ReadAttempt(attempt.id)),
            await school.do(ReadAttempt(attempt.id), MANAGER),
        ):
            assert leaks(response) is revealed
            assert all((item.result is not None) is revealed for item in response.items)
        assert not leaks(await school.do(ListAttempts(M, uid(1))))

    async def test_a_failed_attempt_stays_closed_after_another_passed(self) -> None:
        """Only the attempt that passed is explained."""
        school = await a_school(Quiz(feedback="after_passing"))
        failed = await school.do(SubmitAttempt((await school.start()).id, WRONG))
        passed = await school.do(SubmitAttempt((await school.start()).id, RIGHT))
        assert leaks(passed)
        assert not leaks(await school.do(ReadAttempt(failed.id)))

    async def test_what_is_revealed_is_what_is_right_and_why(self) -> None:
        school = await a_school(Quiz(partial_credit=True, wrong_answer_penalty=50, feedback="after_submission"), *KINDS)
        attempt = await school.start()
        done = await school.do(SubmitAttempt(attempt.id, {**CORRECT, uid(102): ("a",), uid(101): "a"}))
        results = {item.question_id: item.result for item in done.items}
        assert {id: result.correct for id, result in results.items()} == {**CORRECT, uid(104): (SECRET,)}
        assert [(result.credit, result.earned) for result in results.values()] == [
            (0, -0.5),
            (0.5, 0.5),
            (1, 1),
            (0, 0),
            (1, 1),
            (1, 1),
            (1, 1),
        ]
        assert {result.explanation for result in results.values()} == {f"explained-{SECRET}"}

    async def test_an_order_is_not_shown_as_it_is_stored(self) -> None:
        """Even if the author wrote the items down as they belong, and shuffles nothing."""
        ordering = Ordering(FOUR, ("a", "b", "c", "d"))
        shown = set()
        for _ in range(3):
            school = await a_school(Quiz(), *[ordering] * 20)
            attempt = await school.start()
            shown |= {tuple(choice.id for choice in item.items or ()) for item in attempt.items}
        assert len(shown) > 10


class TestStatistics:
    async def test_authors_see_how_questions_work(self) -> None:
        school = await a_school()
        await school.do(SubmitAttempt((await school.start()).id, RIGHT))
        await school.do(SubmitAttempt((await school.start(BEN)).id, {Q1: False, Q2: False}), BEN)
        await school.start()
        found = await school.do(ReadItemStatistics(M, QUIZ), AUTHOR)
        assert found.attempts == 2
        assert [(item.question_id, item.asked, item.difficulty, item.discrimination) for item in found.items] == [
            (Q1, 2, 0.5, 1),
            (Q2, 2, 0.5, 1),
        ]
        assert [(count.answer, count.correct, count.times) for count in found.items[0].answers] == [
            ("false", False, 1),
            ("true", True, 1),
        ]

    async def test_they_are_for_authors(self) -> None:
        school = await a_school()
        for actor in (ANA, MANAGER, COMPLIANCE):
            with pytest.raises(Forbidden):
                await school.do(ReadItemStatistics(M, QUIZ), actor)

    async def test_an_unknown_section_is_not_found(self) -> None:
        school = await a_school()
        with pytest.raises(SectionNotFound):
            await school.do(ReadItemStatistics(M, uid(404)), AUTHOR)
        assert (await school.do(ReadItemStatistics(M, LESSON), AUTHOR)).items == []


class TestScores:
    async def test_stored_scores_are_derived_again(self) -> None:
        school = await a_school()
        await school.do(SubmitAttempt((await school.start()).id, HALF))
        await school.start()
        check = await school.do(CheckScores(), Actor.system())
        assert (check.checked, check.differences, check.next) == (1, (), None)

    async def test_what_differs_is_reported_field_by_field(self) -> None:
        school = await a_school()
        attempt = await school.start()
        await school.do(SubmitAttempt(attempt.id, HALF))

        async def tamper(unit: Unit) -> None:
            stored = await unit.port(Attempts).get(attempt.id)
            stored.percent, stored.passed = 99.5, True

        await school.units.run(tamper)
        (difference,) = (await school.do(CheckScores(), Actor.system())).differences
        assert str(difference) == (
            f"{attempt.id}: stored percent 99.5 is 50.0, passed True is False when computed again"
        )
