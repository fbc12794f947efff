"""What is read comes from its indexes, however many rows there are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import aiosqlite
import asyncpg
import msgspec
import pytest
from sqlalchemy import Select

from adapters.sql.install.migrating import upgrade
from adapters.sql.kit.discovery import sql_adapters
from adapters.sql.kit.engine import database_url
from adapters.sql.kit.reads import Reads, Row, Statements, sqlite_dialect
from application.assessment.queries import AttemptReader
from application.catalogue.modules.queries import ModuleFilter, ModuleReader, ModuleSort
from application.catalogue.versions.queries import VersionReader
from application.evidence.certificates.queries import CertificateReader
from application.evidence.credentials.queries import CredentialReader
from application.evidence.ports import Records
from application.evidence.records.queries import RecordReader
from application.kernel.access import EVERYONE
from application.kernel.messages import Cursor, Page
from application.learning.enrollments.lists import EnrolledModuleSort, ParticipantSort
from application.learning.enrollments.queries import EnrollmentReader
from application.learning.progress.queries import ProgressReader
from application.learning.settling import DueReader
from application.people.users.queries import UserFilter, UserReader, UserSort
from contracts.backend import save
from contracts.make import PRESENT, T, a_published_module, a_user, an_enrollment, uid, user_id
from domain.catalogue.module_life import ModuleStatus
from integration.backends import PASSWORD, SERVICE, SqlBackend, as_service, created, opened, role_made, spelled
from integration.listening import MODULES, PEOPLE, Query, listening_to_reads

MANY = 5_000
ENROLLMENTS = """
INSERT INTO module_enrollments (module_id, user_id, version_number, enrolled_at, settles_at)
SELECT m.id, u.id, 1, u.created_at + (m.created_at - '2026-01-01'),
       CASE WHEN u.email LIKE '%77@example.com' THEN timestamptz '2026-01-01' END
FROM training_modules AS m, users AS u
WHERE m.slug = 'module-7' OR u.email = 'user7@example.com'
"""
VERSIONS = """
INSERT INTO module_versions (module_id, number, settings, sections, questions, outline, content_hash, change_note,
                             material, published_at)
SELECT m.id, n,
       '{"title": "T", "summary": "", "citation": null, "estimated_minutes": null, "rules": {}, "evidence": {}}',
       '[]', '[]', '[]', '', '', false, m.created_at
FROM training_modules AS m, LATERAL generate_series(1, CASE m.slug WHEN 'module-7' THEN 100 ELSE 1 END) AS n
"""
COMPLETIONS = """
INSERT INTO section_completions (module_id, user_id, section_id, completed_at)
SELECT module_id, user_id, module_id, enrolled_at FROM module_enrollments
"""
DUE_DAYS = """
INSERT INTO module_due_days (user_id, module_id, from_day, until, due_on, due_key)
SELECT user_id, module_id, date '2026-01-01', NULL, date '2026-02-01', '2026-02-01' FROM module_enrollments
WHERE abs(hashtext(user_id::text || module_id::text)) % 3 = 0
"""
ATTEMPTS = """
INSERT INTO quiz_attempts (id, module_id, user_id, cycle_id, version_number, section_id, number, seed, status, items,
                           policy, answers, marks, max_points, points, percent, passed,
                           started_at, submitted_at, updated_at, version)
SELECT m.id, m7.id, CASE WHEN n % 2 = 0 THEN u7.id ELSE u.id END, m.id, 1,
       CASE WHEN n % 2 = 0 THEN m7.id ELSE m.id END, 1, 1, CASE WHEN n % 10 = 0 THEN 'open' ELSE 'graded' END, '[]',
       '{"pass_mark": 80, "partial_credit": false, "wrong_answer_penalty": 0, "feedback": "never"}', '{}', '[]', 1,
       1, 100, true, m.created_at, m.created_at, m.created_at, 1
FROM generate_series(1, :count) AS n
JOIN training_modules AS m ON m.slug = 'module-' || n JOIN users AS u ON u.email = 'user' || n || '@example.com'
JOIN training_modules AS m7 ON m7.slug = 'module-7' JOIN users AS u7 ON u7.email = 'user7@example.com'
"""
RECORDS = """
INSERT INTO training_records (id, user_id, module_id, title, summary, delivery, started_at, completed_at, attestations,
                              trainers, valid_from, retention_until, recorded_at)
