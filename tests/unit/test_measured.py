"""The table of what the tests of faults have measured."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

from kit.about import for_each

TESTS_FOLDER = Path(__file__).resolve().parents[1]

CONFTEST = "from kit.measured import measured, pytest_configure, pytest_itemcollected, pytest_terminal_summary"
TESTS = """
import pytest

@pytest.mark.fault("cut")
@pytest.mark.parametrize("n", [1, 2])
def test_cut(n, measured):
    measured(acknowledged=10 * n, lost=0, longest_wait=n / 2)

@pytest.mark.fault("broken")
def test_broken(measured):
    measured(lost=3)
    assert False

@pytest.mark.fault("plain")
def test_plain():
    pass

@pytest.fixture
def bad():
    raise OSError

@pytest.mark.fault("never begun")
def test_never_begun(bad):
    pass

def test_of_no_case():
    pass
"""
EXPECTED = """\
| case | tests | measured |
|---|---|---|
| broken | 1 of 1 FAILED | lost 3 |
| cut | 2 passed | acknowledged 30, lost 0, longest wait 1 |
| never begun | 1 of 1 FAILED | - |
| plain | 1 passed | - |
"""


@for_each("workers", [0, 2])
def test_each_case_is_a_row(workers: int, tmp_path: Path) -> None:
    """Also where other processes run the tests."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_cases.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "no:schemathesis", "-p", "no:faker", f"--numprocesses={workers}"]
    environment = {**os.environ, "PYTHONPATH": str(TESTS_FOLDER)}
    done = subprocess.run(  # noqa: S603  # our own command
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert EXPECTED in done.stdout, done.stdout + done.stderr
    assert "1 failed, 4 passed, 1 error" in done.stdout


@for_each("path", sorted((TESTS_FOLDER / "faults").glob("test_*.py")), ids=lambda path: path.name)
def test_each_test_of_a_fault_belongs_to_a_case(path: Path) -> None:
    """So that `make faults` runs it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    whole = any(isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "pytestmark" for each in tree.body)
    for each in tree.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name.startswith("test_"):
            assert whole or any("mark.fault(" in ast.unparse(mark) for mark in each.decorator_list), each.name
