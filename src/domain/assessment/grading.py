"""Grading: a pure function of the items as asked, the answers and the policy, in exact arithmetic."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Annotated, Literal
from uuid import UUID

from domain.assessment.question_drawing import Item
from domain.catalogue.completion_rules import Percent
from domain.catalogue.questions import (
    Choice,
    Matching,
    Measure,
    MultipleChoice,
    Numeric,
    Ordering,
    QuestionMetadata,
    ShortText,
    SingleChoice,
    TrueFalse,
)
from domain.catalogue.sections import Feedback
from domain.kernel.errors import InvalidValue
from domain.kernel.typography import alike
from domain.kernel.values import Takes, Text, enforce, fits

Answer = bool | float | str | tuple[str, ...] | Mapping[str, str]
"""The types of answers: true or false; a number; an id or a text; several ids; right ids by left ids."""

GivenAnswer = Answer | None
"""An answer, or None to withdraw one."""

LONGEST_ANSWER = Takes(characters=1_000, values=20)
"""A typed text, or the ids of all choices."""

Answers = Mapping[UUID, Answer]
"""Answers by question. A question without an entry was not answered."""

Spelling = Literal["compatible", "typographic"]
"""Which differences in the spelling of a short text are ignored: the compatibility forms of Unicode (older attempts),
or typography. An attempt keeps the rule that it began with, so that its score does not change.
"""

TypedText = Annotated[str, Text(1_000, form="as_typed")]


@dataclass(frozen=True, slots=True)
class QuizPolicy:
    """How an attempt is graded and what its learner is shown afterwards, as it was when the attempt began.

    `pass_mark` is in percent of the points. An answer that earns nothing costs `wrong_answer_penalty` percent of
    its question's points. A stored policy without `spelling` is older than the choice.
    """

    pass_mark: Percent
    partial_credit: bool
    wrong_answer_penalty: Percent
    feedback: Feedback
    spelling: Spelling = "compatible"

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of one answer: the share earned of the question's `points` (`credit`, 0 to 1), and the points earned.

    `earned` is below 0 where a wrong answer costs points.
    """

    question_id: UUID
    points: int
    credit: float
    earned: float


@dataclass(frozen=True, slots=True)
class Grade:
    """The result of an attempt. `points` and `percent` have two decimals, rounded down; whether it is `passed` is
    decided before rounding."""

    points: float
    max_points: int
    percent: float
    passed: bool
    marks: tuple[Mark, ...]


def grade(items: Sequence[Item], answers: Answers, policy: QuizPolicy) -> Grade:
    """The grade of these answers. The total is never below 0."""
    credits = [_credit(item, answers.get(item.question_id), policy) for item in items]
    earned = [_earned(item, answers, credit, policy) for item, credit in zip(items, credits, strict=True)]
    max_points = sum(item.points for item in items)
    total = max(Fraction(0), sum(earned, Fraction(0)))
    percent = 100 * total / max_points
    return Grade(
        points=_two_decimals(total),
        max_points=max_points,
        percent=_two_decimals(percent),
        passed=percent >= policy.pass_mark,
        marks=tuple(
            Mark(item.question_id, item.points, float(credit), float(worth))
            for item, credit, worth in zip(items, credits, earned, strict=True)
        ),
    )


def _credit(item: Item, answer: Answer | None, policy: QuizPolicy) -> Fraction:
    share = _share(item.metadata, answer, policy.spelling)
    return share if policy.partial_credit else Fraction(floor(share))


def _earned(item: Item, answers: Answers, credit: Fraction, policy: QuizPolicy) -> Fraction:
    if credit or item.question_id not in answers:
        return credit * item.points
    return Fraction(-policy.wrong_answer_penalty * item.points, 100)


def _two_decimals(number: Fraction) -> float:
    return floor(number * 100) / 100


def is_right(metadata: QuestionMetadata, answer: Answer) -> bool:
    """Whether the whole answer is right, by the current rules."""
    return _share(metadata, answer, "typographic") == 1


