"""The contract of finding what is due."""

from __future__ import annotations

from datetime import datetime

from application.learning.settling import DueEnrollment, DueReader
from contracts import about
from contracts.backend import Backend, change_enrollment, save
from contracts.make import T, a_module, a_user, an_enrollment, later, uid, user_id


@about(DueReader)
class TestDue:
    async def expecting(self, backend: Backend, *moments: datetime | None) -> None:
        """The users from 1 are in module 1, and each expects something at one of these moments."""
        await save(backend, a_module(1), *(a_user(n) for n in range(1, len(moments) + 1)))
        for n, moment in enumerate(moments, start=1):
            await save(backend, an_enrollment(1, n))
            if moment is not None:
                await change_enrollment(backend, uid(1), user_id(n), lambda e, at=moment: e.expect(at))  # type: ignore[misc]

    async def test_the_longest_due_comes_first(self, backend: Backend) -> None:
        await self.expecting(backend, later(seconds=2), None, T, later(seconds=3, microseconds=1), later(seconds=3))
        due = backend.reader(DueReader).due
        found = await due(later(seconds=3), None, 50)
        assert found == [
            DueEnrollment(T, uid(1), user_id(3)),
            DueEnrollment(later(seconds=2), uid(1), user_id(1)),
            DueEnrollment(later(seconds=3), uid(1), user_id(5)),
        ]
        assert await due(later(seconds=-1), None, 50) == []

    async def test_a_page_at_a_time(self, backend: Backend) -> None:
        await self.expecting(backend, *[T] * 5)
        reader, found = backend.reader(DueReader), list[DueEnrollment]()
        while page := await reader.due(T, found[-1] if found else None, 2):
            found += page
        assert [due.user_id for due in found] == [user_id(n) for n in range(1, 6)]

    async def test_expecting_something_is_no_reported_change(self, backend: Backend) -> None:
        await self.expecting(backend, T)
        await change_enrollment(backend, uid(1), user_id(1), lambda e: e.expect(later(days=1)))
        (due,) = await backend.reader(DueReader).due(T, None, 50)
        assert due.settles_at == T
