"""Tries deploy/nginx.conf for real: nginx with TLS in front of a service of its own, on free loopback ports.

    .venv/bin/python tests/checks/behind_nginx.py

It needs nginx and openssl, which CI does not have. Each line says what was tried; the first that is wrong ends it.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import httpx

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from fake_supabase.token_forge import SECRET, SUBJECT, Forge, good_claims, signer  # noqa: E402
from integration.running import ADMINISTRATOR, ServerProcess  # noqa: E402  # found by the line above
from kit.surroundings import migrate  # noqa: E402

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"
SUPABASE = {
    "SUPABASE_URL": "https://abcdefgh.supabase.co",
    "SUPABASE_JWT_SECRET": SECRET,
    "SUPABASE_CONFIRMS_EMAIL": "true",
}
REQUIRED = ("nginx", "openssl")
LIMIT = 5


def main() -> int:
    missing = [program for program in REQUIRED if shutil.which(program) is None]
    if missing:
        sys.stderr.write(f"install {' and '.join(missing)} first\n")
        return 1
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        database = folder / "training.db"
        asyncio.run(migrate(f"sqlite:///{database}"))
        service = stack.enter_context(ServerProcess(f"sqlite:///{database}", "serve", "--workers", "2", **SUPABASE))
        link(database)
        port = stack.enter_context(nginx(folder, service.address))
        context = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
        headers = {"authorization": f"Bearer {token()}"}
        client = stack.enter_context(
            httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=context, headers=headers)
        )
        attempts: list[Callable[[], str]] = [
            lambda: reaches_the_service(client),
            lambda: keeps_connections(client),
            lambda: addresses_are_not_believed(client, database),
            lambda: a_renewal_loses_no_request(client, service),
            lambda: bodies_are_bounded(client),
            lambda: a_large_roster_goes_through(client),
            lambda: heads_are_bounded(client),
            lambda: operators_routes_are_hidden(client),
            lambda: slow_clients_are_left(port, context),
            lambda: connections_are_bounded(port, context),
            lambda: requests_are_bounded(client),
        ]
        for attempt in attempts:
            sys.stdout.write(f"ok: {attempt()}\n")
    return 0


def token() -> str:
    forge = Forge()
    claims = {**good_claims(), "email": ADMINISTRATOR, "iat": 1_700_000_000, "exp": 4_000_000_000}
    return forge.token({"alg": "HS256", "typ": "JWT"}, claims, signer("HS256", forge.secret))


def link(database: Path) -> None:
    """Link the administrator to the token's identity."""
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE users SET supabase_id = ?, email_confirmed = 1", (str(UUID(SUBJECT)),))
    connection.close()


@contextmanager
def nginx(folder: Path, service: str) -> Iterator[int]:
    """The shipped file, with ports, certificates and times of its own."""
    certify(folder)
    port = free_port()
    text = CONFIGURATION.read_text()
    for pattern, replacement in (
        (r"listen 443 ssl http2", f"listen 127.0.0.1:{port} ssl http2"),
        (r"listen 80;", f"listen 127.0.0.1:{free_port()};"),
        (r"server 127\.0\.0\.1:8000", f"server {service.removeprefix('http://')}"),
        (r"/etc/ssl/training/fullchain\.pem", str(folder / "certificate.pem")),
        (r"/etc/ssl/training/privkey\.pem", str(folder / "key.pem")),
        (r"client_(header|body)_timeout \w+", r"client_\1_timeout 1s"),
        (r"limit_conn training_connections \d+", f"limit_conn training_connections {LIMIT}"),
    ):
        text, found = re.subn(pattern, replacement, text)
        if not found:
            raise AssertionError(f"deploy/nginx.conf has no {pattern}")
    (folder / "site.conf").write_text(text)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}}"
        f" http {{ access_log off; {temporary} include {folder}/site.conf; }}"
    )
    program = str(shutil.which("nginx"))
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")]
    process = subprocess.Popen(command)  # noqa: S603  # our own command
    try:
        while process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
        yield port
    finally:
        process.terminate()
        process.wait()


