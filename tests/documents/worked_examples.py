"""The worked examples of the documents, applied to a copy of the repository and run there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("src", "tests", "docs", "migrations", "pyproject.toml", "README.md", "alembic.ini")
TABLES = {"row": "matrix", "key_row": "keys"}
"""The tables of docs/access.md that a row is added to."""
NOT_COPIED = ("__pycache__", "*.egg-info")


def blocks(document: str) -> list[tuple[str, str, str]]:
    """The worked example: how each part is meant (`file`, `line`, `row` or `key_row`), where it goes, and its text."""
    tokens = MarkdownIt().parse((ROOT / document).read_text(encoding="utf-8"))
    found = []
    for token in tokens:
        if token.type == "fence" and (mark := re.fullmatch(r"\w+ (file|line|row|key_row)=(\S+)", token.info)):
            found.append((mark[1], mark[2], token.content))
    return found


def applied(document: str, folder: Path) -> None:
    """Copy the repository to the folder, and add to the copy what the document shows."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(*NOT_COPIED))
        else:
            shutil.copy(ROOT / name, folder / name)
    for kind, where, code in blocks(document):
        target = folder / where
        if kind == "file":
            assert not target.exists(), "the example adds files of its own"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(code, encoding="utf-8")
            continue
        text = target.read_text(encoding="utf-8")
        if kind in TABLES:
            before, end, after = text.partition(f"<!-- /{TABLES[kind]} -->")
        elif code.startswith("from "):
            before, end, after = _split(r"^from application\.", text)
        elif not code.startswith(" "):
            before, end, after = _split(r"^ROUTES = ", text)
            code = f"{code}\n"
        else:
            before, opening, after = text.partition("ROUTES = [\n")
            before, end = before + opening, ""
            assert opening
        target.write_text(before + code + end + after, encoding="utf-8")


def _split(pattern: str, text: str) -> tuple[str, str, str]:
    found = re.search(pattern, text, flags=re.MULTILINE)
    assert found
    return text[: found.start()], found[0], text[found.end() :]


def files(folder: Path) -> dict[str, bytes]:
    """Every file of the repository or its copy, by path, but for what running it leaves behind."""
    found: dict[str, bytes] = {}
    for name in COPIED:
        for path in [folder / name, *(folder / name).rglob("*")]:
            if path.is_file() and not any(fnmatch(part, each) for part in path.parts for each in NOT_COPIED):
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


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


def run_tests(folder: Path, *arguments: str, **environment: str) -> None:
    """Run tests of the copy."""
    run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, **environment)
