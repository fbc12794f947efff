"""The worker, and what could not be delivered, at the command line."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from adapters.sql.delivery.event_log import SqlEventLog
from adapters.sql.kit.discovery import map_all, sql_units
from adapters.sql.kit.engine import DatabaseOptions, open_database
from entrypoints.settings import Settings
from kit.command_line import one_line, run
from kit.delivering import a_dead_delivery


@pytest.fixture
def folder(ready: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a migrated, empty database."""
    monkeypatch.chdir(ready.parent)
    return ready.parent


async def given_up(path: Path) -> str:
    """The id of a dead delivery in the database."""
    map_all()
    database = open_database(DatabaseOptions(url=f"sqlite:///{path}"))
    try:
        return str(await a_dead_delivery(sql_units(database), SqlEventLog(database.reads)))
    finally:
        await database.close()


def test_the_worker_does_what_is_due_and_ends(folder: Path) -> None:
    done = run("worker", "--once")
    assert done.exit_code == 0, done
    assert "job=forget-answers" in done.stderr
    assert run("worker", "--once").stderr.count("job=forget-answers") == 0


def test_two_workers_cannot_show_their_attempts_on_one_port(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        said = one_line(run("worker", "--once", "--metrics-port", port))
    assert f"--metrics-port {port} cannot be used" in said
    assert "each worker here needs one of its own" in said


def test_the_worker_needs_a_migrated_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "unified-dental migrate" in one_line(run("worker", "--once"))


def test_dead_letters_are_shown_and_sent_again(folder: Path) -> None:
    assert run("dead-letters").stdout == ""
    run("grant-role", "ana@example.com", "manager", "--department", "Hygiene")
    delivery = asyncio.run(given_up(folder / "test.db"))
    (line,) = run("dead-letters").stdout.splitlines()
    assert line.startswith(f"{delivery} webhooks 00000000-0000-0000-0000-00000000004d ")
    assert line.endswith("attempts=1 2020-01-01T00:00:00+00:00 answered 500")
    assert run("dead-letters", "--channel", "mail").stdout == ""
    assert run("dead-letters", "--channel", "mail", "--replay").stdout == "Deliveries sent again: 0.\n"
    assert run("dead-letters", "--replay").stdout == "Deliveries sent again: 1.\n"
    assert run("dead-letters").stdout == ""


def test_a_store_in_memory_has_no_worker_beside_it(folder: Path) -> None:
    assert "belongs to one process" in one_line(run("worker", "--once", DATABASE_URL="memory://"))


@pytest.mark.parametrize(
    ("settings", "works"),
    [
        ({"database_url": "postgresql://localhost/training", "environment": "production"}, False),
        ({"database_url": "postgresql://localhost/training", "environment": "development"}, True),
        ({"database_url": "sqlite:///training.db", "environment": "production"}, True),
        ({"database_url": "memory://", "environment": "production"}, True),
        ({"database_url": "memory://", "work_in_server": False}, False),
        (
            {
                "database_url": "postgresql://localhost/training",
                "environment": "production",
                "work_in_server": True,
            },
            True,
        ),
    ],
)
def test_the_server_works_where_no_worker_does(settings: dict[str, Any], works: bool) -> None:
    assert Settings(**settings).works_in_server is works
