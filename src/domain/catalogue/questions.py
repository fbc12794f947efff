"""Quiz questions. The content of a question is its `metadata`, a document whose fields depend on its kind.

Metadata contain the right answer and are for authors only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from domain.catalogue.parts import Part
from domain.kernel.errors import InvalidValue
from domain.kernel.values import Between, Items, Notes, Tagged, Text, enforce

Prompt = Annotated[str, Text(5_000, form="lines")]
Points = Annotated[int, Between(1, 100)]
ChoiceId = Annotated[
    str, Text(20, pattern=r"[a-z0-9_-]+", hint="must be lower-case letters, digits, hyphens or underscores")
]
ChoiceIds = Annotated[tuple[ChoiceId, ...], Items(20, min=1, unique=True)]
Accepted = Annotated[str, Text(200)]
Measure = Annotated[float, Between(-1_000_000_000_000, 1_000_000_000_000)]
Unit = Annotated[str, Text(40, min=0)]


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice, an item to order, or a side of a match: an id that answers refer to, and its text."""

    id: ChoiceId
    text: Annotated[str, Text(1_000, form="lines")]

    def __post_init__(self) -> None:
        enforce(self)


Choices = Annotated[tuple[Choice, ...], Items(20, min=2)]


@dataclass(frozen=True, slots=True)
class SingleChoice:
    """Exactly one of the options is right."""

    options: Choices
    correct: ChoiceId
    kind: Literal["single_choice"] = "single_choice"

    def __post_init__(self) -> None:
        enforce(self)
        _refer(self.options, [self.correct], "options")


@dataclass(frozen=True, slots=True)
class MultipleChoice:
    """One or more of the options are right."""

    options: Choices
    correct: ChoiceIds
    kind: Literal["multiple_choice"] = "multiple_choice"

    def __post_init__(self) -> None:
        enforce(self)
        _refer(self.options, self.correct, "options")


@dataclass(frozen=True, slots=True)
class TrueFalse:
    """The prompt is a statement that is true or false."""

    correct: bool
    kind: Literal["true_false"] = "true_false"


@dataclass(frozen=True, slots=True)
class ShortText:
    """A few words; any of the accepted answers is right."""

    accepted: Annotated[tuple[Accepted, ...], Items(50, min=1, unique=True)]
    case_sensitive: bool = False
    kind: Literal["short_text"] = "short_text"

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class Numeric:
    """A number, right when it is within `tolerance` of `value`; both in `unit`."""

    value: Measure
    tolerance: Annotated[float, Between(0, 1_000_000_000_000)] = 0
    unit: Unit = ""
    kind: Literal["numeric"] = "numeric"

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class Ordering:
    """All the items, to be put in the order of `correct`."""

    items: Choices
    correct: ChoiceIds
    kind: Literal["ordering"] = "ordering"

    def __post_init__(self) -> None:
        enforce(self)
        _refer(self.items, self.correct, "items")
        if len(self.correct) != len(self.items):
            raise InvalidValue("must name every item once", "correct")


@dataclass(frozen=True, slots=True)
class Matching:
    """Each left choice belongs to one right choice; `correct` maps left ids to right ids."""

    left: Choices
    right: Choices
    correct: Annotated[Mapping[ChoiceId, ChoiceId], Items(20, min=2)]
    kind: Literal["matching"] = "matching"

    def __post_init__(self) -> None:
        enforce(self)
        _refer(self.left, self.correct.keys(), "left")
        _refer(self.right, self.correct.values(), "right")
        if len(self.correct) != len(self.left):
            raise InvalidValue("must match every choice on the left", "correct")


QuestionMetadata = Annotated[
    SingleChoice | MultipleChoice | TrueFalse | ShortText | Numeric | Ordering | Matching, Tagged("kind")
]


def _refer(choices: tuple[Choice, ...], ids: Iterable[str], name: str) -> None:
    known = {choice.id for choice in choices}
    if len(known) < len(choices):
        raise InvalidValue("must not repeat an id", name)
    unknown = [identifier for identifier in ids if identifier not in known]
    if unknown:
        raise InvalidValue(f"names {unknown[0]!r}, which is not among the {name}", "correct")


class QuizQuestion(Part):
    """A question of a quiz section. `position` counts from 1 within the section."""

    prompt: Prompt
    points: Points
    explanation: Notes

    def __init__(self, id: UUID, *, prompt: str, points: int, explanation: str, metadata: QuestionMetadata) -> None:
        self.id = id
        self.position = 0
        self.prompt = prompt
        self.points = points
        self.explanation = explanation
        self.metadata = metadata
        enforce(self)

    @property
    def text(self) -> tuple[object, ...]:
        return self.position, self.prompt, self.points, self.explanation, self.metadata

    def edit(
        self,
        *,
        prompt: str | None = None,
        points: int | None = None,
        explanation: str | None = None,
        metadata: QuestionMetadata | None = None,
    ) -> None:
        """Replace what is given. The kind may change with the metadata."""
        self.prompt = self.prompt if prompt is None else prompt
        self.points = self.points if points is None else points
        self.explanation = self.explanation if explanation is None else explanation
        self.metadata = self.metadata if metadata is None else metadata
        enforce(self)
