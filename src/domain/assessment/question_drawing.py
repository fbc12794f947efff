"""Drawing the questions of a quiz: which are asked, in which order, and what a learner sees of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal, Protocol, TypeVar
from uuid import UUID

from domain.catalogue.questions import (
    Choice,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Points,
    Prompt,
    QuestionMetadata,
    SingleChoice,
)
from domain.catalogue.sections import Quiz
from domain.catalogue.versions import VersionedQuestion
from domain.kernel.values import Notes

QuestionKind = Literal[
    "single_choice", "multiple_choice", "true_false", "short_text", "numeric", "ordering", "matching"
]


@dataclass(frozen=True, slots=True)
class Item:
    """A question as it was asked, independent of later changes. Choices are in the order shown."""

    question_id: UUID
    prompt: Prompt
    points: Points
    explanation: Notes
    metadata: QuestionMetadata


@dataclass(frozen=True, slots=True)
class Presentation:
    """What a learner sees of a question, never the right answer. A field that its kind does not have is None."""

    kind: QuestionKind
    options: tuple[Choice, ...] | None = None
    items: tuple[Choice, ...] | None = None
    left: tuple[Choice, ...] | None = None
    right: tuple[Choice, ...] | None = None
    unit: str | None = None


def present(metadata: QuestionMetadata) -> Presentation:
    """Only the fields named here are shown, so that a new field of the metadata stays hidden until it is added here."""
    match metadata:
        case SingleChoice() | MultipleChoice():
            return Presentation(metadata.kind, options=metadata.options)
        case Numeric():
            return Presentation(metadata.kind, unit=metadata.unit)
        case Ordering():
            return Presentation(metadata.kind, items=metadata.items)
        case Matching():
            return Presentation(metadata.kind, left=metadata.left, right=metadata.right)
    return Presentation(metadata.kind)


def draw(questions: Sequence[VersionedQuestion], quiz: Quiz, seed: int) -> tuple[Item, ...]:
    """Draw as many of the questions as the quiz asks, frozen as they are to be shown. The same seed draws the same.

    Without `shuffle` the questions keep the author's order.
    """
    drawn = _mixed(questions, seed, "questions")[: quiz.draw]
    if not quiz.shuffle:
        ids = {question.id for question in drawn}
        drawn = [question for question in questions if question.id in ids]
    return tuple(
        Item(
            question.id,
            question.prompt,
            question.points,
            question.explanation,
            _arranged(question, quiz.shuffle, seed),
        )
        for question in drawn
    )


def _arranged(question: VersionedQuestion, shuffle: bool, seed: int) -> QuestionMetadata:
    """The metadata with the choices in the order shown.

    Orderings and the right side of matchings are always mixed, even without `shuffle`: authors store them in the right
    order. The mixed order may be the right one by chance; excluding it would be a hint.
    """
    metadata = question.metadata

    def mixed(choices: tuple[Choice, ...], side: str) -> tuple[Choice, ...]:
        return tuple(_mixed(choices, seed, f"{question.id}/{side}"))

    match metadata:
        case Ordering():
            return replace(metadata, items=mixed(metadata.items, "items"))
        case Matching():
            left = mixed(metadata.left, "left") if shuffle else metadata.left
            return replace(metadata, left=left, right=mixed(metadata.right, "right"))
        case SingleChoice() | MultipleChoice() if shuffle:
            return replace(metadata, options=mixed(metadata.options, "options"))
    return metadata


class _Identified(Protocol):
    @property
    def id(self) -> object: ...


Thing = TypeVar("Thing", bound=_Identified)


def _mixed(things: Iterable[Thing], seed: int, what: str) -> list[Thing]:
    # Unlike random.shuffle, the same in every version of Python, so that anybody can verify it.
    return sorted(things, key=lambda thing: sha256(f"{seed}/{what}/{thing.id}".encode()).digest())
