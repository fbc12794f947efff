"""The contract of units of work that run at the same time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from application.catalogue.ports import Modules
from application.kernel.units import Unit, Units
from application.learning.ports import EnrollmentBasis, Enrollments, GroupEnrollments
from application.people.ports import Users
from contracts import about
from contracts.backend import Backend, change_module, counted, loaded_module, save
from contracts.make import T, a_module, a_section, a_user, an_enrollment, later, section_id, uid, user_id
from domain.catalogue.module_life import ModuleStatus, SlugTaken
from domain.kernel.errors import StaleVersion
from domain.learning.enrollment_events import AlreadyEnrolled
from domain.learning.enrollments import Enrollment
from domain.people.user_errors import EmailTaken

AT_ONCE = 20


async def others() -> None:
    """Let the other units run between a read and the write that rests on it."""
    await asyncio.sleep(0)


async def at_once(backend: Backend, work: Callable[[Unit, int], Awaitable[None]]) -> Counter[type | None]:
    """Run that many units of work at the same time; how often each ended in which error, None in none."""

    def numbered(n: int) -> Callable[[Unit], Awaitable[None]]:
        return lambda unit: work(unit, n)

    outcomes = await asyncio.gather(
        *(backend.units.run(numbered(n)) for n in range(1, AT_ONCE + 1)), return_exceptions=True
    )
    return Counter(None if outcome is None else type(outcome) for outcome in outcomes)


@about(Units)
class TestUnitsAtTheSameTime:
    async def test_different_things_do_not_disturb_each_other(self, backend: Backend) -> None:
        async def work(unit: Unit, n: int) -> None:
            await unit.port(Modules).add(a_module(n))
            await unit.port(Users).add(a_user(n))
            await unit.port(Enrollments).add(an_enrollment(n, n))

        assert await at_once(backend, work) == {None: AT_ONCE}
        assert await counted(backend) == (AT_ONCE, AT_ONCE, 1)

    async def test_one_of_many_gets_the_slug(self, backend: Backend) -> None:
        async def work(unit: Unit, n: int) -> None:
            assert await unit.port(Modules).offer(uid(n)) is None
            await unit.port(Modules).add(a_module(n, slug="hipaa", sections=[a_section(n)]))

        assert await at_once(backend, work) == {None: 1, SlugTaken: AT_ONCE - 1}
        assert await counted(backend) == (1, 0, 0)

    async def test_two_at_once_cannot_have_the_same_slug(self, backend: Backend) -> None:
        outcomes = await asyncio.gather(
            save(backend, a_module(1, slug="hipaa")), save(backend, a_module(2, slug="hipaa")), return_exceptions=True
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "SlugTaken"]

    async def test_one_of_many_gets_the_address(self, backend: Backend) -> None:
        async def work(unit: Unit, n: int) -> None:
            await unit.port(Users).by_email("ana@example.com")
            await others()
            await unit.port(Users).add(a_user(n, email="ana@example.com"))

        assert await at_once(backend, work) == {None: 1, EmailTaken: AT_ONCE - 1}
        assert await counted(backend) == (0, 1, 0)

    async def test_one_of_many_enrolls_the_user(self, backend: Backend) -> None:
        await save(backend, a_module(1, status=ModuleStatus.PUBLISHED), a_user(1))

        async def work(unit: Unit, n: int) -> None:
            facts = await unit.port(EnrollmentBasis).facts(uid(1), user_id(1))
            await others()
            now = later(hours=n)
            await unit.port(Enrollments).add(
                Enrollment.open(uid(1), user_id(1), facts, cycle_id=uid(9_000 + n), enrolled_by=None, now=now)
            )

        assert await at_once(backend, work) == {None: 1, AlreadyEnrolled: AT_ONCE - 1}
        assert await counted(backend) == (1, 1, 1)

    async def test_many_who_enroll_the_same_people_enroll_each_once(self, backend: Backend) -> None:
        await save(backend, a_module(1), *(a_user(n) for n in range(1, 11)))
        people = [user_id(n) for n in range(1, 11)]

        async def work(unit: Unit) -> int:
            new = await unit.port(GroupEnrollments).add_many(uid(1), people, version_number=1, enrolled_by=None, now=T)
            return len(new)

        enrolled = await asyncio.gather(*(backend.units.run(work) for _ in range(AT_ONCE)))
        assert sum(enrolled) == 10
        assert await counted(backend) == (1, 10, 10)

    async def test_no_change_is_lost(self, backend: Backend) -> None:
        await save(backend, a_module(1))

        async def work(unit: Unit, n: int) -> None:
            module = await unit.port(Modules).get(uid(1))
            await others()
            module.add_section(a_section(n), now=later(minutes=n))

        outcomes = await at_once(backend, work)
        assert set(outcomes) <= {None, StaleVersion}
        module = await loaded_module(backend, uid(1))
        assert len(module.sections) == outcomes[None] >= 1
        assert [section.position for section in module.sections] == list(range(1, outcomes[None] + 1))
        assert module.version == 1 + outcomes[None]

    async def test_a_section_removed_meanwhile_stays_removed(self, backend: Backend) -> None:
        await save(backend, a_module(1, sections=[a_section(n) for n in range(1, AT_ONCE + 1)]))

        async def work(unit: Unit, n: int) -> None:
            module = await unit.port(Modules).get(uid(1))
            await others()
            module.remove_section(section_id(n), now=later(minutes=n))

        outcomes = await at_once(backend, work)
        assert set(outcomes) <= {None, StaleVersion}
        module = await loaded_module(backend, uid(1))
        assert len(module.sections) == AT_ONCE - outcomes[None]
        assert [section.position for section in module.sections] == list(range(1, len(module.sections) + 1))

    async def test_a_failure_does_not_hold_up_the_others(self, backend: Backend) -> None:
        async def work(unit: Unit, n: int) -> None:
            await unit.port(Modules).add(a_module(n))
            if n % 2:
                raise LookupError

        assert await at_once(backend, work) == {None: AT_ONCE // 2, LookupError: AT_ONCE // 2}
        assert (await counted(backend))[0] == AT_ONCE // 2
        await change_module(backend, uid(2), lambda module: module.add_section(a_section(1), now=T))
