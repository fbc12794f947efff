"""Work on thousands of rows: ours over HTTP, against the bare statement that leaves the same rows behind."""

from __future__ import annotations

import asyncio
import csv
import http.client
import io
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from bench.cases import OURS
from bench.dataset import ADMINISTRATOR, COMPLIANCE, DEPARTMENTS, USERS, Dataset
from bench.load import WrongAnswers
from bench.postgres import EMPTY_OUTBOX, run_on
from bench.results import SetWork
from bench.rounds import Field
from bench.tokens import authorization

RUNS = 7
HIRED = date(2026, 5, 4)
ROSTER = ("email", "full_name", "department", "job_title", "location", "hired_on")
ENROLL = """
INSERT INTO module_enrollments (module_id, user_id, version_number, enrolled_by, enrolled_at, updated_at)
SELECT $1, id, 1, $2, now(), now() FROM users WHERE is_active AND
"""
DEACTIVATE = """
UPDATE users SET is_active = false, version = version + 1, updated_at = now() WHERE id = ANY ($1) AND is_active
"""

Connection = Any


@dataclass(frozen=True, slots=True)
class Work:
    """Something to do to many rows, by us and bare, and how to undo it."""

    title: str
    bare_title: str
    rows: int
    path: str
    token: str
    media_type: str
    body: bytes
    counted: str
    """The field of our answer that counts the rows."""
    bare: Callable[[Connection], Awaitable[Any]]
    undo: str


def measure(field: Field) -> list[SetWork]:
    """Each work several times, ours and bare in turn. Raises WrongAnswers."""
    return asyncio.run(_measure(field))


async def _measure(field: Field) -> list[SetWork]:
    connection = await asyncpg.connect(field.databases[OURS])
    module_id = field.data.published()[0].id
    of_module = f"module_enrollments WHERE module_id = '{module_id}'"
    try:
        # Everybody is to be enrolled in it, so those who are already stand aside.
        await run_on(
            connection, f"CREATE TEMPORARY TABLE aside AS SELECT * FROM {of_module}", f"DELETE FROM {of_module}"
        )
        done = [await _one(field, connection, work) for work in _works(field.data, module_id)]
        await run_on(connection, "INSERT INTO module_enrollments SELECT * FROM aside")
    finally:
        await connection.close()
    return done


async def _one(field: Field, connection: Connection, work: Work) -> SetWork:
    result = SetWork(work.title, work.bare_title, work.rows, [], [])
    for number in range(RUNS):
        for ours in (number % 2 == 0, number % 2 == 1):
            started = time.perf_counter()
            if ours:
                answer = await asyncio.to_thread(_post, field.servers[OURS].port, work)
                result.ours_ms.append((time.perf_counter() - started) * 1e3)
                if answer.get(work.counted) != work.rows:
                    raise WrongAnswers(f"{work.title}: {str(answer)[:500]}")
            else:
                await work.bare(connection)
                result.bare_ms.append((time.perf_counter() - started) * 1e3)
            await run_on(connection, work.undo, EMPTY_OUTBOX, "VACUUM users, module_enrollments")
    return result


def _works(data: Dataset, module_id: UUID) -> list[Work]:
    officer = data.users[COMPLIANCE[0]]  # who enrolls everybody else, since nobody may enroll themselves
    administrator = authorization(data.users[ADMINISTRATOR])
    everyone = [user.id for user in data.users if user is not officer]
    others = [user.id for number, user in enumerate(data.users) if number != ADMINISTRATOR]
    departments = list(DEPARTMENTS)
    newcomers = [
        (
            f"newcomer{number}@unifieddental.example",
            f"Newcomer {number}",
            departments[number % 10],
            "Trainee",
            "Austin",
            HIRED,
        )
        for number in range(USERS)
    ]

    def enroll(how: str, column: str, whom: dict[str, list[str]], values: list[Any]) -> Work:
        statement = f"{ENROLL} id <> $2 AND {column} = ANY ($3)"
        return Work(
            title=f"enroll 4,999 people, by {how}",
            bare_title="INSERT ... SELECT",
            rows=len(everyone),
            path=f"/v1/modules/{module_id}/enrollments/bulk",
            token=authorization(officer),
            media_type="application/json",
            body=json.dumps(whom).encode(),
            counted="enrolled",
            bare=lambda connection: connection.execute(statement, module_id, officer.id, values),
            undo=f"DELETE FROM module_enrollments WHERE module_id = '{module_id}'",
        )

    return [
        enroll("department", "department", {"departments": departments}, departments),
        enroll("id", "id", {"user_ids": [str(each) for each in everyone]}, everyone),
        Work(
            title="import a roster of 5,000 new people",
            bare_title="COPY",
            rows=USERS,
            path="/v1/users/import",
            token=administrator,
            media_type="text/csv",
            body=_csv(newcomers),
            counted="created",
            bare=lambda connection: _copy(connection, newcomers),
            # Who was listed refers to the users.
            undo="WITH gone AS (DELETE FROM roster_listings WHERE user_id IN"
            " (SELECT id FROM users WHERE email LIKE 'newcomer%'))"
            " DELETE FROM users WHERE email LIKE 'newcomer%'",
        ),
        Work(
            title="deactivate 4,999 people",
            bare_title="UPDATE",
            rows=len(others),
            path="/v1/users/deactivate",
            token=administrator,
            media_type="application/json",
            body=json.dumps({"user_ids": [str(each) for each in others]}).encode(),
            counted="deactivated",
            bare=lambda connection: connection.execute(DEACTIVATE, others),
            undo="UPDATE users SET is_active = true, version = 1 WHERE NOT is_active",
        ),
    ]


async def _copy(connection: Connection, newcomers: list[tuple[Any, ...]]) -> None:
    now = datetime.now(UTC)
    rows = [(uuid4(), *each, "{}", now, now) for each in newcomers]
    columns = ["id", *ROSTER, "profile_metadata", "created_at", "updated_at"]
    await connection.copy_records_to_table("users", columns=columns, records=rows)


def _csv(rows: list[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(ROSTER)
    writer.writerows(rows)
    return text.getvalue().encode()


def _post(port: int, work: Work) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        headers = {"Authorization": work.token, "Content-Type": work.media_type}
        connection.request("POST", work.path, work.body, headers)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()
