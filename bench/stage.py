"""Sets the stage: the database with its rows, the contenders' servers, and what they are asked."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from bench.cases import ALONE, BARE, FLOOR, GUIDE, OURS, TUNED, Requests, pages_of
from bench.dataset import PARTICIPANTS, Dataset
from bench.load import Load
from bench.postgres import Postgres
from bench.rounds import Field, Say
from bench.seed import GUIDE as GUIDE_DATABASE
from bench.seed import OURS as OUR_DATABASE
from bench.seed import seed
from bench.servers import OTHER_CORE, environment, serving, uvicorn
from bench.statements import Ask, Statement, Statements
from bench.tokens import authorization, settings

POOL = {"DATABASE_POOL_SIZE": "32", "DATABASE_MAX_OVERFLOW": "0"}
"""As many connections as ask at once, for everybody."""

SERVE = (sys.executable, "-m", "entrypoints", "serve")
STATEMENTS = "statements.json"
OTHERS = {
    GUIDE: uvicorn("bench.contenders.guide:app"),
    TUNED: uvicorn("bench.contenders.tuned:app"),
    FLOOR: uvicorn("bench.contenders.floor:app"),
    ALONE: SERVE,
    BARE: uvicorn("bench.contenders.bare:app"),
}


@contextmanager
def stage(server: Postgres, data: Dataset, folder: Path, contenders: Sequence[str], say: Say) -> Iterator[Field]:
    """Everything up and running; ours always is, since the others' requests are taken from it."""
    server.pin(OTHER_CORE)
    say("seeding two databases: 2,000 modules, 5,000 users, 50,000 enrollments each")
    asyncio.run(seed(server, data))
    server.pin(OTHER_CORE)
    load = Load(folder)
    databases = {
        name: server.database(GUIDE_DATABASE if name in (GUIDE, TUNED) else OUR_DATABASE) for name in (OURS, *OTHERS)
    }
    say(f"starting {', '.join(contenders)}")
    with ExitStack() as stack:
        command, told = command_of(OURS, databases[OURS], folder)
        ours = stack.enter_context(serving(command, told, folder / "ours.log"))
        servers = {OURS: ours}
        pages = pages_of(ours, authorization(data.users[PARTICIPANTS[0]]))
        take_down(databases[OURS], data, pages, folder)
        for name in contenders:
            if name in OTHERS:
                command, told = command_of(name, databases[name], folder)
                servers[name] = stack.enter_context(serving(command, told, folder / f"{name}.log"))
        requests = Requests(folder, data, pages)
        asked_for = {name: servers[name] for name in contenders}
        yield Field(server, asked_for, databases, data, requests, load, pages)


def command_of(name: str, database: str, folder: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """How to start a contender: the command and its environment."""
    told = {**settings(database), **POOL, "BENCH_STATEMENTS": str(folder / STATEMENTS)}
    return OTHERS.get(name, SERVE), told


def take_down(url: str, data: Dataset, pages: Sequence[str], folder: Path) -> None:
    """Write the statements that ours sends to a file."""
    user, module = data.users[PARTICIPANTS[0]], data.published()[0]
    token = authorization(user)
    asks = [
        Ask(f"/v1/modules/{module.id}", token, module.id),
        Ask(f"/v1/users/{user.id}/enrollments", token, user.id),
        *(Ask(f"/v1/modules?{query}", token) for query in pages),
    ]
    asked, told = folder / "asks.json", folder / STATEMENTS
    asked.write_bytes(msgspec.json.encode(asks))
    command = [sys.executable, "-m", "bench.capture", str(asked), str(told)]
    subprocess.run(command, env=environment(settings(url)), cwd=folder, check=True)  # our own command
    module_statement, enrollments, *rest = msgspec.json.decode(told.read_bytes(), type=list[Statement])
    told.write_bytes(
        msgspec.json.encode(Statements(module_statement, enrollments, dict(zip(pages, rest, strict=True))))
    )
