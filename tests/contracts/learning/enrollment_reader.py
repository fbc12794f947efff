"""The contract of the enrollments reader."""

from __future__ import annotations

import pytest

from application.kernel.access import EVERYONE
from application.kernel.messages import Cursor
from application.learning.enrollments.lists import EnrolledModule, Participant
from application.learning.enrollments.queries import EnrollmentReader, EnrollmentView
from contracts import about
from contracts.backend import Backend, change_module, change_user, pages, plain, save
from contracts.make import (
    NOBODY,
    PRESENT,
    T,
    a_full_module,
    a_full_user,
    a_module,
    a_user,
    an_enrollment,
    later,
    uid,
    user_id,
)
from domain.catalogue.module_life import ModuleStatus
from domain.catalogue.modules import TrainingModule
from domain.kernel.roles import Role
from domain.learning.completion import EnrollmentStatus
from domain.people.users import User

BEGUN = (EnrollmentStatus.NOT_STARTED, 0, 1, None, None, None, None, None, None)
"""The state of an enrollment in which nothing has happened."""
SAME_MOMENT = pytest.mark.parametrize("apart", [0, 1], ids=["same moment", "a microsecond apart"])
LIMITS = pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (1, [[4], [3], [2], [1]]),
        (2, [[4, 3], [2, 1]]),
        (3, [[4, 3, 2], [1]]),
        (4, [[4, 3, 2, 1]]),
        (5, [[4, 3, 2, 1]]),
    ],
)


@about(EnrollmentReader)
class TestEnrollmentDetail:
    async def test_an_enrollment_is_shown(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1), a_user(2))
        enrollment = an_enrollment(1, 1, by=2, now=later(microseconds=3))
        await save(backend, enrollment, an_enrollment(1, 2))
        reader = backend.reader(EnrollmentReader)
        view = await reader.detail(EVERYONE, uid(1), user_id(1))
        assert isinstance(view, EnrollmentView)
        assert plain(view) == plain(EnrollmentView.of(enrollment))
        service = await reader.detail(EVERYONE, uid(1), user_id(2))
        assert service is not None
        assert service.enrolled_by is None

    async def test_an_unknown_enrollment_is_none(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_module(2), a_user(1))
        await save(backend, an_enrollment(1, 1))
        reader = backend.reader(EnrollmentReader)
        assert await reader.detail(EVERYONE, uid(2), user_id(1)) is None
        assert await reader.detail(EVERYONE, NOBODY, user_id(1)) is None
        assert await reader.detail(EVERYONE, uid(1), NOBODY) is None


@about(EnrollmentReader)
class TestParticipants:
    async def test_participants_are_shown_as_people(self, backend: Backend) -> None:
        user = a_full_user(1)
        await save(backend, a_module(1), a_module(2), user, a_user(2, is_active=False), a_user(3))
        await save(backend, an_enrollment(1, 1), an_enrollment(1, 2, by=1, now=later(hours=1)), an_enrollment(2, 3))
        page = await backend.reader(EnrollmentReader).of_module(EVERYONE, uid(1), None, 50, PRESENT)
        assert page is not None
        assert page.items == [
            Participant(
                user_id(2),
                "user2@example.com",
                None,
                None,
                None,
                None,
                None,
                None,
                Role.AUTHENTICATED,
                False,
                later(hours=1),
                *BEGUN,
            ),
            Participant(
                user.id,
                user.email,
                user.employee_id,
                user.full_name,
                user.department,
                user.job_title,
                user.location,
                None,
                user.role,
                True,
                T,
                *BEGUN,
            ),
        ]
        assert page.next is None

    async def test_people_are_shown_as_they_are_now(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1, full_name="Ana"))
        await save(backend, an_enrollment(1, 1))

        def marry(user: User) -> None:
            user.full_name, user.is_active = "Ana Smith", False

        await change_user(backend, user_id(1), marry)
        page = await backend.reader(EnrollmentReader).of_module(EVERYONE, uid(1), None, 50, PRESENT)
        assert page is not None
        assert [(item.full_name, item.is_active) for item in page.items] == [("Ana Smith", False)]

    async def test_a_module_without_participants_is_not_an_unknown_one(self, backend: Backend) -> None:
        await save(backend, a_module(1))
        reader = backend.reader(EnrollmentReader)
        page = await reader.of_module(EVERYONE, uid(1), None, 1, PRESENT)
        assert page is not None
        assert (page.items, page.next) == ([], None)
        assert await reader.of_module(EVERYONE, NOBODY, None, 1, PRESENT) is None

    @LIMITS
    @SAME_MOMENT
    async def test_newest_first_page_by_page(
        self, backend: Backend, limit: int, expected: list[list[int]], apart: int
    ) -> None:
        await save(backend, a_module(1), a_module(2), *(a_user(n) for n in (3, 1, 4, 2, 5)))
        await save(backend, *(an_enrollment(1, n, now=later(microseconds=apart * n)) for n in (3, 1, 4, 2)))
        await save(backend, an_enrollment(2, 5))
        reader = backend.reader(EnrollmentReader)
        found = await pages(lambda after, size: reader.of_module(EVERYONE, uid(1), after, size, PRESENT), limit)
        assert [[item.user_id for item in page] for page in found] == [[user_id(n) for n in page] for page in expected]

    async def test_the_cursor_is_of_the_last_one_shown(self, backend: Backend) -> None:
        await save(backend, a_module(1), *(a_user(n) for n in (1, 2, 3)))
        await save(backend, *(an_enrollment(1, n, now=later(hours=n)) for n in (1, 2, 3)))
        reader = backend.reader(EnrollmentReader)
        page = await reader.of_module(EVERYONE, uid(1), None, 2, PRESENT)
        assert page is not None
        assert page.next == Cursor(later(hours=2), user_id(2))
        end = await reader.of_module(EVERYONE, uid(1), Cursor(later(hours=1), user_id(1)), 2, PRESENT)
        assert end is not None
        assert (end.items, end.next) == ([], None)
        assert await reader.of_module(EVERYONE, NOBODY, page.next, 2, PRESENT) is None


