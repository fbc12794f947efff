"""How many statements what takes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from adapters.sql.rooms import READERS
from application.access import EVERYONE, Scope
from application.enrollments.commands import EnrollUsers
from application.enrollments.queries import EnrollmentReader
from application.messages import Command, Cursor, Page
from application.modules.queries import ModuleFilter, ModuleReader
from application.questions.queries import QuestionReader
from application.reports.queries import ParticipationReader
from application.users.commands import DeactivateUsers
from application.users.queries import UserFilter, UserReader
from application.users.signing_in import People
from contracts.backend import save
from contracts.make import (
    T,
    a_full_module,
    a_full_user,
    a_module,
    a_user,
    an_enrollment,
    later,
    section_id,
    uid,
    user_id,
)
from domain.modules import ModuleStatus
from integration.backends import ADMIN, SqlBackend, opened
from integration.listening import PEOPLE, Query, listen_to_reads, statements

Read = Callable[[SqlBackend], Awaitable[object]]

LAB = Scope(everyone=False, user_id=user_id(1), departments=("Lab",))


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[Query]:
    """What reads send, in order."""
    return listen_to_reads(monkeypatch)


@pytest.fixture
async def listened(queries: list[Query], postgresql: str, database: object) -> AsyncIterator[SqlBackend]:
    """A backend on the emptied database whose reads are listened to."""
    async with opened(postgresql) as backend:
        yield backend


READS: dict[str, Read] = {
    "modules": lambda on: on.reader(ModuleReader).page(ModuleFilter(), None, 50),
    "modules filtered": lambda on: on.reader(ModuleReader).page(
        ModuleFilter(ModuleStatus.DRAFT, "osha", "a", drafts=True), Cursor(later(days=1), uid(9)), 50
    ),
    "module": lambda on: on.reader(ModuleReader).detail(uid(1)),
    "no module": lambda on: on.reader(ModuleReader).detail(uid(404)),
    "questions": lambda on: on.reader(QuestionReader).of_section(uid(1), section_id(103)),
    "users": lambda on: on.reader(UserReader).page(EVERYONE, UserFilter(), None, 50),
    "users filtered": lambda on: on.reader(UserReader).page(
        LAB, UserFilter(True, ("Lab", "Hygiene"), "a", (("license", "state"), "TX")), Cursor(T, uid(9)), 50
    ),
    "user": lambda on: on.reader(UserReader).detail(EVERYONE, user_id(1)),
    "user within a scope": lambda on: on.reader(UserReader).detail(LAB, user_id(1)),
    "who signs in": lambda on: on.reader(People).by_supabase_id("00000000-0000-4000-8000-000000000001"),
    "who is linked": lambda on: on.reader(People).linked("", 10),
    "whose address": lambda on: on.reader(People).has_email("full1@example.com"),
    "participants": lambda on: on.reader(EnrollmentReader).of_module(EVERYONE, uid(1), None, 50),
    "participants within a scope": lambda on: on.reader(EnrollmentReader).of_module(LAB, uid(1), None, 50),
    "no participants": lambda on: on.reader(EnrollmentReader).of_module(EVERYONE, uid(2), None, 50),
    "enrolled modules": lambda on: on.reader(EnrollmentReader).of_user(EVERYONE, user_id(1), None, 50),
    "enrollment": lambda on: on.reader(EnrollmentReader).detail(EVERYONE, uid(1), user_id(1)),
    "participation": lambda on: on.reader(ParticipationReader).report(EVERYONE),
    "participation within a scope": lambda on: on.reader(ParticipationReader).report(LAB),
}


@pytest.fixture
def url(postgresql: str) -> str:
    return postgresql


class TestReads:
    @pytest.mark.parametrize("read", READS.values(), ids=READS)
    async def test_each_is_one_statement_and_no_transaction(
        self, listened: SqlBackend, queries: list[Query], read: Read
    ) -> None:
        await save(listened, a_full_module(1), a_module(2), a_full_user(1))
        await save(listened, an_enrollment(1, 1))
        await read(listened)
        assert [sql.split()[0] for sql, _ in queries] == ["SELECT"]

    def test_no_reader_is_left_out(self) -> None:
        used = {name for read in READS.values() for name in read.__code__.co_names}
        methods = {(kind.__name__, name) for kind in READERS for name in vars(kind) if not name.startswith("_")}
        assert [method for method in methods if not used.issuperset(method)] == []

    async def test_a_pooler_by_transaction_gets_one_around_it(
        self, queries: list[Query], postgresql: str, database: object
    ) -> None:
        async with opened(postgresql, pooler="transaction") as backend:
            await backend.reader(ModuleReader).detail(uid(1))
        assert [sql.split()[0] for sql, _ in queries] == ["BEGIN", "SELECT", "COMMIT;"]

    @pytest.mark.parametrize("limit", [1, 20])
    async def test_long_pages_take_no_more(self, listened: SqlBackend, queries: list[Query], limit: int) -> None:
        await save(listened, *(a_module(n) for n in range(1, 30)), *(a_user(n) for n in range(1, 30)))
        await save(listened, *(an_enrollment(1, n) for n in range(1, 30)), *(an_enrollment(n, 1) for n in range(2, 30)))
        pages: list[Page[Any] | None] = [
            await listened.reader(ModuleReader).page(ModuleFilter(drafts=True), None, limit),
            await listened.reader(UserReader).page(EVERYONE, UserFilter(), None, limit),
            await listened.reader(EnrollmentReader).of_module(EVERYONE, uid(1), None, limit),
            await listened.reader(EnrollmentReader).of_user(EVERYONE, user_id(1), None, limit),
        ]
        assert [len(page.items) for page in pages if page] == [limit] * 4
        assert len(queries) == 4


class TestBulk:
    @pytest.mark.parametrize(
        "command",
        [
            lambda people: EnrollUsers(uid(1), people),
            lambda people: EnrollUsers(uid(1), departments=("Lab",)),
            lambda people: EnrollUsers(uid(1), people, ("Lab", "Hygiene")),
            lambda people: DeactivateUsers(people),
        ],
        ids=["named", "by department", "both", "deactivated"],
    )
    async def test_a_thousand_people_take_as_many_statements_as_ten(
        self, backend: SqlBackend, command: Callable[[tuple[UUID, ...]], Command[Any]]
    ) -> None:
        await save(backend, a_module(1, status=ModuleStatus.PUBLISHED))
        await backend.sql(PEOPLE, count=10)
        with statements(backend) as for_ten:
            await backend.bus().execute(command(tuple(user_id(n) for n in range(1, 11))), ADMIN)
        await backend.sql("TRUNCATE users CASCADE")
        await backend.sql(PEOPLE, count=1_000)
        with statements(backend) as for_thousand:
            result = await backend.bus().execute(command(tuple(user_id(n) for n in range(1, 1_001))), ADMIN)
        assert getattr(result, "enrolled", None) == 1_000 or result.deactivated == 1_000
        assert for_thousand == for_ten
        assert len(for_ten) <= 5
