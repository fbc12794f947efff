"""Nothing that identifies a person reaches the logs or a problem document, whatever goes wrong."""

from __future__ import annotations

import json
import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from checks.canary import EMAIL, LICENSE, NAME, PROFILE, Aviary, assert_nothing_slipped, aviary, listening, sing

STATUSES = {200, 400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 500}
"""All that the requests of `sing` are answered with, failures of every kind among them."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, of a name that gives nothing away."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("database", ["memory://", "sqlite:///test.db"])
async def test_nothing_of_hers_slips(folder: Path, database: str) -> None:
    with listening() as heard:
        async with aviary(database) as there:
            statuses = await sing(there)
    assert statuses >= STATUSES, statuses ^ STATUSES
    assert_nothing_slipped(there, heard)
    # It was not silence that kept the secret.
    assert heard.written.getvalue().count(" unified_dental.access ") > 100
    assert "\nbuiltins.ValueError, which led to:\n" in heard.all()
    assert there.canary not in {answer.json()["request_id"] for answer in there.problems}


async def test_nothing_of_hers_slips_into_json(folder: Path) -> None:
    with listening(log_format="json") as heard:
        async with aviary("memory://", log_format="json") as there:
            await sing(there)
    assert_nothing_slipped(there, heard)
    lines = [json.loads(line) for line in heard.written.getvalue().splitlines()]
    assert all(line["time"].endswith("+00:00") and line["level"] and line["message"] for line in lines)
    requests = [line for line in lines if line["logger"] == "unified_dental.access"]
    assert len(requests) > 100
    hers = next(line for line in requests if line["route"] == "/v1/users/{user_id}" and line["status"] == 200)
    assert {name: type(value) for name, value in hers.items() if name not in ("time", "level", "logger")} == {
        "message": str,
        "method": str,
        "status": int,
        "route": str,
        "duration_ms": float,
        "request_id": str,
        "user_id": str,
        "process": int,
    }
    failed = next(line for line in lines if "exception" in line)
    assert failed["request_id"] in {line["request_id"] for line in requests if line["status"] == 500}


async def test_evidence_alone_remembers_her_when_she_is_erased(folder: Path) -> None:
    """Records, sessions and positions keep who learned what and worked where, as the law asks.

    Everything else forgets her.
    """
    evidence = {
        "positions": {"department", "location", "location_folded"},
        "training_records": {"full_name", "department", "location"},
        "training_sessions": {"attendees"},
    }
    async with aviary("sqlite:///test.db") as there:
        await learn(there)
        assert remembered(there, folder / "test.db") == evidence | {
            "users": {
                "email",
                "employee_id",
                "employee_id_folded",
                "full_name",
                "full_name_folded",
                "department",
                "department_folded",
                "location",
                "location_folded",
                "profile_metadata",
                "name_key",
            }
        }
        assert await there.ask("POST", f"/v1/users/{there.canary}/erase", headers={"if-match": "*"}) == 200
    assert remembered(there, folder / "test.db") == evidence


async def learn(there: Aviary) -> None:
    """She attends a session of a module, and brings a certificate."""
    lesson = {"title": "Read", "content": {"kind": "lesson", "markdown": "Wash your hands."}}
    headers = {"authorization": f"Bearer {there.admin}"}
    made = await there.client.post("/v1/modules", json={"title": "Hygiene", "sections": [lesson]}, headers=headers)
    module = made.json()["id"]
    session = {
        "module_id": module,
        "starts_at": "2026-03-02T09:00:00Z",
        "ends_at": "2026-03-02T10:00:00Z",
        "trainers": [{"name": "Dana"}],
        "attendees": [{"user_id": there.canary}],
    }
    brought = {"title": "Basic life support", "issuer": "Red Cross", "completed_on": "2026-02-14"}
    statuses = [
        await there.ask("POST", f"/v1/modules/{module}/publish"),
        await there.ask("POST", f"/v1/modules/{module}/enrollments", json={"user_id": there.canary}),
        await there.ask("POST", "/v1/sessions", json=session),
        await there.ask("POST", f"/v1/users/{there.canary}/records", json=brought),
    ]
    assert statuses == [200, 201, 201, 201], there.problems[-1].text


def remembered(there: Aviary, path: Path) -> dict[str, set[str]]:
    """The columns of each table in which something of hers is found."""
    found: dict[str, set[str]] = {}
    with closing(sqlite3.connect(path)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = database.execute(f"SELECT * FROM {table}")  # noqa: S608  # our own names
            names = [column[0] for column in rows.description]
            for row in rows:
                for name, value in zip(names, row, strict=True):
                    if any(trace.lower() in str(value).lower() for trace in there.traces):
                        found.setdefault(table, set()).add(name)
    return found


async def test_nothing_of_hers_slips_when_the_database_fails(folder: Path) -> None:
    with listening() as heard:
        async with aviary("sqlite:///test.db") as there:
            statuses = await fail(there, folder / "test.db")
    assert statuses == {500, 503}
    assert_nothing_slipped(there, heard)
    assert "sqlite3.IntegrityError" in heard.all()


async def fail(there: Aviary, path: Path) -> set[int]:
    """A rule of the database's own that quotes her, columns that nobody can read, and a lock."""
    her, anyone = f"/v1/users/{there.canary}", {"if-match": "*"}
    with sqlite3.connect(path, isolation_level=None) as database:
        database.execute(
            f"CREATE TRIGGER sabotage BEFORE INSERT ON users WHEN NEW.email LIKE 'x%' "
            f"BEGIN SELECT RAISE(ABORT, '{EMAIL}, {NAME}'); END"
        )
        found = {await there.ask("POST", "/v1/users", json={"email": f"x{EMAIL}", **PROFILE})}
        database.execute("UPDATE users SET profile_metadata = ?", (f'{{"license": "{LICENSE}',))
        found.add(await there.ask("PATCH", her, json={"full_name": NAME}, headers=anyone))
        database.execute("UPDATE users SET profile_metadata = ?", (f'"{LICENSE}"',))
        found.add(await there.ask("PATCH", her, json={"full_name": NAME}, headers=anyone))
        database.execute("UPDATE users SET profile_metadata = '{}', hired_on = ?", (EMAIL,))
        found.add(await there.ask("GET", her))
        found.add(await there.ask("GET", f"/v1/users?q={EMAIL}"))
        found.add(await there.ask("PATCH", her, json={"full_name": NAME}, headers=anyone))
        database.execute("BEGIN IMMEDIATE")
        found.add(await there.ask("POST", "/v1/users", json={"email": EMAIL, **PROFILE}))
        database.execute("ROLLBACK")
    database.close()
    return found


