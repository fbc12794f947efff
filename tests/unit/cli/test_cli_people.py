"""The verbs for people: tokens for development, the first administrator, and the accounts of Supabase."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from adapters.system import SystemClock
from application.kernel.access import Actor
from application.people.users.commands import RegisterUser
from application.people.users.queries import ListUsers, UserView
from entrypoints.bootstrap import bootstrap
from entrypoints.cli.serving import application
from entrypoints.settings import Settings
from fake_supabase.double import SECRET_KEY, SupabaseDouble, Trouble, serving
from kit.command_line import one_line, run
from kit.workbooks import workbook_of

KEY_FILE = ".unified-dental-development-key"
SUPABASE = {"SUPABASE_URL": "https://project.supabase.co"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def database(folder: Path, ready: Path) -> str:
    """The URL of a database that is ready."""
    return "sqlite:///test.db"


@pytest.fixture(scope="module")
def double() -> SupabaseDouble:
    return SupabaseDouble(SystemClock())


@pytest.fixture(scope="module")
def project(double: SupabaseDouble) -> Iterator[str]:
    """The address of the project."""
    with serving(double) as address:
        yield address


def people(database: str) -> list[UserView]:
    """Everyone in the database, the newest first."""

    async def read() -> list[UserView]:
        service = bootstrap(Settings(database_url=SecretStr(database)))
        try:
            return list((await service.bus.ask(ListUsers(), Actor.system())).items)
        finally:
            await service.close()

    return asyncio.run(read())


@pytest.mark.parametrize("verb", ["token", "grant-role", "link-sign-in", "unlink-sign-in", "merge-user", "sync-users"])
def test_every_verb_has_help_with_an_example(folder: Path, verb: str) -> None:
    done = run(verb, "--help")
    assert done.exit_code == 0
    assert "Example" in done.stdout
    assert f"unified-dental {verb}" in done.stdout
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    "arguments", [("grant-role", "\udcff", "admin"), ("link-sign-in", "\udcff"), ("unlink-sign-in", "\udcff")]
)
def test_a_person_in_bytes_that_are_not_text_is_nobody(database: str, arguments: tuple[str, ...]) -> None:
    assert one_line(run(*arguments))


class TestToken:
    def test_it_opens_the_service_as_that_person(self, database: str) -> None:
        run("grant-role", "ana@example.com", "admin")
        token = run("token", "Ana@Example.com").stdout.strip()

        async def who() -> httpx.Response:
            service = bootstrap(Settings(database_url=SecretStr(database)))
            transport = httpx.ASGITransport(application(service))  # type: ignore[arg-type]  # two spellings of ASGI
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                answer = await client.get("/v1/users/me", headers={"authorization": f"Bearer {token}"})
            await service.close()
            return answer

        answer = asyncio.run(who())
        assert answer.status_code == 200
        assert (answer.json()["email"], answer.json()["role"]) == ("ana@example.com", "admin")

    def test_it_is_a_single_line_and_its_key_is_private(self, folder: Path) -> None:
        done = run("token", "ana@example.com")
        assert done.stdout.count("\n") == 1
        assert done.stderr == (
            f"The key of this token: {folder / KEY_FILE}. Services started in this folder accept what it signs; "
            "anybody who can read it can act as any person.\n"
        )
        assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600

    @pytest.mark.parametrize("address", ["ana", "ana@localhost", "", "ana@example.com "])
    def test_it_wants_an_address(self, folder: Path, address: str) -> None:
        done = run("token", address)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "EMAIL" in done.stderr

    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ({"ENVIRONMENT": "production"}, "ENVIRONMENT is production"),
            ({"ENVIRONMENT": "production", **SUPABASE}, "ENVIRONMENT is production"),
            (SUPABASE, "Supabase is set up"),
            ({"SUPABASE_JWT_SECRET": "x" * 40}, "Supabase is set up"),
        ],
    )
    def test_it_is_refused_where_people_sign_in_with_supabase(
        self, folder: Path, settings: dict[str, str], said: str
    ) -> None:
        assert said in one_line(run("token", "ana@example.com", **settings))
        assert not (folder / KEY_FILE).exists()

    def test_a_damaged_key_is_reported(self, folder: Path) -> None:
        (folder / KEY_FILE).write_text("short")
        (folder / KEY_FILE).chmod(0o600)
        assert "remove the file" in one_line(run("token", "ana@example.com"))


class TestGrantRole:
    def test_someone_new_is_registered_and_someone_known_is_changed(self, database: str) -> None:
        assert run("grant-role", "ana@example.com", "admin").stdout == ("ana@example.com is now admin, and new here.\n")
        arguments = ("grant-role", "ana@example.com", "manager", "--department", "Hygiene", "--department", "Lab")
        assert "At least one active administrator" in one_line(run(*arguments))
        run("grant-role", "ben@example.com", "admin")
        assert run(*arguments).stdout == "ana@example.com is now manager.\n"
        ana = next(user for user in people(database) if user.email == "ana@example.com")
        assert (ana.email, ana.role, list(ana.managed_departments)) == (
            "ana@example.com",
            "manager",
            ["Hygiene", "Lab"],
        )

    def test_people_are_named_by_their_employee_ids_too(self, database: str) -> None:
        async def register() -> None:
            service = bootstrap(Settings(database_url=SecretStr(database)))
            await service.bus.execute(RegisterUser(employee_id="E-00123"), Actor.system())
            await service.close()

        asyncio.run(register())
        assert run("grant-role", "e-00123", "admin").stdout == "e-00123 is now admin.\n"
        account = "8f14e45f-ceea-467f-9c1b-6a2f5d6e0b11"
        assert run("link-sign-in", "E-00123", "--subject", account).stdout == (
            f"E-00123 signs in with {account} from now on.\n"
        )
        assert run("unlink-sign-in", "E-00123").stdout == "E-00123 has no sign-in any more.\n"
        assert [(user.email, user.role, user.supabase_id) for user in people(database)] == [(None, "admin", None)]

    def test_departments_without_people_are_reported(self, database: str) -> None:
        Path("roster.csv").write_text("email,department\nana@example.com,Hygiene\n")
        run("import-users", "roster.csv")
        done = run(
            "grant-role", " bo@example.com", "manager", "--department", "Hygeine", "--department", "Hygiene\u200b"
        )
        assert done.stdout == "bo@example.com is now manager, and new here.\n"
        assert done.stderr == "Warning: nobody works in the department 'Hygeine' (did you mean 'Hygiene'?).\n"
        assert done.exit_code == 0

    def test_a_manager_without_departments_is_refused_with_what_to_add(self, database: str) -> None:
        assert one_line(run("grant-role", "ana@example.com", "manager")) == (
            "Error: A manager manages departments: add --department NAME, once for each.\n"
        )
        assert people(database) == []

    @pytest.mark.parametrize("role", ["authenticated", "author", "compliance", "admin"])
    def test_departments_of_anybody_else_are_reported(self, database: str, role: str) -> None:
        assert one_line(run("grant-role", "ana@example.com", role, "--department", "Hygiene")) == (
            f"Error: --department is for managers, and ana@example.com would be {role}: leave it out, or grant the "
            "role manager.\n"
        )
        assert people(database) == []

    @pytest.mark.parametrize("role", ["boss", "ADMIN", ""])
    def test_only_roles_that_there_are(self, folder: Path, role: str) -> None:
        done = run("grant-role", "ana@example.com", role)
        assert (done.exit_code, done.stdout) == (2, "")

    def test_somebody_new_needs_an_address(self, database: str) -> None:
        told = "Error: There is no user with this employee id. Somebody new needs an e-mail address such as"
        assert told in one_line(run("grant-role", "ana", "admin"))
        assert people(database) == []

    def test_a_database_that_is_not_ready_is_reported(self, folder: Path) -> None:
        assert "Run `unified-dental migrate`" in one_line(run("grant-role", "ana@example.com", "admin"))


SUBJECT = "8f14e45f-ceea-467f-9c1b-6a2f5d6e0b11"


class TestSignIns:
    def test_a_sign_in_is_linked_by_the_accounts_id_and_ended(self, database: str) -> None:
        run("grant-role", "ana@example.com", "admin")
        assert "let the person sign in first" in one_line(run("link-sign-in", "ana@example.com"))
        done = run("link-sign-in", "ana@example.com", "--subject", SUBJECT, "--reason", "new-account")
        assert done.stdout == f"ana@example.com signs in with {SUBJECT} from now on.\n"
        assert [user.supabase_id for user in people(database)] == [SUBJECT]
        done = run("unlink-sign-in", "ana@example.com", "--reason", "compromised")
        assert done.stdout == "ana@example.com has no sign-in any more.\n"
        assert [user.supabase_id for user in people(database)] == [None]
        assert "no sign-in" in one_line(run("unlink-sign-in", "ana@example.com"))

    def test_with_the_role_as_well(self, database: str) -> None:
        run("grant-role", "ana@example.com", "admin", "--subject", SUBJECT)
        assert [user.supabase_id for user in people(database)] == [SUBJECT]

    def test_nobody_has_this_address(self, database: str) -> None:
        assert "no user with this e-mail address" in one_line(run("link-sign-in", "ana@example.com"))

    @pytest.mark.parametrize("more", [["--subject", "ana"], ["--reason", "because"]])
    def test_what_is_no_id_and_no_reason_is_reported(self, folder: Path, more: list[str]) -> None:
        done = run("link-sign-in", "ana@example.com", *more)
        assert (done.exit_code, done.stdout) == (2, "")


class TestSyncUsers:
    @pytest.fixture
    def settings(self, double: SupabaseDouble, project: str) -> dict[str, str]:
        double.accounts.clear()
        double.trouble = None
        return {
            "SUPABASE_URL": project,
            "SUPABASE_SERVICE_ROLE_KEY": SECRET_KEY,
            "SUPABASE_CONFIRMS_EMAIL": "true",
            "ALLOWED_EMAIL_DOMAINS": "example.com",
            "ENVIRONMENT": "production",
            "EMBEDDED_DATABASE": "sqlite",
        }

    def test_accounts_become_users(self, database: str, double: SupabaseDouble, settings: dict[str, str]) -> None:
        run("grant-role", "ana@example.com", "admin")
        for name in ("ana", "ben"):
            double.add_user(f"{name}@example.com")
        done = run("sync-users", "--dry-run", **settings)
        waiting = "1 sign-ins of people who may do more than learn wait for an administrator, or for link-sign-in.\n"
        said = "1 created, 0 linked, 0 updated, 0 unchanged, 0 ignored, 0 deactivated"
        assert (done.exit_code, done.stdout, done.stderr) == (0, f"{waiting}{said} (dry run).\n", "")
        assert [(user.email, user.supabase_id) for user in people(database)] == [("ana@example.com", None)]
        assert run("sync-users", **settings).stdout == f"{waiting}{said}.\n"
        waits = "The sign-in of ben@example.com waits until link-sign-in confirms it.\n"
        assert run("grant-role", "ben@example.com", "author").stderr == waits
        run("link-sign-in", "ben@example.com")
        assert run("grant-role", "ben@example.com", "admin").stderr == ""
        assert run("link-sign-in", "Ana@example.com").stdout.startswith("Ana@example.com signs in with ")
        assert {user.email: user.supabase_id for user in people(database)} == {
            account.email: str(account.id) for account in double.accounts.values()
        }

    @pytest.mark.parametrize(
        ("left_out", "said"),
        [
            ("SUPABASE_URL", "set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY"),
            ("SUPABASE_SERVICE_ROLE_KEY", "set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY"),
        ],
    )
    def test_settings_that_are_missing_are_reported(
        self, database: str, settings: dict[str, str], left_out: str, said: str
    ) -> None:
        del settings[left_out]
        assert said in one_line(run("sync-users", **settings))

    def test_a_wrong_key_is_reported(self, database: str, settings: dict[str, str]) -> None:
        settings["SUPABASE_SERVICE_ROLE_KEY"] = "wrong-and-secret"
        line = one_line(run("sync-users", **settings))
        assert "answers 401; check SUPABASE_SERVICE_ROLE_KEY. Nobody was deactivated" in line
        assert "wrong-and-secret" not in line

    def test_an_address_that_is_not_a_projects_is_reported(
        self, database: str, double: SupabaseDouble, settings: dict[str, str]
    ) -> None:
        double.trouble = Trouble("garbage")
        assert "check SUPABASE_URL. Nobody was deactivated" in one_line(run("sync-users", **settings))

    def test_a_database_that_is_not_ready_is_reported(self, folder: Path, settings: dict[str, str]) -> None:
        assert "Run `unified-dental migrate`" in one_line(run("sync-users", **settings))


@pytest.mark.usefixtures("ready")
def test_a_dry_run_is_a_table_or_json_and_changes_nothing(folder: Path) -> None:
    roster = folder / "roster.csv"
    roster.write_text("email,full_name,department\nana@x.org,Ana,Lab\nbo@x.org,Bo,Lab\n")
    run("import-users", "roster.csv")
    roster.write_text("email,full_name,department\nana@x.org,Ana,[red]Hygiene\nbo@x.org,Bo,\ncy@x.org,Cy,\ncy,Cy,\n")
    shown = run("import-users", "--dry-run", "roster.csv")
    assert shown.exit_code == 0
    head, ana, cy, bad, counts, refused = shown.stdout.splitlines()
    assert head.split() == ["line", "outcome", "person", "column", "from", "to", "or", "why"]
    assert ana.split() == ["2", "updated", "ana@x.org", "department", "Lab", "[red]Hygiene"]
    assert cy.split() == ["4", "created", "cy@x.org"]
    assert bad.split()[:4] == ["5", "refused", "email", "must"]
    assert counts == "1 created, 1 updated, 1 unchanged, 1 refused (dry run: nothing was changed)."
    assert refused.startswith("The import itself would be refused: 1 problem(s)")
    document = json.loads(run("import-users", "--dry-run", "--json", "roster.csv").stdout)
    assert [line["outcome"] for line in document["lines"]] == ["updated", "unchanged", "created", "refused"]
    assert document["lines"][0]["changes"] == [{"column": "department", "before": "Lab", "after": "[red]Hygiene"}]
    failed = run("import-users", "--json", "roster.csv")
    assert (failed.exit_code, json.loads(failed.stdout)["problems"][0]["line"]) == (1, 5)
    done = json.loads(run("import-users", "--json", "--partial", "roster.csv").stdout)
    assert (done["created"], done["updated"], done["unchanged"]) == (1, 1, 1)


def test_a_workbook_is_imported_by_a_mapping(folder: Path, database: str) -> None:
    rows = [
        ("Active workers",),
        ("Worker", "Email - Work", "Hire Date", "Office", "Flag"),
        ("Ruiz, Ana", "ana@example.com", "03/02/2026", "Dallas", False),
        ("Ruiz, Ana", "ana@example.com", "03/02/2026", "Austin", True),
    ]
    workbook_of(folder / "report.xlsx", {"Cover": [("x",)], "Data": rows})
    mapping = folder / "workday.yaml"
    mapping.write_text(
        "header: 2\ndates: MM/DD/YYYY\ncolumns:\n  Worker: last_name, first_name\n  Email - Work: email\n"
        "  Flag: is_primary\n"
    )
    done = run("import-users", "--sheet", "data", "--mapping", "workday.yaml", "report.xlsx")
    assert done.exit_code == 0
    assert "The column 'Email - Work' was read as 'email'." in done.stdout.splitlines()
    (ana,) = people(database)
    assert (ana.full_name, ana.hired_on, ana.location) == ("Ana Ruiz", date(2026, 3, 2), "Austin")
    assert done.stdout.splitlines()[-1] == "1 created, 0 updated, 0 unchanged, 1 further line."

    workbook_of(folder / "report.xlsx", {"Data": [*rows[:2], ("Ruiz, Ana", "ana@example.com", "3/2", "Dallas", True)]})
    failed = run("import-users", "--mapping", "workday.yaml", "report.xlsx")
    assert "report.xlsx:3: Hire Date is '3/2'" in failed.stderr
    shown = run("import-users", "--dry-run", "--mapping", "workday.yaml", "report.xlsx")
    assert "Hire Date" in shown.stdout
    assert "hire date" not in shown.stdout

    mapping.write_text("header: 2\ndates: MM/DD/YY\n")
    failed = run("import-users", "--mapping", "workday.yaml", "report.xlsx")
    assert failed.exit_code == 1
    assert "workday.yaml:2: dates: must have YYYY" in failed.stderr