def certify(folder: Path) -> None:
    subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem"))
    command = [str(shutil.which("openssl")), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run([*command, "-nodes", "-days", "1", *subject, *files], check=True, capture_output=True)  # noqa: S603  # our own command


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def reaches_the_service(client: httpx.Client) -> str:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/v1/modules").status_code == 200
    return "TLS, and a token"


def keeps_connections(client: httpx.Client) -> str:
    assert {client.get("/health/live").status_code for _ in range(100)} == {200}
    return "100 requests on one connection"


def a_renewal_loses_no_request(client: httpx.Client, service: ServerProcess) -> str:
    statuses = set[int]()
    half = threading.Event()

    def roster() -> Iterator[bytes]:
        yield b"email\n"
        while not half.wait(0.2):
            yield b"\n"  # nginx leaves slow clients
        yield b"bea@example.com\n"

    def upload() -> int:
        return client.post(
            "/v1/users/import", content=roster(), headers={"content-type": "text/csv"}, timeout=90
        ).status_code

    def renewed() -> bool:
        return sum("has ended" in line for line in service.log) >= 1 + half.is_set()

    with ThreadPoolExecutor(1) as thread:
        uploading = thread.submit(upload)
        service.process.send_signal(signal.SIGHUP)
        for _ in range(2):
            while not renewed():
                statuses.add(client.get("/v1/modules?limit=1").status_code)
                statuses.add(client.post("/v1/modules", json={}).status_code)
                time.sleep(0.05)  # more requests a second are refused
            half.set()
        assert (statuses, uploading.result()) == ({200, 422}, 200), (statuses, uploading.result())
    return "a renewal of all workers, in the middle of a roster"


def addresses_are_not_believed(client: httpx.Client, database: Path) -> str:
    lies = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9", "x-real-ip": "203.0.113.9"}
    answer = client.post("/v1/modules", json={"title": "Hand hygiene"}, headers=lies)
    assert answer.status_code == 201, answer.text
    with sqlite3.connect(database) as connection:
        addresses = [row[0] for row in connection.execute("SELECT client_ip FROM outbox_events ORDER BY position")]
    connection.close()
    assert addresses[-1] == "127.0.0.1", addresses
    return "the client's own address is kept, not the one that it claims"


def bodies_are_bounded(client: httpx.Client) -> str:
    answer = client.post("/v1/modules", content=b" " * (2**20 + 1), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    return "a JSON body of more than 1 MiB"


def a_large_roster_goes_through(client: httpx.Client) -> str:
    roster = b"email\nana@example.com\n" + b"\n" * (40 * 2**20)
    answer = client.post("/v1/users/import", content=roster, headers={"content-type": "text/csv"}, timeout=300)
    assert (answer.status_code, answer.json()["created"]) == (200, 1), answer.text
    answer = client.post("/v1/users/import", content=roster * 2, headers={"content-type": "text/csv"}, timeout=300)
    assert answer.status_code == 413
    return "a roster of 40 MiB goes through, one of 80 MiB does not"


def heads_are_bounded(client: httpx.Client) -> str:
    assert client.get("/health/live", headers={"x-some": "y" * 70_000}).status_code in (400, 431)
    return "a header of 70 KB"


def operators_routes_are_hidden(client: httpx.Client) -> str:
    assert {client.get(path).status_code for path in ("/metrics", "/health/ready")} == {404}
    return "operators' routes are not to be seen"


@contextmanager
def connected(port: int, context: ssl.SSLContext, data: bytes) -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        secure.sendall(data)
        yield secure


HALF = b"POST /v1/modules HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"


def slow_clients_are_left(port: int, context: ssl.SSLContext) -> str:
    for data in (b"GET /health/live HTTP/1.1\r\nHost", HALF):
        with connected(port, context, data) as client:
            heard = client.recv(1_000)
            assert not heard or b" 408 " in heard, heard
    return "a head and a body that do not end"


def connections_are_bounded(port: int, context: ssl.SSLContext) -> str:
    with ExitStack() as stack:
        for _ in range(LIMIT):
            stack.enter_context(connected(port, context, HALF))
        request = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        last = stack.enter_context(connected(port, context, request))
        assert b" 429 " in last.recv(1_000)
    return f"more than {LIMIT} connections of one address"


def requests_are_bounded(client: httpx.Client) -> str:
    assert 429 in {client.get("/health/live").status_code for _ in range(1_000)}
    return "more requests a second than there may be"


if __name__ == "__main__":
    sys.exit(main())
