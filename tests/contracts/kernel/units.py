"""The contract of units of work."""

from __future__ import annotations

import asyncio

import pytest

from application.catalogue.modules.queries import ModuleReader
from application.catalogue.ports import Modules
from application.kernel.access import EVERYONE
from application.kernel.units import Answers, Events, Outbox, Unit, Units
from application.learning.enrollments.queries import EnrollmentReader
from application.learning.ports import EnrollmentBasis, Enrollments, GroupEnrollments
from application.people.ports import Roster, Staff, Users
from application.people.users.queries import UserFilter, UserReader
from application.reporting.ports import Reporting
from contracts import about
from contracts.backend import Backend, counted, loaded_module, save, sections_of
from contracts.make import (
    T,
    a_line,
    a_module,
    a_section,
    a_user,
    an_enrollment,
    later,
    published,
    section_id,
    uid,
    user_id,
)
from domain.catalogue.module_life import (
    ModuleDeleted,
    ModuleDrafted,
    ModuleEdited,
    ModuleOffer,
    ModulePublished,
    ModuleStatus,
    SlugTaken,
)
from domain.kernel.aggregate import DomainEvent
from domain.learning.enrollment_events import EnrollmentWithdrawn, UsersEnrolled
from domain.learning.enrollments import Enrollment, EnrollmentFacts
from domain.people.user_events import UsersEdited, UsersRegistered


async def write_everything(unit: Unit) -> None:
    """Writes of every sort beside module 1 and users 1 and 2, the first of them enrolled."""
    module = await unit.port(Modules).get(uid(1))
    module.add_section(a_section(2), now=later(hours=1))
    await unit.port(Modules).add(a_module(2))
    await unit.port(Users).add(a_user(3))
    await unit.port(Staff).deactivate([user_id(1)], later(hours=1))
    await unit.port(Roster).stage([a_line(4, "user4@example.com"), a_line(5, "user2@example.com", location="A")])
    await unit.port(Roster).match()
    await unit.port(Roster).merge(later(hours=1))
    await unit.port(GroupEnrollments).add_many(
        uid(1), [user_id(2)], version_number=1, enrolled_by=None, now=later(hours=1)
    )
    await unit.port(Enrollments).remove(await unit.port(Enrollments).get(uid(1), user_id(1)))


@about(Units)
class TestCommit:
    async def test_every_port_is_offered(self, backend: Backend) -> None:
        ports = {Modules, Users, Roster, Enrollments, Reporting, Events, Outbox, Answers}
        assert ports <= backend.units.ports

    async def test_the_result_is_handed_on(self, backend: Backend) -> None:
        async def work(unit: Unit) -> str:
            return "result"

        assert await backend.units.run(work) == "result"

    async def test_readers_see_a_unit_when_it_is_done(self, backend: Backend) -> None:
        await save(backend, a_module(1, sections=[a_section(1)]), a_user(1), a_user(2))
        await save(backend, an_enrollment(1, 1))

        async def work(unit: Unit) -> None:
            await write_everything(unit)
            assert await counted(backend) == (1, 2, 1)
            module = await backend.reader(ModuleReader).worked_on(uid(1))
            assert module is not None
            assert (len(sections_of(module)), module.version) == (1, 1)
            page = await backend.reader(UserReader).page(EVERYONE, UserFilter(is_active=True), None, 200)
            assert [user.location for user in page.items] == [None, None]
            assert await backend.reader(EnrollmentReader).detail(EVERYONE, uid(1), user_id(1)) is not None

        await backend.units.run(work)
        assert await counted(backend) == (2, 4, 1)
        module = await backend.reader(ModuleReader).worked_on(uid(1))
        assert module is not None
        assert (len(sections_of(module)), module.version) == (2, 2)
        assert await backend.reader(EnrollmentReader).detail(EVERYONE, uid(1), user_id(1)) is None

    async def test_a_unit_that_fails_leaves_nothing(self, backend: Backend) -> None:
        await save(backend, a_module(1, sections=[a_section(1)]), a_user(1), a_user(2))
        await save(backend, an_enrollment(1, 1))

        async def work(unit: Unit) -> None:
            await write_everything(unit)
            raise LookupError("as it was raised")

        with pytest.raises(LookupError, match="as it was raised"):
            await backend.units.run(work)
        assert await counted(backend) == (1, 2, 1)
        module = await loaded_module(backend, uid(1))
        assert (len(module.sections), module.version, module.updated_at) == (1, 1, T)
        active = await backend.reader(UserReader).page(EVERYONE, UserFilter(is_active=True), None, 200)
        assert [(user.location, user.version) for user in active.items] == [(None, 1), (None, 1)]
        assert await backend.reader(EnrollmentReader).detail(EVERYONE, uid(1), user_id(1)) is not None

    async def test_a_refused_write_takes_the_others_with_it(self, backend: Backend) -> None:
        await save(backend, a_module(1))
        with pytest.raises(SlugTaken):
            await save(backend, a_user(1), a_module(2), a_module(3, slug="module-1"))
        assert await counted(backend) == (1, 0, 0)

    async def test_a_cancelled_unit_leaves_nothing(self, backend: Backend) -> None:
        written = asyncio.Event()

        async def work(unit: Unit) -> None:
            await unit.port(Modules).add(a_module(1))
            written.set()
            await asyncio.Event().wait()

        async def run() -> None:
            await backend.units.run(work)

        task = asyncio.create_task(run())
        await written.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await counted(backend) == (0, 0, 0)
        await save(backend, a_module(1))
        assert await counted(backend) == (1, 0, 0)


