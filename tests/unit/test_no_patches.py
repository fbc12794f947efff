"""Tests give our own code what it must work with, and replace nothing inside of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.lints import patches_of_our_own
from kit.about import for_each

TESTS = Path(__file__).resolve().parents[1]


def test_no_test_patches_our_own_code() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{line} {what}"
        for path in sorted(TESTS.rglob("*.py"))
        for line, what in patches_of_our_own(path.read_text(encoding="utf-8"))
    ]
    assert not found, f"make it a parameter with a default: {found}"


@for_each(
    "source",
    [
        "from adapters.sql.kit import engine\nmonkeypatch.setattr(engine, 'Pool', Listened)",
        "import adapters.sql.kit.engine\npatch.setattr(adapters.sql.kit.engine, 'Pool', Listened)",
        "from domain.people import users as people\nmonkeypatch.delattr(people.User, 'follow')",
        "monkeypatch.setattr('adapters.supabase.tokens.MAX_REMEMBERED', 2)",
        "from application.kernel.handlers import TABLE\nmonkeypatch.setitem(TABLE, 'a', 1)",
        "from unittest.mock import patch",
        "import unittest.mock",
    ],
)
def test_a_patch_is_found(source: str) -> None:
    assert len([*patches_of_our_own(source)]) == 1


@pytest.mark.parametrize(
    "source",
    ["import os\nmonkeypatch.setattr(os, 'geteuid', number)", "monkeypatch.setattr('difflib.SequenceMatcher', C)"],
)
def test_what_is_not_ours_may_be_replaced(source: str) -> None:
    assert [*patches_of_our_own(source)] == []
