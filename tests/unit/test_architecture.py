"""The rules of the house, each held by a check that fails when it is broken."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any, Protocol, Union, get_args, get_origin, get_type_hints

import pytest

from application.access import Actor, authors
from application.bus import Handler, discover
from application.messages import Command, Message, Page, Query
from application.modules.queries import ModuleReader, ModuleSummary
from domain.aggregate import DomainEvent
from domain.errors import DomainError
from examples import uid
from lints import MAX_LINES, RULES, broken

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "src").rglob("*.py"))
HANDLERS = discover()


@pytest.mark.parametrize("package", ["domain", "application", "adapters", "entrypoints"])
def test_the_packages_under_test_are_those_of_this_repository(package: str) -> None:
    file = import_module(package).__file__
    assert file is not None
    assert Path(file).resolve() == ROOT / "src" / package / "__init__.py"


class TestSource:
    @pytest.mark.parametrize("path", FILES)
    def test_every_file_keeps_the_rules(self, path: str) -> None:
        assert broken(path, (ROOT / path).read_text(encoding="utf-8")) == []

    @pytest.mark.parametrize(
        ("rule", "path", "source"),
        [
            ("domain-is-pure", "src/domain/a.py", "import sqlalchemy.orm as orm"),
            ("domain-is-pure", "src/domain/a.py", "def f():\n    from pydantic import BaseModel"),
            ("domain-is-pure", "src/domain/a.py", "from application.ports import Clock"),
            ("domain-is-pure", "src/domain/a.py", "from . import users"),
            *(
                ("application-knows-the-domain-only", "src/application/a/commands.py", f"import {package}")
                for package in ("json", "sqlalchemy", "litestar", "punq", "pydantic", "msgspec", "adapters.sql")
            ),
            ("application-knows-the-domain-only", "src/application/a.py", "from json import dumps"),
            ("adapters-know-no-entrypoint", "src/adapters/a.py", "from entrypoints.http import errors"),
            ("bootstrap-alone-imports-punq", "src/entrypoints/cli.py", "from punq import Container"),
            ("bootstrap-alone-imports-punq", "src/adapters/memory/a.py", "import punq"),
            ("bootstrap-alone-imports-adapters", "src/entrypoints/cli.py", "from adapters.sql.engine import connect"),
            ("bootstrap-alone-imports-adapters", "src/entrypoints/http/a.py", "from adapters import sql"),
            ("bootstrap-alone-imports-adapters", "src/entrypoints/http/a.py", "import adapters"),
            ("handlers-never-commit", "src/application/a.py", "async def f(units): await units.session().commit()"),
            ("handlers-never-commit", "src/application/a.py", "undo = unit.rollback"),
            ("time-and-ids-are-ports", "src/domain/a.py", "from datetime import datetime\nx = datetime.now(None)"),
            ("time-and-ids-are-ports", "src/adapters/a.py", "import datetime as dt\nx = dt.datetime.utcnow()"),
            ("time-and-ids-are-ports", "src/adapters/a.py", "from datetime import date as d\nx = d.today()"),
            ("time-and-ids-are-ports", "src/application/a.py", "import uuid\nx = field(default_factory=uuid.uuid4)"),
            ("time-and-ids-are-ports", "src/application/a.py", "from uuid import uuid1 as new"),
            ("time-and-ids-are-ports", "src/adapters/sql/a.py", "from uuid_utils.compat import uuid7"),
            ("time-and-ids-are-ports", "src/entrypoints/a.py", "import time\nx = time.time()"),
            ("time-and-ids-are-ports", "src/entrypoints/a.py", "from time import sleep"),
            ("one-engine", "src/adapters/sql/users.py", "from sqlalchemy.ext.asyncio import create_async_engine"),
            ("one-engine", "src/entrypoints/a.py", "import asyncpg\nasync def f(): await asyncpg.create_pool()"),
            ("one-engine", "src/entrypoints/bootstrap.py", "import sqlalchemy as sa\nx = sa.create_engine('')"),
            ("no-blocking-database", "src/adapters/sql/a.py", "from sqlalchemy.orm import Session"),
            ("no-blocking-database", "src/adapters/sql/a.py", "from sqlalchemy import orm\nx = orm.sessionmaker()"),
            ("no-blocking-database", "src/adapters/sql/engine.py", "from sqlalchemy import create_engine"),
            ("no-raw-sql", "src/adapters/sql/a.py", "from sqlalchemy import text\nx = text('SELECT 1')"),
            ("no-raw-sql", "src/adapters/sql/a.py", "import sqlalchemy as sa\nx = sa.text('now()')"),
            ("no-raw-sql", "src/adapters/sql/a.py", "x = connection.exec_driver_sql(statement)"),
            ("no-raw-sql", "src/adapters/sql/a.py", "x = pool.fetchrow('select * from users where id = $1', 1)"),
            ("no-raw-sql", "src/adapters/sql/a.py", "x = pool.fetch(f'SELECT * FROM {table}')"),
            ("no-print", "src/entrypoints/cli.py", "print('done')"),
            ("short-files", "src/domain/a.py", "x = 1\n" * MAX_LINES),
        ],
    )
    def test_each_rule_bites(self, rule: str, path: str, source: str) -> None:
        assert {finding.split(":")[0] for finding in broken(path, source)} >= {rule}

    @pytest.mark.parametrize(
        ("path", "source"),
        [
            ("src/domain/a.py", "import re\nfrom domain.errors import NotFound"),
            ("src/application/a.py", "from datetime import datetime\nfrom application.ports import Clock"),
            ("src/entrypoints/bootstrap.py", "import punq\nfrom adapters.sql import engine"),
            ("src/entrypoints/http/a.py", "from adapters.documents import model_of\nfrom adapters import documents"),
            ("src/adapters/system.py", "from datetime import UTC, datetime\nx = datetime.now(UTC)"),
            ("src/entrypoints/http/a.py", "import asyncio, time\nx = time.perf_counter()\ny = asyncio.sleep(1)"),
            ("src/adapters/memory/a.py", "def f(clock, table): table.commit(clock.now())"),
            ("src/adapters/sql/engine.py", "from sqlalchemy.ext.asyncio import create_async_engine as create"),
            ("src/adapters/sql/reports.py", "from sqlalchemy import text\nx = text('REFRESH MATERIALIZED VIEW v')"),
            ("src/adapters/sql/a.py", "from sqlalchemy import select\nx = session.execute(select(users))"),
            ("src/domain/a.py", "x = 1\n" * (MAX_LINES - 1)),
        ],
    )
    def test_no_rule_forbids_what_is_right(self, path: str, source: str) -> None:
        assert broken(path, source) == []

    def test_every_rule_concerns_some_file(self) -> None:
        assert [rule.name for rule in RULES if not any(rule.concerns(path) for path in FILES)] == []


def subclasses(cls: type) -> Iterator[type]:
    """All of ours, at any depth, abstract ones and those of tests left out."""
    for subclass in cls.__subclasses__():
        yield from subclasses(subclass)
        if subclass.__module__.split(".")[0] in ("domain", "application"):
            yield subclass


def message_problems(handler: Handler) -> list[str]:
    """What is wrong with a message and its handler beyond what discovery refuses."""
    message, function = handler.message, handler.function
    hints = get_type_hints(function)
    (answer,) = [get_args(base)[0] for base in types.get_original_bases(message)] if ORIGINAL else answers_of(message)
    first, second = list(signature(function).parameters)[:2]
    return [
        problem
        for problem, found in {
            "the handler's first parameter is not its message": hints[first] is not message,
            "the handler's second parameter is not the actor": hints[second] is not Actor,
            "the handler does not return what the message promises": hints["return"] != answer,
            "the message carries an actor": Actor in get_type_hints(message).values(),
            "the message has no docstring": not message.__doc__ or message.__doc__.startswith(f"{message.__name__}("),
        }.items()
        if found
    ]