SELECT a.id, a.user_id, a.id, 'T', '', 'online', a.started_at, a.started_at, '[]', '[]',
       date '2026-01-01', date '2032-01-01', a.started_at
FROM quiz_attempts AS a
"""
VOIDS = """
INSERT INTO record_voids (record_id, user_id, module_id, reason, voided_at)
SELECT id, user_id, module_id, 'R', recorded_at FROM training_records
"""
CERTIFICATES = """
INSERT INTO certificates (serial, record_id, user_id, valid_from, issued_at, version, updated_at)
SELECT id::text, id, user_id, valid_from, recorded_at, 1, recorded_at FROM training_records
"""
CREDENTIALS = """
INSERT INTO credentials (id, user_id, type, issuer, issued_on, retention_until, submitted_at, status, version,
                         updated_at)
SELECT a.id, a.user_id, 'bls', 'I', date '2026-01-01', date '2032-01-01', a.started_at,
       CASE a.status WHEN 'open' THEN 'submitted' ELSE 'verified' END, 1, a.started_at
FROM quiz_attempts AS a
"""
MIDDLE = Cursor(datetime(2026, 1, 3, tzinfo=UTC), uid(1))

Read = Callable[[SqlBackend, Cursor | None], Awaitable[Page[Any] | None]]
ReadSorted = Callable[..., Awaitable[Page[Any] | None]]


@pytest.fixture(scope="module")
def many(server: str) -> str:
    """The URL of a database with many rows of each kind, all but a few enrollments in one module or of one user."""
    return asyncio.run(_filled(server))


async def _filled(server: str) -> str:
    url = await created(server, "unified_dental_many")
    await role_made(server, SERVICE, f"LOGIN PASSWORD '{PASSWORD}'")
    async with opened(url) as backend:
        await upgrade(backend.database.engine, role=SERVICE)
        await backend.sql(PEOPLE, count=MANY)
        await backend.sql(MODULES, count=MANY)
        await backend.sql(ENROLLMENTS)
        await backend.sql(DUE_DAYS)
        await backend.sql(COMPLETIONS)
        await backend.sql(VERSIONS)
        await backend.sql(ATTEMPTS, count=MANY)
        await backend.sql(RECORDS)
        await backend.sql(CERTIFICATES)
        await backend.sql(VOIDS)
        await backend.sql(CREDENTIALS)
        await backend.sql("UPDATE users SET job_code = 'hygienist' WHERE email LIKE '%7@example.com'")
        await backend.sql("UPDATE users SET job_code = 'trainer' WHERE email LIKE '%777@example.com'")
        await backend.sql("ANALYZE")
    return url


LISTS: dict[str, tuple[str, Read]] = {
    "modules": (
        "ix_training_modules_newest",
        lambda on, after: on.reader(ModuleReader).page(ModuleFilter(), after, 50),
    ),
    "modules and drafts": (
        "ix_training_modules_newest",
        lambda on, after: on.reader(ModuleReader).page(ModuleFilter(drafts=True), after, 50),
    ),
    "modules of a status": (
        "ix_training_modules_status_newest",
        lambda on, after: on.reader(ModuleReader).page(ModuleFilter(ModuleStatus.DRAFT, drafts=True), after, 50),
    ),
    "users": (
        "ix_users_newest",
        lambda on, after: on.reader(UserReader).page(EVERYONE, UserFilter(), after, 50),
    ),
    "active users": (
        "ix_users_newest",
        lambda on, after: on.reader(UserReader).page(EVERYONE, UserFilter(is_active=True), after, 50),
    ),
    "users with a job code": (
        "ix_users_newest",
        lambda on, after: on.reader(UserReader).page(EVERYONE, UserFilter(job_codes=("hygienist",)), after, 50),
    ),
    "users with common words": (
        "ix_users_newest",
        lambda on, after: on.reader(UserReader).page(EVERYONE, UserFilter(q="example user"), after, 50),
    ),
    "participants of a module": (
        "ix_module_enrollments_module_newest",
        lambda on, after: on.reader(EnrollmentReader).of_module(EVERYONE, uid(7), after, 50, PRESENT),
    ),
    "modules of a user": (
        "ix_module_enrollments_user_newest",
        lambda on, after: on.reader(EnrollmentReader).of_user(EVERYONE, user_id(7), after, 50, PRESENT),
    ),
    "attempts of a user": (
        "ix_quiz_attempts_user_newest",
        lambda on, after: on.reader(AttemptReader).of_enrollment(EVERYONE, uid(7), user_id(7), after, 50),
    ),
    "records of a user": (
        "ix_training_records_user_newest",
        lambda on, after: on.reader(RecordReader).of_user(EVERYONE, user_id(7), after, 50),
    ),
    "certificates of a user": (
        "ix_certificates_user_newest",
        lambda on, after: on.reader(CertificateReader).of_user(EVERYONE, user_id(7), after, 50),
    ),
    "credentials of a user": (
        "ix_credentials_user_newest",
        lambda on, after: on.reader(CredentialReader).of_user(EVERYONE, user_id(7), after, 50),
    ),
    "credentials that wait": (
        "ix_credentials_waiting",
        lambda on, after: on.reader(CredentialReader).waiting(after, 50),
    ),
}


@pytest.mark.parametrize("after", [None, MIDDLE], ids=["first page", "further page"])
@pytest.mark.parametrize(("index", "read"), LISTS.values(), ids=LISTS)
async def test_newest_first(many: str, index: str, read: Read, after: Cursor | None) -> None:
    queries: list[Query] = []
    async with opened(many, listening_to_reads(queries)) as backend:
        page = await read(backend, after)
    assert page is not None
    assert len(page.items) == 50
    ((query, arguments),) = queries
    nodes = list(below_the_limit(await plan(many, query, arguments), lookups=False))
    assert index in {node.get("Index Name") for node in nodes}
    assert [node["Node Type"] for node in nodes if node["Node Type"] in TOO_MUCH] == []


OTHERS: dict[str, tuple[set[str], Callable[[SqlBackend], Awaitable[object]]]] = {
    "users with a rare job code": (
        {"ix_users_job_code_newest"},
        lambda on: on.reader(UserReader).page(EVERYONE, UserFilter(job_codes=("trainer",)), None, 50),
    ),
    "versions of a module": (
        {"pk_module_versions"},
        lambda on: on.reader(VersionReader).of_module(uid(7), Cursor(T, uid(90)), 50),
    ),
    "tries of a quiz": (
        {"ix_quiz_attempts_section_newest"},
        lambda on: on.reader(AttemptReader).tries(uid(7), 50),
    ),
    "graded attempts": ({"pk_quiz_attempts"}, lambda on: on.reader(AttemptReader).graded(uid(100), 50)),
    "credential": (
        {"pk_credentials", "ix_credentials_user_newest"},
        lambda on: on.reader(CredentialReader).detail(EVERYONE, uid(9)),
    ),
    "attempt": ({"pk_quiz_attempts"}, lambda on: on.reader(AttemptReader).detail(EVERYONE, uid(7))),
    "progress": (
        {"pk_section_completions", "pk_module_versions", "ix_quiz_attempts_user_newest"},
        lambda on: on.reader(ProgressReader).of(EVERYONE, uid(7), user_id(8), PRESENT),
    ),
    "what is due": (
        {"ix_module_enrollments_due"},
        lambda on: on.reader(DueReader).due(T + timedelta(days=9), None, 50),
    ),
}


@pytest.mark.parametrize(("indexes", "read"), OTHERS.values(), ids=OTHERS)
async def test_others(
    many: str,
    indexes: set[str],
    read: Callable[[SqlBackend], Awaitable[object]],
) -> None:
    queries: list[Query] = []
    async with opened(many, listening_to_reads(queries)) as backend:
        assert await read(backend)
    ((query, arguments),) = queries
    nodes = list(below_the_limit(await plan(many, query, arguments), is_below=True))
    assert indexes <= {node.get("Index Name") for node in nodes}
    read_whole = {node.get("Relation Name") for node in nodes if node["Node Type"] in ALL_ROWS}
    assert read_whole <= EMPTY


async def test_a_record_is_looked_up_by_its_key(many: str) -> None:
    queries: list[Query] = []
    async with opened(many, listening_to_reads(queries)) as backend:
        assert await backend.units.run(lambda unit: unit.port(Records).with_keys(["0" * 64])) == {}
    ((query, arguments),) = queries
    nodes = list(below_the_limit(await plan(many, query, arguments), is_below=True))
    assert "ux_training_records_natural_key" in {node.get("Index Name") for node in nodes}


async def test_people_for_whom_a_module_is_due_come_from_the_index_of_due_days(many: str) -> None:
    queries: list[Query] = []
    after = Cursor("2026-01-31", uid(1), "due")
    async with opened(many, listening_to_reads(queries)) as backend:
        reader = backend.reader(EnrollmentReader)
        assert await reader.of_module(EVERYONE, uid(7), after, 50, PRESENT, sort=ParticipantSort.BY_DUE_DAY)
    ((query, arguments),) = queries
    nodes = list(below_the_limit(await plan(many, query, arguments), is_below=True))
    assert {"ix_module_due_days_module", "pk_module_enrollments"} <= {node.get("Index Name") for node in nodes}
    assert {node.get("Relation Name") for node in nodes if node["Node Type"] == "Seq Scan"} <= EMPTY


SORTED: dict[str, tuple[str, ReadSorted]] = {
    **{
        f"modules by {sort}": (
            "ix_training_modules_title" if sort.field == "title" else "ix_training_modules_newest",
            lambda on, after, sort=sort: on.reader(ModuleReader).page(ModuleFilter(), after, 50, sort=sort),
        )
        for sort in ModuleSort
    },
    **{
        f"users by {sort}": (
            "ix_users_name" if sort.field == "name" else "ix_users_newest",
            lambda on, after, sort=sort: on.reader(UserReader).page(EVERYONE, UserFilter(), after, 50, sort=sort),
        )
        for sort in UserSort
    },
    **{
        f"participants by {sort}": (
            "ix_users_name" if sort.field == "name" else "ix_module_enrollments_module_newest",
            lambda on, after, sort=sort: on.reader(EnrollmentReader).of_module(
                EVERYONE, uid(7), after, 50, PRESENT, sort=sort
            ),
        )
        for sort in ParticipantSort
        if sort.field != "due"
    },
    **{
        f"modules of a user by {sort}": (
            "ix_training_modules_title" if sort.field == "title" else "ix_module_enrollments_user_newest",
            lambda on, after, sort=sort: on.reader(EnrollmentReader).of_user(
                EVERYONE, user_id(7), after, 50, PRESENT, sort=sort
            ),
        )
        # Of one person's modules those that are due are sorted: they are few.
        for sort in EnrolledModuleSort
        if sort.field != "due"
    },
}
"""Each order of each list, and the index that has it."""


@pytest.mark.parametrize("further", [False, True], ids=["first page", "further page"])
@pytest.mark.parametrize(("index", "read"), SORTED.values(), ids=SORTED)
async def test_no_order_sorts_on_postgresql(many: str, index: str, read: ReadSorted, further: bool) -> None:
    queries: list[Query] = []
    async with opened(many, listening_to_reads(queries)) as backend:
        page = await read(backend, None)
        assert page is not None
        if further:
            queries.clear()
            page = await read(backend, page.next)
            assert page is not None
    assert len(page.items) == 50
    ((query, arguments),) = queries
    nodes = list(below_the_limit(await plan(many, query, arguments), lookups=False))
    assert index in {node.get("Index Name") for node in nodes}
    assert [node["Node Type"] for node in nodes if node["Node Type"] in TOO_MUCH] == []


class Explained:
    """A backend on SQLite, which notes how each list is read."""

    def __init__(self, backend: SqlBackend, path: Path) -> None:
        self.steps: list[str] = []
        self.rows = backend.database.reads.rows
        self._made = backend.database.reads.made
        self._path = path
        self._statements = Statements(sqlite_dialect())

    def reader(self, kind: type[Any]) -> Any:
        return sql_adapters().of_reads[kind](cast(Reads, self))

    async def made(self, statement: Select[Any], make: Callable[[Row], Any], **parameters: Any) -> Any:
        compiled = self._statements.compiled(statement)
        async with aiosqlite.connect(self._path) as connection:
            told = await connection.execute_fetchall(
                f"EXPLAIN QUERY PLAN {compiled.text}", compiled.arguments(parameters)
            )
        self.steps = [step for *_, step in told]
        return await self._made(statement, make, **parameters)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database in which everybody is in one module, and somebody in every module."""
    path = tmp_path_factory.mktemp("plans") / "few.db"
    asyncio.run(_fill(path))
    return path


