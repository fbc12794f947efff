"""A backup that is restored on a new server, as docs/runbook.md says: nothing is lost, open or out of order."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import DBAPIError

from adapters.sql.install.restoring import BEGIN
from adapters.sql.kit.engine import database_url
from faults.servers import OwnServer, own_server, programs
from faults.service import UNHURRIED, served
from integration.backends import PASSWORD, SERVICE, as_service, created, on_server, opened, role_made, spelled
from integration.running import authorization
from kit.command_line import one_line, run

pytestmark = pytest.mark.fault("a backup is restored")

DIGESTS = Path(__file__).resolve().parents[2] / "deploy" / "postgresql" / "digests.sql"
ANALYST = "unified_dental_analyst"
LEARNER = "ben@unifieddental.example"
ROSTER = f"email,full_name,job_title,location\n{LEARNER},Ben Ode,Dental Hygienist,Dallas\nada@x.example,Ada,Manager,\n"


@pytest.fixture(scope="module")
def another() -> Iterator[OwnServer]:
    """A server that has counted few transactions."""
    with own_server() as own:
        yield own


def postgresql(program: str, *arguments: str) -> str:
    """What a program of PostgreSQL writes; it must succeed."""
    command = [str(programs() / program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own commands
    assert done.returncode == 0, done.stderr
    return done.stdout


def plain(url: str) -> str:
    """The URL as PostgreSQL's own programs understand it."""
    return spelled(database_url(url).set(drivername="postgresql"))


async def with_roles(server: OwnServer, name: str) -> str:
    """The URL of a new database on the server, which has the roles."""
    await role_made(server.url, SERVICE, f"LOGIN PASSWORD '{PASSWORD}'")
    await role_made(server.url, ANALYST)
    return await created(server.url, name)


def settings(url: str) -> dict[str, str]:
    """The variables of the environment."""
    return {"DATABASE_URL": as_service(url), "MIGRATION_DATABASE_URL": url, "READING_ROLE": ANALYST}


def statuses(**environment: str) -> dict[str, list[str]]:
    """What `check` finds wrong."""
    checks = json.loads(run("check", "--json", **environment).stdout)["checks"]
    return {check["name"]: check["problems"] for check in checks if check["problems"]}


async def trained(client: httpx.AsyncClient) -> None:
    """Somebody learns a module, and earns a record and a certificate."""

    async def done(method: str, path: str, who: dict[str, str] | None = None, **given: Any) -> Any:
        answer = await client.request(method, path, headers=who or {}, **given)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    ben = authorization(LEARNER)
    lesson = {"title": "Wash", "content": {"kind": "lesson", "markdown": "For **20 seconds**."}}
    module = await done("POST", "/v1/modules", json={"title": "Hand hygiene", "sections": [lesson]})
    path = f"/v1/modules/{module['id']}"
    await done("POST", f"{path}/publish")
    learner = (await done("GET", "/v1/users/me", ben))["id"]
    await done("POST", f"{path}/enrollments", json={"user_id": learner})
    await done("POST", f"{path}/enrollments/me/sections/{module['sections'][0]['id']}/complete", ben)


def prepared(environment: dict[str, str], url: str, folder: Path) -> None:
    """Migrate, and have something of everything that matters."""
    (folder / "roster.csv").write_text(ROSTER)
    for command in (["migrate"], ["import-catalog", "--starter"], ["import-requirements", "--starter"]):
        done = run(*command, **environment)
        assert done.exit_code == 0, done.stderr
    done = run("import-users", str(folder / "roster.csv"), **environment)
    assert done.exit_code == 0, done.stderr

    async def learn() -> None:
        async with served(url, **UNHURRIED) as client:
            await trained(client)

    asyncio.run(learn())


