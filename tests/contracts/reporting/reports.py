"""The contract of the reports."""

from __future__ import annotations

from datetime import datetime

from application.kernel.access import EVERYONE, Scope
from application.kernel.units import Unit
from application.learning.ports import Enrollments
from application.reporting.ports import Reporting
from application.reporting.queries import DepartmentParticipation, ModuleParticipation, ParticipationReader
from contracts import about
from contracts.backend import Backend, change_user, save
from contracts.make import T, a_module, a_user, an_enrollment, later, uid, user_id
from domain.catalogue.module_life import ModuleStatus
from domain.people.users import User


async def report(backend: Backend) -> list[ModuleParticipation]:
    await backend.units.run(lambda unit: unit.port(Reporting).refresh(T))
    return (await backend.reader(ParticipationReader).report(EVERYONE)).items


@about(Reporting, ParticipationReader)
class TestParticipation:
    async def test_nobody_takes_part_in_anything(self, backend: Backend) -> None:
        assert await report(backend) == []
        await save(backend, a_module(1), a_user(1))
        assert await report(backend) == []

    async def test_people_are_counted_by_module_and_department(self, backend: Backend) -> None:
        await save(
            backend,
            a_module(1, slug="osha", title="OSHA", status=ModuleStatus.ARCHIVED),
            a_module(2, slug="hipaa", title="Privacy 🦷", status=ModuleStatus.PUBLISHED),
            a_module(3, slug="nobody"),
        )
        await save(
            backend,
            a_user(1),
            a_user(2, department="Lab"),
            a_user(3, department="Hygiene"),
            a_user(4, department="Lab", is_active=False),
            a_user(5, department="Elsewhere"),
            a_user(6, is_active=False),
        )
        await save(backend, *(an_enrollment(1, n) for n in (1, 2, 3, 4, 6)), an_enrollment(2, 4))
        assert await report(backend) == [
            ModuleParticipation(uid(2), "hipaa", "Privacy 🦷", 1, 0, [DepartmentParticipation("Lab", 1, 0)]),
            ModuleParticipation(
                uid(1),
                "osha",
                "OSHA",
                enrolled=5,
                active=3,
                departments=[
                    DepartmentParticipation("Hygiene", 1, 1),
                    DepartmentParticipation("Lab", 2, 1),
                    DepartmentParticipation(None, 2, 1),
                ],
            ),
        ]

    async def test_who_counted_last_says_when_and_live_counts_say_nothing(self, backend: Backend) -> None:
        async def counted_at() -> datetime | None:
            return (await backend.reader(ParticipationReader).report(EVERYONE)).counted_at

        await report(backend)
        copied = await counted_at()
        assert copied in (T, None)
        await save(backend, a_module(1), a_user(1))
        await save(backend, an_enrollment(1, 1))
        # Counted since: nothing is done.
        await backend.units.run(
            lambda unit: unit.port(Reporting).refresh_if_due(later(seconds=50), since=later(seconds=-1))
        )
        assert await counted_at() == copied
        await backend.units.run(lambda unit: unit.port(Reporting).refresh_if_due(later(seconds=60), since=T))
        assert await counted_at() == (copied and later(seconds=60))
        assert len((await backend.reader(ParticipationReader).report(EVERYONE)).items) == 1
        within = await backend.reader(ParticipationReader).report(Scope(everyone=False, departments=("Nowhere",)))
        assert (within.counted_at, within.items) == (copied and later(seconds=60), [])

    async def test_modules_are_in_order_of_slug(self, backend: Backend) -> None:
        # Hyphens count, and digits come before letters, whatever the language of the database is.
        slugs = ["ab", "a-c", "a1", "b", "a-b", "a", "10", "9", "abb", "ab-c"]
        await save(backend, a_user(1), *(a_module(n, slug=slug) for n, slug in enumerate(slugs, start=1)))
        await save(backend, *(an_enrollment(n, 1) for n in range(1, len(slugs) + 1)))
        assert [item.slug for item in await report(backend)] == sorted(slugs)

    async def test_a_refresh_brings_the_report_up_to_date(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1, department="Lab"), a_user(2, department="Lab"))
        await save(backend, an_enrollment(1, 1), an_enrollment(1, 2))
        assert [(item.enrolled, item.active) for item in await report(backend)] == [(2, 2)]

        def leave(user: User) -> None:
            user.is_active, user.department = False, None

        await change_user(backend, user_id(1), leave)
        (item,) = await report(backend)
        assert (item.enrolled, item.active) == (2, 1)
        assert item.departments == [DepartmentParticipation("Lab", 1, 1), DepartmentParticipation(None, 1, 0)]

        async def withdraw_all(unit: Unit) -> None:
            for n in (1, 2):
                await unit.port(Enrollments).remove(await unit.port(Enrollments).get(uid(1), user_id(n)))

        await backend.units.run(withdraw_all)
        assert await report(backend) == []