async def _fill(path: Path) -> None:
    async with opened(f"sqlite:///{path}") as backend:
        await upgrade(backend.database.engine)
        numbers = range(1, 53)
        await save(backend, *(each for n in numbers for each in a_published_module(n)), *(a_user(n) for n in numbers))
        await save(backend, *(an_enrollment(7, n) for n in numbers))
        await save(backend, *(an_enrollment(n, 7) for n in numbers if n != 7))


@pytest.mark.parametrize("further", [False, True], ids=["first page", "further page"])
@pytest.mark.parametrize(("index", "read"), SORTED.values(), ids=SORTED)
async def test_no_order_sorts_on_sqlite(few: Path, index: str, read: ReadSorted, further: bool) -> None:
    async with opened(f"sqlite:///{few}") as backend:
        explained = Explained(backend, few)
        page = await read(explained, None)
        assert page is not None
        if further:
            assert await read(explained, page.next)
    assert any(index in step for step in explained.steps), explained.steps
    # The rows of a page that are joined to the list's owner are brought into their order again.
    again = sum(step.startswith(("MATERIALIZE page", "CO-ROUTINE page")) for step in explained.steps)
    assert sum("B-TREE FOR ORDER BY" in step for step in explained.steps) <= again, explained.steps


EMPTY = {"cycle_grants", "locations", "record_voids"}
"""Here. Whatever has no row is read whole, which costs nothing."""
ALL_ROWS = ("Seq Scan", "Hash Join", "Merge Join")
TOO_MUCH = (*ALL_ROWS, "Bitmap Heap Scan", "Sort", "Incremental Sort")


