"""How many rows of obligations an answer reads: those that it is about, however many there are of others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from typing import Any

import asyncpg
import msgspec
import pytest

from adapters.sql.install.migrating import upgrade
from adapters.sql.kit.engine import database_url
from application.compliance.obligations.lists import AsOf, ObligationFilter, ObligationReader, VisiblePeople
from application.compliance.obligations.todo import ToDoReader
from application.kernel.access import EVERYONE
from application.reporting.obligation_rows import Grouping, ObligationReports
from application.reporting.report import UsedRulesReader
from contracts.make import PRESENT, T, user_id
from contracts.people.locations import location_id
from integration.backends import PASSWORD, SERVICE, SqlBackend, as_service, created, opened, role_made, spelled
from integration.compliance.test_obligations_follow import owing
from integration.listening import PEOPLE, Query, listening_to_reads
from kit.compliance import rule

MANY, PLACES, RULES, INTERVALS = 400, 40, 3, 25
"""People, locations, requirements, and rows of each person and requirement, one after the other."""
LOCATIONS = """
INSERT INTO locations (id, code, code_folded, name, name_key, city, city_folded, state, time_zone, words)
SELECT lpad(to_hex(60000 + n), 32, '0')::uuid, n, n, 'Office ' || n, n, 'Austin', 'austin', 'TX', 'UTC', ''
FROM generate_series(1, :count) AS n
"""
STATES = """
INSERT INTO obligation_states (
    user_id, requirement_id, from_day, until, label, fulfillment, timing, relief, cycle, version, opened_on, due_on,
    due_key, due_by, is_open, asks_initial, met_by, clause, department, department_folded, location_id, blocks, modules,
    exceptions, recorded_at
)
SELECT u.id, r.id, first, CASE WHEN n < :intervals THEN first + 99 END, 'met', 'met', 'none', 'none', 1, 1, first,
       first + p.number % 90, (first + p.number % 90) || r.id::text, 'rule', true, false, '{}', '', d, lower(d), l.id,
       '{}', '{}', '[]', :at
FROM users AS u
CROSS JOIN LATERAL (SELECT CAST(substring(u.email FROM '\\d+') AS integer) AS number) AS p
JOIN locations AS l ON l.name = 'Office ' || 1 + p.number % :places
CROSS JOIN LATERAL (SELECT 'Department ' || p.number % 10 AS d) AS of_department
JOIN requirements AS r ON r.code = :code
CROSS JOIN generate_series(1, :intervals) AS n
CROSS JOIN LATERAL (SELECT date '2020-01-01' + 100 * n AS first) AS of_interval
"""
OF_DAY, OF_PERSON, OF_LOCATION = MANY * RULES, RULES * INTERVALS, MANY // PLACES * RULES * INTERVALS
ALL, NOW, PAST = VisiblePeople(EVERYONE), AsOf(T.date()), AsOf(date(2024, 6, 30), T)


@pytest.fixture(scope="module")
def many(server: str) -> str:
    """The URL of a database with the obligations of many people."""
    return asyncio.run(_filled(server))


async def _filled(server: str) -> str:
    url = await created(server, "unified_dental_obligations")
    await role_made(server, SERVICE, f"LOGIN PASSWORD '{PASSWORD}'")
    async with opened(url) as backend:
        await upgrade(backend.database.engine, role=SERVICE)
        await backend.sql(PEOPLE, count=MANY)
        await backend.sql(LOCATIONS, count=PLACES)
        for number in range(1, RULES + 1):
            await owing(backend).approve(number, rule(since="2020-01-01"))
            await backend.sql(STATES, code=f"rule_{number}", places=PLACES, intervals=INTERVALS, at=T)
        await backend.sql("ANALYZE")
    return url


READS: dict[str, tuple[str, int, Callable[[SqlBackend], Awaitable[object]]]] = {
    "report of today": (
        "ix_obligation_states_days",
        OF_DAY,
        lambda on: on.reader(ObligationReports).counts(ALL, NOW, ObligationFilter(), [Grouping.DEPARTMENT]),
    ),
    "report of an earlier day": (
        "ix_obligation_states_days",
        OF_DAY,
        lambda on: on.reader(ObligationReports).counts(ALL, PAST, ObligationFilter(), [Grouping.LOCATION]),
    ),
    "forecast": (
        "ix_obligation_states_days",
        OF_DAY,
        lambda on: on.reader(ObligationReports).due_days(ALL, PAST, ObligationFilter(), date(2024, 12, 31)),
    ),
    "rules used": (
        "ix_obligation_states_days",
        OF_DAY,
        lambda on: on.reader(UsedRulesReader).used(ALL, PAST),
    ),
    "list of a location": (
        "ix_obligation_states_location",
        OF_LOCATION,
        lambda on: on.reader(ObligationReader).page(
            ALL, NOW, None, 50, where=ObligationFilter(location_ids=(location_id(7),))
        ),
    ),
    "to do": (
        "ix_obligation_states_user_id",
        OF_PERSON,
        lambda on: on.reader(ToDoReader).to_do(ALL, user_id(7), PRESENT),
    ),
    "clearances": (
        "ix_obligation_states_user_id",
        OF_PERSON,
        lambda on: on.reader(ToDoReader).owed(ALL, user_id(7), T.date()),
    ),
}


@pytest.mark.parametrize(("index", "most", "read"), READS.values(), ids=READS)
async def test_only_rows_that_it_is_about_are_read(
    many: str, index: str, most: int, read: Callable[[SqlBackend], Awaitable[object]]
) -> None:
    of_obligations = [each for each in await carried_out(many, read) if is_about(each, "obligation_states")]
    assert index in {each.get("Index Name") for each in of_obligations}
    assert 0 < sum(map(rows_read, of_obligations)) <= most


async def test_the_people_of_a_location_are_looked_up_once(many: str) -> None:
    done = await carried_out(many, lambda on: on.reader(ToDoReader).owed_at(ALL, location_id(7), T.date()))
    who = [each for each in done if each.get("Alias") == "here"]
    assert 0 < sum(map(rows_read, who)) <= OF_LOCATION


async def carried_out(url: str, read: Callable[[SqlBackend], Awaitable[object]]) -> list[dict[str, Any]]:
    """The steps in which PostgreSQL has carried out the one statement of what is read."""
    queries: list[Query] = []
    async with opened(url, listening_to_reads(queries)) as backend:
        assert await read(backend)
    ((query, arguments),) = queries
    return list(steps(await analyzed(url, query, arguments)))


async def analyzed(url: str, query: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
    """How PostgreSQL has carried out the query for the service's role, which row level security applies to."""
    connection = await asyncpg.connect(spelled(database_url(as_service(url)).set(drivername="postgresql")))
    try:
        told = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *arguments)
    finally:
        await connection.close()
    ((explained,)) = msgspec.json.decode(told)
    found: dict[str, Any] = explained["Plan"]
    return found


def steps(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The step with all those below it."""
    yield node
    for child in node.get("Plans", []):
        yield from steps(child)


def is_about(step: dict[str, Any], table: str) -> bool:
    """Whether the step reads the table, or an index of it."""
    return step.get("Relation Name") == table or str(step.get("Index Name")).startswith(f"ix_{table}_")


def rows_read(step: dict[str, Any]) -> float:
    """How many rows of the table it has read, those included that it then left out."""
    left_out = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    rows = step["Actual Rows"] + sum(step.get(each, 0) for each in left_out)
    return 0 if step["Node Type"] == "Bitmap Index Scan" else rows * step["Actual Loops"]
