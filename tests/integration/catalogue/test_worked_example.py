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
    """The code of the worked example: how it is meant (`file` or `line`), where it goes, and its text."""
    tokens = MarkdownIt().parse((ROOT / "docs/adding-a-command.md").read_text(encoding="utf-8"))
    found = []
    for token in tokens:
        if token.type == "fence" and (mark := re.fullmatch(r"python (file|line)=(\S+)", token.info)):
            found.append((mark[1], mark[2], token.content))
    return found


def test_the_worked_example_adds_a_command_with_one_file_one_line_and_one_test(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("src", "tests", "docs", "demo", "migrations"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "alembic.ini"):
        shutil.copy(ROOT / name, tmp_path / name)
    for kind, where, code in blocks():
        target = tmp_path / where
        if kind == "file":
            assert not target.exists(), "the example adds files of its own"
            target.write_text(code, encoding="utf-8")
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
    )
    run(tmp_path, "-c", script)
    run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/test_copy_module.py", "tests/unit/http",
        "tests/unit/test_architecture.py")  # fmt: skip
    run(
        tmp_path,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/unit/kernel/test_events.py",
        "-k",
        "Copy or every",
    )
    page = "tests/unit/test_event_page.py"
    run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", page, UPDATE_DOCS="1")
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
