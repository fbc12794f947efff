"""The worked example of docs/adding-a-command.md, applied to a copy of the repository and run there."""

from __future__ import annotations

import re
from pathlib import Path

from documents.worked_examples import applied, blocks, run_tests

DOCUMENT = "docs/adding-a-command.md"
SHOWN = "tests/unit/test_shown.py"
IN_THE_DOCUMENT = """
import json

import adapters, application, domain, entrypoints
from entrypoints.cli.serving import openapi_json


def test_it_is_in_the_document_of_the_copy():
    assert all(p.__file__.startswith({folder!r}) for p in (domain, application, adapters, entrypoints))
    document = json.loads(openapi_json())
    path = document["paths"]["/v1/modules/{{module_id}}/copy"]
    assert "copy a module" in path["post"]["description"]
    schema = path["post"]["responses"]["404"]["content"]["application/problem+json"]["schema"]["$ref"]
    own = document["components"]["schemas"][schema.rpartition("/")[2]]["allOf"][1]
    assert "module-not-found" in own["properties"]["code"]["enum"]
"""


def walks_over_operations(folder: Path) -> list[str]:
    """The files of tests that look through all messages, handlers or routes: a new one can fail no others."""
    found = [
        str(file.relative_to(folder))
        for file in sorted((folder / "tests/unit").rglob("test_*.py"))
        if re.search(r"\b(ROUTES|HANDLERS|discover\()", file.read_text(encoding="utf-8"))
    ]
    assert {"tests/unit/access/test_access_matrix.py", "tests/unit/access/test_authorisation.py"} <= {*found}
    return found


def test_the_worked_example_adds_a_command_with_four_files(tmp_path: Path) -> None:
    assert len({where for _, where, _ in blocks(DOCUMENT)}) == 4
    applied(DOCUMENT, tmp_path)

    (tmp_path / SHOWN).write_text(IN_THE_DOCUMENT.format(folder=str(tmp_path)), encoding="utf-8")
    # Of the other operations the matrix is not sent once more, but all that it says of their rows is checked.
    only = ("-k", "copy_module or not each_kind_of")
    run_tests(tmp_path, SHOWN, "tests/unit/test_copy_module.py", *walks_over_operations(tmp_path), *only)
    run_tests(tmp_path, "tests/unit/test_event_page.py", UPDATE_DOCS="1")
    assert "`CopyModule`" in (tmp_path / "docs/events.md").read_text(encoding="utf-8")
