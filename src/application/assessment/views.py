"""What is shown of an attempt. Right answers and explanations appear in one place only, the `result` of an item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.assessment.attempts import AttemptStatus, QuizAttempt, reveals
from domain.assessment.grading import Answer, Answers, GivenAnswer, Mark, QuizPolicy, correct_answer
from domain.assessment.question_drawing import Item, QuestionKind, present
from domain.catalogue.questions import Choice
from domain.catalogue.sections import Feedback


@dataclass(slots=True)
class ItemResult:
    """How an answer was graded, the right answer (for a short text, all accepted ones), and the explanation.

    `credit` is the share that is right, 0 to 1, and `earned` the points, below 0 where a wrong answer costs some.
    """

    credit: float
    earned: float
    correct: Answer
    explanation: str


@dataclass(slots=True)
class ItemView:
    """A question as it was asked, and the answer given. Fields that its kind does not have are null.

    `result` is null until the quiz lets its learners see the right answers.
    """

    question_id: UUID
    kind: QuestionKind
    prompt: str
    points: int
    options: tuple[Choice, ...] | None
    items: tuple[Choice, ...] | None
    left: tuple[Choice, ...] | None
    right: tuple[Choice, ...] | None
    unit: str | None
    answer: GivenAnswer
    result: ItemResult | None

    @classmethod
    def of(cls, item: Item, answer: GivenAnswer, mark: Mark | None) -> ItemView:
        """Without the mark, nothing is shown of what is right."""
        shown = present(item.metadata)
        result = None
        if mark is not None:
            result = ItemResult(mark.credit, mark.earned, correct_answer(item.metadata), item.explanation)
        return cls(
            item.question_id,
            shown.kind,
            item.prompt,
            item.points,
            shown.options,
            shown.items,
            shown.left,
            shown.right,
            shown.unit,
            answer,
            result,
        )


@dataclass(slots=True)
class AttemptView:
    """An attempt with its questions. The result is null until it is graded; `percent` is rounded down.

    The same is shown to everybody who may see the attempt, overseers included: they may have to pass the quiz too.
    """

    id: UUID
    module_id: UUID
    section_id: UUID
    user_id: UUID
    cycle_id: UUID
    version_number: int
    number: int
    status: AttemptStatus
    started_at: datetime
    deadline: datetime | None
    submitted_at: datetime | None
    pass_mark: int
    partial_credit: bool
    wrong_answer_penalty: int
    feedback: Feedback
    max_points: int
    points: float | None
    percent: float | None
    passed: bool | None
    items: list[ItemView]
    version: int

    @classmethod
    def of(cls, attempt: QuizAttempt) -> AttemptView:
        return cls.showing(
            {name: getattr(attempt, name) for name in SHOWN_AS_STORED},
            attempt.items,
            attempt.answers,
            attempt.marks,
            attempt.policy,
        )

    @classmethod
    def showing(
        cls,
        stored: Mapping[str, Any],
        items: Iterable[Item],
        answers: Answers,
        marks: Iterable[Mark],
        policy: QuizPolicy,
    ) -> AttemptView:
        """The view of an attempt from its stored row: `stored` has the fields named in SHOWN_AS_STORED."""
        revealed = reveals(policy.feedback, stored["status"], stored["passed"])
        marked = {mark.question_id: mark for mark in marks} if revealed else {}
        return cls(
            **stored,
            pass_mark=policy.pass_mark,
            partial_credit=policy.partial_credit,
            wrong_answer_penalty=policy.wrong_answer_penalty,
            feedback=policy.feedback,
            items=[ItemView.of(item, answers.get(item.question_id), marked.get(item.question_id)) for item in items],
        )


SHOWN_AS_STORED = tuple(
    each.name for each in fields(AttemptView) if each.name not in {"items", *(of.name for of in fields(QuizPolicy))}
)
"""The fields that a view shows as stored; it makes the others from items, answers, marks and policy."""
