"""The contract of the enrollments repository."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest

from application.kernel.access import EVERYONE
from application.kernel.units import Unit
from application.learning.enrollments.queries import EnrollmentReader, EnrollmentView
from application.learning.ports import EnrollmentBasis, Enrollments, GroupEnrollments
from contracts import about
from contracts.backend import Backend, plain, save
from contracts.make import NOBODY, T, a_module, a_user, an_enrollment, later, uid, user_id
from domain.catalogue.module_life import ModuleNotFound, ModuleOffer, ModuleStatus
from domain.learning.bulk_enrollment import Candidate
from domain.learning.enrollment_events import AlreadyEnrolled, EnrollmentNotFound
from domain.learning.enrollments import Enrollment, EnrollmentFacts
from domain.people.user_errors import UserNotFound


async def facts(backend: Backend, module_id: UUID, someone: UUID) -> EnrollmentFacts:
    return await backend.units.run(lambda unit: unit.port(EnrollmentBasis).facts(module_id, someone))


async def loaded(backend: Backend, module: int, user: int) -> Enrollment:
    return await backend.units.run(lambda unit: unit.port(Enrollments).get(uid(module), user_id(user)))


async def enroll(backend: Backend, module_id: UUID, *users: UUID, by: UUID | None = None) -> frozenset[UUID]:
    return await backend.units.run(
        lambda unit: unit.port(GroupEnrollments).add_many(
            module_id, users, version_number=3, enrolled_by=by, now=later(hours=1)
        )
    )


@about(Enrollments)
class TestEnrollments:
    async def test_an_enrollment_comes_back_as_added(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1), a_user(2))
        added = an_enrollment(1, 1, by=2, now=later(microseconds=7))
        await save(backend, added, an_enrollment(1, 2))
        found = await loaded(backend, 1, 1)
        assert found is not added
        assert plain(EnrollmentView.of(found)) == plain(EnrollmentView.of(added))
        assert (found.enrolled_by, found.enrolled_at, found.updated_at) == (user_id(2), *[later(microseconds=7)] * 2)
        assert found.enrolled_at.utcoffset() == T.utcoffset()
        assert (await loaded(backend, 1, 2)).enrolled_by is None

    async def test_an_unknown_enrollment_is_not_found(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_module(2), a_user(1), a_user(2))
        await save(backend, an_enrollment(1, 1), an_enrollment(2, 2))
        with pytest.raises(EnrollmentNotFound):
            await loaded(backend, 1, 2)
        with pytest.raises(EnrollmentNotFound):
            await loaded(backend, 3, 3)

    async def test_nobody_is_enrolled_twice(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1))
        await save(backend, an_enrollment(1, 1))
        again = an_enrollment(1, 1, now=later(hours=1))
        again.cycle_id = uid(77)
        with pytest.raises(AlreadyEnrolled):
            await save(backend, again)
        assert (await loaded(backend, 1, 1)).enrolled_at == T

    async def test_the_module_must_exist(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1))
        with pytest.raises(ModuleNotFound):
            await save(backend, an_enrollment(2, 1))

    async def test_the_user_must_exist(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1))
        with pytest.raises(UserNotFound):
            await save(backend, an_enrollment(1, 2))
        assert not (await facts(backend, uid(1), user_id(1))).already_enrolled

    async def test_a_removed_enrollment_is_gone_and_may_come_again(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1), a_user(2))
        await save(backend, an_enrollment(1, 1), an_enrollment(1, 2))

        async def withdraw(unit: Unit) -> None:
            enrollments = unit.port(Enrollments)
            enrollment = await enrollments.get(uid(1), user_id(1))
            enrollment.withdraw()
            await enrollments.remove(enrollment)

        await backend.units.run(withdraw)
        with pytest.raises(EnrollmentNotFound):
            await loaded(backend, 1, 1)
        reader = backend.reader(EnrollmentReader)
        assert await reader.detail(EVERYONE, uid(1), user_id(1)) is None
        assert await reader.detail(EVERYONE, uid(1), user_id(2)) is not None
        await save(backend, an_enrollment(1, 1, now=later(days=1)))
        assert (await loaded(backend, 1, 1)).enrolled_at == later(days=1)

    async def test_changes_after_the_commit_stay_outside(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1))
        added = an_enrollment(1, 1)
        await save(backend, added)
        for enrollment in (added, await loaded(backend, 1, 1)):
            enrollment.enrolled_at = later(days=9)
        assert (await loaded(backend, 1, 1)).enrolled_at == T


@about(EnrollmentBasis)
class TestFacts:
    async def test_what_enrolling_rests_on(self, backend: Backend) -> None:
        await save(backend, *(a_module(n, status=status) for n, status in enumerate(ModuleStatus, start=1)))
        await save(backend, a_user(1), a_user(2, is_active=False))
        await save(backend, an_enrollment(2, 1), an_enrollment(3, 2))
        draft, published, archived = ModuleStatus
        cases = {
            (uid(1), user_id(1)): EnrollmentFacts(ModuleOffer(draft, None), True, False),
            (uid(1), user_id(2)): EnrollmentFacts(ModuleOffer(draft, None), False, False),
            (uid(2), user_id(1)): EnrollmentFacts(ModuleOffer(published, 1), True, True),
            (uid(2), user_id(2)): EnrollmentFacts(ModuleOffer(published, 1), False, False),
            (uid(3), user_id(2)): EnrollmentFacts(ModuleOffer(archived, 1), False, True),
            (uid(2), NOBODY): EnrollmentFacts(ModuleOffer(published, 1), None, False),
            (NOBODY, user_id(1)): EnrollmentFacts(None, True, False),
            (NOBODY, NOBODY): EnrollmentFacts(None, None, False),
        }
        assert {key: await facts(backend, *key) for key in cases} == cases

    async def test_a_unit_sees_its_own_enrollment(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1))

        async def work(unit: Unit) -> None:
            await unit.port(Enrollments).add(an_enrollment(1, 1, now=later(hours=1)))
            assert (await unit.port(EnrollmentBasis).facts(uid(1), user_id(1))).already_enrolled
            assert (await unit.port(Enrollments).get(uid(1), user_id(1))).enrolled_at == later(hours=1)

        await backend.units.run(work)


@about(GroupEnrollments)
class TestManyEnrollments:
    async def test_candidates(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_module(2))
        await save(
            backend,
            a_user(5, department="Lab", email="a@example.com"),
            a_user(3, department="Lab", is_active=False),
            a_user(4, department="lab"),
            a_user(1),
            a_user(2, department="Front office"),
            a_user(6),
        )
        await save(backend, an_enrollment(1, 5), an_enrollment(2, 1))

        async def candidates(users: Sequence[UUID], departments: Sequence[str]) -> list[Candidate]:
            return await backend.units.run(
                lambda unit: unit.port(GroupEnrollments).candidates(uid(1), users, departments)
            )

        first, third, fifth = (
            Candidate(user_id(1), True, False),
            Candidate(user_id(3), False, False, "Lab"),
            Candidate(user_id(5), True, True, "Lab"),
        )
        assert await candidates([], []) == []
        assert await candidates([user_id(1), NOBODY, user_id(1)], []) == [first]
        assert await candidates([], ["Lab", "Nowhere"]) == [third, fifth]
        assert await candidates([user_id(5), user_id(1)], ["Lab", "Lab"]) == [first, third, fifth]

    async def test_many_are_enrolled_at_once(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_module(2), *(a_user(n) for n in range(1, 6)))
        await save(backend, an_enrollment(1, 2), an_enrollment(2, 3))
        enrolled = await enroll(backend, uid(1), *(user_id(n) for n in (3, 2, 1)), by=user_id(5))
        assert enrolled == {user_id(1), user_id(3)}
        new, old = await loaded(backend, 1, 3), await loaded(backend, 1, 2)
        assert (new.enrolled_by, new.enrolled_at, new.updated_at) == (user_id(5), *[later(hours=1)] * 2)
        assert (new.version, old.version) == (1, 1)
        assert (new.version_number, old.version_number) == (3, 1)
        assert (new.started_at, new.completed_at, new.completions) == (None, None, [])
        assert new.cycle_id != (await loaded(backend, 1, 1)).cycle_id
        assert (old.enrolled_by, old.enrolled_at) == (None, T)
        assert await enroll(backend, uid(1), user_id(1), user_id(2)) == frozenset()
        assert await enroll(backend, uid(1)) == frozenset()

    async def test_hundreds_are_enrolled_at_once(self, backend: Backend) -> None:
        await save(backend, a_module(1), *(a_user(n) for n in range(1, 301)))
        users = [user_id(n) for n in range(1, 301)]
        assert await enroll(backend, uid(1), *users[:100]) == frozenset(users[:100])
        assert await enroll(backend, uid(1), *users) == frozenset(users[100:])
