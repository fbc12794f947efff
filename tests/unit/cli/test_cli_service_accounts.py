"""Service accounts at the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import Result

from domain.people.service_account_keys import key_id_of
from domain.people.service_accounts import LONGEST_DAYS, LONGEST_OVERLAP, USUAL_OVERLAP
from kit.command_line import one_line, run

VERBS = ["create", "list", "rotate", "revoke", "disable", "enable"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def database(folder: Path, ready: Path) -> None:
    """A database that is ready, in the working directory."""


def account(*arguments: str) -> Result:
    return run("service-account", *arguments)


def created(name: str = "HR system", *options: str) -> str:
    """The key of a new service account."""
    made = account("create", name, "--purpose", "Nightly roster", "--scope", "people:read", *options)
    assert made.exit_code == 0, made.output
    return made.stdout.strip()


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_every_verb_has_help_with_an_example(folder: Path, verb: str) -> None:
    done = account(*filter(None, [verb, "--help"]))
    assert done.exit_code == 0
    assert f"unified-dental service-account {verb}".strip() in done.stdout.partition("Example")[2]


@pytest.mark.usefixtures("database")
class TestServiceAccounts:
    def test_the_key_alone_is_on_standard_output(self) -> None:
        made = account("create", "BI", "--purpose", "Dashboards", "--scope", "reports:read", "--scope", "records:read")
        assert re.fullmatch(r"udt_test_[0-9a-f]{32}_\w{49}\n", made.stdout)
        assert re.fullmatch(r"The key of BI, valid until \d{4}-\d\d-\d\d\. It is not shown again:\n", made.stderr)

    def test_the_list_shows_accounts_and_keys_and_no_text_of_a_key(self) -> None:
        assert account("list").stdout == ""
        texts = [created(), created("Lab", "--department", "Lab")]
        shown = account("list").stdout
        lines = shown.splitlines()
        assert lines[0] == "Lab: Nightly roster"
        assert lines[1].endswith(", people:read, for Lab")
        key_id = key_id_of(texts[0])
        assert key_id is not None
        assert re.fullmatch(rf"  key {key_id.hex}: valid until \S+, never used", lines[5])
        assert not any(text in shown for text in texts)

    def test_a_key_is_replaced_and_revoked(self) -> None:
        first = created()
        second = account("rotate", "hr SYSTEM", "--days", "30", "--overlap-hours", "48").stdout.strip()
        assert key_id_of(second) != key_id_of(first)
        assert "two live keys" not in account("list").stdout
        assert "Two keys of the service account are live already" in one_line(account("rotate", "HR system"))
        key_id = key_id_of(first)
        assert key_id is not None
        assert account("revoke", "HR system", key_id.hex).stdout == f"The key {key_id.hex} of HR system is revoked.\n"
        assert f"key {key_id.hex}: revoked on" in account("list").stdout
        assert account("rotate", "HR system", "--overlap-hours", "0").exit_code == 0
        assert account("list").stdout.count("valid until") == 1

    def test_an_account_is_disabled_and_enabled(self) -> None:
        created()
        assert account("disable", "HR system").stdout == "HR system is disabled.\n"
        assert account("list").stdout.startswith("HR system (disabled): ")
        assert "gets no new key" in one_line(account("rotate", "HR system"))
        assert account("enable", "HR system").stdout == "HR system is active.\n"
        assert account("list").stdout.startswith("HR system: ")

    def test_mistakes_are_reported_in_one_line(self) -> None:
        created()
        assert "Another service account has this name" in one_line(
            account("create", "hr system", "--purpose", "?", "--scope", "people:read")
        )
        assert "scopes people:write cannot be limited to departments" in one_line(
            account("create", "X", "--purpose", "?", "--scope", "people:write", "--department", "Lab")
        )
        assert "There is no service account called Nobody" in one_line(account("rotate", "Nobody"))
        assert "has no key with this id" in one_line(account("revoke", "HR system", "0" * 32))

    def test_what_cannot_be_meant_is_a_usage_error(self) -> None:
        for arguments, said in {
            ("create", "X", "--purpose", "?", "--scope", "people:fly"): "people:fly is none of catalogue:read",
            ("create", "X", "--purpose", "?"): "Missing option '--scope'",
            ("create", "X", "--purpose", "?", "--scope", "people:read", "--days", "367"): "1<=x<=366",
            ("revoke", "X", "udt_live_1"): "it must be the id of a key",
        }.items():
            done = account(*arguments)
            assert (done.exit_code, said in done.stderr) == (2, True), done.stderr

    def test_its_limits_are_those_of_the_domain(self) -> None:
        """They are written there too, since the help must not load the domain."""
        shown = " ".join(account("rotate", "--help").output.split())
        assert f"1<=x<={LONGEST_DAYS}]" in shown
        assert f"[default: {USUAL_OVERLAP}; 0<=x<={LONGEST_OVERLAP}]" in shown

    def test_a_department_in_which_nobody_works_is_reported(self) -> None:
        made = account("create", "X", "--purpose", "?", "--scope", "people:read", "--department", "Hygeine")
        assert "Warning: nobody works in the department 'Hygeine'." in made.stderr


def test_a_key_of_production_says_so(folder: Path, ready: Path) -> None:
    made = run(
        *("service-account", "create", "X", "--purpose", "?", "--scope", "people:read"),
        ENVIRONMENT="production",
        EMBEDDED_DATABASE="sqlite",
        SUPABASE_URL="https://project.supabase.co",
        PUBLIC_URL="https://training.example.com",
    )
    assert made.stdout.startswith("udt_live_"), made.output
