"""Whether the API keeps its own description: schemathesis asks the demonstration, on a SQLite file made for it.

Run by `make contract`. Exits with 1 when the API answers otherwise than its OpenAPI document says.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

import click

from entrypoints.bootstrap import bootstrap
from entrypoints.cli import DEMO
from entrypoints.demo import load
from integration.running import ServerProcess, authorization, settings_for

CONFIGURATION = Path(__file__).resolve().parents[1] / "schemathesis.toml"
ENVIRONMENT = {**os.environ, "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("contract_hooks.py"))}
EXAMPLES = 40
"""Of each operation, in each phase that makes them up."""
OPTIONS = [
    "--phases=examples,coverage,fuzzing,stateful",
    "--checks=all",
    "--seed=20260302",
    f"--max-examples={EXAMPLES}",
    # One: CPython 3.11 cannot parse source in two threads at once, and Hypothesis does.
    "--workers=1",
    "--warnings=off",
    "--no-color",
]


def main() -> int:
    """The exit code of schemathesis. The server ends with this, however this ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # What schemathesis leaves in its working directory goes with the database.
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/contract.db"
        asyncio.run(demonstrate(url))
        return examine(url, folder)


async def demonstrate(url: str) -> None:
    """Load the demonstration. It is served without its visitor, since nobody may go without a token here."""
    service = bootstrap(settings_for(url))
    try:
        await load(service, DEMO, click.echo)
    finally:
        await service.close()


def examine(url: str, folder: str) -> int:
    """Let schemathesis ask as the administrator."""
    with ServerProcess(url) as server:
        configuration = Path(folder, "schemathesis.toml")
        configuration.write_text(CONFIGURATION.read_text() + token() + known_ids(server.address))
        program = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(configuration)]
        command = [*program, "run", f"{server.address}/schema/openapi.json", *OPTIONS]
        return subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=False).returncode  # noqa: S603  # our own command


def token() -> str:
    """Configuration that sends the administrator's token, except where its absence is what is tried."""
    bearer = authorization()["Authorization"].removeprefix("Bearer ")
    return f'\n[auth.openapi.access_token]\nbearer = "{bearer}"\n'


def known_ids(address: str) -> str:
    """Configuration that lets half of the requests name what exists: made-up ids only ever lead to 404."""

    def read(path: str) -> Any:
        request = Request(f"{address}/v1/{path}", headers=authorization())  # noqa: S310  # our own address
        with urlopen(request) as answer:  # noqa: S310
            return json.load(answer)

    modules = [read(f"modules/{module['id']}") for module in read("modules?limit=2")["items"]]
    found = {
        "module_id": [module["id"] for module in modules],
        "section_id": [section["id"] for module in modules for section in module["sections"]],
        "user_id": [user["id"] for user in read("users?limit=10")["items"]],
    }
    dictionaries = [f"[dictionaries.{name}]\nvalues = {ids}\n" for name, ids in found.items()]
    uses = [
        f'[parameters."{where}"]\ndictionary = "{where.partition(".")[2]}"\nprobability = 0.5\n'
        for where in (*(f"path.{name}" for name in found), "body.user_id")
    ]
    return "\n".join(["", *dictionaries, *uses])


if __name__ == "__main__":
    sys.exit(main())