@about(EnrollmentReader)
class TestEnrolledModules:
    async def test_modules_are_shown_as_they_are_now(self, backend: Backend) -> None:
        full = a_full_module(2)
        await save(backend, a_module(1), full, a_module(3), a_user(1), a_user(2))
        await save(backend, an_enrollment(1, 1), an_enrollment(2, 1, now=later(hours=1)), an_enrollment(3, 2))

        def rename(module: TrainingModule) -> None:
            module.title = "New"

        await change_module(backend, uid(1), rename)
        page = await backend.reader(EnrollmentReader).of_user(EVERYONE, user_id(1), None, 50, PRESENT)
        assert page is not None
        assert page.items == [
            EnrolledModule(full.id, full.slug, full.title, ModuleStatus.ARCHIVED, 1_440, later(hours=1), *BEGUN),
            EnrolledModule(uid(1), "module-1", "New", ModuleStatus.DRAFT, None, T, *BEGUN),
        ]
        assert all(isinstance(item.status, ModuleStatus) for item in page.items)

    async def test_a_user_without_modules_is_not_an_unknown_one(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        reader = backend.reader(EnrollmentReader)
        page = await reader.of_user(EVERYONE, user_id(1), None, 1, PRESENT)
        assert page is not None
        assert (page.items, page.next) == ([], None)
        assert await reader.of_user(EVERYONE, NOBODY, None, 1, PRESENT) is None

    @LIMITS
    @SAME_MOMENT
    async def test_newest_first_page_by_page(
        self, backend: Backend, limit: int, expected: list[list[int]], apart: int
    ) -> None:
        await save(backend, a_user(1), a_user(2), *(a_module(n) for n in (3, 1, 4, 2, 5)))
        await save(backend, *(an_enrollment(n, 1, now=later(microseconds=apart * n)) for n in (3, 1, 4, 2)))
        await save(backend, an_enrollment(5, 2))
        reader = backend.reader(EnrollmentReader)
        found = await pages(lambda after, size: reader.of_user(EVERYONE, user_id(1), after, size, PRESENT), limit)
        assert [[item.module_id.int for item in page] for page in found] == expected

    async def test_the_cursor_is_of_the_last_one_shown(self, backend: Backend) -> None:
        await save(backend, a_user(1), *(a_module(n) for n in (1, 2, 3)))
        await save(backend, *(an_enrollment(n, 1, now=later(hours=n)) for n in (1, 2, 3)))
        reader = backend.reader(EnrollmentReader)
        page = await reader.of_user(EVERYONE, user_id(1), None, 2, PRESENT)
        assert page is not None
        assert page.next == Cursor(later(hours=2), uid(2))
        end = await reader.of_user(EVERYONE, user_id(1), Cursor(later(hours=1), uid(1)), 2, PRESENT)
        assert end is not None
        assert (end.items, end.next) == ([], None)
        assert await reader.of_user(EVERYONE, NOBODY, page.next, 2, PRESENT) is None
