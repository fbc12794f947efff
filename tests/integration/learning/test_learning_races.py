"""Learning, publishing and prerequisites that meet: nothing is lost, done twice, or counted that no longer counts.

On PostgreSQL they truly meet: someone holds what all need until all wait for it. On SQLite writers take turns.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from adapters.sql.catalogue.modules import PREREQUISITES
from application.catalogue.modules.commands import PublishModule, SetPrerequisites
from application.catalogue.versions.queries import VersionReader
from application.kernel.access import Actor
from application.kernel.messages import Command
from application.learning.ports import Enrollments
from application.learning.progress.commands import CompleteSection, RenewEnrollment
from application.learning.sweeping import Swept, sweep
from contracts.backend import change_enrollment, change_module, loaded_module, save
from contracts.make import T, a_module, a_published_module, a_section, a_user, an_enrollment, section_id, uid, user_id
from domain.catalogue.module_life import NothingNew
from domain.catalogue.prerequisites import PrerequisiteCircle
from domain.catalogue.reopening import Reopens
from domain.catalogue.sections import Attestation, Lesson
from domain.kernel.errors import StaleVersion
from domain.kernel.roles import Role
from domain.learning.completion import Blocked, Rule
from domain.learning.enrollment_events import CycleIncomplete
from domain.learning.enrollments import Enrollment
from integration.backends import ADMIN, SqlBackend, opened, until, waiting_for_locks
from integration.learning.test_enrollment_races import kinds

LESSON, STATEMENT = section_id(1), section_id(2)
OLD, NEW = "I have read it.", "I have read the new one."
LEARNER = Actor(user_id(1), Role.AUTHENTICATED)
ENROLLMENTS = "SELECT FROM training.module_enrollments FOR UPDATE"
MODULES = "SELECT FROM training.training_modules FOR UPDATE"


async def together(backend: SqlBackend, other: SqlBackend, lock: str, *who: tuple[Command[Any], Actor]) -> list[Any]:
    """The outcome of each command; on PostgreSQL none passes the lock before all have reached it."""
    bus = backend.bus()
    if not backend.on_postgresql:
        return await asyncio.gather(*(bus.execute(each, actor) for each, actor in who), return_exceptions=True)

    async def all_wait() -> bool:
        return await waiting_for_locks(other) == len(who)

    async with other.database.engine.connect() as holder:
        await holder.execute(text(lock))
        tasks = [asyncio.create_task(bus.execute(each, actor)) for each, actor in who]
        await until(all_wait)
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_enrollment_that_somebody_has_locked_holds_up_no_other(backend: SqlBackend, url: str) -> None:
    if not backend.on_postgresql:
        return
    module, version = a_published_module(1, sections=[a_section(1)])
    await save(backend, module, version, a_user(1), a_user(2), an_enrollment(1, 1), an_enrollment(1, 2))
    for n in (1, 2):
        await change_enrollment(backend, uid(1), user_id(n), lambda enrollment: enrollment.expect(T))
    async with opened(url, lock_timeout=0.1) as hurried, backend.database.engine.connect() as holder:
        await holder.execute(text(ENROLLMENTS.replace(" FOR", " WHERE user_id = :user FOR")), {"user": user_id(1)})
        assert await sweep(hurried.bus()) == Swept(settled=1, failed=1)
    assert await sweep(backend.bus()) == Swept(settled=1, failed=0)


async def counts(backend: SqlBackend) -> tuple[int, int]:
    """How many records and certificates there are."""
    (row,) = await backend.sql("SELECT (SELECT count(*) FROM training_records), (SELECT count(*) FROM certificates)")
    return row[0], row[1]


async def enrollment(backend: SqlBackend) -> Enrollment:
    return await backend.units.run(lambda unit: unit.port(Enrollments).get(uid(1), user_id(1)))


async def names(backend: SqlBackend) -> list[str]:
    return [name for name, _, _ in await backend.outbox()]


def completing(statement: str = OLD) -> tuple[CompleteSection, Actor]:
    return CompleteSection(uid(1), user_id(1), STATEMENT, statement), LEARNER


@pytest.fixture
async def learner(backend: SqlBackend) -> Actor:
    """Somebody who has but the attestation of module 1 left to confirm."""
    sections = [a_section(1, Lesson("Text")), a_section(2, Attestation(OLD))]
    await save(backend, *a_published_module(1, sections=sections), a_user(1), an_enrollment(1, 1))
    await backend.bus().execute(CompleteSection(uid(1), user_id(1), LESSON), LEARNER)
    return LEARNER


@pytest.mark.parametrize("times", [2, 5])
async def test_the_last_section_is_completed_at_once(
    backend: SqlBackend, other: SqlBackend, learner: Actor, times: int
) -> None:
    outcomes = await together(backend, other, ENROLLMENTS, *[completing()] * times)
    assert kinds(outcomes) == {object: times}
    assert {(outcome.percent, outcome.completed_at) for outcome in outcomes} == {(100, T)}
    assert await counts(backend) == (1, 1)
    told = await names(backend)
    assert [told.count(name) for name in ("SectionCompleted", "ModuleCompleted", "CertificateIssued")] == [2, 1, 1]
    assert len((await enrollment(backend)).completions) == 2


@pytest.mark.parametrize("changed", [STATEMENT, LESSON], ids=["what is being completed", "what was completed"])
async def test_a_new_version_moves_somebody_who_is_completing(
    backend: SqlBackend, other: SqlBackend, learner: Actor, changed: Any
) -> None:
    content = Attestation(NEW) if changed == STATEMENT else Lesson("New text")
    await change_module(backend, uid(1), lambda m: m.edit_section(changed, now=T, content=content))
    publishing = PublishModule(uid(1), material=True, reopens=Reopens.NOBODY, move_enrollments=True)
    published, completed = await together(backend, other, ENROLLMENTS, (publishing, ADMIN), completing())
    assert published.version_number == 2
    found = await enrollment(backend)
    done = {each.section_id: each.attestation for each in found.completions}
    if isinstance(completed, BaseException):
        assert isinstance(completed, Blocked)
        assert completed.blocks[0].rule is (Rule.ATTESTATION if changed == STATEMENT else Rule.ORDER)
        assert (found.version_number, found.completed_at) == (2, None)
        assert done == ({LESSON: None} if changed == STATEMENT else {})
        assert await counts(backend) == (0, 0)
    else:
        assert (found.version_number, found.completed_at, completed.version_number) == (1, T, 1)
        assert done == {LESSON: None, STATEMENT: OLD}
        assert await counts(backend) == (1, 1)


async def test_two_concurrent_renewals_begin_one_cycle(backend: SqlBackend, other: SqlBackend, learner: Actor) -> None:
    await backend.bus().execute(*completing())
    renewal = RenewEnrollment(uid(1), user_id(1), "Annual refresher.")
    outcomes = await together(backend, other, ENROLLMENTS, (renewal, ADMIN), (renewal, ADMIN))
    assert kinds(outcomes) == {object: 1, CycleIncomplete: 1}
    assert (await names(backend)).count("EnrollmentRenewed") == 1
    await backend.bus().execute(CompleteSection(uid(1), user_id(1), LESSON), LEARNER)
    await backend.bus().execute(*completing())
    assert await counts(backend) == (2, 2)


async def test_two_prerequisites_would_close_a_circle(backend: SqlBackend, other: SqlBackend) -> None:
    await save(backend, a_module(1), a_module(2))
    lock = f"SELECT pg_advisory_xact_lock({PREREQUISITES})"
    outcomes = await together(
        backend,
        other,
        lock,
        (SetPrerequisites(uid(1), (uid(2),)), ADMIN),
        (SetPrerequisites(uid(2), (uid(1),)), ADMIN),
    )
    assert kinds(outcomes) == {object: 1, PrerequisiteCircle: 1}
    first = [(await loaded_module(backend, uid(n))).prerequisites for n in (1, 2)]
    assert sorted(first) in ([(), (uid(1),)], [(), (uid(2),)])


async def test_a_module_is_published_twice_at_once(backend: SqlBackend, other: SqlBackend) -> None:
    await save(backend, *a_published_module(1))
    for number in (2, 3):
        await change_module(backend, uid(1), lambda m, n=number: m.edit_section(LESSON, now=T, title=f"Title {n}"))  # type: ignore[misc]
        outcomes = await together(backend, other, MODULES, *[(PublishModule(uid(1)), ADMIN)] * 2)
        assert kinds(outcomes) == {object: 1, (StaleVersion if backend.on_postgresql else NothingNew): 1}
        page = await backend.reader(VersionReader).of_module(uid(1), None, 50)
        assert page is not None
        assert [version.number for version in page.items] == list(range(number, 0, -1))
        assert (await loaded_module(backend, uid(1))).version_number == number
    assert (await names(backend)).count("ModulePublished") == 2
