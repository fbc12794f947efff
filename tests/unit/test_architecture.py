"""The rules of the house, each held by a check that fails when it is broken."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from inspect import isclass, signature
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

import pytest

from application.catalogue.modules.queries import ModuleReader, ModuleSummary
from application.kernel.access import Actor, authors
from application.kernel.handlers import Handler, discover
from application.kernel.messages import Command, Message, Page, Query
from application.kernel.reactions import discover_reactions
from application.kernel.wiring import PortSet
from checks.lints import MAX_LINES, RULES, broken
from domain.catalogue.modules import TrainingModule
from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import DomainError
from kit.about import about, for_each
from kit.examples import uid

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path.relative_to(ROOT).as_posix() for top in ("src", "migrations") for path in (ROOT / top).rglob("*.py")
)
HANDLERS = discover()


def package_of(path: str) -> str:
    return "/".join(path.split("/")[:-1][:2])


@for_each("package", ["domain", "application", "adapters", "entrypoints"])
def test_the_packages_under_test_are_those_of_this_repository(package: str) -> None:
    file = import_module(package).__file__
    assert file is not None
    assert Path(file).resolve() == ROOT / "src" / package / "__init__.py"


class TestSource:
    @for_each("package", sorted({package_of(path) for path in FILES}))
    def test_every_file_keeps_the_rules(self, package: str) -> None:
        files = [path for path in FILES if package_of(path) == package]
        assert [each for path in files for each in broken(path, (ROOT / path).read_text(encoding="utf-8"))] == []

    @for_each(
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
            ("bootstrap-alone-imports-punq", "src/entrypoints/cli/main.py", "from punq import Container"),
            ("bootstrap-alone-imports-punq", "src/adapters/memory/a.py", "import punq"),
            (
                "bootstrap-alone-imports-adapters",
                "src/entrypoints/cli/main.py",
                "from adapters.sql.kit.engine import connect",
            ),
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
            (
                "one-engine",
                "src/adapters/sql/people/users.py",
                "from sqlalchemy.ext.asyncio import create_async_engine",
            ),
            ("one-engine", "src/entrypoints/a.py", "import asyncpg\nasync def f(): await asyncpg.create_pool()"),
            ("one-engine", "src/entrypoints/bootstrap.py", "import sqlalchemy as sa\nx = sa.create_engine('')"),
            ("no-blocking-database", "src/adapters/sql/a.py", "from sqlalchemy.orm import Session"),
            ("no-blocking-database", "src/adapters/sql/a.py", "from sqlalchemy import orm\nx = orm.sessionmaker()"),
            ("no-blocking-database", "src/adapters/sql/kit/engine.py", "from sqlalchemy import create_engine"),
            ("no-raw-sql", "src/adapters/sql/a.py", "from sqlalchemy import text\nx = text('SELECT 1')"),
            ("no-raw-sql", "src/adapters/sql/a.py", "import sqlalchemy as sa\nx = sa.text('now()')"),
            ("no-raw-sql", "src/adapters/sql/a.py", "x = connection.exec_driver_sql(statement)"),
            ("no-raw-sql", "src/adapters/sql/a.py", "x = pool.fetchrow('select * from users where id = $1', 1)"),
            ("no-raw-sql", "src/adapters/sql/a.py", "x = pool.fetch(f'SELECT * FROM {table}')"),
            *(
                ("migrations-rest-on-nothing-that-changes", path, source)
                for path in ("migrations/versions/a.py", "migrations/helpers/a.py")
                for source in (
                    "from adapters.sql.kit import types",
                    "import adapters.sql.kit.types as types",
                    "from domain.people.users import Role",
                    "def upgrade():\n    import msgspec",
                    "from migrations import env",
                    "from . import append_only_v1",
                )
            ),
            ("the-service-rests-on-no-migration", "src/adapters/sql/a.py", "from migrations.helpers import types"),
            ("no-print", "src/entrypoints/cli/main.py", "print('done')"),
            ("short-files", "src/domain/a.py", "x = 1\n" * MAX_LINES),
        ],
    )
    def test_each_rule_bites(self, rule: str, path: str, source: str) -> None:
        assert {finding.split(":")[0] for finding in broken(path, source)} >= {rule}

    @for_each(
        ("path", "source"),
        [
            ("src/domain/a.py", "import re\nfrom domain.kernel.errors import NotFound"),
            ("src/application/a.py", "from datetime import datetime\nfrom application.ports import Clock"),
            ("src/entrypoints/bootstrap.py", "import punq\nfrom adapters.sql import engine"),
            ("src/entrypoints/http/a.py", "from adapters.documents import model_of\nfrom adapters import documents"),
            ("src/adapters/system.py", "from datetime import UTC, datetime\nx = datetime.now(UTC)"),
            ("src/entrypoints/http/a.py", "import asyncio, time\nx = time.perf_counter()\ny = asyncio.sleep(1)"),
            ("src/adapters/memory/a.py", "def f(clock, table): table.commit(clock.now())"),
            ("src/adapters/sql/kit/engine.py", "from sqlalchemy.ext.asyncio import create_async_engine as create"),
            (
                "src/adapters/sql/install/securing.py",
                "from sqlalchemy import text\nx = text('REFRESH MATERIALIZED VIEW v')",
            ),
            ("src/adapters/sql/a.py", "from sqlalchemy import select\nx = session.execute(select(users))"),
            ("migrations/versions/a.py", "import json\nimport sqlalchemy as sa\nfrom alembic import op"),
            ("migrations/versions/a.py", "from migrations.helpers import types\nx = op.execute('SELECT 1')"),
            ("migrations/env.py", "from adapters.sql.kit import types"),
            ("src/domain/a.py", "x = 1\n" * (MAX_LINES - 1)),
        ],
    )
    def test_no_rule_forbids_what_is_right(self, path: str, source: str) -> None:
        assert broken(path, source) == []

    def test_every_rule_concerns_some_file(self) -> None:
        assert [rule.name for rule in RULES if not any(rule.concerns(path) for path in FILES)] == []


def test_every_context_has_its_place_in_the_order() -> None:
    """The import contract holds the order of the contexts, and would say nothing of one that it does not name."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (order,) = (contract["layers"] for contract in contracts if contract["id"] == "contexts")
    named = {module for layer in order for module in layer.split(" : ")}
    contexts = {
        path.parent for layer in ("domain", "application") for path in (ROOT / "src" / layer).glob("*/__init__.py")
    }
    assert named >= {f"{context.parent.name}.{context.name}" for context in contexts}


