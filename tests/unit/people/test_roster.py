"""Reading the lines of a roster."""

from __future__ import annotations

from datetime import date

import pytest

from domain.kernel.errors import InvalidValue
from domain.people.roster import LineProblem, RosterEntry, RosterImported, RosterRejected, RosterUnreadable
from kit.about import for_each
from kit.examples import uid


def test_a_line_is_read_by_its_column_names() -> None:
    entry = RosterEntry.parse(
        7,
        {
            "email": "Ana@Example.com",
            "full_name": "Ana Nováková",
            "department": "Hygiene",
            "job_title": "Hygienist",
            "location": "Austin",
            "hired_on": "2024-02-29",
        },
    )
    assert entry == RosterEntry(
        7, "ana@example.com", "Ana Nováková", "Hygiene", "Hygienist", "Austin", date(2024, 2, 29), {}
    )


def test_blanks_around_a_cell_do_not_count_and_empty_cells_say_nothing() -> None:
    entry = RosterEntry.parse(2, {"email": " ana@example.com ", "department": "  ", "hired_on": " ", "badge": " "})
    assert entry == RosterEntry(2, "ana@example.com")


def test_further_columns_go_to_the_profile() -> None:
    entry = RosterEntry.parse(2, {"email": "ana@example.com", "badge": " 17 ", "license_state": "TX", "shift": ""})
    assert entry.profile_metadata == {"badge": "17", "license_state": "TX"}


@for_each("cells", [{}, {"email": ""}, {"email": "  "}, {"full_name": "Ana"}])
def test_a_line_needs_an_email_address(cells: dict[str, str]) -> None:
    with pytest.raises(InvalidValue, match="is missing") as refusal:
        RosterEntry.parse(2, cells)
    assert refusal.value.field == ("email",)


@for_each(
    ("cells", "field"),
    [
        ({"email": "ana"}, "email"),
        ({"full_name": "x" * 201}, "full_name"),
        ({"department": "x" * 121}, "department"),
        ({"job_title": "x" * 121}, "job_title"),
        ({"location": "x" * 121}, "location"),
        ({f"column {n}": "x" for n in range(101)}, "profile_metadata"),
    ],
)
def test_a_bad_cell_is_named_by_its_column(cells: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        RosterEntry.parse(2, {"email": "ana@example.com", **cells})
    assert refusal.value.field == (field,)


@for_each(
    "text",
    ["yesterday", "2026-02-29", "20260331", "2026-3-31", "03/31/2026", "2026-W14-2", "2026-090", "2026-03-31T00:00"],
)
def test_dates_are_written_with_year_month_and_day(text: str) -> None:
    with pytest.raises(InvalidValue, match="must be a date such as 2026-03-31") as refusal:
        RosterEntry.parse(2, {"email": "ana@example.com", "hired_on": text})
    assert refusal.value.field == ("hired_on",)


def test_a_rejected_roster_shows_its_problems() -> None:
    problems = (LineProblem(2, "email", "is missing"), LineProblem(3, None, "has 9 cells"))
    error = RosterRejected(problems)
    assert error.problems == problems
    assert str(error) == "2 problem(s) found and nothing imported. Correct the lines, or import partially."
    assert (error.slug, RosterUnreadable.slug) == ("roster-rejected", "roster-unreadable")


def test_an_import_is_reported_under_its_own_id() -> None:
    assert RosterImported(uid(5), created=1, updated=2, unchanged=3).subject_id == uid(5)
