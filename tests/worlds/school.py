"""A module with a quiz and two people who take it, on the memory adapters, with a clock that goes on when told."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from application.assessment.commands import StartAttempt
from application.assessment.views import AttemptView
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.messages import Command, Query
from application.learning.progress.queries import Progress, ReadProgress
from domain.catalogue.completion_rules import CompletionRules
from domain.catalogue.modules import TrainingModule
from domain.catalogue.questions import QuestionMetadata, QuizQuestion, TrueFalse
from domain.catalogue.sections import ModuleSection, Quiz
from domain.kernel.roles import Role
from domain.learning.enrollments import Enrollment
from kit.examples import NOW, a_lesson, a_user, uid
from worlds.memory import World

M, LESSON, QUIZ, CYCLE = (uid(n) for n in (900, 10, 20, 500))
ANA = Actor(uid(1), Role.AUTHENTICATED)
BEN = Actor(uid(2), Role.AUTHENTICATED)
MANAGER = Actor(uid(3), Role.MANAGER, ("Hygiene",))
OTHER_MANAGER = Actor(uid(3), Role.MANAGER, ("Front desk",))
COMPLIANCE = Actor(uid(4), Role.COMPLIANCE)
AUTHOR = Actor(uid(5), Role.AUTHOR)

Q1, Q2 = uid(101), uid(102)
RIGHT, HALF, WRONG = {Q1: True, Q2: True}, {Q1: True}, {Q1: False, Q2: False}
"""Answers to the two true statements that the quiz usually asks."""

SECRET = "must-not-be-seen"


class School(World):
    """It is `moment`."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment

    def pass_time(self, **by: float) -> None:
        self.moment += timedelta(**by)

    @cached_property
    def ways(self) -> Bus:
        """The bus, made once."""
        return self.bus()

    async def do(self, message: Command[Any] | Query[Any], actor: Actor = ANA) -> Any:
        send = self.ways.execute if isinstance(message, Command) else self.ways.ask
        return await send(message, actor)  # type: ignore[arg-type]  # the kind that it takes

    async def start(self, actor: Actor = ANA) -> AttemptView:
        view: AttemptView = await self.do(StartAttempt(M, QUIZ), actor)
        return view

    async def progress(self) -> Progress:
        """Ana's."""
        progress: Progress = await self.do(ReadProgress(M, uid(1)))
        return progress

    async def events_of(self, command: Command[Any]) -> list[Any]:
        """What happens when Ana does this."""
        events: list[Any] = []
        bus = self.bus()
        bus.listen(events.extend)
        await bus.execute(command, ANA)
        return events


async def a_school(quiz: Quiz | None = None, *metadata: QuestionMetadata, **rules: Any) -> School:
    """Ana and Ben are enrolled in a lesson and a quiz, in whatever order they like unless the rules say otherwise.

    The quiz asks two true statements, or other questions of one point each.
    """
    school = School()
    questions = [
        QuizQuestion(uid(100 + n), prompt=f"Question {n}", points=1, explanation=f"explained-{SECRET}", metadata=each)
        for n, each in enumerate(metadata or (TrueFalse(True), TrueFalse(True)), start=1)
    ]
    module = TrainingModule.draft(
        M,
        title="Sharps",
        rules=CompletionRules(**{"sections_in_order": False, **rules}),
        sections=[a_lesson(10), ModuleSection(QUIZ, title="Check", content=quiz or Quiz(), questions=questions)],
        now=NOW,
    )
    version = module.publish(lambda document: "0" * 64, by=None, now=NOW)
    people = (a_user(1, department="Hygiene"), a_user(2, department="Front desk"))
    await school.holds(module, version, *people)
    for n in (1, 2):
        cycle = uid(499 + n)
        await school.holds(Enrollment(M, uid(n), version_number=1, cycle_id=cycle, enrolled_by=None, now=NOW))
    return school
