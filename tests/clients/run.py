"""Generates clients as docs/clients.md says, compiles them strictly, and uses them and Supabase's own client.

`make clients` calls it. It needs Node.js 20 or newer and npm. What is generated and installed is in `var/clients`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

HERE = Path(__file__).resolve().parent
WORK = HERE.parents[1] / "var" / "clients"
JS, PYTHON = WORK / "js", WORK / "python"
DOCUMENT = "openapi.json"
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
"""With the tools of this environment first."""
sys.path.insert(0, str(HERE.parent))

from adapters.system import SystemClock  # noqa: E402  # only now can the tests' own modules be found
from application.kernel.handlers import discover  # noqa: E402
from documents.worked_examples import ROOT, blocks  # noqa: E402
from entrypoints.http.kit.openapi import document  # noqa: E402
from fake_supabase.double import PUBLISHABLE_KEY  # noqa: E402
from fake_supabase.stage import ADMINISTRATOR, staged  # noqa: E402

GUIDE = "docs/clients.md"
_TEST = ["node", "--test", "--test-reporter=spec"]
USES = [
    ("supabase-js", JS, [[*_TEST, "sign-in.test.mjs"]]),
    ("openapi-fetch", JS, [[*_TEST, "compiled/openapi-fetch.test.js"], ["node", "compiled/openapi-fetch.js"]]),
    ("@hey-api/openapi-ts", JS, [[*_TEST, "compiled/hey-api.test.js"], ["node", "compiled/hey-api.js"]]),
    ("openapi-python-client", PYTHON, [["python", "story.py"], ["python", "program.py"]]),
]
"""The programs that use each client, each with a project and a service of its own."""


class Failed(Exception):
    """A step that failed, and what it wrote."""


def main() -> int:
    """0 when everything succeeded."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        sys.stderr.write("Node.js and npm are needed to test the JavaScript clients.\n")
        return 1
    shutil.copytree(HERE / "js", JS, dirs_exist_ok=True)
    shutil.copytree(HERE / "python", PYTHON, dirs_exist_ok=True)
    for kind, name, text in blocks(GUIDE):
        assert kind == "file"
        (JS if name.endswith(".ts") else PYTHON).joinpath(name).write_text(text, encoding="utf-8")
    for folder in (JS, PYTHON):
        (folder / DOCUMENT).write_text(json.dumps(document(discover())), encoding="utf-8")
    try:
        with ThreadPoolExecutor(2) as pool:
            for prepared in [pool.submit(prepare_typescript), pool.submit(prepare_python)]:
                prepared.result()
        for what, folder, commands in USES:
            with using(what) as environment:
                for command in commands:
                    run(command, folder, environment)
    except Failed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    return 0


def documented(program: str) -> list[str]:
    """The command of this program in the guide."""
    found = re.findall(rf"^(?:npx )?{program} .*$", (ROOT / GUIDE).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(found) == 1, f"{GUIDE} must say once how to run {program}"
    return shlex.split(found[0])


def prepare_typescript() -> None:
    """Check the document, and generate and compile both clients."""
    lock, installed = (JS / "package-lock.json").read_text(), JS / "node_modules" / ".installed"
    with step("npm ci"):
        if not installed.exists() or installed.read_text() != lock:
            run(["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"], JS)
            installed.write_text(lock)
    for generated in ("generated", "compiled"):
        shutil.rmtree(JS / generated, ignore_errors=True)
    with step("redocly, spectral"):
        quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
        run(["npx", "redocly", "lint", "--config", "lint/redocly.yaml", DOCUMENT], JS, quiet)
        run(["npx", "spectral", "lint", "--ruleset", "lint/spectral.yaml", "--fail-severity=hint", DOCUMENT], JS)
    with step("openapi-typescript, @hey-api/openapi-ts, tsc --strict"):
        run(documented("openapi-typescript"), JS)
        run(documented("openapi-ts"), JS)
        run(["npx", "tsc"], JS)


def prepare_python() -> None:
    """Generate the Python client, from every operation and without a warning, and check its types."""
    shutil.rmtree(PYTHON / "training_client", ignore_errors=True)
    with step("openapi-python-client"):
        run(documented("openapi-python-client"), PYTHON)
    with step("mypy --strict"):
        run(["mypy", "--config-file", "mypy.ini", "training_client", "story.py", "program.py"], PYTHON)


@contextmanager
def using(what: str) -> Iterator[dict[str, str]]:
    """What a client must know of the project and of the service, which run meanwhile."""
    with step(what), staged(SystemClock()) as stage:
        yield {
            "SUPABASE_URL": stage.supabase,
            "SUPABASE_KEY": PUBLISHABLE_KEY,
            "API_URL": stage.api,
            "ADMINISTRATOR": ADMINISTRATOR,
            "TOKEN": stage.double.access_token(stage.double.add_user("reader@example.com")),
        }


@contextmanager
def step(what: str) -> Iterator[None]:
    """Tells how long it took."""
    begun = monotonic()
    yield
    sys.stdout.write(f"{what}: {monotonic() - begun:.1f} s\n")


def run(command: Sequence[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    """Raises Failed, with what the command wrote, unless it succeeded."""
    done = subprocess.run(  # noqa: S603  # our own commands
        [shutil.which(command[0], path=PATH) or command[0], *command[1:]],
        cwd=folder,
        env={**os.environ, "PATH": PATH, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"{done.stdout}\n{' '.join(command)} failed")


if __name__ == "__main__":
    sys.exit(main())
