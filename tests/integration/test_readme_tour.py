"""The tour of the README, run as it is printed, and again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from integration.running import ServerProcess

ROOT = Path(__file__).resolve().parents[2]
SECTION = re.compile(r"^## Five minutes with the demonstration$.*?^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def printed() -> str:
    """The block that a reader pastes."""
    found = SECTION.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found
    return found[1]


def tried(address: str, folder: Path, title: str | None = None) -> list[str]:
    """What the tour prints, line by line, when it is pasted as a whole: only the address and the command are others,
    and if one is given the title of the module.
    """
    script = printed().replace("http://127.0.0.1:8000", address)
    if title is not None:
        script = re.sub(r'(?<="title": ")Handling[^\n]*?",$', f'{title}",', script, count=1, flags=re.MULTILINE)
    script = script.replace(".venv/bin/unified-dental", str(Path(sys.executable).with_name("unified-dental")))
    done = subprocess.run(  # noqa: S603  # our own words
        ["/bin/bash", "-euo", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {line.partition(": ")[0] for line in done.stderr.splitlines()} <= {"The key of this token"}
    return [line for line in done.stdout.splitlines() if line]


def test_it_is_true_as_printed_and_on_the_second_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with ServerProcess(f"sqlite:///{tmp_path}/demo.db", "demo") as server:
        for _ in range(2):
            certificate = tmp_path / "certificate.pdf"
            certificate.unlink(missing_ok=True)
            answers = [json.loads(line) for line in tried(server.address, tmp_path)]
            catalogue, me, people, edited, published, enrolled, progress, graded, verified, owed, mistakes = answers
            assert catalogue["items"]
            assert (me["role"], me["full_name"]) == ("admin", "Dana Whitfield")
            assert people["items"][0]["department"] in ("Claims", "Billing")
            assert (edited["status"], edited["tags"]) == ("draft", ["osha"])
            assert published["status"] == "published"
            assert (enrolled["enrolled"] > 1, enrolled["refused"]) == (True, [])
            assert progress["percent"] == 50
            assert (graded["percent"], graded["passed"]) == (100, True)
            assert certificate.read_bytes().startswith(b"%PDF-")
            assert (verified["state"], verified["full_name"]) == ("valid", "Bethany Bowman")
            assert [each["label"] for each in owed["items"]] == ["overdue"]
            assert mistakes["status"] == 422
            assert {error["pointer"] for error in mistakes["errors"]} == {"/titel", "/title", "/tags/0"}
