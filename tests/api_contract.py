"""Whether the API keeps its own description: schemathesis asks the demonstration, on a SQLite file made for it.

Run by `make contract`. Exits with 1 when the API answers otherwise than its OpenAPI document says.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

from integration.running import ServerProcess

CONFIGURATION = Path(__file__).resolve().parents[1] / "schemathesis.toml"
ENVIRONMENT = {**os.environ, "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("contract_hooks.py"))}
EXAMPLES = 40
"""Of each operation, in each phase that makes them up."""
OPTIONS = [
    "--phases=examples,coverage,fuzzing,stateful",
    "--checks=all",
    "--seed=20260302",
    f"--max-examples={EXAMPLES}",
    "--workers=2",
    "--warnings=off",
    "--no-color",
]


def main() -> int:
    """The exit code of schemathesis. The server ends with this, however this ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # What schemathesis leaves in its working directory goes with the database.
    with TemporaryDirectory() as folder, ServerProcess(f"sqlite:///{folder}/contract.db", "demo") as server:
        with urlopen(f"{server.address}/health/ready") as ready:  # noqa: S310  # our own address
            assert ready.status == 200
        configuration = Path(folder, "schemathesis.toml")
        configuration.write_text(CONFIGURATION.read_text() + known_ids(server.address))
        program = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(configuration)]
        command = [*program, "run", f"{server.address}/schema/openapi.json", *OPTIONS]
        return subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=False).returncode  # noqa: S603  # our own command


def known_ids(address: str) -> str:
    """Configuration that lets half of the requests name what exists: made-up ids only ever lead to 404."""

    def read(path: str) -> Any:
        with urlopen(f"{address}/v1/{path}") as answer:  # noqa: S310  # our own address
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
