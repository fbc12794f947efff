"""Tokens for development work on one machine only, since anybody with the key can impersonate anybody."""

from __future__ import annotations

import asyncio
import logging
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from entrypoints.bootstrap import bootstrap, development_subject, development_tokens
from entrypoints.cli.serving import application
from entrypoints.development import DEVELOPMENT_KEY
from entrypoints.loopback import is_loopback
from entrypoints.settings import Settings
from fake_supabase.published import publishing
from kit.about import for_each
from kit.command_line import one_line, refused, run
from worlds.shared_app import served

PRODUCTION = {
    "ENVIRONMENT": "production",
    "EMBEDDED_DATABASE": "sqlite",
    "SUPABASE_URL": "https://project.supabase.co",
    "PUBLIC_URL": "https://training.example.com",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(
    peer: tuple[str, int] | None,
    headers: dict[str, str],
    *,
    token: bool = True,
    visited: bool = False,
    version: str = "1.1",
) -> Any:
    """The answer to `GET /v1/modules` from this peer."""
    settings = Settings(database_url=SecretStr("memory://"))
    service = bootstrap(settings)
    visitor = development_subject("visitor@example.com") if visited else None
    app: Any = served(service, visitor)

    async def from_peer(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "client": peer, "http_version": version}, receive, send)

    async def ask() -> httpx.Response:
        email = "ana@example.com"
        bearer = f"Bearer {development_tokens(settings).issue(email, development_subject(email))}"
        headers_sent = {**({"authorization": bearer} if token else {}), **headers}
        transport = httpx.ASGITransport(from_peer)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            return await client.get("/v1/modules", headers=headers_sent)

    return asyncio.run(ask())


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost:8000", "LOCALHOST", "127.0.0.1", "[::1]:8000"])
def test_this_machine_is_answered(folder: Path, peer: str, host: str) -> None:
    assert asked((peer, 4711), {"host": host}).status_code == 200


@pytest.mark.parametrize(
    "peer", ["192.0.2.1", "10.0.0.1", "172.17.0.1", "::ffff:192.0.2.1", "2001:db8::1", "", "testclient", None]
)
@pytest.mark.parametrize("visited", [False, True])
def test_other_machines_are_not(folder: Path, peer: str | None, visited: bool) -> None:
    answer = asked((peer and (peer, 4711)) or None, {}, token=not visited, visited=visited)
    assert (answer.status_code, answer.json()["code"]) == (401, "token-elsewhere")


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "192.0.2.1"},
        {"X-Forwarded-Proto": "https"},
        {"x-real-ip": "192.0.2.1"},
        {"forwarded": "for=192.0.2.1"},
        {"via": "1.1 proxy"},
        {"cf-connecting-ip": "192.0.2.1"},
        {"true-client-ip": "192.0.2.1"},
        {"cdn-loop": "cloudflare"},
        {"host": "training.example.com"},
        {"host": "127.0.0.1.attacker.example"},
        {"host": "localhost.attacker.example:8000"},
        {"host": ""},
    ],
)
def test_requests_forwarded_by_a_proxy_are_refused(folder: Path, headers: dict[str, str]) -> None:
    assert asked(("127.0.0.1", 4711), headers).json()["code"] == "token-elsewhere"


def test_requests_forwarded_by_an_unconfigured_nginx_are_refused(folder: Path) -> None:
    """With `proxy_pass` alone it asks by the address of this machine, adds no header, and speaks HTTP/1.0."""
    headers = {"host": "127.0.0.1:8000", "connection": "close"}
    assert asked(("127.0.0.1", 4711), headers, version="1.0").json()["code"] == "token-elsewhere"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "training.example.com", "localhost.example.com"])  # noqa: S104  # to be refused
@pytest.mark.parametrize("verb", ["serve", "demo"])
def test_it_is_not_served_elsewhere(folder: Path, host: str, verb: str) -> None:
    line = one_line(run(verb, "--port", "0", "--host", host, DATABASE_URL="memory://"))
    assert "from this machine only" in line
    assert "SUPABASE_URL" in line


@for_each(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("localhost.", True),
        ("0.0.0.0", False),  # noqa: S104  # to be refused
        ("::", False),
        ("", False),
        ("127.1", False),
        ("2130706433", False),
        ("localhost.evil.example", False),
    ],
)
def test_what_this_machine_is_called(host: str, here: bool) -> None:
    assert is_loopback(host) is here


@pytest.mark.usefixtures("ready")
def test_check_says_so_and_production_has_nothing_to_say(folder: Path) -> None:
    assert str(DEVELOPMENT_KEY) in run("check").stdout
    with publishing() as supabase:
        done = run("check", **{**PRODUCTION, "SUPABASE_URL": supabase})
    assert (done.exit_code, done.stderr) == (0, "")
    assert str(DEVELOPMENT_KEY) not in done.stdout


def test_starting_says_so_in_one_line(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "unified_dental.start"):
        application(bootstrap(Settings(database_url=SecretStr("memory://"))))
    (line,) = [record.getMessage() for record in caplog.records if record.name == "unified_dental.start"]
    assert "can impersonate anybody" in line
    assert "\n" not in line


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("verb", ["check", "serve", "token"])
def test_a_key_that_others_can_read_stops_everything(folder: Path, verb: str) -> None:
    key = folder / DEVELOPMENT_KEY
    key.write_text("5" * 64)
    key.chmod(0o644)
    done = run(verb, *(["ana@example.com"] if verb == "token" else []))
    line = refused(done, "sign-in") if verb == "check" else one_line(done)
    assert f"{DEVELOPMENT_KEY} may be read or written by other users" in line
    assert stat.S_IMODE(key.stat().st_mode) == 0o644
