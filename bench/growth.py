"""Whether a page costs the same however many rows there are: a database of a million modules and enrollments."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from bench.cases import OURS
from bench.dataset import BEGIN, PARTICIPANTS
from bench.postgres import run
from bench.results import Growth
from bench.rounds import Field
from bench.seed import prepare
from bench.statements import ASKED, Statement, Statements

ROWS = 1_000_000
LARGE = "large"
RUNS = 200
MIDDLE = BEGIN + timedelta(seconds=ROWS // 2)

FILL = (
    # References are not looked up one by one: the rows are made to fit.
    "SET session_replication_role = replica",
    f"""
    INSERT INTO training_modules (id, slug, title, summary, status, tags, published_at, created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'module-' || n, 'Module ' || n, repeat('About it. ', 15),
           CASE WHEN n % 20 = 0 THEN 'draft' ELSE 'published' END, '{{osha,annual}}', at, at, at
    FROM generate_series(1, {ROWS}) AS n, LATERAL (SELECT '{BEGIN}'::timestamptz + n * interval '1 second' AS at) AS t
    """,
    f"""
    INSERT INTO users (id, email, department, profile_metadata, created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'person' || n || '@unifieddental.example', 'Hygiene', '{{}}', at, at
    FROM generate_series(1, {ROWS} / 25) AS n,
         LATERAL (SELECT '{BEGIN}'::timestamptz + n * interval '1 second' AS at) AS t
    """,
    f"""
    INSERT INTO module_enrollments (module_id, user_id, version_number, enrolled_at, updated_at)
    SELECT lpad(to_hex(1 + (n * 7 + each * 40009) % {ROWS}), 32, '0')::uuid, lpad(to_hex(n), 32, '0')::uuid, 1, at, at
    FROM generate_series(1, {ROWS} / 25) AS n, generate_series(1, 25) AS each,
         LATERAL (SELECT '{BEGIN}'::timestamptz + each * interval '1 day' AS at) AS t
    """,
    "VACUUM (ANALYZE)",
    "CHECKPOINT",
)


def measure(field: Field, statements: Path) -> list[Growth]:
    """Fill the large database, and compare."""
    url = field.postgres.database(LARGE)
    asyncio.run(run(field.postgres.url, f"CREATE DATABASE {LARGE}"))
    asyncio.run(prepare(field.postgres, LARGE))
    asyncio.run(run(url, *FILL))
    known = msgspec.json.decode(statements.read_bytes(), type=Statements)
    first, second, *_ = known.pages.values()
    small_user, large_user = field.data.users[PARTICIPANTS[0]].id, UUID(int=ROWS // 50)
    small, middle = first.values(), field.data.modules[len(field.data.modules) // 2].created_at
    cases = [
        ("the first page of modules", first, small, small),
        ("a page from the middle", second, _from(second, middle), _from(second, MIDDLE)),
        (
            "a user's 25 enrollments",
            known.enrollments,
            _of(known.enrollments, small_user),
            _of(known.enrollments, large_user),
        ),
    ]
    return asyncio.run(_compare(field.databases[OURS], url, cases))


async def _compare(
    small_url: str, large_url: str, cases: list[tuple[str, Statement, list[Any], list[Any]]]
) -> list[Growth]:
    small, large = await asyncpg.connect(small_url), await asyncpg.connect(large_url)
    try:
        return [await _growth(small, large, *case) for case in cases]
    finally:
        await small.close()
        await large.close()


async def _growth(
    small: Any, large: Any, title: str, statement: Statement, in_small: list[Any], in_large: list[Any]
) -> Growth:
    times: dict[Any, list[float]] = {small: [], large: []}
    for _ in range(RUNS):
        for connection, arguments in ((small, in_small), (large, in_large)):
            started = time.perf_counter()
            await connection.fetch(statement.text, *arguments)
            times[connection].append((time.perf_counter() - started) * 1e3)
    told = await large.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.text}", *in_large)
    plan = json.loads(told)[0]["Plan"]
    return Growth(title, median(times[small]), median(times[large]), _shape(plan), max(_rows(plan)))


def _from(statement: Statement, moment: datetime) -> list[Any]:
    """The arguments of the page that begins after the moment."""
    last = UUID(int=2**128 - 1)
    by_kind = {datetime: moment, UUID: last}
    return [by_kind.get(type(value), value) for value in statement.values()]


def _of(statement: Statement, user_id: UUID) -> list[Any]:
    return [user_id if value is ASKED else value for value in statement.values()]


def _shape(node: dict[str, Any]) -> str:
    """The steps of a plan, outermost first: what is below a step in brackets."""
    name = node["Node Type"]
    if index := node.get("Index Name"):
        name += f" on {index}"
    # What is worked out once beforehand is no step of the page.
    steps = [child for child in node.get("Plans", []) if child.get("Parent Relationship") != "InitPlan"]
    below = "; ".join(map(_shape, steps))
    return f"{name} ({below})" if below else name


def _rows(node: dict[str, Any]) -> Iterator[int]:
    """Rows that each step has gone through, those that it left out included."""
    yield round((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
    for child in node.get("Plans", []):
        yield from _rows(child)