async def numbers(url: str) -> tuple[int, int]:
    """The highest transaction number of a stored event, and the oldest that may still run."""
    async with opened(url) as backend:
        ((highest, running),) = await backend.sql(
            "SELECT (SELECT transaction_id::text::bigint FROM outbox_events ORDER BY transaction_id DESC LIMIT 1),"
            " pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        )
        return highest, running


def test_on_a_new_server(durable: OwnServer, another: OwnServer, tmp_path: Path) -> None:
    url = asyncio.run(with_roles(durable, "unified_dental_backed_up"))
    asyncio.run(on_server(durable.url, BEGIN.format(count=30_000)))
    prepared(settings(url), as_service(url), tmp_path)
    dump = tmp_path / "training.dump"
    postgresql("pg_dump", "--format=custom", "--schema=training", f"--file={dump}", plain(url))
    before = postgresql("psql", "-X", "-q", "-f", str(DIGESTS), plain(url))

    restored = asyncio.run(with_roles(another, "unified_dental_restored"))
    postgresql("pg_restore", "--exit-on-error", f"--dbname={plain(restored)}", str(dump))
    assert postgresql("psql", "-X", "-q", "-f", str(DIGESTS), plain(restored)) == before
    assert run("migrate", **settings(restored)).exit_code == 0
    (problem,) = statuses(**settings(restored))["order-of-events"]
    assert "after-restore" in problem

    done = run("after-restore", **settings(restored))
    assert done.exit_code == 0, done.stderr
    assert run("after-restore", **settings(restored)).stdout.endswith("missing: 0.\n")
    assert set(statuses(**settings(restored))) <= set(statuses(**settings(url)))
    for command in ("reconcile", "reproject"):
        compared = run(command, "--check", **settings(restored))
        assert compared.exit_code == 0, compared.stderr
    assert run("regrade", **settings(restored)).exit_code == 0
    assert postgresql("psql", "-X", "-q", "-f", str(DIGESTS), plain(restored)).count("\n") == before.count("\n")

    old, running = asyncio.run(numbers(restored))
    assert old < running

    async def drafted() -> None:
        async with served(as_service(restored), **UNHURRIED) as client:
            assert (await client.post("/v1/modules", json={"title": "New"})).status_code == 201
        async with opened(restored) as owner:
            for table in ("training_records", "certificates", "outbox_events"):
                with pytest.raises(DBAPIError, match="is append-only"):
                    await owner.sql(f"DELETE FROM {table}")  # noqa: S608  # our own words

    asyncio.run(drafted())
    new, _ = asyncio.run(numbers(restored))
    assert new > old


def test_a_count_that_is_too_far_behind_is_raised_by_an_operator(durable: OwnServer) -> None:
    url = asyncio.run(with_roles(durable, "unified_dental_far_behind"))
    assert run("migrate", **settings(url)).exit_code == 0
    asyncio.run(
        on_server(
            url,
            "INSERT INTO training.outbox_events (name, subject_id, payload, occurred_at, transaction_id)"
            " VALUES ('ModuleCreated', gen_random_uuid(), '{}', now(), '9000000000')",
        )
    )
    assert "pg_resetwal --epoch=3 DATA-FOLDER" in one_line(run("after-restore", **settings(url)))


def test_sqlite_is_copied_while_it_is_written(sqlite: str, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    prepared({"DATABASE_URL": sqlite}, sqlite, tmp_path)
    copy = folder / "copy.db"

    async def copied() -> None:
        async with served(sqlite, **UNHURRIED) as client:
            writing = asyncio.gather(*(client.post("/v1/modules", json={"title": f"M {n}"}) for n in range(20)))
            await asyncio.to_thread(_vacuum, str(copy), database_url(sqlite).database or "")
            assert {answer.status_code for answer in await writing} == {201}

    asyncio.run(copied())
    os.chmod(copy, 0o600)
    there = {"DATABASE_URL": f"sqlite:///{copy}"}
    assert run("migrate", **there).exit_code == 0
    assert run("after-restore", **there).stdout.endswith("missing: 0.\n")
    assert set(statuses(**there)) <= set(statuses(DATABASE_URL=sqlite))
    for command in (["reconcile", "--check"], ["reproject", "--check"], ["regrade"]):
        compared = run(*command, **there)
        assert compared.exit_code == 0, compared.stderr
    with sqlite3.connect(copy) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("DELETE FROM training_records")
    connection.close()


def _vacuum(copy: str, database: str) -> None:
    connection = sqlite3.connect(database, timeout=30)
    connection.execute("VACUUM INTO ?", (copy,))
    connection.close()
