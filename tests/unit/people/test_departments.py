"""Departments that nobody works in, and what was perhaps meant."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any

import pytest

from domain.people.departments import COMPARED, SUGGESTED, UnknownDepartment, unknown_departments
from kit.about import for_each

KNOWN = ("Front desk", "Hygiene", "Hygiene Austin", "Oral surgery", "Zahnärzte", "OSHA")


@for_each(
    ("asked", "near"),
    [
        ("Hygeine", "Hygiene"),
        ("hygiene", "Hygiene"),
        ("Hygiene Austn", "Hygiene Austin"),
        ("Front-Desk", "Front desk"),
        ("Oral surgry", "Oral surgery"),
        ("Zahnarzte", "Zahnärzte"),
        ("OHSA", "OSHA"),
        ("Lab", None),
        ("Archive", None),
    ],
)
def test_the_one_that_was_perhaps_meant_is_named(asked: str, near: str | None) -> None:
    assert unknown_departments([asked], KNOWN) == (UnknownDepartment(asked, near),)


def test_known_ones_are_left_out_and_others_named_once_in_order() -> None:
    found = unknown_departments(["Lab", "Hygiene", "Archive", "Lab"], KNOWN)
    assert [each.name for each in found] == ["Lab", "Archive"]


def test_nothing_is_near_where_nobody_works_anywhere() -> None:
    assert unknown_departments(["Lab"], ()) == (UnknownDepartment("Lab", None),)


def test_thousands_of_departments_are_not_compared_letter_by_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty long names against two thousand would take most of a minute, in which nobody else is answered."""
    compared = 0

    class Counted(SequenceMatcher[Any]):
        def real_quick_ratio(self) -> float:
            nonlocal compared
            compared += 1
            return super().real_quick_ratio()

    monkeypatch.setattr("difflib.SequenceMatcher", Counted)
    known = [f"Department of oral health number {number} in Texas" for number in range(2_000)]
    asked = [name.replace("oral", "orla") for name in known[:50]]
    found = unknown_departments(asked, known)
    assert [each.near for each in found] == [*known[:SUGGESTED], *[None] * (50 - SUGGESTED)]
    assert 0 < compared <= SUGGESTED * COMPARED
