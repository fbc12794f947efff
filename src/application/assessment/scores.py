"""Verifying stored scores: the frozen items, answers and policy must give the same grade again."""

from __future__ import annotations

from dataclasses import dataclass, fields
from uuid import UUID

from application.assessment.queries import AttemptReader, StoredGrade
from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Query
from domain.assessment.grading import Grade, grade


@dataclass(frozen=True, slots=True)
class ScoreDifference:
    """A stored grade that cannot be derived again, with each differing field as stored and as derived."""

    attempt_id: UUID
    fields: tuple[tuple[str, object, object], ...]

    def __str__(self) -> str:
        told = ", ".join(f"{name} {stored} is {derived}" for name, stored, derived in self.fields)
        return f"{self.attempt_id}: stored {told} when computed again"


@dataclass(frozen=True, slots=True)
class ScoreCheck:
    """How many scores were derived again, which differ, and after which attempt to continue; None at the end."""

    checked: int
    differences: tuple[ScoreDifference, ...]
    next: UUID | None


@dataclass(frozen=True, slots=True)
class CheckScores(Query[ScoreCheck]):
    """Derive stored scores again, in order of attempt, after the attempt `after`; at most `limit`."""

    after: UUID | None = None
    limit: int = 500


@handles(CheckScores, allow=the_system, internal=True)
async def check_scores(query: CheckScores, actor: Actor, attempts: AttemptReader) -> ScoreCheck:
    """The service and its operators derive stored scores again. Nothing is changed."""
    stored = await attempts.graded(query.after, query.limit)
    differences = tuple(difference for each in stored if (difference := _difference(each)))
    return ScoreCheck(len(stored), differences, stored[-1].attempt_id if len(stored) == query.limit else None)


def _difference(stored: StoredGrade) -> ScoreDifference | None:
    derived = grade(stored.items, stored.answers, stored.policy)
    differing = tuple(
        (each.name, getattr(stored.grade, each.name), getattr(derived, each.name))
        for each in fields(Grade)
        if getattr(stored.grade, each.name) != getattr(derived, each.name)
    )
    return ScoreDifference(stored.attempt_id, differing) if differing else None
