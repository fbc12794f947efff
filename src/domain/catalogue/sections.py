"""The sections of a module: what each kind holds, and the questions of a quiz."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from domain.catalogue.module_life import ModuleNotReady
from domain.catalogue.parts import Part, Written
from domain.catalogue.questions import QuizQuestion
from domain.kernel.errors import Conflict, InvalidValue, NotFound
from domain.kernel.values import Between, Markdown, Notes, Tagged, Text, Title, WebAddress, enforce

MAX_QUESTIONS = 200

Statement = Annotated[str, Text(5_000, form="lines")]
Seconds = Annotated[int, Between(1, 86_400)]
Feedback = Literal["never", "after_submission", "after_passing"]
"""When a learner sees the right answers of an attempt."""


class SectionNotFound(NotFound):
    slug = "section-not-found"
    title = "No such section"
    sentence = "The module has no section with this id."


class QuestionNotFound(NotFound):
    slug = "question-not-found"
    title = "No such question"
    sentence = "The section has no question with this id."


class SectionIsNotAQuiz(Conflict):
    slug = "section-not-a-quiz"
    title = "The section is not a quiz"
    sentence = "Only a quiz section has questions."


class TooMany(Conflict):
    slug = "too-many"
    title = "The limit is reached"


@dataclass(frozen=True, slots=True)
class Lesson:
    """Text to read, in Markdown."""

    markdown: Markdown
    kind: Literal["lesson"] = "lesson"

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class Video:
    """A video to watch; its length is in seconds."""

    url: WebAddress
    duration_seconds: Seconds
    description: Notes = ""
    kind: Literal["video"] = "video"

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class Document:
    """A document to read elsewhere, such as a regulation."""

    url: WebAddress
    description: Notes = ""
    kind: Literal["document"] = "document"

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class Quiz:
    """Questions to answer; they are kept beside the section, in their own order.

    `draw` of the questions are asked each time, null means all. With `shuffle` questions and options come in another
    order each time. With `partial_credit` an answer that is right in part earns its share where its kind allows it. A
    wrong answer costs `wrong_answer_penalty` percent of the question's points. Right answers are shown once the quiz is
    passed: otherwise they would be known in the next attempt.
    """

    description: Notes = ""
    draw: Annotated[int, Between(1, MAX_QUESTIONS)] | None = None
    shuffle: bool = False
    time_limit_seconds: Annotated[int, Between(10, 86_400)] | None = None
    partial_credit: bool = False
    wrong_answer_penalty: Annotated[int, Between(0, 100)] = 0
    feedback: Feedback = "after_passing"
    kind: Literal["quiz"] = "quiz"

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class Attestation:
    """A statement that the learner confirms."""

    statement: Statement
    description: Notes = ""
    kind: Literal["attestation"] = "attestation"

    def __post_init__(self) -> None:
        enforce(self)


SectionContent = Annotated[Lesson | Video | Document | Quiz | Attestation, Tagged("kind")]


class ModuleSection(Part):
    """One step of a module. `position` counts from 1; only a quiz has questions."""

    title: Title

    def __init__(
        self, id: UUID, *, title: str, content: SectionContent, questions: Sequence[QuizQuestion] = ()
    ) -> None:
        self.id = id
        self.position = 0
        self.title = title
        self.content = content
        self.questions: list[QuizQuestion] = []
        enforce(self)
        for question in questions:
            self.add_question(question)

    @property
    def text(self) -> tuple[object, ...]:
        return self.position, self.title, self.content

    @property
    def is_quiz(self) -> bool:
        return isinstance(self.content, Quiz)

    @property
    def lacking(self) -> int:
        """How many questions a quiz still needs before it can be asked; 0 for other sections."""
        if not isinstance(self.content, Quiz):
            return 0
        return max((self.content.draw or 1) - len(self.questions), 0)

    def edit(self, *, title: str | None = None, content: SectionContent | None = None) -> None:
        """Replace what is given. A section keeps its kind."""
        if content is not None and content.kind != self.content.kind:
            raise InvalidValue(
                f"must be of kind {self.content.kind!r}; the kind of a section cannot change. Add a new section "
                "instead",
                "content",
                "kind",
            )
        self.title = self.title if title is None else title
        self.content = self.content if content is None else content
        enforce(self)

    def is_like(self, other: ModuleSection) -> bool:
        """Whether the other section has the same title and kind."""
        return (self.title, self.content.kind) == (other.title, other.content.kind)

    def stand_in_for(self, earlier: ModuleSection) -> None:
        """Take over the id of an earlier section, and those of its questions that have the same prompt."""
        self.id = earlier.id
        present = list(earlier.questions)
        for question in self.questions:
            if same := next((each for each in present if each.prompt == question.prompt), None):
                present.remove(same)
                question.id = same.id

    def add_question(self, question: QuizQuestion, *, position: int | None = None) -> None:
        """Insert the question at the position (1 is first), or at the end."""
        if not self.is_quiz:
            raise SectionIsNotAQuiz
        if len(self.questions) >= MAX_QUESTIONS:
            raise TooMany(f"A quiz has at most {MAX_QUESTIONS} questions.")
        insert_step(self.questions, question, position)

    def remove_question(self, question_id: UUID) -> None:
        """Raises QuestionNotFound."""
        self.questions.remove(self.question(question_id))
        number_steps(self.questions)

    def question(self, question_id: UUID) -> QuizQuestion:
        """Raises QuestionNotFound."""
        for question in self.questions:
            if question.id == question_id:
                return question
        raise QuestionNotFound


Step = TypeVar("Step", ModuleSection, QuizQuestion)


def insert_step(steps: list[Step], step: Step, position: int | None) -> None:
    """Insert at the position, counted from 1, or at the end. Raises InvalidValue beyond the end."""
    if position is not None and not 1 <= position <= len(steps) + 1:
        raise InvalidValue(f"must be from 1 to {len(steps) + 1}", "position")
    steps.insert(len(steps) if position is None else position - 1, step)
    number_steps(steps)


def number_steps(steps: Sequence[Step]) -> None:
    """Set each position to the place in the list, from 1."""
    for position, step in enumerate(steps, start=1):
        step.position = position


def written(sections: Sequence[ModuleSection]) -> dict[UUID, Written]:
    """The content and dates of sections and questions, by id."""
    return {part.id: part.written for part in _parts(sections)}


def settle(sections: Sequence[ModuleSection], before: Mapping[UUID, Written], *, now: datetime) -> None:
    """Number the sections, and set the dates of sections and questions; `before` has the earlier content of each."""
    number_steps(sections)
    for part in _parts(sections):
        part.date(before.get(part.id), now=now)


def changed_parts(
    before: Sequence[UUID], said: Mapping[UUID, Written], sections: Sequence[ModuleSection]
) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """The sections and the questions that are new, gone or say something else than before, each in order of id.

    `before` are the sections that there were, and `said` is what all parts said then.
    """
    now = written(sections)
    changed = sorted(part for part in {**said, **now} if said.get(part) != now.get(part))
    kinds = {*before, *(section.id for section in sections)}
    return tuple(part for part in changed if part in kinds), tuple(part for part in changed if part not in kinds)


def _parts(sections: Sequence[ModuleSection]) -> Iterator[Part]:
    for section in sections:
        yield section
        yield from section.questions


def require_ready(sections: Sequence[ModuleSection]) -> None:
    """Raises ModuleNotReady unless there is a section, and in each quiz as many questions as it draws."""
    if not sections:
        raise ModuleNotReady("The module has no section yet. Add one, then publish.")
    for section in sections:
        if section.lacking:
            raise ModuleNotReady(
                f"The quiz in section {section.position} has {len(section.questions)} questions and needs "
                f"{len(section.questions) + section.lacking}. Add some, then publish."
            )
