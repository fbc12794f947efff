"""The command line as an operator meets it: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from kit.command_line import one_line, refused, run

ROOT = Path(__file__).resolve().parents[3]
VERBS = (
    "serve",
    "worker",
    "dead-letters",
    "migrate",
    "demo",
    "import-users",
    "import-catalog",
    "import-requirements",
    "regrade",
    "reproject",
    "sweep",
    "refresh-reports",
    "reseal-secrets",
    "check",
    "openapi",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(folder: Path, verb: str) -> None:
    done = run(verb, "--help")
    assert done.exit_code == 0
    assert "Example" in done.stdout
    assert f"unified-dental {verb}" in done.stdout


def test_help_imports_neither_the_web_stack_nor_the_database(folder: Path) -> None:
    script = (
        "import sys; from click.testing import CliRunner; from entrypoints.cli.main import main; "
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0; "
        "sys.exit(bool({'litestar', 'sqlalchemy', 'pydantic', 'uvicorn'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=folder, check=False).returncode == 0  # noqa: S603


def test_an_unknown_verb_is_a_usage_error(folder: Path) -> None:
    done = run("fly")
    assert done.exit_code == 2
    assert "No such command 'fly'" in done.stderr


def test_check_tells_what_to_do_about_an_empty_database(folder: Path) -> None:
    assert "Run `unified-dental migrate`" in refused(run("check"), "migration")
    assert run("migrate").exit_code == 0
    done = run("check")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "Everything that was checked is in order."


@pytest.mark.usefixtures("ready")
def test_check_writes_json_for_programs(folder: Path) -> None:
    done = run("check", "--json")
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert (report["ok"], report["environment"]) == (True, "development")
    by_name = {check["name"]: check for check in report["checks"]}
    assert by_name["migration"]["status"] == "ok"
    assert by_name["supabase"] == {
        "name": "supabase",
        "status": "not-checked",
        "detail": "not checked: SUPABASE_URL is not set",
        "problems": [],
    }


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [({"ENVIRONMENT": "staging"}, "settings"), ({"DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}, "database")],
)
def test_check_writes_json_whatever_is_wrong(folder: Path, settings: dict[str, str], wrong: str) -> None:
    done = run("check", "--json", **settings)
    assert (done.exit_code, done.stderr) == (1, "")
    report = json.loads(done.stdout)
    assert report["ok"] is False
    assert [check["name"] for check in report["checks"] if check["status"] == "failed"] == [wrong]


@pytest.mark.usefixtures("ready")
def test_only_postgresql_is_reconciled_by_several_processes(folder: Path) -> None:
    assert "Several processes need PostgreSQL" in one_line(run("reconcile", "--processes", "2"))
    assert run("reconcile").exit_code == 0


def test_a_migration_of_a_later_version_is_reported_as_such(folder: Path, ready: Path) -> None:
    with closing(sqlite3.connect(ready)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    for said in (refused(run("check"), "migration"), one_line(run("migrate")), one_line(run("sweep"))):
        assert "is at migration 9999, which this version does not know. Install the version" in said


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"DATABASE_URL": "oracle://secret:password@x/y"}, "DATABASE_URL"),
        ({"DATABASE_URL": "what"}, "DATABASE_URL"),
        ({"ENVIRONMENT": "staging"}, "ENVIRONMENT"),
        ({"DATABASE_POOL_SIZE": "0"}, "DATABASE_POOL_SIZE"),
        ({"DATABASE_POOLER": "both"}, "DATABASE_POOLER"),
        *(
            ({"DATABASE_SCHEMA": name}, "DATABASE_SCHEMA")
            for name in (
                "public",
                "auth",
                "pg_temp",
                "Training",
                "a-b",
                'a"b',
                "a.b",
                "1a",
                "é",
                "a" * 64,
                "a; b",
                "a\n",
            )
        ),
        ({"DATABASE_URL": "postgresql://someone:password@127.0.0.1:1/db"}, "ConnectionRefusedError"),
    ],
)
def test_wrong_settings_are_reported_in_one_line_without_secrets(
    folder: Path, settings: dict[str, str], said: str
) -> None:
    line = one_line(run("sweep", **settings))
    assert said in line
    assert "password" not in line
    checked = run("check", **settings)
    assert checked.exit_code == 1
    assert said in checked.stderr
    assert "password" not in checked.output


def test_settings_come_from_a_dotenv_file(folder: Path) -> None:
    (folder / ".env").write_text("ENVIRONMENT=nonsense\n")
    assert "ENVIRONMENT" in refused(run("check"), "settings")


@pytest.mark.usefixtures("ready")
def test_a_roster_is_imported_and_imported_again(folder: Path) -> None:
    (folder / "roster.csv").write_text("email,full_name,shoe_size\nana@x.org,Ana,38\nbo@x.org,Bo,41\n")
    assert run("import-users", "roster.csv").stdout == "2 created, 0 updated, 0 unchanged.\n"
    (folder / "roster.csv").write_text("email,full_name,shoe_size\nana@x.org,Ana,39\nbo@x.org,Bo,41\ncy@x.org,Cy,\n")
    assert run("import-users", "roster.csv").stdout == "1 created, 1 updated, 1 unchanged.\n"


@pytest.mark.usefixtures("ready")
def test_bad_lines_are_reported_by_number_and_nothing_is_imported(folder: Path) -> None:
    (folder / "roster.csv").write_text("email,hired_on\nana@x.org,2020-01-31\nnot-an-address,\nbo@x.org,31.1.2020\n")
    done = run("import-users", "roster.csv")
    assert done.exit_code == 1
    assert "roster.csv:3: email" in done.stderr
    assert "roster.csv:4: hired_on" in done.stderr
    done = run("import-users", "--partial", "roster.csv")
    assert done.exit_code == 1
    assert done.stdout.startswith("1 created, 0 updated, 0 unchanged.")


def test_a_roster_cannot_be_imported_before_the_database_is_ready(folder: Path) -> None:
    (folder / "roster.csv").write_text("email\nana@x.org\n")
    assert "Run `unified-dental migrate`" in one_line(run("import-users", "roster.csv"))


@pytest.mark.usefixtures("ready")
def test_a_catalogue_is_loaded_and_loaded_again(folder: Path) -> None:
    catalog = ROOT / "src" / "entrypoints" / "demo" / "catalog"
    modules = len(list(catalog.glob("*.md")))
    first = run("import-catalog", str(catalog))
    assert first.stdout == f"{modules} created, 0 updated, 0 unchanged.\n"
    assert run("import-catalog", "--starter").stdout == f"0 created, 0 updated, {modules} unchanged.\n"


@pytest.mark.parametrize("arguments", [[], [".", "--starter"]])
def test_a_catalogue_is_a_folder_or_the_starter(folder: Path, arguments: list[str]) -> None:
    done = run("import-catalog", *arguments)
    assert done.exit_code == 2
    assert "Name a folder, or use --starter." in done.stderr


@pytest.mark.usefixtures("ready")
def test_mistakes_in_a_catalogue_are_reported_with_file_and_line(folder: Path) -> None:
    (folder / "catalog").mkdir()
    (folder / "catalog" / "bad.md").write_text(
        "---\nslug: bad\ntitle: Bad\n---\n\n## Quiz\n\n```yaml quiz\n- kind: riddle\n```\n"
    )
    done = run("import-catalog", "catalog")
    assert done.exit_code == 1
    assert "bad.md:9:" in done.stderr


@pytest.mark.usefixtures("ready")
def test_what_cannot_be_published_is_reported_of_every_file_before_the_first_is_loaded(folder: Path) -> None:
    (folder / "catalog").mkdir()
    module = "---\nslug: {slug}\ntitle: {title}\nsummary: S\ntags: []\n---\n\n## Why\n\nWash.\n"
    titles = {"a": "Hands", "b": "Hands 🧼", "c": "洗手"}
    for slug, title in titles.items():
        (folder / "catalog" / f"{slug}.md").write_text(module.format(slug=slug, title=title), encoding="utf-8")
    done = run("import-catalog", "catalog")
    assert (done.exit_code, done.stdout) == (1, "Nothing was loaded. Correct this first:\n")
    assert [line.split(" of the title")[0] for line in done.stderr.splitlines()] == [
        "catalog/b.md: Certificates cannot print 🧼 (U+1F9FC)",
        "catalog/c.md: Certificates cannot print 手 (U+624B), 洗 (U+6D17)",
    ]
    for slug in "bc":
        (folder / "catalog" / f"{slug}.md").write_text(module.format(slug=slug, title=slug), encoding="utf-8")
    assert run("import-catalog", "catalog").stdout == "3 created, 0 updated, 0 unchanged.\n"


def test_the_openapi_document_is_written(folder: Path) -> None:
    assert json.loads(run("openapi").stdout)["openapi"].startswith("3.1")
    assert run("openapi", "--output", "api.json").stdout == ""
    assert json.loads((folder / "api.json").read_text())["info"]["title"]


def test_a_file_that_cannot_be_written_is_one_line(folder: Path) -> None:
    (folder / "there").mkdir()
    assert run("openapi", "--output", "there").exit_code == 2


@pytest.mark.parametrize("verb", ["demo", "serve"])
def test_nothing_for_development_starts_in_production(folder: Path, verb: str) -> None:
    assert "ENVIRONMENT" in one_line(run(verb, "--port", "0", ENVIRONMENT="production"))


def test_the_command_is_installed() -> None:
    command = Path(sys.executable).with_name("unified-dental")
    assert command.stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize("url", ["memory://", "sqlite://", "sqlite:///:memory:"])
def test_several_processes_need_a_database_that_they_can_share(url: str) -> None:
    result = run("serve", "--workers", "2", DATABASE_URL=url)
    assert result.exit_code == 1
    assert "leave out --workers" in result.output