@about(Units)
class TestEventsOfAggregates:
    async def test_a_new_aggregate_tells_its_events_once(self, backend: Backend) -> None:
        async def work(unit: Unit) -> list[list[DomainEvent]]:
            await unit.port(Modules).add(a_module(1))
            await unit.port(Users).add(a_user(1))
            return [unit.take_events(), unit.take_events()]

        events, rest = await backend.units.run(work)
        assert set(events) == {ModuleDrafted(uid(1)), UsersRegistered.alone(user_id(1))}
        assert (len(events), rest) == (2, [])

    async def test_a_changed_aggregate_tells_its_events_in_order(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1))

        async def work(unit: Unit) -> list[DomainEvent]:
            module = await unit.port(Modules).by_slug("module-1")
            assert module is not None
            module.add_section(a_section(1), now=T)
            published(module)
            return unit.take_events()

        edited, told = ModuleEdited(uid(1), 2, (section_id(1),)), ModulePublished(uid(1), 3, 1, material=False)
        assert await backend.units.run(work) == [edited, told]

    async def test_a_changed_user_tells_of_it(self, backend: Backend) -> None:
        await save(backend, a_user(1))

        async def work(unit: Unit) -> list[DomainEvent]:
            user = await unit.port(Users).by_email("user1@example.com")
            assert user is not None
            user.edit(
                now=T,
                email=user.email,
                employee_id=None,
                full_name="Ana",
                department=None,
                job_title=None,
                location=None,
                hired_on=None,
                role=user.role,
                is_active=True,
                profile_metadata={},
            )
            return unit.take_events()

        assert await backend.units.run(work) == [UsersEdited.alone(user_id(1))]

    async def test_removed_aggregates_tell_their_last_events(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_module(2), a_user(1))
        await save(backend, an_enrollment(2, 1))

        async def work(unit: Unit) -> list[DomainEvent]:
            module = await unit.port(Modules).get(uid(1))
            module.delete()
            await unit.port(Modules).remove(module)
            enrollment = await unit.port(Enrollments).get(uid(2), user_id(1))
            enrollment.withdraw()
            await unit.port(Enrollments).remove(enrollment)
            return unit.take_events()

        events = await backend.units.run(work)
        assert set(events) == {ModuleDeleted(uid(1), "module-1"), EnrollmentWithdrawn(uid(2), user_id(1))}
        assert len(events) == 2

    async def test_an_enrollment_tells_of_itself(self, backend: Backend) -> None:
        await save(backend, a_module(1, status=ModuleStatus.PUBLISHED), a_user(1))

        async def work(unit: Unit) -> list[DomainEvent]:
            facts = await unit.port(EnrollmentBasis).facts(uid(1), user_id(1))
            assert facts == EnrollmentFacts(ModuleOffer(ModuleStatus.PUBLISHED, 1), True, False)
            await unit.port(Enrollments).add(
                Enrollment.open(uid(1), user_id(1), facts, cycle_id=uid(9), enrolled_by=None, now=T)
            )
            return unit.take_events()

        assert await backend.units.run(work) == [UsersEnrolled(uid(1), (user_id(1),))]

    async def test_looking_and_writing_sets_tell_nothing(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1), a_user(2))

        async def work(unit: Unit) -> list[DomainEvent]:
            await unit.port(Modules).get(uid(1))
            await unit.port(Users).get(user_id(2))
            await unit.port(Staff).deactivate([user_id(1)], T)
            await unit.port(GroupEnrollments).add_many(uid(1), [user_id(1)], version_number=1, enrolled_by=None, now=T)
            return unit.take_events()

        assert await backend.units.run(work) == []

    async def test_events_that_nobody_took_do_not_come_back(self, backend: Backend) -> None:
        module = a_module(1)
        await save(backend, module)

        async def work(unit: Unit) -> list[DomainEvent]:
            await unit.port(Modules).get(uid(1))
            return unit.take_events()

        assert await backend.units.run(work) == []