async def plan(url: str, query: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
    """How PostgreSQL would carry out the query for the service's role, which row level security applies to."""
    connection = await asyncpg.connect(spelled(database_url(as_service(url)).set(drivername="postgresql")))
    try:
        told = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {query}", *arguments)
    finally:
        await connection.close()
    ((explained,)) = msgspec.json.decode(told)
    found: dict[str, Any] = explained["Plan"]
    return found


def outside_lookups(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The step with those below it, but for what is looked up for each row."""
    yield node
    for child in node.get("Plans", []):
        if child.get("Parent Relationship") != "SubPlan":
            yield from outside_lookups(child)


def is_of_merged_users(node: dict[str, Any]) -> bool:
    """Whether the step sorts, or limits, what follows from looking up merged users."""
    below = list(outside_lookups(node))
    few = node["Node Type"] in ("Sort", "Limit") and not any(each["Node Type"] == "Merge Append" for each in below)
    return few and "ix_users_merged_into" in {each.get("Index Name") for each in below}


def below_the_limit(node: dict[str, Any], is_below: bool = False, *, lookups: bool = True) -> Iterator[dict[str, Any]]:
    """The steps that make the page; what is done with its few rows afterwards costs nothing.

    Without `lookups` also not what is looked up for each of these rows, and not the rows of users who were merged into
    the one that is asked about, which are few.
    """
    if is_below and not lookups and is_of_merged_users(node):
        return
    if is_below:
        yield node
    for child in node.get("Plans", []):
        if lookups or child.get("Parent Relationship") != "SubPlan":
            yield from below_the_limit(child, is_below or node["Node Type"] == "Limit", lookups=lookups)
