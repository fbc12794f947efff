"""A user is merged while something else happens to that user: nothing is lost, and nothing counts twice.

They meet at locks of PostgreSQL. On SQLite writers never meet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from application.assessment.commands import SubmitAttempt
from application.assessment.views import AttemptView
from application.delivery.ports import EventLog
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.queries import ListRecords, RecordView
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.evidence.sessions.queries import SessionView
from application.kernel.access import Actor
from application.kernel.messages import Command
from application.learning.enrollments.commands import EnrolledUsers, EnrollUser, EnrollUsers
from application.learning.enrollments.queries import EnrollmentView
from application.learning.progress.commands import CompleteSection
from application.learning.progress.queries import Progress
from application.people.histories.reprojecting import ReprojectUsers
from application.privacy.merging import MergedUser, MergeUser
from application.privacy.personal_data import ErasedUser, EraseUser
from domain.assessment.attempts import AttemptClosed
from domain.evidence.persons import Trainer
from domain.kernel.errors import InvalidValue
from domain.learning.enrollment_events import AlreadyEnrolled, EnrollmentNotFound
from domain.people.merging import MergeRefused
from domain.people.user_errors import UserIsMerged
from integration.backends import SqlBackend, until, waiting_for_locks
from situations.stage import OFFICER, SYSTEM, Course, Stage, learner
from worlds.memory import Timed

WHY = "Hired twice."
NAMES = ("ana", "ben", "eva")
USERS = "SELECT FROM training.users FOR UPDATE"
BEN = "SELECT FROM training.users WHERE email LIKE 'ben.%' FOR UPDATE"
ENROLLMENTS = "SELECT FROM training.module_enrollments FOR UPDATE"
RECORDS = "LOCK TABLE training.training_records IN SHARE MODE"

Sent = tuple[Command[Any], Actor]


@dataclass(frozen=True)
class Left:
    """What is left: enrollments that are not completed and that are, records of Ben, and who was merged into whom."""

    open: str = ""
    completed: str = ""
    records: int = 0
    merged: str = "ana into ben"


@dataclass(frozen=True)
class Race:
    """What happens while Ana is merged into Ben, the lock at which it waits, and both outcomes in either order."""

    meanwhile: Callable[[Stage, Course, UUID, UUID, UUID], Awaitable[Sent]]
    lock: str
    after_merge: tuple[type, Left]
    """Its outcome if the merge comes first."""
    before_merge: tuple[type, type, Left]
    """Its outcome and that of the merge if it comes first."""


async def enrolling(stage: Stage, course: Course, ana: UUID, ben: UUID, eva: UUID) -> Sent:
    return EnrollUser(course.id, ana), OFFICER


async def enrolling_many(stage: Stage, course: Course, ana: UUID, ben: UUID, eva: UUID) -> Sent:
    return EnrollUsers(course.id, (ana,)), OFFICER


async def enrolling_the_other(stage: Stage, course: Course, ana: UUID, ben: UUID, eva: UUID) -> Sent:
    await stage.do(EnrollUser(course.id, ana))
    return EnrollUser(course.id, ben), OFFICER


async def reading(stage: Stage, course: Course, ana: UUID, ben: UUID, eva: UUID) -> Sent:
    await stage.do(EnrollUser(course.id, ana))
    return CompleteSection(course.id, ana, course.lesson), learner(ana)


async def completing(stage: Stage, course: Course, ana: UUID, ben: UUID, eva: UUID) -> Sent:
    await stage.do(EnrollUser(course.id, ana))
    await stage.read(course, ana)
    return SubmitAttempt(await stage.attempt(course, ana), course.right), learner(ana)


async def attending(stage: Stage, course: Course, ana: UUID, ben: UUID, eva: UUID) -> Sent:
    await stage.do(EnrollUser(course.id, ben))
    times = stage.now() + timedelta(hours=1), stage.now() + timedelta(hours=2)
    stage.clock.advance(timedelta(hours=3))
    return RecordSession(course.id, *times, (Trainer("Dana"),), (NewAttendee(ana),)), OFFICER


async def training_elsewhere(stage: Stage, course: Course, ana: UUID, ben: UUID, eva: UUID) -> Sent:
    await stage.do(EnrollUser(course.id, ben))
    return RecordExternalTraining(ana, "Sharps", "School", stage.now().date(), module_id=course.id), OFFICER


async def merging_elsewhere(stage: Stage, course: Course, ana: UUID, ben: UUID, eva: UUID) -> Sent:
    return MergeUser(ana, eva, WHY), OFFICER


async def merging_back(stage: Stage, course: Course, ana: UUID, ben: UUID, eva: UUID) -> Sent:
    return MergeUser(ben, ana, WHY), OFFICER


async def erasing(stage: Stage, course: Course, ana: UUID, ben: UUID, eva: UUID) -> Sent:
    return EraseUser(ben), OFFICER


NOTHING, OPEN, COMPLETED = Left(), Left(open="ben"), Left(completed="ben", records=1)
RACES = {
    "enrolling": Race(enrolling, USERS, (UserIsMerged, NOTHING), (EnrollmentView, MergedUser, OPEN)),
    "enrolling many": Race(enrolling_many, USERS, (EnrolledUsers, NOTHING), (EnrolledUsers, MergedUser, OPEN)),
    "enrolling the other": Race(
        enrolling_the_other,
        BEN,
        (AlreadyEnrolled, OPEN),
        (EnrollmentView, MergeRefused, Left(open="ana, ben", merged="")),
    ),
    "reading": Race(reading, ENROLLMENTS, (EnrollmentNotFound, OPEN), (Progress, MergedUser, OPEN)),
    "completing": Race(completing, ENROLLMENTS, (AttemptClosed, OPEN), (AttemptView, MergedUser, COMPLETED)),
    "attending": Race(attending, RECORDS, (InvalidValue, OPEN), (SessionView, MergedUser, COMPLETED)),
    "training elsewhere": Race(training_elsewhere, RECORDS, (UserIsMerged, OPEN), (RecordView, MergedUser, COMPLETED)),
    "merging elsewhere": Race(
        merging_elsewhere, USERS, (MergeRefused, NOTHING), (MergedUser, MergeRefused, Left(merged="ana into eva"))
    ),
    "merging back": Race(
        merging_back, USERS, (MergeRefused, NOTHING), (MergedUser, MergeRefused, Left(merged="ben into ana"))
    ),
    "erasing": Race(erasing, BEN, (ErasedUser, NOTHING), (ErasedUser, MergeRefused, Left(merged=""))),
}


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("merge_first", [True, False], ids=["merge first", "merge second"])
@pytest.mark.parametrize("race", RACES.values(), ids=RACES)
async def test_nothing_is_lost_or_counted_twice(
    backend: SqlBackend, other: SqlBackend, race: Race, merge_first: bool
) -> None:
    world = Timed()
    stage = Stage(backend.bus(world.clock, world), world.clock, backend.units, backend.reader(EventLog))
    course, people = await stage.course(), [await stage.person(name) for name in NAMES]
    stage.clock.advance(timedelta(days=1))
    ana, ben, eva = people
    meanwhile = await race.meanwhile(stage, course, ana, ben, eva)
    merge: Sent = MergeUser(ana, ben, WHY), OFFICER
    sent = [merge, meanwhile] if merge_first else [meanwhile, merge]
    outcomes = await in_turn(stage, other, race.lock, sent)
    if merge_first:
        outcome, left = race.after_merge
        assert [type(each) for each in outcomes] == [MergedUser, outcome], outcomes
    else:
        outcome, of_merge, left = race.before_merge
        assert [type(each) for each in outcomes] == [outcome, of_merge], outcomes
    assert await left_in(backend, stage, dict(zip(people, NAMES, strict=True))) == left
    assert not (await stage.do(ReprojectUsers(check=True))).differences


async def in_turn(stage: Stage, other: SqlBackend, lock: str, sent: list[Sent]) -> list[Any]:
    """The outcomes: each is sent when the one before waits for the lock, or for one before that, or has ended."""
    tasks = list[asyncio.Task[Any]]()

    async def all_wait() -> bool:
        return await waiting_for_locks(other) + sum(task.done() for task in tasks) == len(tasks)

    async with other.database.engine.connect() as holder:
        await holder.execute(text(lock))
        for command, actor in sent:
            tasks.append(asyncio.create_task(stage.bus.execute(command, actor)))
            await until(all_wait)
    return await asyncio.gather(*tasks, return_exceptions=True)


async def left_in(backend: SqlBackend, stage: Stage, names: dict[UUID, str]) -> Left:
    ben = next(user_id for user_id, name in names.items() if name == "ben")
    enrolled = await backend.sql("SELECT user_id, completed_at IS NOT NULL FROM training.module_enrollments")
    merged = await backend.sql("SELECT id, merged_into FROM training.users WHERE merged_into IS NOT NULL")
    return Left(
        open=", ".join(sorted(names[user_id] for user_id, done in enrolled if not done)),
        completed=", ".join(sorted(names[user_id] for user_id, done in enrolled if done)),
        records=len((await stage.bus.ask(ListRecords(ben), SYSTEM)).items),
        merged=", ".join(f"{names[user_id]} into {names[into]}" for user_id, into in merged),
    )
