"""Item statistics: how difficult questions are, how well they discriminate, and which answers are chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import StatisticsError, correlation, fmean
from uuid import UUID

from domain.assessment.grading import Answer, Answers, Mark, is_right, spelled
from domain.catalogue.questions import (
    Matching,
    MultipleChoice,
    Ordering,
    QuestionMetadata,
    ShortText,
    SingleChoice,
    TrueFalse,
)

MOST_FREQUENT = 20
"""How many different answers to a question are listed."""


@dataclass(frozen=True, slots=True)
class Try:
    """A graded attempt as item statistics use it."""

    marks: tuple[Mark, ...]
    answers: Answers


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How often an answer was given, and whether it is correct.

    `answer` is an option's id, `left=right` of a match, the ids of an ordering in their order, or the typed text.
    """

    answer: str
    correct: bool
    times: int


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """What attempts tell about a question.

    `difficulty` is the mean credit of those who were asked, 0 (nobody knew) to 1 (everybody did). `discrimination`
    is how well the question tells strong from weak: the correlation of its credit with the share earned of the
    other questions of the attempt, -1 to 1 (corrected item-total correlation); below about 0.2 the question is worth
    a look. Either is null where it cannot be computed. `answers` are the most frequent first, with the options that
    nobody chose.
    """

    question_id: UUID
    asked: int
    answered: int
    difficulty: float | None
    discrimination: float | None
    answers: tuple[AnswerCount, ...]


def item_statistics(questions: Mapping[UUID, QuestionMetadata], tries: Sequence[Try]) -> list[ItemStatistics]:
    """The statistics of each question, in order, as it is now."""
    return [_statistics(question_id, metadata, tries) for question_id, metadata in questions.items()]


def _statistics(question_id: UUID, metadata: QuestionMetadata, tries: Sequence[Try]) -> ItemStatistics:
    credits: list[float] = []
    pairs: list[tuple[float, float]] = []
    answers: list[Answer] = []
    for one in tries:
        mark = next((mark for mark in one.marks if mark.question_id == question_id), None)
        if mark is None:
            continue
        credits.append(mark.credit)
        if (rest := _rest(one.marks, question_id)) is not None:
            pairs.append((mark.credit, rest))
        if question_id in one.answers:
            answers.append(one.answers[question_id])
    return ItemStatistics(
        question_id,
        asked=len(credits),
        answered=len(answers),
        difficulty=round(fmean(credits), 4) if credits else None,
        discrimination=_discrimination(pairs),
        answers=_counts(metadata, answers),
    )


def _rest(marks: tuple[Mark, ...], question_id: UUID) -> float | None:
    """The share earned of the points of all other questions; None when there are no others."""
    others = [mark for mark in marks if mark.question_id != question_id]
    if not others:
        return None
    share = sum(mark.credit * mark.points for mark in others) / sum(mark.points for mark in others)
    # Equal shares must not differ by rounding errors that depend on the order of addition.
    return round(share, 9)


def _discrimination(pairs: Sequence[tuple[float, float]]) -> float | None:
    try:
        return round(correlation([credit for credit, _ in pairs], [rest for _, rest in pairs]), 4)
    except StatisticsError:
        # Too few attempts, or all of them alike.
        return None


def _counts(metadata: QuestionMetadata, answers: Sequence[Answer]) -> tuple[AnswerCount, ...]:
    times: Counter[tuple[str, bool]] = Counter(dict.fromkeys(_offered(metadata), 0))
    for answer in answers:
        times.update(_chosen(metadata, answer))
    counts = (AnswerCount(answer, correct, count) for (answer, correct), count in times.items())
    return tuple(sorted(counts, key=lambda count: (-count.times, count.answer))[:MOST_FREQUENT])


def _offered(metadata: QuestionMetadata) -> Iterator[tuple[str, bool]]:
    """The possible choices, and whether each is right."""
    match metadata:
        case SingleChoice():
            yield from ((option.id, option.id == metadata.correct) for option in metadata.options)
        case MultipleChoice():
            yield from ((option.id, option.id in metadata.correct) for option in metadata.options)
        case TrueFalse():
            yield from (("true", metadata.correct), ("false", not metadata.correct))


def _chosen(metadata: QuestionMetadata, answer: Answer) -> Iterator[tuple[str, bool]]:
    """The choices in an answer, and whether each is right."""
    match metadata, answer:
        case MultipleChoice(), tuple():
            yield from ((option, option in metadata.correct) for option in answer)
        case Matching(), Mapping():
            yield from ((f"{left}={right}", metadata.correct.get(left) == right) for left, right in answer.items())
        case Ordering(), tuple():
            yield ",".join(answer), is_right(metadata, answer)
        case ShortText(), str():
            yield spelled(answer, metadata), is_right(metadata, answer)
        case _, bool():
            yield str(answer).lower(), is_right(metadata, answer)
        case _, (int() | float()):
            yield f"{answer:.15g}", is_right(metadata, answer)
        case _:
            yield str(answer), is_right(metadata, answer)
