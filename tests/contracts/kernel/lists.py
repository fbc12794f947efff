"""What all lists have in common: they show what is so now, however often they were asked for before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from application.assessment.queries import AttemptReader
from application.catalogue.modules.queries import ModuleFilter, ModuleReader
from application.catalogue.ports import Modules
from application.catalogue.versions.queries import VersionReader
from application.evidence.certificates.queries import CertificateReader
from application.evidence.records.queries import RecordReader
from application.evidence.sessions.queries import SessionReader
from application.kernel.access import EVERYONE, Scope
from application.kernel.messages import Page
from application.kernel.units import Unit
from application.learning.enrollments.queries import EnrollmentReader
from application.people.users.queries import UserFilter, UserReader
from contracts import about
from contracts.assessment import attempts
from contracts.backend import Backend, change_module, change_user, plain, save
from contracts.catalogue.versions import publish
from contracts.evidence.records import a_record, keep
from contracts.evidence.sessions import a_session, hold
from contracts.make import PRESENT, a_published_module, a_user, an_enrollment, later, uid, user_id

List = Callable[[Backend], Awaitable[Page[Any] | None]]
Change = Callable[[Backend, int], Awaitable[None]]

FIRST = (None, 50)


async def begin(backend: Backend) -> None:
    """Somebody is enrolled in a published module, and that is all."""
    await save(backend, *a_published_module(1), a_user(1))
    await save(backend, an_enrollment(1, 1))


async def _somebody_else_joins(backend: Backend, n: int) -> None:
    await save(backend, a_user(n))
    await save(backend, an_enrollment(1, n))


async def _another_module_is_taken(backend: Backend, n: int) -> None:
    await save(backend, *a_published_module(n))
    await save(backend, an_enrollment(n, 1))


LISTS: dict[str, tuple[List, Change]] = {
    "modules": (
        lambda on: on.reader(ModuleReader).page(ModuleFilter(), *FIRST),
        lambda on, n: save(on, *a_published_module(n)),
    ),
    "users": (
        lambda on: on.reader(UserReader).page(EVERYONE, UserFilter(), *FIRST),
        lambda on, n: save(on, a_user(n)),
    ),
    "versions": (
        lambda on: on.reader(VersionReader).of_module(uid(1), *FIRST),
        lambda on, n: publish(on, uid(1), f"Title {n}", after=n),
    ),
    "participants": (
        lambda on: on.reader(EnrollmentReader).of_module(EVERYONE, uid(1), *FIRST, PRESENT),
        _somebody_else_joins,
    ),
    "enrolled modules": (
        lambda on: on.reader(EnrollmentReader).of_user(EVERYONE, user_id(1), *FIRST, PRESENT),
        _another_module_is_taken,
    ),
    "attempts": (
        lambda on: on.reader(AttemptReader).of_enrollment(EVERYONE, uid(1), user_id(1), *FIRST),
        lambda on, n: attempts.keep(on, attempts.a_graded_attempt(n, number=n)),
    ),
    "records": (
        lambda on: on.reader(RecordReader).of_user(EVERYONE, user_id(1), *FIRST),
        lambda on, n: keep(on, a_record(n)),
    ),
    "certificates": (
        lambda on: on.reader(CertificateReader).of_user(EVERYONE, user_id(1), *FIRST),
        lambda on, n: keep(on, a_record(n), certified=True),
    ),
    "sessions": (
        lambda on: on.reader(SessionReader).page(*FIRST),
        lambda on, n: hold(on, a_session(n)),
    ),
}


async def length(read: List, backend: Backend) -> int:
    page = await read(backend)
    return len(page.items) if page else 0


@about(ModuleReader, UserReader, EnrollmentReader)
class TestListsAreCurrent:
    @pytest.mark.parametrize(("read", "add"), LISTS.values(), ids=LISTS)
    async def test_what_was_added_is_shown_at_once(self, backend: Backend, read: List, add: Change) -> None:
        await begin(backend)
        before = await length(read, backend)
        for n in (2, 3):
            await add(backend, n)
            assert [await length(read, backend), await length(read, backend)] == [before + n - 1] * 2

    async def test_what_was_changed_is_shown_changed_at_once(self, backend: Backend) -> None:
        await begin(backend)
        modules, participants = LISTS["enrolled modules"][0], LISTS["participants"][0]
        assert (await modules(backend), await participants(backend)) != (None, None)

        await change_module(backend, uid(1), lambda module: module.archive(now=later(days=1)))
        await change_user(backend, user_id(1), lambda user: user.deactivate(now=later(days=1)))

        (module,), (participant,) = [plain(await read(backend))["items"] for read in (modules, participants)]
        assert (module["status"], participant["is_active"]) == ("archived", False)

    async def test_what_somebody_was_shown_stays_as_it_was(self, backend: Backend) -> None:
        await begin(backend)
        read, _ = LISTS["enrolled modules"]
        shown = await read(backend)
        told = plain(shown)
        await change_module(backend, uid(1), lambda module: module.archive(now=later(days=1)))
        await read(backend)
        assert plain(shown) == told

    async def test_what_is_not_committed_is_not_shown(self, backend: Backend) -> None:
        await begin(backend)
        read, add = LISTS["modules"]
        before = await length(read, backend)

        async def fail(unit: Unit) -> None:
            (await unit.port(Modules).get(uid(1))).archive(now=later(days=1))
            await unit.port(Modules).add(a_published_module(9)[0])
            assert await length(read, backend) == before
            raise RuntimeError

        with pytest.raises(RuntimeError):
            await backend.units.run(fail)
        assert await length(read, backend) == before
        await add(backend, 2)
        assert await length(read, backend) == before + 1

    async def test_each_scope_is_shown_its_own(self, backend: Backend) -> None:
        await begin(backend)
        await save(backend, a_user(2, department="Lab"))
        await save(backend, an_enrollment(1, 2))
        reader = backend.reader(EnrollmentReader)
        scopes = [
            EVERYONE,
            Scope(everyone=False, departments=("Lab",)),
            Scope(everyone=False, user_id=user_id(1)),
            Scope(everyone=False, user_id=user_id(1), departments=("Lab",)),
            Scope(everyone=False),
        ]
        for _ in range(2):
            found = [await reader.of_module(scope, uid(1), *FIRST, PRESENT) for scope in scopes]
            assert [page and len(page.items) for page in found] == [2, 1, 1, 2, 0]
