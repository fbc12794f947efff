"""A stage for commands: the service on any store, with people and a course on it if need be.

Whatever tells of a person has TELLTALE in it, so that a test finds it where it must not be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.memory.delivery.event_log import MemoryEventLog
from adapters.memory.kit.outbox import OUTBOX
from application.assessment.commands import SaveAnswers, StartAttempt, SubmitAttempt
from application.catalogue.modules.commands import CreateModule, NewQuestion, NewSection, PublishModule
from application.catalogue.questions.queries import ListQuestions
from application.delivery.ports import EventLog
from application.evidence.records.queries import ListRecords, RecordView
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.messages import Command
from application.kernel.units import Units
from application.learning.enrollments.commands import EnrollUser
from application.learning.progress.commands import CompleteSection
from application.people.sign_ins.accounts import Account
from application.people.sign_ins.identity import Identity
from application.people.users.commands import RegisterUser
from application.people.users.queries import ListUsers
from domain.catalogue.completion_rules import CompletionRules
from domain.catalogue.questions import ShortText
from domain.catalogue.sections import Lesson, Quiz
from domain.kernel.aggregate import DomainEvent
from domain.kernel.roles import Role
from kit.surroundings import FixedClock
from worlds.memory import Timed

TELLTALE = "quokka"
NAME = f"Ana {TELLTALE.title()}"
OFFICER = Actor(UUID(int=500), Role.ADMIN)
"""Decides for others, and is no user."""
SYSTEM = Actor.system()


def email_of(name: str) -> str:
    """The address of somebody with this name."""
    return f"{name}.{TELLTALE}@example.com"


def learner(user_id: UUID) -> Actor:
    """The person as one who learns."""
    return Actor(user_id, Role.AUTHENTICATED)


@dataclass(frozen=True)
class Course:
    """A published module: a lesson, and a quiz of one question whose answer is in words."""

    id: UUID
    lesson: UUID
    quiz: UUID
    question: UUID

    @property
    def right(self) -> dict[UUID, Any]:
        """The right answer."""
        return {self.question: TELLTALE}


class Stage:
    """The service on an empty store. Everything is prepared by commands."""

    def __init__(self, bus: Bus, clock: FixedClock, units: Units, events: EventLog | None = None) -> None:
        self.bus = bus
        self.clock = clock
        self.units = units
        self._events = events

    @property
    def events(self) -> EventLog:
        """The stored events, where the stage was given them."""
        assert self._events is not None
        return self._events

    def now(self) -> datetime:
        return self.clock.now()

    async def do(self, command: Command[Any], actor: Actor = SYSTEM) -> Any:
        """Carry out the command."""
        return await self.bus.execute(command, actor)

    async def somebody(self) -> UUID:
        """The only person there is."""
        (user,) = (await self.bus.ask(ListUsers(), SYSTEM)).items
        return user.id

    async def record(self) -> RecordView:
        """The only record that the only person has."""
        (record,) = (await self.bus.ask(ListRecords(await self.somebody()), SYSTEM)).items
        return record

    async def person(self, name: str = "ana", **fields: Any) -> UUID:
        """Somebody who is on the roster."""
        known = {"full_name": NAME, "job_title": TELLTALE, "department": TELLTALE, "location": TELLTALE}
        view = await self.do(RegisterUser(email_of(name), **{**known, **fields}))
        user_id: UUID = view.id
        return user_id

    async def draft(self, title: str = "Sharps", time_limit: int | None = None, **rules: Any) -> Course:
        """A draft with a lesson and a quiz."""
        question = NewQuestion("Which animal?", ShortText((TELLTALE,)))
        module = await self.do(
            CreateModule(
                title,
                rules=CompletionRules(**{"sections_in_order": False, **rules}),
                sections=(
                    NewSection("Read", Lesson("Gloves.")),
                    NewSection("Check", Quiz(time_limit_seconds=time_limit), (question,)),
                ),
            )
        )
        lesson, quiz = module.sections
        (asked,) = (await self.bus.ask(ListQuestions(module.id, quiz.id), SYSTEM)).items
        return Course(module.id, lesson.id, quiz.id, asked.id)

    async def course(self, title: str = "Sharps", time_limit: int | None = None, **rules: Any) -> Course:
        """The same, published."""
        course = await self.draft(title, time_limit, **rules)
        await self.do(PublishModule(course.id))
        return course

    async def enrolled(self, time_limit: int | None = None, **rules: Any) -> tuple[Course, UUID]:
        """Somebody enrolled in a course."""
        course, user_id = await self.course(time_limit=time_limit, **rules), await self.person()
        await self.do(EnrollUser(course.id, user_id))
        return course, user_id

    async def attempt(self, course: Course, user_id: UUID) -> UUID:
        """An open attempt of somebody who is enrolled."""
        view = await self.do(StartAttempt(course.id, course.quiz), learner(user_id))
        attempt_id: UUID = view.id
        return attempt_id

    async def answer(self, course: Course, user_id: UUID, attempt_id: UUID) -> None:
        """The right answer is saved."""
        await self.do(SaveAnswers(attempt_id, course.right), learner(user_id))

    async def completed(self) -> None:
        """Somebody has completed a course, with a record and a certificate."""
        course, user_id = await self.enrolled()
        await self.read(course, user_id)
        await self.do(SubmitAttempt(await self.attempt(course, user_id), course.right), learner(user_id))

    async def read(self, course: Course, user_id: UUID) -> None:
        """The lesson is completed."""
        await self.do(CompleteSection(course.id, user_id, course.lesson), learner(user_id))

    def account(self, name: str = "ana", number: int = 1) -> Account:
        """An account of Supabase Auth as it is now."""
        now = self.now()
        return Account(self.subject(number), email_of(name), True, now, NAME, now)

    def identity(self, name: str = "ana", number: int = 1) -> Identity:
        """What an access token says that was issued now."""
        now = self.now()
        return Identity(self.subject(number), email_of(name), True, now, now, None, NAME)

    @staticmethod
    def subject(number: int = 1) -> str:
        """The id of an account."""
        return str(UUID(int=7_000 + number))


class MemoryStage(Stage):
    """The service in memory, whose store a test can look into."""

    def __init__(self) -> None:
        world = Timed()
        super().__init__(world.bus(), world.clock, world.units, MemoryEventLog(world.store))
        self.store = world.store

    @property
    def told(self) -> list[DomainEvent]:
        """All events so far, oldest first."""
        return [entry.event for entry in self.store.table(OUTBOX).rows()]
