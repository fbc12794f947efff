"""What one request that reads costs, from the HTTP edge to PostgreSQL: statements and threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
import httpx
import pytest

from application.assessment.queries import ReadItemStatistics
from application.audit.queries import ProveAuditConsistency, ReadAuditCheckpoint
from application.privacy.personal_data import ExportPersonalData
from contracts.backend import save
from contracts.make import a_full_version, a_user, an_enrollment, section_id, uid, user_id
from entrypoints.bootstrap import bootstrap
from entrypoints.http.routes import ROUTES
from integration.backends import SqlBackend
from integration.listening import Query, listening_to_reads, verbs
from integration.running import client_of, settings_for
from kit.surroundings import FixedClock

IDS = {"module_id": uid(1), "section_id": section_id(103), "user_id": user_id(1)}
SEVERAL = (ExportPersonalData, ReadItemStatistics)
"""These ask several readers."""
SEALED = (ProveAuditConsistency, ReadAuditCheckpoint)
"""These need an audit ledger that has been sealed."""
OWN = "/notice-preferences"
"""Nobody sees those of others."""
READS = [
    route.path.format_map(IDS | {"user_id": "me"} if route.path.endswith(OWN) else IDS)
    for route in ROUTES
    if route.method == "GET" and route.message not in SEVERAL + SEALED and {*route.path_fields} <= IDS.keys()
]


@pytest.fixture
def url(postgresql: str) -> str:
    return postgresql


@pytest.fixture
def queries() -> list[Query]:
    """What is sent past SQLAlchemy, in order."""
    return []


@asynccontextmanager
async def known(url: str, queries: list[Query]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service, which remembers its administrator and sends no statements but those of requests."""
    clock = FixedClock()
    service = bootstrap(settings_for(url), clock=clock, open_with=listening_to_reads(queries))
    async with client_of(service, clock, housekeeping=False) as client:
        for _ in range(2):  # The first links the sign-in to the user, which changes what there is to remember.
            assert (await client.get("/v1/users/me")).status_code == 200
        queries.clear()
        yield client


@pytest.fixture
async def module(backend: SqlBackend) -> str:
    """The address of a module, in which somebody is enrolled."""
    await save(backend, *a_full_version(1), a_user(1))
    await save(backend, an_enrollment(1, 1))
    return f"/v1/modules/{uid(1)}"


@pytest.mark.parametrize("path", READS)
async def test_a_read_is_one_statement_without_a_transaction_and_stays_in_its_thread(
    module: str, url: str, queries: list[Query], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hop(*_: object, **__: object) -> None:
        raise AssertionError("a read goes through no other thread")

    async with known(url, queries) as client:
        with monkeypatch.context() as patched:
            patched.setattr(asyncio.BaseEventLoop, "run_in_executor", hop)
            patched.setattr(anyio.to_thread, "run_sync", hop)
            response = await client.get(path)
    assert (response.status_code, verbs(queries)) == (200, ["SELECT"] * statements_of(path)), response.text


def statements_of(path: str) -> int:
    """How many a read takes.

    That of the watermark must be finished before those that read by it begin. Reports also say which rules they
    used, and that about compliance reads them with its numbers. A transcript has records and for how long they must be
    kept, credentials and obligations.
    """
    if "/reports/" in path and not path.endswith("/participation"):
        return 6 if "/transcript/" in path else 2 if path.endswith("/compliance") else 3
    return 2 if path.endswith("/history") else 1


LISTS = ["/v1/modules?limit=1", "/v1/users", f"/v1/modules/{uid(1)}/enrollments", f"/v1/users/{user_id(1)}/enrollments"]


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_that_is_requested_again_is_read_again_in_one_statement(
    module: str, url: str, queries: list[Query], path: str
) -> None:
    async with known(url, queries) as client:
        first = await client.get(path)
        queries.clear()
        again = await client.get(path)
    assert (again.status_code, again.content, again.headers.get("link")) == (
        200,
        first.content,
        first.headers.get("link"),
    )
    assert verbs(queries) == ["SELECT"]


async def test_a_list_is_shown_to_each_with_links_of_the_own_request(
    module: str, url: str, queries: list[Query], backend: SqlBackend
) -> None:
    await save(backend, *a_full_version(2))
    async with known(url, queries) as client:
        plain, filtered = [
            await client.get(f"/v1/modules?{query}")
            for query in ("limit=1&status=published", "status=published&limit=1")
        ]
    assert plain.content == filtered.content
    assert plain.headers["link"].index("limit=1") < filtered.headers["link"].index("limit=1")


async def test_who_has_the_module_already_costs_its_version_alone(module: str, url: str, queries: list[Query]) -> None:
    async with known(url, queries) as client:
        response = await client.get(module, headers={"if-none-match": '"3"'})
    assert (response.status_code, response.content) == (304, b"")
    ((sql, _),) = queries
    words = [word.removeprefix("training.") for word in sql.split()[:4]]
    assert words == ["SELECT", "training_modules.version", "FROM", "training_modules"]


async def test_who_has_an_old_one_costs_both(module: str, url: str, queries: list[Query]) -> None:
    async with known(url, queries) as client:
        response = await client.get(module, headers={"if-none-match": '"2"'})
    assert (response.status_code, response.headers["etag"], verbs(queries)) == (200, '"3"', ["SELECT", "SELECT"])
