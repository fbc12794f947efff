"""What production refuses: settings that are set and empty, and secrets that would travel in plain text."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.command_line import one_line, run

PRODUCTION = {
    "ENVIRONMENT": "production",
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
    assert one_line(run("check", **{name: value})).startswith(f"Error: {name.upper()} is set and empty")


def test_not_in_a_dotenv_file_either(folder: Path) -> None:
    (folder / ".env").write_text("SUPABASE_URL=\n")
    assert "SUPABASE_URL is set and empty" in one_line(run("check"))
    assert "SUPABASE_URL" not in one_line(run("check", **PRODUCTION))


@pytest.mark.usefixtures("ready")
def test_other_empty_variables_mean_nothing() -> None:
    assert run("check", SUPABASE_JWT_SECRET="", ALLOWED_EMAIL_DOMAINS="", LOG_LEVEL="").exit_code == 0


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SUPABASE_URL": "http://project.supabase.co"}, "SUPABASE_URL must begin with https://"),
        ({"SUPABASE_URL": "http://127.0.0.1.example.com"}, "SUPABASE_URL must begin with https://"),
        ({"PUBLIC_URL": "http://training.example.com"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, "PUBLIC_URL"),
    ],
)
@pytest.mark.parametrize("verb", ["check", "serve"])
def test_addresses_are_https(settings: dict[str, str], said: str, verb: str) -> None:
    assert said in one_line(run(verb, **{**PRODUCTION, **settings}))


@pytest.mark.usefixtures("ready")
def test_the_public_address_must_be_given() -> None:
    settings = {name: value for name, value in PRODUCTION.items() if name != "PUBLIC_URL"}
    assert "set PUBLIC_URL" in one_line(run("check", **settings))


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
def test_domains_that_match_nobody_are_told(domains: str) -> None:
    assert "ALLOWED_EMAIL_DOMAINS" in one_line(run("check", ALLOWED_EMAIL_DOMAINS=f"example.org,{domains}"))


def test_roles_that_there_are_not_are_told() -> None:
    assert "REQUIRE_AAL2_FOR" in one_line(run("check", REQUIRE_AAL2_FOR="admin,boss"))
