"""Quizzes answered at random, the same each time: for what must hold whatever is asked and answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from uuid import UUID

from contracts.make import T, uid
from domain.assessment.attempts import QuizAttempt
from domain.assessment.grading import Answer
from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
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
from domain.catalogue.sections import Quiz
from domain.catalogue.versions import ModuleVersion, VersionedQuestion, VersionedSection, VersionSettings
from domain.learning.enrollments import Enrollment

MODULE, QUIZ = uid(1), uid(2)
CHOICES = tuple(Choice(name, f"Choice {name}") for name in "abcdef")
WORDS = ("ECP", "exposure control plan", "Strasse", "straße", "gloves", "ＥＣＰ", "no idea")
NUMBERS = (0, 0.1, 0.3, 0.1 + 0.2, 1, 2.5, -3, 1e-7, 1e11, 99.99, 100)


def attempts_at_random(count: int, seed: int = 1) -> Iterator[QuizAttempt]:
    """So many graded attempts, with ids from 1: all kinds of questions and settings, half-right answers above all."""
    chance = Random(seed)
    for number in range(1, count + 1):
        questions = [_question(chance, place) for place in range(1, chance.randint(2, 10))]
        enrollment = Enrollment(
            MODULE, uid(3), version_number=1, cycle_id=uid(10_000_000 + number), enrolled_by=None, now=T
        )
        attempt = QuizAttempt.start(
            uid(number),
            enrollment,
            _version(_quiz(chance), chance.randint(0, 100), questions),
            QUIZ,
            number=1,
            seed=chance.getrandbits(63),
            now=T,
        )
        asked = [item for item in attempt.items if chance.random() < 0.9]
        answers = {item.question_id: _answer(chance, item.metadata) for item in asked}
        attempt.submit(answers, now=T + timedelta(seconds=number % 600))
        yield attempt


def _quiz(chance: Random) -> Quiz:
    return Quiz(
        draw=chance.choice([None, 1, 3, 5]),
        shuffle=chance.random() < 0.5,
        time_limit_seconds=chance.choice([None, 600]),
        partial_credit=chance.random() < 0.7,
        wrong_answer_penalty=chance.choice([0, 0, 25, 33, 100]),
        feedback=chance.choice(["never", "after_submission", "after_passing"]),
    )


def _version(quiz: Quiz, pass_mark: int, questions: list[VersionedQuestion]) -> ModuleVersion:
    rules = CompletionRules(pass_mark=pass_mark)
    return ModuleVersion(
        MODULE,
        1,
        VersionSettings("Sharps", "", None, None, rules, EvidenceTerms()),
        (VersionedSection(QUIZ, 1, "Check", quiz),),
        tuple(questions),
        content_hash="",
        change_note="",
        material=False,
        published_at=T,
        published_by=None,
    )


def _question(chance: Random, place: int) -> VersionedQuestion:
    return VersionedQuestion(UUID(int=1_000 + place), QUIZ, "Why?", chance.randint(1, 100), "", _metadata(chance))


def _metadata(chance: Random) -> QuestionMetadata:
    choices = CHOICES[: chance.randint(2, 6)]
    ids = [choice.id for choice in choices]
    match chance.randrange(7):
        case 0:
            return SingleChoice(choices, chance.choice(ids))
        case 1:
            return MultipleChoice(choices, tuple(chance.sample(ids, chance.randint(1, len(ids)))))
        case 2:
            return TrueFalse(chance.random() < 0.5)
        case 3:
            return ShortText(tuple(chance.sample(WORDS, 2)), case_sensitive=chance.random() < 0.5)
        case 4:
            return Numeric(chance.choice(NUMBERS), tolerance=chance.choice([0, 0.1, 1e-8, 5]))
        case 5:
            return Ordering(choices, tuple(chance.sample(ids, len(ids))))
    right = CHOICES[:3]
    return Matching(choices, right, {left: chance.choice(right).id for left in ids})


def _answer(chance: Random, metadata: QuestionMetadata) -> Answer:
    """An answer that is often right, in part or in whole."""
    match metadata:
        case SingleChoice():
            return chance.choice([metadata.correct, chance.choice(metadata.options).id])
        case MultipleChoice():
            ids = [option.id for option in metadata.options]
            return chance.choice([metadata.correct, tuple(chance.sample(ids, chance.randint(1, len(ids))))])
        case TrueFalse():
            return chance.random() < 0.5
        case ShortText():
            return chance.choice(WORDS)
        case Numeric():
            return chance.choice([metadata.value, metadata.value + metadata.tolerance, chance.choice(NUMBERS)])
        case Ordering():
            ids = list(metadata.correct)
            first, second = chance.randrange(len(ids)), chance.randrange(len(ids))
            ids[first], ids[second] = ids[second], ids[first]
            return tuple(ids)
    left = chance.sample(list(metadata.correct), chance.randint(1, len(metadata.correct)))
    return {each: chance.choice([metadata.correct[each], chance.choice(metadata.right).id]) for each in left}