def ours(base: type[T]) -> Iterator[type[T]]:
    """The subclasses in domain and application, at any depth."""
    for subclass in base.__subclasses__():
        yield from ours(subclass)
        # A dataclass with slots replaces the class as written, which lingers until it is collected as garbage.
        replaced = getattr(sys.modules.get(subclass.__module__), subclass.__name__, None) is not subclass
        if subclass.__module__.split(".")[0] in ("domain", "application") and not replaced:
            yield subclass


MESSAGES = [cls for cls in ours(Message) if cls not in (Command, Query)]


class TestMessages:
    def test_every_message_has_a_handler(self) -> None:
        assert {cls.__qualname__ for cls in MESSAGES} == {message.__qualname__ for message in HANDLERS}

    def test_message_and_handler_fit_together(self) -> None:
        found = {handler.message.__name__: problems_of(handler) for handler in HANDLERS.values()}
        assert {name: problems for name, problems in found.items() if problems} == {}

    def test_what_does_not_fit_is_noticed(self) -> None:
        @dataclass(frozen=True)
        class Greet(Command[str]):
            sender: Actor

        async def greet(command: Command[str], actor: object) -> int:
            return 1

        assert problems_of(Handler(Greet, greet, authors, internal=False)) == [
            "the message has no docstring",
            "the message carries an actor, who is passed beside it",
            "the handler's first parameter is not its message",
            "the handler's second parameter is not the actor",
            "the handler does not return what the message asks for",
        ]


