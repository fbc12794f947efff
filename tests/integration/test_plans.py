"""The lists from newest to oldest are read from their indexes, however many rows there are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
import pytest

from adapters.sql.engine import database_url
from adapters.sql.migrating import upgrade
from application.access import EVERYONE
from application.enrollments.queries import EnrollmentReader
from application.messages import Cursor, Page
from application.modules.queries import ModuleFilter, ModuleReader
from application.users.queries import UserFilter, UserReader
from contracts.make import uid, user_id
from domain.modules import ModuleStatus
from integration.backends import SqlBackend, created, opened, spelled
from integration.listening import MODULES, PEOPLE, listen_to_reads

MANY = 5_000
ENROLLMENTS = """
INSERT INTO module_enrollments (module_id, user_id, enrolled_at)
SELECT m.id, u.id, u.created_at + (m.created_at - '2026-01-01') FROM training_modules AS m, users AS u
WHERE m.slug = 'module-7' OR u.email = 'user7@example.com'
"""
MIDDLE = Cursor(datetime(2026, 1, 3, tzinfo=UTC), uid(1))

Read = Callable[[SqlBackend, Cursor | None], Awaitable[Page[Any] | None]]


@pytest.fixture(scope="module")
def many(server: str) -> str:
    """The URL of a database with many rows of each kind, all but a few enrollments in one module or of one user."""
    return asyncio.run(_filled(server))


async def _filled(server: str) -> str:
    url = await created(server, "unified_dental_many")
    async with opened(url) as backend:
        await upgrade(backend.database.engine)
        await backend.sql(PEOPLE, count=MANY)
        await backend.sql(MODULES, count=MANY)
        await backend.sql(ENROLLMENTS)
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
    "participants of a module": (
        "ix_module_enrollments_module_newest",
        lambda on, after: on.reader(EnrollmentReader).of_module(EVERYONE, uid(7), after, 50),
    ),
    "modules of a user": (
        "ix_module_enrollments_user_newest",
        lambda on, after: on.reader(EnrollmentReader).of_user(EVERYONE, user_id(7), after, 50),
    ),
}


@pytest.mark.parametrize("after", [None, MIDDLE], ids=["first page", "further page"])
@pytest.mark.parametrize(("index", "read"), LISTS.values(), ids=LISTS)
async def test_newest_first(
    many: str, monkeypatch: pytest.MonkeyPatch, index: str, read: Read, after: Cursor | None
) -> None:
    queries = listen_to_reads(monkeypatch)
    async with opened(many) as backend:
        page = await read(backend, after)
    assert page is not None
    assert len(page.items) == 50
    ((query, arguments),) = queries
    nodes = list(below_the_limit(await plan(many, query, arguments)))
    assert index in {node.get("Index Name") for node in nodes}
    assert [node["Node Type"] for node in nodes if node["Node Type"] in TOO_MUCH] == []


TOO_MUCH = ("Seq Scan", "Bitmap Heap Scan", "Sort", "Incremental Sort", "Hash Join", "Merge Join")


async def plan(url: str, query: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
    """How PostgreSQL would carry out the query."""
    connection = await asyncpg.connect(spelled(database_url(url).set(drivername="postgresql")))
    try:
        told = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {query}", *arguments)
    finally:
        await connection.close()
    ((explained,)) = msgspec.json.decode(told)
    found: dict[str, Any] = explained["Plan"]
    return found


def below_the_limit(node: dict[str, Any], is_below: bool = False) -> Iterator[dict[str, Any]]:
    """The steps that make the page; what is done with its few rows afterwards costs nothing."""
    if is_below:
        yield node
    for child in node.get("Plans", []):
        yield from below_the_limit(child, is_below or node["Node Type"] == "Limit")