def _share(metadata: QuestionMetadata, answer: Answer | None, spelling: Spelling) -> Fraction:
    """How much of the answer is right, from 0 to 1. An answer of the wrong type earns 0."""
    match metadata, answer:
        case ((SingleChoice() | TrueFalse()), (str() | bool())):
            return Fraction(answer == metadata.correct)
        case MultipleChoice(), tuple():
            return _share_of_choices(metadata, frozenset(answer))
        case ShortText(), str():
            accepted = {spelled(text, metadata, spelling) for text in metadata.accepted}
            return Fraction(spelled(answer, metadata, spelling) in accepted)
        case Numeric(), (int() | float()) if not isinstance(answer, bool):
            return Fraction(abs(_exact(answer) - _exact(metadata.value)) <= _exact(metadata.tolerance))
        case Ordering(), tuple():
            return _share_of_neighbours(metadata, answer)
        case Matching(), Mapping():
            right = sum(answer.get(left) == belongs for left, belongs in metadata.correct.items())
            return Fraction(right, len(metadata.correct))
    return Fraction(0)


def _share_of_choices(metadata: MultipleChoice, chosen: frozenset[str]) -> Fraction:
    """Each wrong choice cancels a right one, so that choosing everything earns nothing extra."""
    right = frozenset(metadata.correct)
    return max(Fraction(0), Fraction(len(chosen & right) - len(chosen - right), len(right)))


def _share_of_neighbours(metadata: Ordering, answer: tuple[str, ...]) -> Fraction:
    """The share of the steps that directly follow the right step.

    In a procedure the sequence matters: one misplaced step must not make all later places wrong.
    """
    kept = frozenset(pairwise(metadata.correct)) & frozenset(pairwise(answer))
    return Fraction(len(kept), len(metadata.correct) - 1)


def spelled(text: str, metadata: ShortText, spelling: Spelling = "typographic") -> str:
    """The text as it is compared: typography, white space and, unless it matters, case are ignored."""
    if spelling == "typographic":
        return alike(text, any_case=not metadata.case_sensitive)
    plain = unicodedata.normalize("NFKC", text)
    if not metadata.case_sensitive:
        plain = unicodedata.normalize("NFKC", plain.casefold())
    return " ".join(plain.split())


def _exact(number: float) -> Fraction:
    """The number as written in decimal: 0.1 + 0.2 equals 0.3."""
    return Fraction(repr(number))


def correct_answer(metadata: QuestionMetadata) -> Answer:
    """The right answer; for a short text, all accepted answers. Shown to learners only when the policy allows."""
    match metadata:
        case ShortText():
            return metadata.accepted
        case Numeric():
            return metadata.value
    return metadata.correct


def read_answer(item: Item, given: GivenAnswer) -> Answer | None:
    """The answer to the item; an empty text or list counts as no answer (None).

    Raises InvalidValue when its type does not fit the question, or it names a choice that was not offered.
    """
    if given is None or (isinstance(given, (str, tuple, Mapping)) and not _filled(given)):
        return None
    if problem := _problem(item.metadata, given):
        raise InvalidValue(problem, "answers", str(item.question_id))
    return given


def _filled(given: str | tuple[str, ...] | Mapping[str, str]) -> bool:
    return bool(given.strip() if isinstance(given, str) else given)


def _problem(metadata: QuestionMetadata, given: Answer) -> str | None:
    match metadata:
        case SingleChoice():
            return None if given in _ids(metadata.options) else "must be the id of one of the options"
        case MultipleChoice():
            fine = _are_ids(given, metadata.options)
            return None if fine else "must be a list of ids of the options, each at most once"
        case TrueFalse():
            return None if isinstance(given, bool) else "must be true or false"
        case ShortText():
            return None if isinstance(given, str) and fits(TypedText, given) else "must be text of 1 to 1000 characters"
        case Numeric():
            fine = isinstance(given, (int, float)) and not isinstance(given, bool) and fits(Measure, given)
            return None if fine else "must be a number from -1000000000000 to 1000000000000"
        case Ordering():
            fine = _are_ids(given, metadata.items, all_of_them=True)
            return None if fine else "must be a list of the ids of all items, each once"
    fine = isinstance(given, Mapping) and all(
        left in _ids(metadata.left) and right in _ids(metadata.right) for left, right in given.items()
    )
    return None if fine else "must map ids on the left to ids on the right"


def _ids(choices: Iterable[Choice]) -> list[str]:
    # A list, since a set cannot be searched for unhashable values.
    return [choice.id for choice in choices]


def _are_ids(given: Answer, choices: Sequence[Choice], *, all_of_them: bool = False) -> bool:
    if not isinstance(given, tuple) or not all(each in _ids(choices) for each in given):
        return False
    return len(set(given)) == len(given) and (not all_of_them or len(given) == len(choices))
