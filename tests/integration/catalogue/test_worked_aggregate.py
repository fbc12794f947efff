"""The worked example of docs/adding-an-aggregate.md, applied to a copy of the repository and run there."""

from __future__ import annotations

import re
from pathlib import Path

from documents.worked_examples import ROOT, applied, files, run, run_tests

DOCUMENT = "docs/adding-an-aggregate.md"
PAGES = {"docs/access.md", "docs/events.md"}
"""The documents that name every operation and every event; the second is written from the code."""


# Its suites in memory and on SQLite, its path over HTTP, and the rules that hold for everything. Of other operations
# the matrix is not sent once more, but all that it says of their rows is checked.
SHOWN = {
    "tests/unit/test_event_page.py": "",
    "tests/unit/catalogue/test_handlers_handouts.py": "",
    "tests/unit/http/test_handouts.py": "",
    "tests/unit/http/test_openapi.py": "",
    "tests/unit/http/test_caching.py": "",
    "tests/unit/kernel/test_registry.py": "",
    "tests/unit/kernel/test_declared_errors.py": "",
    "tests/unit/access/test_authorisation.py": "",
    "tests/unit/test_architecture.py": "",
    "tests/unit/memory/test_memory_contracts.py": "Handout or every_port or every_suite",
    "tests/unit/kernel/test_events.py": "Handout or every",
    "tests/unit/access/test_access_matrix.py": "handout or not each_kind_of",
    "tests/integration/database/test_sql_contracts.py": "Handout and sqlite",
    "tests/integration/database/test_statements.py": "left_out",
}
"""The tests that show it, by file, and which of each file."""


def test_the_worked_example_adds_an_aggregate_without_editing_any_list(sqlite: str, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    applied(DOCUMENT, folder)
    add_migration(folder, sqlite)
    # In one process, since starting takes longer than most of them.
    chosen = (f"{Path(file).stem} and ({names})" if names else Path(file).stem for file, names in SHOWN.items())
    run_tests(folder, *SHOWN, "-k", " or ".join(f"({each})" for each in chosen), UPDATE_DOCS="1")

    before, after = files(ROOT), files(folder)
    new = sorted(after.keys() - before.keys())
    assert all("handouts" in path for path in new), new
    assert {path for path in before if before[path] != after[path]} == PAGES
    assert len(new) + len(PAGES) == 14


def add_migration(folder: Path, migrated: str) -> None:
    """Let Alembic write the migration, as the document says, under the next number."""
    head = max(re.findall(r"_(\d{4})_", " ".join(path.name for path in (folder / "migrations/versions").glob("*.py"))))
    revision = f"{int(head) + 1:04}"
    written = ("revision", "--autogenerate", "--rev-id", revision, "-m", "handouts")
    run(folder, "-m", "alembic", *written, DATABASE_URL=migrated)
    (migration,) = (folder / "migrations/versions").glob(f"*_{revision}_handouts.py")
    assert "create_table" in migration.read_text(encoding="utf-8")