async def test_the_canary_would_be_heard(folder: Path) -> None:
    with listening() as heard:
        async with aviary("memory://") as there:
            logging.getLogger("some.library").warning("hello %s", EMAIL)
    with pytest.raises(AssertionError, match="was logged"):
        assert_nothing_slipped(there, heard)


def test_of_libraries_only_warnings_are_logged(folder: Path) -> None:
    """aiosqlite, for one, debugs the parameters of each statement, and httpx tells the address of each request."""
    with listening() as heard:
        for name in ("aiosqlite", "sqlalchemy.engine.Engine", "httpcore.http11", "httpx", "asyncio"):
            logging.getLogger(name).debug("parameters: %s", EMAIL)
            logging.getLogger(name).info("parameters: %s", EMAIL)
            logging.getLogger(name).warning("%s is ill", name)
        logging.getLogger("unified_dental.anything").debug("ours")
        logging.getLogger("uvicorn.error").debug("not ours")
        logging.getLogger("uvicorn.error").info("here we are")
    said = [line.split(maxsplit=2)[-1] for line in heard.written.getvalue().splitlines()]
    assert said == [
        "aiosqlite aiosqlite is ill",
        "sqlalchemy.engine.Engine sqlalchemy.engine.Engine is ill",
        "httpcore.http11 httpcore.http11 is ill",
        "httpx httpx is ill",
        "asyncio asyncio is ill",
        "unified_dental.anything ours",
        "uvicorn.error here we are",
    ]


@pytest.mark.parametrize(("level", "least"), [("info", "INFO"), ("warning", "WARNING"), ("error", "ERROR")])
def test_the_setting_is_the_least_severity_of_all(folder: Path, level: Any, least: str) -> None:
    with listening(log_level=level) as heard:
        for name in ("unified_dental.anything", "uvicorn.error", "some.library"):
            for severity in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
                logging.getLogger(name).log(severity, "hello")
    severities = ["INFO", "WARNING", "ERROR"]
    expected = [
        (name, severity)
        for name in ("unified_dental.anything", "uvicorn.error", "some.library")
        for severity in severities[severities.index(least) :]
        if (name, severity) != ("some.library", "INFO")
    ]
    assert [(record.name, record.levelname) for record in heard.records] == expected


def test_an_error_is_reported_by_its_types_and_places(folder: Path) -> None:
    with listening() as heard:
        try:
            try:
                raise KeyError(EMAIL)
            except KeyError as error:
                loop = ValueError(NAME)
                loop.__context__ = error
                error.__cause__ = loop
                raise RuntimeError(LICENSE) from error
        except RuntimeError:
            logging.getLogger("unified_dental.anything").exception("it failed")
    said = heard.written.getvalue()
    assert types_of(said) == [
        "builtins.ValueError, which led to:",
        "builtins.KeyError, which led to:",
        "builtins.RuntimeError",
    ]
    assert "in test_an_error_is_reported_by_its_types_and_places" in said
    assert not any(word in said for word in (EMAIL, NAME, LICENSE))


def test_what_was_not_meant_to_be_a_cause_is_not_reported(folder: Path) -> None:
    with listening() as heard:
        try:
            try:
                raise KeyError(EMAIL)
            except KeyError:
                raise RuntimeError(LICENSE) from None
        except RuntimeError:
            logging.getLogger("unified_dental.anything").exception("it failed")
    assert types_of(heard.written.getvalue()) == ["builtins.RuntimeError"]


def types_of(said: str) -> list[str]:
    """The types of the errors that the log tells of."""
    return [line for line in said.splitlines() if line.startswith("builtins.")]