def problems_of(handler: Handler) -> list[str]:
    """What is wrong with a message and its handler, beyond what discovery refuses."""
    message = handler.message
    hints = get_type_hints(handler.function)
    first, second, *_ = signature(handler.function).parameters
    (base,) = message.__orig_bases__  # type: ignore[attr-defined]  # typing sets it on each generic's heir
    problems = {
        # A dataclass without a docstring gets its signature as one.
        "the message has no docstring": (message.__doc__ or "").startswith(f"{message.__name__}("),
        "the message carries an actor, who is passed beside it": Actor in get_type_hints(message).values(),
        "the handler's first parameter is not its message": hints[first] is not message,
        "the handler's second parameter is not the actor": hints[second] is not Actor,
        "the handler does not return what the message asks for": (hints["return"],) != get_args(base),
    }
    return [problem for problem, found in problems.items() if found]


def asked_for(handler: Handler) -> Iterator[Any]:
    """What a handler takes and gives back, and what its sets of ports hold."""
    for kind in get_type_hints(handler.function).values():
        is_set = isclass(kind) and issubclass(kind, PortSet)
        yield from get_type_hints(kind).values() if is_set else [kind]


MOST_PARAMETERS = 8


@for_each(
    "function",
    [*(handler.function for handler in HANDLERS.values()), *(each.function for each in discover_reactions())],
    ids=lambda function: function.__name__,
)
def test_no_handler_or_reaction_takes_more_than_a_reader_can_keep_in_mind(function: Callable[..., Any]) -> None:
    """Ports that are used together belong into a set of ports (`PortSet`) with a name of its own."""
    assert len(signature(function).parameters) <= MOST_PARAMETERS


READERS: list[type] = list(
    dict.fromkeys(
        kind
        for handler in HANDLERS.values()
        for kind in asked_for(handler)
        if getattr(kind, "__name__", "").endswith("Reader")
    )
)


class TestReaders:
    """Readers answer with read models: neither rows nor aggregates leave them."""

    def test_there_are_readers(self) -> None:
        assert ModuleReader in READERS

    @for_each("reader", READERS)
    def test_readers_answer_with_read_models(self, reader: type) -> None:
        assert leaks_of(reader) == []

    def test_whatever_leaks_is_noticed(self) -> None:
        class LeakyReader(Protocol):
            async def fits(self) -> Page[ModuleSummary] | None: ...
            async def fits_too(self) -> list[ModuleSummary]: ...
            async def aggregate(self) -> TrainingModule | None: ...
            async def tuples(self) -> list[tuple[str, int]]: ...
            async def row(self) -> Any: ...
            async def loose(self) -> Page[dict[str, Any]]: ...
            async def unsaid(self): ...  # type: ignore[no-untyped-def]  # this is the point

        assert leaks_of(LeakyReader) == ["aggregate", "loose", "row", "tuples", "unsaid"]


def leaks_of(reader: type) -> list[str]:
    """The public methods whose answer may be no read model, list or page of them, version (an int) or None."""
    return [
        name
        for name, method in sorted(vars(reader).items())
        if not name.startswith("_") and callable(method) and not _is_read_model(get_type_hints(method).get("return"))
    ]


def _is_read_model(hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return all(option is NoneType or _is_read_model(option) for option in arguments)
    if origin in (Page, list, AsyncIterator):
        return _is_read_model(arguments[0])
    return hint is int or (is_dataclass(hint) and hint.__module__.startswith("application."))


EVENTS: list[Any] = [event for event in ours(DomainEvent) if not event.__subclasses__()]
"""What happens; what other events are kinds of does not happen itself. Tests make up more of both later."""


class TestErrorsAndEvents:
    def test_each_error_has_a_slug_and_a_title_of_its_own(self) -> None:
        errors = list(ours(DomainError))
        for attribute in ("slug", "title"):
            values = [getattr(error, attribute) for error in errors]
            assert len(set(values)) == len(errors), [value for value in values if values.count(value) > 1]
        assert all(re.fullmatch("[a-z]+(-[a-z]+)*", error.slug) for error in errors)

    def test_each_event_is_frozen_and_names_its_subject(self) -> None:
        assert len(EVENTS) > 50
        for event in EVENTS:
            with about(event.__name__):
                assert event.__dataclass_params__.frozen
                example = event(**{field.name: uid(1) for field in fields(event)})
                assert example.subject_id == uid(1)

    def test_an_event_without_a_subject_is_noticed(self) -> None:
        with pytest.raises(NotImplementedError):
            _ = DomainEvent().subject_id
