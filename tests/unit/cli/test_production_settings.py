"""What production refuses: settings that are set and empty, and secrets that would travel in plain text."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from entrypoints.bootstrap import bootstrap
from entrypoints.cli.serving import application
from entrypoints.settings import Settings
from fake_supabase.published import publishing
from kit.command_line import one_line, refused, run

PRODUCTION = {
    "ENVIRONMENT": "production",
    "EMBEDDED_DATABASE": "sqlite",
    "SUPABASE_URL": "https://project.supabase.co",
    "PUBLIC_URL": "https://training.example.com",
}
SOMEWHERE = "postgresql://someone:password@database.invalid/training"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["SUPABASE_URL", "ENVIRONMENT", "DATABASE_URL", "supabase_url"])
@pytest.mark.parametrize("value", ["", " "])
def test_what_decides_who_comes_in_is_never_empty(name: str, value: str) -> None:
    assert one_line(run("migrate", **{name: value})).startswith(f"Error: {name.upper()} is set and empty")
    assert refused(run("check", **{name: value}), "settings").startswith(f"{name.upper()} is set and empty")


def test_not_in_a_dotenv_file_either(folder: Path) -> None:
    (folder / ".env").write_text("SUPABASE_URL=\n")
    assert "SUPABASE_URL is set and empty" in refused(run("check"), "settings")
    assert "SUPABASE_URL is" not in run("check", **PRODUCTION).stderr


@pytest.mark.usefixtures("ready")
def test_other_empty_variables_mean_nothing() -> None:
    assert run("check", SUPABASE_JWT_SECRET="", ALLOWED_EMAIL_DOMAINS="", LOG_LEVEL="").exit_code == 0


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(
    ("settings", "topic", "said"),
    [
        ({"SUPABASE_URL": "http://project.invalid"}, "address of Supabase", "SUPABASE_URL must begin with https://"),
        ({"SUPABASE_URL": "http://127.0.0.1.invalid"}, "address of Supabase", "SUPABASE_URL must begin with https://"),
        ({"PUBLIC_URL": "http://training.example.com"}, "public address", "set PUBLIC_URL"),
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, "public address", "set PUBLIC_URL"),
    ],
)
def test_addresses_are_https(settings: dict[str, str], topic: str, said: str) -> None:
    assert said in one_line(run("serve", **{**PRODUCTION, **settings}))
    assert refused(run("check", **{**PRODUCTION, **settings}), topic).startswith(said)


@pytest.mark.parametrize("name", ["PUBLIC_URL", "SUPABASE_URL"])
@pytest.mark.parametrize(
    "address",
    [
        "https://[::1",
        "http://[::1",
        "https://[x]",
        "https://:443",
        "https://a b.example.com",
        "https://training.example.com\n",
        "https://-",
        "https://a.example.com:port",
        "https://a.example.com:99999",
        "https://someone:secret@a.example.com",
        "https://b\xfccher.example.com",
    ],
)
def test_an_address_that_leads_nowhere_is_named_and_not_shown(name: str, address: str) -> None:
    for command in ("serve", "check"):
        ran = run(command, **{**PRODUCTION, name: address})
        assert f"{name}: write https://HOST or https://HOST:PORT" in ran.output
        assert ran.exit_code != 0
        assert not isinstance(ran.exception, ValueError)
        assert "secret" not in ran.output


@pytest.mark.parametrize(
    "address",
    ["https://[::1]:8443", "https://a.example.com:443/training", "http://localhost", "http://[::ffff:7f00:1]"],
)
def test_addresses_with_a_host_are_settings(address: str) -> None:
    assert Settings(public_url=address).public_url == address


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"DATABASE_URL": "sqlite:///test.db"}, "set EMBEDDED_DATABASE=sqlite"),
        ({"DATABASE_URL": "sqlite+aiosqlite://"}, "set EMBEDDED_DATABASE=sqlite"),
        ({"DATABASE_URL": "memory://"}, "set EMBEDDED_DATABASE=memory"),
        ({"DATABASE_URL": "memory://", "EMBEDDED_DATABASE": "sqlite"}, "set EMBEDDED_DATABASE=memory"),
        ({"DATABASE_URL": "sqlite://", "EMBEDDED_DATABASE": "memory"}, "set EMBEDDED_DATABASE=sqlite"),
    ],
)
@pytest.mark.parametrize("verb", [("serve",), ("migrate",), ("grant-role", "ana@example.com", "admin")])
def test_records_are_not_kept_in_a_file_that_nobody_meant(
    verb: tuple[str, ...], settings: dict[str, str], said: str
) -> None:
    environment = {**PRODUCTION, "EMBEDDED_DATABASE": "", **settings}
    assert said in one_line(run(*verb, **environment))
    assert said in refused(run("check", **environment), "kind of database")


@pytest.mark.usefixtures("ready")
def test_sqlite_that_is_meant_is_all_right_in_production() -> None:
    with publishing() as supabase:
        checked = run("check", **{**PRODUCTION, "SUPABASE_URL": supabase})
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "ok  kind of database     sqlite, as EMBEDDED_DATABASE says" in checked.stdout


@pytest.mark.parametrize("url", ["https://localhost", "https://127.0.0.1:8443", "https://[::1]"])
def test_certificates_lead_to_more_than_this_machine(url: str) -> None:
    checked = run("check", **{**PRODUCTION, "PUBLIC_URL": url})
    assert "the QR codes of certificates" in refused(checked, "public address")


KEYS = "/auth/v1/.well-known/jwks.json"


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, b"", "it answered 404; correct SUPABASE_URL, or resume the project"),
        (540, b"", "it answered 540; correct SUPABASE_URL, or resume the project"),
        (200, b"<html>", "does not answer with keys; correct SUPABASE_URL"),
        (200, b'{"keys": []}', "it has no key for ES256 or RS256; change the project to signing keys, or set"),
    ],
)
def test_a_supabase_that_publishes_no_keys_is_reported(status: int, body: bytes, said: str) -> None:
    with publishing(status, body) as supabase:
        problem = refused(run("check", **{**PRODUCTION, "SUPABASE_URL": supabase}), "supabase")
    assert problem.startswith(f"{supabase}{KEYS}")
    assert said in problem


@pytest.mark.usefixtures("ready")
def test_a_supabase_out_of_reach_is_reported_and_does_not_keep_the_service_from_starting() -> None:
    environment = {**PRODUCTION, "SUPABASE_URL": "http://127.0.0.1:1"}
    assert f"http://127.0.0.1:1{KEYS} cannot be reached" in refused(run("check", **environment), "supabase")

    async def start() -> None:
        service = bootstrap(Settings(**{name.lower(): value for name, value in environment.items()}))  # type: ignore[arg-type]  # as from the environment
        async with application(service).lifespan():
            pass

    asyncio.run(start())


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(("status", "body"), [(200, None), (200, b'{"keys": []}'), (404, b"")])
def test_with_the_legacy_secret_no_published_key_is_needed(status: int, body: bytes | None) -> None:
    with publishing(status, body) as supabase:
        checked = run("check", **{**PRODUCTION, "SUPABASE_URL": supabase, "SUPABASE_JWT_SECRET": "s" * 40})
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "SUPABASE_JWT_SECRET" in checked.stdout


@pytest.mark.usefixtures("ready")
def test_the_public_address_must_be_given() -> None:
    settings = {name: value for name, value in PRODUCTION.items() if name != "PUBLIC_URL"}
    assert "set PUBLIC_URL" in refused(run("check", **settings), "public address")


@pytest.mark.usefixtures("ready")
def test_the_admin_apis_key_does_not_travel_in_plain_text_either() -> None:
    settings = {**PRODUCTION, "SUPABASE_URL": "http://project.supabase.co", "SUPABASE_SERVICE_ROLE_KEY": "key"}
    assert "SUPABASE_URL must begin with https://" in one_line(run("sync-users", **settings))


@pytest.mark.parametrize(
    ("url", "more"),
    [
        (SOMEWHERE, {"DATABASE_TLS": "prefer"}),
        (f"{SOMEWHERE}?sslmode=prefer", {}),
        (f"{SOMEWHERE}?sslmode=allow", {"DATABASE_TLS": "require"}),
        ("postgresql://someone@/training?host=/run/postgresql&host=database.invalid", {"DATABASE_TLS": "prefer"}),
    ],
)
def test_the_database_is_not_reached_in_plain_text_unsaid(url: str, more: dict[str, str]) -> None:
    line = one_line(run("migrate", DATABASE_URL=url, **PRODUCTION, **more))
    assert "may fall back to plain text" in line
    assert "password" not in line


@pytest.mark.parametrize(
    "domains",
    [
        "@example.com",
        "*.example.com",
        "example",
        "ana@example.com",
        "exa mple.com",
        "bücher.example",
        ".example.com",
        "example.com.",
    ],
)
def test_domains_that_match_nobody_are_reported(domains: str) -> None:
    checked = run("check", ALLOWED_EMAIL_DOMAINS=f"example.org,{domains}")
    assert refused(checked, "settings").startswith("ALLOWED_EMAIL_DOMAINS: ")


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        ("@example.com", "'@example.com' is not a domain: write example.com"),
        ("ana@example.com", "'ana@example.com' is an address: write example.com"),
    ],
)
def test_what_to_write_instead_of_a_domain_with_an_at_sign_is_reported(domain: str, said: str) -> None:
    assert one_line(run("migrate", ALLOWED_EMAIL_DOMAINS=domain)) == f"Error: ALLOWED_EMAIL_DOMAINS: {said}\n"


def test_unknown_roles_are_reported() -> None:
    assert refused(run("check", REQUIRE_AAL2_FOR="admin,boss"), "settings").startswith("REQUIRE_AAL2_FOR")


def test_everything_that_is_wrong_is_reported_at_once() -> None:
    checked = run("check", ENVIRONMENT="staging", DATABASE_POOL_SIZE="0", SUPABASE_URL="")
    assert [line.split(" ")[2].rstrip(":") for line in checked.stderr.splitlines()] == [
        "SUPABASE_URL",
        "DATABASE_POOL_SIZE",
        "ENVIRONMENT",
    ]
    checked = run("check", ENVIRONMENT="production", EMBEDDED_DATABASE="")
    assert [line.split(": ")[1] for line in checked.stderr.splitlines()] == [
        "kind of database",
        "public address",
        "sign-in",
    ]
