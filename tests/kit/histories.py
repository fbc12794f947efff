"""Histories of a training: random commands of everybody in it, and what must hold after each of them.

Two modules, the second of which requires the first. The first has a lesson and a timed quiz, a minimum time, evidence
that runs out, and asks for names; one of two people has none at the beginning.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any
from uuid import UUID

from application.assessment.commands import SaveAnswers, StartAttempt, SubmitAttempt
from application.assessment.queries import AttemptReader
from application.catalogue.modules.commands import (
    ArchiveModule,
    CreateModule,
    EditModule,
    NewQuestion,
    NewSection,
    PublishModule,
    SetPrerequisites,
)
from application.catalogue.modules.queries import ReadModule
from application.catalogue.sections.commands import AddSection, RemoveSection
from application.evidence.certificates.commands import RevokeCertificate
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.queries import ListRecords
from application.evidence.records.voiding import VoidRecord
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.kernel.access import EVERYONE, Actor
from application.kernel.bus import Bus
from application.kernel.lists import Present
from application.kernel.messages import Command, Query
from application.learning.enrollments.commands import EnrollUser, EnrollUsers, WithdrawEnrollment
from application.learning.progress.commands import CompleteSection, RenewEnrollment, StartModule
from application.learning.progress.queries import ProgressReader, ReadProgress
from application.learning.settling import ListDue
from application.learning.sweeping import sweep
from application.people.users.commands import DeactivateUsers, EditUser, RegisterUser
from application.privacy.personal_data import EraseUser
from domain.assessment.attempts import is_overdue
from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
from domain.catalogue.questions import TrueFalse
from domain.catalogue.reopening import Reopens
from domain.catalogue.sections import Lesson, Quiz
from domain.evidence.persons import Trainer
from domain.kernel.errors import DomainError
from domain.kernel.roles import Role
from domain.learning.enrollments import LOOK_AGAIN
from kit.surroundings import FixedClock

SYSTEM = Actor.system()

Step = tuple[str, int, int, int]
"""What somebody does, with numbers that choose the module, the person and whatever else there is to choose."""


class History:
    """A training on this bus, in which things happen."""

    def __init__(self, bus: Bus, clock: FixedClock, progress: ProgressReader, attempts: AttemptReader) -> None:
        """The readers show what is stored, whatever was read before."""
        self.bus = bus
        self.clock = clock
        self.progress = progress
        self.attempts = attempts
        self.modules: list[UUID] = []
        self.people: list[UUID] = []
        self.granted: dict[tuple[UUID, UUID], datetime] = {}
        self.names = 0

    async def begin(self) -> None:
        """Publish the modules, and register the people."""
        first = CreateModule(
            "Bloodborne pathogens",
            citation="29 CFR 1910.1030",
            rules=CompletionRules(minimum_minutes=10, attempts_allowed=2, sections_in_order=False),
            evidence=EvidenceTerms(valid_months=12),
            sections=(
                NewSection("Read", Lesson("Gloves.")),
                NewSection("Check", Quiz(time_limit_seconds=120), (NewQuestion("Gloves?", TrueFalse(True)),)),
            ),
        )
        second = CreateModule(
            "Sharps",
            rules=CompletionRules(sections_in_order=False),
            sections=(NewSection("One", Lesson("1")), NewSection("Two", Lesson("2"))),
        )
        for each in (first, second):
            self.modules.append((await self.send(each)).id)
        await self.send(SetPrerequisites(self.modules[1], (self.modules[0],)))
        for module in self.modules:
            await self.send(PublishModule(module))
        for email, name in (("ana@example.com", "Ana"), ("ben@example.com", None)):
            person = await self.send(RegisterUser(email, full_name=name, job_title="Hygienist", department="Hygiene"))
            self.people.append(person.id)

    async def send(self, message: Command[Any] | Query[Any], actor: Actor = SYSTEM) -> Any:
        way: Any = self.bus.execute if isinstance(message, Command) else self.bus.ask
        return await way(message, actor)

    async def take(self, step: Step) -> None:
        """What the rules forbid does not happen."""
        what, module, person, which = step
        with suppress(DomainError):
            await STEPS[what](self, self.modules[module % 2], self.people[person % 2], which)

    async def require_sense(self) -> None:
        """Nobody stands at the end of a training without its evidence, with nothing to do and nothing in the way."""
        now = self.clock.now()
        for module in self.modules:
            for person in self.people:
                stored = await self.progress.of(EVERYONE, module, person, Present(now))
                if stored is None:
                    continue
                waits = stored.completed_at is None and stored.standing.all_done
                if waits or await self._overdue(module, person):
                    # Nobody need look: whatever becomes due is found by a sweep in time.
                    assert stored.settles_at is not None
                if stored.is_due(now):
                    assert stored.settles_at is not None
                    assert stored.settles_at <= now + LOOK_AGAIN
                seen = await self.send(ReadProgress(module, person))
                records = (await self.send(ListRecords(person))).items
                assert all(each.full_name and each.job_title for each in records if each.module_id == self.modules[0])
                if seen.completed_at is None:
                    assert seen.percent < 100 or seen.blocked_by
                    assert seen.next_section_id is not None or seen.blocked_by
                else:
                    assert any(record.module_id == module for record in records)
                    counts = [r for r in records if r.module_id == module and self._counts(r) and self._is_new(r)]
                    assert bool(counts) is not bool(seen.blocked_by)

    async def standings(self) -> list[Any]:
        """How everybody stands in each module, and what evidence there is of it."""
        return [await self._standing(module, person) for module in self.modules for person in self.people]

    async def _standing(self, module: UUID, person: UUID) -> tuple[Any, ...]:
        try:
            seen = await self.send(ReadProgress(module, person))
        except DomainError as error:
            stands: tuple[Any, ...] = (error.slug,)
        else:
            blocks = [(section.title, [each.rule for each in section.blocked_by]) for section in seen.sections]
            finishing = [block.rule for block in seen.blocked_by]
            stands = (seen.version_number, seen.started_at, seen.completed_at, seen.percent, blocks, finishing)
        records = (await self.send(ListRecords(person))).items
        kept = sorted((each.title, str(each.valid_from), str(each.valid_until), self._counts(each)) for each in records)
        return (*stands, kept)

    async def require_nothing_is_due(self) -> None:
        """After a sweep, all that time has brought has taken effect."""
        assert await self.send(ListDue()) == []
        for module in self.modules:
            for person in self.people:
                assert not await self._overdue(module, person)

    async def _overdue(self, module: UUID, person: UUID) -> bool:
        page = await self.attempts.of_enrollment(EVERYONE, module, person, None, 200)
        now = self.clock.now()
        return any(is_overdue(each.status, each.deadline, now) for each in (page.items if page else ()))

    def _counts(self, record: Any) -> bool:
        today = self.clock.now().date()
        begun = record.valid_from <= today + timedelta(days=1)  # In the East the next day has begun.
        valid = begun and (record.valid_until is None or today <= record.valid_until)
        return valid and record.revoked_at is None and record.voided_at is None

    def _is_new(self, record: Any) -> bool:
        """Whether it was completed since the person was granted a new cycle, if that has happened."""
        granted = self.granted.get((record.module_id, record.user_id))
        if granted is None:
            return True
        if record.delivery == "external":
            return bool(record.valid_from >= granted.date())
        return bool(record.completed_at >= granted)

    # What may happen.

    async def enroll(self, module: UUID, person: UUID, which: int) -> None:
        await self.send(EnrollUser(module, person))

    async def enroll_all(self, module: UUID, person: UUID, which: int) -> None:
        await self.send(EnrollUsers(module, tuple(self.people)))

    async def withdraw(self, module: UUID, person: UUID, which: int) -> None:
        await self.send(WithdrawEnrollment(module, person))

    async def renew(self, module: UUID, person: UUID, which: int) -> None:
        await self.send(RenewEnrollment(module, person, "Again"))
        self.granted[module, person] = self.clock.now()

    async def start(self, module: UUID, person: UUID, which: int) -> None:
        await self.send(StartModule(module, person), _learner(person))

    async def complete(self, module: UUID, person: UUID, which: int) -> None:
        sections = (await self.send(ReadProgress(module, person))).sections
        section = sections[which % len(sections)]
        await self.send(CompleteSection(module, person, section.section_id), _learner(person))

    async def attempt(self, module: UUID, person: UUID, which: int) -> None:
        """Saves the right answer or a wrong one, and hands in or does not."""
        sections = (await self.send(ReadProgress(module, person))).sections
        quiz = next((section for section in sections if section.kind == "quiz"), None)
        if quiz is None:
            return
        attempt = await self.send(StartAttempt(module, quiz.section_id), _learner(person))
        answers = {attempt.items[0].question_id: which % 2 == 0}
        await self.send(SaveAnswers(attempt.id, answers), _learner(person))
        if which % 3 == 0:
            await self.send(SubmitAttempt(attempt.id), _learner(person))

    async def let_time_pass(self, module: UUID, person: UUID, which: int) -> None:
        self.clock.advance(AGES[which % len(AGES)])

    async def teach(self, module: UUID, person: UUID, which: int) -> None:
        place = timezone(timedelta(hours=2 * which - 8))
        ended = (self.clock.now() - timedelta(seconds=which + 1)).astimezone(place)
        attendees = tuple(NewAttendee(each, "Somebody", "Hygienist") for each in (person, *self.people[: which % 2]))
        trainers = (Trainer("Dana", "Nurse"),)
        await self.send(
            RecordSession(
                module, ended - timedelta(seconds=30), ended, trainers, tuple(dict.fromkeys(attendees)), summary="All"
            )
        )

    async def bring(self, module: UUID, person: UUID, which: int) -> None:
        self.names += 1
        day = self.clock.now().date() - timedelta(days=which % 3)
        until = day + timedelta(days=which) if which % 2 else None
        await self.send(
            RecordExternalTraining(
                person, f"Course {self.names}", "Red Cross", day, valid_until=until, module_id=module
            )
        )

    async def revoke(self, module: UUID, person: UUID, which: int) -> None:
        records = (await self.send(ListRecords(person))).items
        serials = [each.certificate_serial for each in records if each.certificate_serial and each.revoked_at is None]
        if serials:
            await self.send(RevokeCertificate(serials[which % len(serials)], "Wrong"))

    async def void(self, module: UUID, person: UUID, which: int) -> None:
        records = [each for each in (await self.send(ListRecords(person))).items if each.voided_at is None]
        if records:
            await self.send(VoidRecord(records[which % len(records)].id, "Somebody else"))

    async def erase(self, module: UUID, person: UUID, which: int) -> None:
        if which % 4 == 0:
            await self.send(EraseUser(person))

    async def wait_for_another(self, module: UUID, person: UUID, which: int) -> None:
        """The second module waits for the first one, or does not."""
        await self.send(SetPrerequisites(self.modules[1], (self.modules[0],) if which % 2 else ()))

    async def leave(self, module: UUID, person: UUID, which: int) -> None:
        await self.send(DeactivateUsers((person,)))

    async def come_back(self, module: UUID, person: UUID, which: int) -> None:
        await self.send(EditUser(person, is_active=True))

    async def name(self, module: UUID, person: UUID, which: int) -> None:
        name, title = (None if which % n == 0 else known for n, known in ((3, "Somebody"), (4, "Hygienist")))
        await self.send(EditUser(person, full_name=name, job_title=title))

    async def change(self, module: UUID, person: UUID, which: int) -> None:
        sections = (await self.send(ReadModule(module))).sections
        if which % 3 == 0:
            self.names += 1
            await self.send(AddSection(module, f"More {self.names}", Lesson("More")))
        elif which % 3 == 1:
            ids = [each["id"] if isinstance(each, dict) else each.id for each in sections]
            await self.send(RemoveSection(module, UUID(str(ids[which % len(ids)]))))
        else:
            await self.send(EditModule(module, rules=CompletionRules(False, which % 15 + 1, attempts_allowed=3)))

    async def publish(self, module: UUID, person: UUID, which: int) -> None:
        await self.send(PublishModule(module, material=True, reopens=Reopens.NOBODY, move_enrollments=which % 3 > 0))

    async def archive(self, module: UUID, person: UUID, which: int) -> None:
        if which % 4 == 0:
            await self.send(ArchiveModule(module))

    async def sweep(self, module: UUID, person: UUID, which: int) -> None:
        assert (await sweep(self.bus)).failed == 0
        await self.require_nothing_is_due()


STEPS: dict[str, Callable[[History, UUID, UUID, int], Any]] = {
    each.__name__: each
    for each in (
        History.enroll, History.enroll_all, History.withdraw, History.renew, History.start, History.complete,
        History.attempt, History.let_time_pass, History.teach, History.bring, History.revoke, History.void,
        History.leave, History.erase, History.wait_for_another,
        History.come_back, History.name, History.change, History.publish, History.archive, History.sweep,
    )
}  # fmt: skip
OFTEN = sorted([*STEPS, *["complete", "attempt"] * 5, *["let_time_pass", "publish", "change"] * 3])
"""The steps, more often those that a training is made of."""
AGES = [timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=12), timedelta(days=1), timedelta(days=400)]


def steps_of(seed: int, count: int = 60) -> list[Step]:
    """So many steps, the same for the same seed."""
    chance = Random(seed)
    return [
        (chance.choice(OFTEN), chance.randrange(2), chance.randrange(2), chance.randrange(12)) for _ in range(count)
    ]


def _learner(person: UUID) -> Actor:
    return Actor(person, Role.AUTHENTICATED)


async def live(history: History, steps: Sequence[Step]) -> AsyncIterator[Step]:
    """Begin, take the steps, and require sense after each, before it is handed on."""
    await history.begin()
    await history.send(EnrollUsers(history.modules[0], tuple(history.people)))
    for step in steps:
        await history.take(step)
        await history.require_sense()
        yield step


async def told(history: History, steps: Sequence[Step]) -> list[Any]:
    """As `live`; how everybody stood after each step."""
    return [(step, await history.standings()) async for step in live(history, steps)]
