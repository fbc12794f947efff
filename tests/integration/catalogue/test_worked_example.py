"""The worked example of docs/adding-a-command.md, applied to a copy of the repository and run there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[3]


def blocks() -> list[tuple[str, str, str]]:
    """The worked example: how each part is meant (`file`, `line` or `row`), where it goes, and its text."""
    tokens = MarkdownIt().parse((ROOT / "docs/adding-a-command.md").read_text(encoding="utf-8"))
    found = []
    for token in tokens:
        if token.type == "fence" and (mark := re.fullmatch(r"\w+ (file|line|row)=(\S+)", token.info)):
            found.append((mark[1], mark[2], token.content))
    return found


def test_the_worked_example_adds_a_command_with_four_files(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("src", "tests", "docs", "demo", "migrations"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "alembic.ini"):
        shutil.copy(ROOT / name, tmp_path / name)
    assert len({where for _, where, _ in blocks()}) == 4
    for kind, where, code in blocks():
        target = tmp_path / where
        if kind == "file":
            assert not target.exists(), "the example adds files of its own"
            target.write_text(code, encoding="utf-8")
        elif kind == "row":
            before, end, after = target.read_text(encoding="utf-8").partition("<!-- /matrix -->")
            assert end
            target.write_text(before + code + end + after, encoding="utf-8")
        elif code.startswith("from "):
            target.write_text(
                re.sub(r"^(from application\.)", rf"{code}\1", target.read_text(encoding="utf-8"), count=1, flags=re.M),
                encoding="utf-8",
            )
        elif not code.startswith(" "):
            target.write_text(
                re.sub(r"^ROUTES = ", rf"{code}\nROUTES = ", target.read_text(encoding="utf-8"), count=1, flags=re.M),
                encoding="utf-8",
            )
        else:
            before, opening, after = target.read_text(encoding="utf-8").partition("ROUTES = [\n")
            assert opening
            target.write_text(before + opening + code + after, encoding="utf-8")

    script = (
        "import domain, application, adapters, entrypoints, json, sys\n"
        f"assert all(p.__file__.startswith({str(tmp_path)!r}) for p in (domain, application, adapters, entrypoints))\n"
        "from entrypoints.cli.serving import openapi_json\n"
        "path = json.loads(openapi_json())['paths']['/v1/modules/{module_id}/copy']\n"
        "assert 'copy a module' in path['post']['description']\n"
        "schema = path['post']['responses']['404']['content']['application/problem+json']['schema']\n"
        "assert 'module-not-found' in schema['allOf'][1]['properties']['code']['enum']\n"
    )
    run(tmp_path, "-c", script)
    pytest = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    run(tmp_path, *pytest, "tests/unit/test_copy_module.py", "tests/unit/http", "tests/unit/test_architecture.py",
        "tests/unit/access/test_authorisation.py", "tests/unit/kernel/test_declared_errors.py")  # fmt: skip
    # Of the other operations the matrix is not sent once more, but all that it says of their rows is checked.
    run(tmp_path, *pytest, "tests/unit/access/test_access_matrix.py", "-k", "copy_module or not each_kind_of_person")
    run(tmp_path, *pytest, "tests/unit/kernel/test_events.py", "-k", "Copy or every")
    run(tmp_path, *pytest, "tests/unit/test_event_page.py", UPDATE_DOCS="1")
    assert "`CopyModule`" in (tmp_path / "docs/events.md").read_text(encoding="utf-8")


def run(folder: Path, *arguments: str, **environment: str) -> None:
    """Run Python on the copy, and show what it said if it fails."""
    done = subprocess.run(  # noqa: S603  # our own interpreter on our own copy
        [sys.executable, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin", "DATABASE_URL": "memory://", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
