"""Whether the API matches its OpenAPI document: schemathesis tests the demonstration, on a new SQLite file.

Run by `make contract`. Exits with 1 when an answer differs from the OpenAPI document.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

import click

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from entrypoints.bootstrap import bootstrap  # noqa: E402  # only now can the tests' own modules be found
from entrypoints.cli.demo import load  # noqa: E402
from entrypoints.cli.main import DEMO  # noqa: E402
from entrypoints.http.routes.requirements import NEW_REQUIREMENT  # noqa: E402
from integration.running import ADMINISTRATOR, ServerProcess, authorization, settings_for  # noqa: E402

CONFIGURATION = TESTS.parent / "schemathesis.toml"
ENVIRONMENT = {**os.environ, "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("contract_hooks.py"))}
EXAMPLES = 15
"""Of each operation, in each phase that makes them up."""
OPTIONS = [
    "--phases=examples,coverage,fuzzing,stateful",
    "--checks=all",
    # In its place comes `what_was_created_is_there` of contract_hooks.py.
    "--exclude-checks=ensure_resource_availability",
    "--seed=20260302",
    f"--max-examples={EXAMPLES}",
    # One: CPython 3.11 cannot parse source in two threads at once, and Hypothesis does.
    "--workers=1",
    "--warnings=off",
    "--no-color",
]
ELSEWHERE = {"body.user_id": "user_id", "body.module_id": "module_id", "query.since": "number"}
"""Where known values are named beside paths."""
MODULE = {
    "title": "A module to learn",
    "rules": {"sections_in_order": False},
    "sections": [
        {"title": "Read", "content": {"kind": "lesson", "markdown": "Wash your hands."}},
        {
            "title": "Check",
            "content": {"kind": "quiz"},
            "questions": [{"prompt": "True?", "metadata": {"kind": "true_false", "correct": True}}],
        },
    ],
}
TRAINERS = [{"name": "Dana Whitfield"}]


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
    bearer = authorization()["authorization"].removeprefix("Bearer ")
    return f'\n[auth.openapi.access_token]\nbearer = "{bearer}"\n'


def known_ids(address: str) -> str:
    """Configuration that lets half of the requests name what exists: made-up ids only ever lead to 404."""

    def read(path: str) -> Any:
        return asked(address, path)

    learned = learning(address)
    modules = [read(f"modules/{module['id']}") for module in read("modules?limit=2")["items"]]
    found = {
        "module_id": [module["id"] for module in modules],
        "section_id": [section["id"] for module in modules for section in module["sections"]],
        "user_id": [read("users/me")["id"], *(user["id"] for user in read("users?limit=10")["items"])],
        **{name: [value] for name, value in learned.items()},
    }
    dictionaries = [f"[dictionaries.{name}]\nvalues = {ids}\n" for name, ids in found.items()]
    places = {**{f"path.{name}": name for name in found}, **ELSEWHERE}
    uses = [f'[parameters."{where}"]\ndictionary = "{name}"\nprobability = 0.5\n' for where, name in places.items()]
    return "\n".join(["", *dictionaries, *uses])


def learning(address: str) -> dict[str, Any]:
    """Let the administrator learn, so that there is one of everything that learning leaves behind: their ids.

    Another administrator decides that, as nobody may for oneself.
    """
    other = {"email": "second-admin@example.com", "full_name": "Sam Ode", "role": "admin"}
    asked(address, "users", other)
    module = asked(address, "modules", MODULE)
    me = {"user_id": asked(address, "users/me")["id"]}
    one, quiz = f"modules/{module['id']}", module["sections"][1]["id"]
    asked(address, f"{one}/publish", {})
    began = datetime.now(UTC)
    asked(address, f"{one}/enrollments", me, by=other["email"])
    attempt = asked(address, f"{one}/sections/{quiz}/attempts", {})
    held = {"starts_at": began.isoformat(), "ends_at": datetime.now(UTC).isoformat(), "trainers": TRAINERS}
    session = asked(address, "sessions", {**held, "module_id": module["id"], "attendees": [me]}, by=other["email"])
    (record,) = asked(address, "users/me/records")["items"]
    card = {"type": "bls", "issuer": "Red Cross", "issued_on": "2026-01-02"}
    credential = asked(address, "users/me/credentials", card, by=other["email"])
    requirement = asked(address, "requirements", {**NEW_REQUIREMENT, "code": "contract"}, by=other["email"])
    return {
        "number": 1,
        "requirement_id": requirement["id"],
        "attempt_id": attempt["id"],
        "record_id": record["id"],
        "session_id": session["id"],
        "credential_id": credential["id"],
        "serial": record["certificate_serial"],
    }


def asked(address: str, path: str, body: Any = None, by: str = ADMINISTRATOR) -> Any:
    """What the administrator, or somebody else, is answered; a body is posted."""
    headers = {**authorization(by), "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    request = Request(f"{address}/v1/{path}", content, headers)  # noqa: S310  # our own address
    with urlopen(request) as answer:  # noqa: S310
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
