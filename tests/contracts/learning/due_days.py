"""The contract of due days, and of the lists of enrollments that show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from uuid import UUID

from application.kernel.access import EVERYONE
from application.kernel.lists import Present
from application.learning.enrollments.lists import EnrolledModuleSort, ParticipantSort
from application.learning.enrollments.queries import EnrollmentReader
from application.learning.ports import ModuleDueDays
from contracts import about
from contracts.backend import Backend, pages, save
from contracts.make import PRESENT, T, a_published_module, a_user, an_enrollment, uid, user_id
from domain.learning.due_days import ModuleDue

TODAY = T.date()
DUE = ModuleDue(uid(1), TODAY, TODAY + timedelta(days=9), TODAY + timedelta(days=5))
LATER = ModuleDue(uid(1), TODAY + timedelta(days=10), None, TODAY + timedelta(days=30))


async def say(backend: Backend, due: dict[UUID, Sequence[ModuleDue]]) -> int:
    return await backend.units.run(lambda unit: unit.port(ModuleDueDays).replace(due))


async def said(backend: Backend, *who: UUID) -> dict[UUID, tuple[ModuleDue, ...]]:
    return await backend.units.run(lambda unit: unit.port(ModuleDueDays).of(who))


@about(ModuleDueDays)
class TestDueDays:
    async def test_what_was_said_last_is_what_there_is(self, backend: Backend) -> None:
        other = replace(DUE, module_id=uid(2))
        assert await say(backend, {user_id(1): (LATER, other, DUE), user_id(2): (DUE,)}) == 4
        assert await said(backend, user_id(1), user_id(2), user_id(3)) == {
            user_id(1): (DUE, LATER, other),
            user_id(2): (DUE,),
        }
        shorter = replace(DUE, until=TODAY)
        assert await say(backend, {user_id(1): (shorter, other), user_id(3): ()}) == 3
        assert await said(backend, user_id(1)) == {user_id(1): (shorter, other)}
        assert await say(backend, {user_id(1): (shorter, other)}) == 0
        assert await say(backend, {user_id(1): ()}) == 2
        assert await said(backend, user_id(1), user_id(2)) == {user_id(2): (DUE,)}
        assert await say(backend, {}) == 0


@about(EnrollmentReader)
class TestListsByDueDay:
    async def test_the_people_of_a_module_are_sorted_by_its_due_day_for_them(self, backend: Backend) -> None:
        await save(backend, *a_published_module(1), *(a_user(n) for n in range(1, 6)))
        await save(backend, *(an_enrollment(1, n) for n in range(1, 6)))
        days = {2: 9, 4: -3, 5: 1}
        await say(
            backend,
            {user_id(n): (replace(DUE, due_on=TODAY + timedelta(days=more)), LATER) for n, more in days.items()},
        )
        await say(backend, {user_id(1): (replace(DUE, module_id=uid(2)), replace(DUE, from_day=date.max, until=None))})
        reader = backend.reader(EnrollmentReader)
        for limit in (1, 2, 9):
            found = await pages(
                lambda after, size: reader.of_module(
                    EVERYONE, uid(1), after, size, PRESENT, sort=ParticipantSort.BY_DUE_DAY
                ),
                limit,
            )
            shown = [(item.user_id, item.due_on and (item.due_on - TODAY).days) for page in found for item in page]
            assert shown == [(user_id(n), days.get(n)) for n in (4, 5, 2, 1, 3)]

    async def test_a_persons_modules_are_sorted_by_their_due_days_of_today(self, backend: Backend) -> None:
        for n in (1, 2, 3):
            await save(backend, *a_published_module(n))
        await save(backend, a_user(1), a_user(2), *(an_enrollment(n, 1) for n in (1, 2, 3)))
        soon = ModuleDue(uid(2), TODAY - timedelta(days=9), TODAY + timedelta(days=20), TODAY + timedelta(days=15))
        await say(backend, {user_id(1): (DUE, LATER, soon), user_id(2): (replace(DUE, module_id=uid(3)),)})
        reader = backend.reader(EnrollmentReader)
        expected = {
            0: [(1, 5), (2, 15), (3, None)],
            10: [(2, 15), (1, 30), (3, None)],
            21: [(1, 30), (2, None), (3, None)],
        }
        for (more, modules), limit in product(expected.items(), (1, 9)):
            at = Present(T + timedelta(days=more))
            found = await pages(
                lambda after, size, at=at: reader.of_user(  # type: ignore[misc]  # bound now
                    EVERYONE, user_id(1), after, size, at, sort=EnrolledModuleSort.BY_DUE_DAY
                ),
                limit,
            )
            shown = [(item.module_id, item.due_on and (item.due_on - TODAY).days) for page in found for item in page]
            assert shown == [(uid(n), days) for n, days in modules]
