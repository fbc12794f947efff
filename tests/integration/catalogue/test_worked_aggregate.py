"""The worked example of docs/adding-an-aggregate.md, applied to a copy of the repository and run there."""

from __future__ import annotations

import re
from pathlib import Path

from documents.worked_examples import ROOT, applied, files, run, run_tests

DOCUMENT = "docs/adding-an-aggregate.md"
PAGES = {"docs/access.md", "docs/events.md"}
"""The documents that name every operation and every event; the second is written from the code."""


def test_the_worked_example_adds_an_aggregate_without_editing_any_list(tmp_path: Path) -> None:
    applied(DOCUMENT, tmp_path)
    add_migration(tmp_path)
    run_tests(tmp_path, "tests/unit/test_event_page.py", UPDATE_DOCS="1")

    before, after = files(ROOT), files(tmp_path)
    new = sorted(after.keys() - before.keys())
    assert all("handouts" in path for path in new), new
    assert {path for path in before if before[path] != after[path]} == PAGES
    assert len(new) + len(PAGES) == 14

    # Its suites in memory and on SQLite, its path over HTTP, and the rules that hold for everything.
    run_tests(
        tmp_path,
        "tests/unit/catalogue/test_handlers_handouts.py",
        "tests/unit/http/test_handouts.py",
        "tests/unit/http/test_openapi.py",
        "tests/unit/http/test_caching.py",
        "tests/unit/kernel/test_registry.py",
        "tests/unit/kernel/test_declared_errors.py",
        "tests/unit/access/test_authorisation.py",
        "tests/unit/test_architecture.py",
    )
    run_tests(tmp_path, "tests/unit/memory", "-k", "Handout or every_port or every_suite")
    run_tests(tmp_path, "tests/unit/kernel/test_events.py", "-k", "Handout or every")
    # Of the other operations the matrix is not sent once more, but all that it says of their rows is checked.
    run_tests(tmp_path, "tests/unit/access/test_access_matrix.py", "-k", "handout or not each_kind_of")
    run_tests(tmp_path, "tests/integration/database/test_sql_contracts.py", "-k", "Handout and sqlite")
    run_tests(tmp_path, "tests/integration/database/test_statements.py", "-k", "left_out")


def add_migration(folder: Path) -> None:
    """Let Alembic write the migration, as the document says, under the next number."""
    database = f"sqlite:///{folder}/next.db"
    head = max(re.findall(r"_(\d{4})_", " ".join(path.name for path in (folder / "migrations/versions").glob("*.py"))))
    revision = f"{int(head) + 1:04}"
    run(folder, "-m", "entrypoints", "migrate", DATABASE_URL=database)
    written = ("revision", "--autogenerate", "--rev-id", revision, "-m", "handouts")
    run(folder, "-m", "alembic", *written, DATABASE_URL=database)
    (migration,) = (folder / "migrations/versions").glob(f"*_{revision}_handouts.py")
    assert "create_table" in migration.read_text(encoding="utf-8")
