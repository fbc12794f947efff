"""What the columns of a roster mean, as HR systems name them, and who is not to be made active."""

from __future__ import annotations

from itertools import pairwise

import pytest

from domain.kernel.errors import InvalidValue
from domain.people.roster import COLUMNS, RosterEntry, RosterUnreadable
from domain.people.roster_columns import ColumnRead, RosterColumns
from domain.people.roster_mapping import AS_WRITTEN, RosterMapping
from domain.people.roster_vocabulary import SYNONYMS
from kit.about import for_each


def readings(*names: str) -> dict[str, str]:
    return {read.header: read.read_as for read in RosterColumns.of(names).readings}


def refusal(*names: str) -> str:
    with pytest.raises(RosterUnreadable) as refused:
        RosterColumns.of(names)
    return str(refused.value)


def test_known_names_are_known() -> None:
    assert readings("email", "full_name", "department", "job_title", "location", "hired_on", "license_state") == {}


def test_spellings_of_known_names_are_read_and_said() -> None:
    assert readings("e-mail", "full name", "department", "job title", "hired on") == {
        "e-mail": "email",
        "full name": "full_name",
        "job title": "job_title",
        "hired on": "hired_on",
    }


@for_each(
    ("name", "column"),
    [
        *(("employee name", "full_name"), ("dept.", "department"), ("position", "job_title"), ("title", "job_title")),
        *(("hire date", "hired_on"), ("start-date", "hired_on"), ("office", "location"), ("fullname", "full_name")),
    ],
)
def test_other_words_for_them_as_well(name: str, column: str) -> None:
    columns = RosterColumns.of(("email", name))
    assert columns.readings == (ColumnRead(name, column),)
    assert columns.cells({"email": "a@example.com", name: "2026-03-02"}) == {
        "email": "a@example.com",
        column: "2026-03-02",
    }
    assert columns.header_of(column) == name


def test_a_known_name_is_not_taken_away_by_another_word() -> None:
    assert readings("work email", "full_name", "name", "location", "office") == {"work email": "email"}


@for_each(
    ("names", "told"),
    [
        (("email", "e-mail"), "The columns 'email' and 'e-mail' both mean 'email'."),
        (("work email", "email address"), "The columns 'work email' and 'email address' both mean 'email'."),
        (("email", "full name", "fullname"), "The columns 'full name' and 'fullname' both mean 'full_name'."),
        (("email", "hire date", "start date"), "The columns 'hire date' and 'start date' both mean 'hired_on'."),
        (("email", "departmnet"), "The column 'departmnet' looks like 'department'."),
        (("emial",), "The column 'emial' looks like 'email'."),
        (("email", "first name"), "The column 'first name' is half a name."),
        (("email", "surname"), "The column 'surname' is half a name."),
        (("name", "phone"), "There is no column named 'email' or 'employee_id'."),
    ],
)
def test_what_can_be_read_in_two_ways_or_in_none_is_refused(names: tuple[str, ...], told: str) -> None:
    assert refusal(*names).startswith(told)


def test_names_of_something_else_are_no_misspellings() -> None:
    assert readings("email", "department_id", "location code", "hired_by", "full_time") == {}


def test_halves_of_a_name_are_put_together() -> None:
    columns = RosterColumns.of(("email", "last name", "first name"))
    assert {read.header: read.read_as for read in columns.readings} == {
        "first name": "full_name",
        "last name": "full_name",
    }
    cells = columns.cells({"email": "a@example.com", "last name": "García", "first name": "Ana"})
    assert cells == {"email": "a@example.com", "full_name": "Ana García"}


def test_beside_a_full_name_the_halves_are_metadata() -> None:
    assert readings("email", "full_name", "first name", "last name") == {}


def test_columns_with_the_names_of_meanings_are_metadata_too() -> None:
    line = {
        "email": "a@example.com",
        "full_name": "Ana Ruiz",
        **dict.fromkeys(("first_name", "last_name", "last_name, first_name"), "Other"),
        **dict.fromkeys(("status: rehired", "status: at work"), "no"),
    }
    mapping = RosterMapping({name: f"metadata.{name}" for name in tuple(line)[2:]})
    others = {name: line[name] for name in tuple(line)[2:]}
    for how in (AS_WRITTEN, mapping):
        entry = RosterEntry.parse(2, RosterColumns.of(tuple(line), how).cells(line))
        assert (entry.full_name, entry.rehired, entry.profile_metadata) == ("Ana Ruiz", False, others)


LEFT = """Terminated,terminated ,T,Inactive,On Leave,Leave of Absence,LOA,Resigned,Retired,No,false,0,Suspended,?"""


@pytest.mark.parametrize("column", ["status", "employment status", "Employee_Status", "active"])
class TestStatus:
    @pytest.mark.parametrize(
        "cell", ["Active", "ACTIVE ", "A", "", " ", "Full-time", "part time", "Yes", "true", "Employed"]
    )
    def test_who_works_here_is_taken(self, column: str, cell: str) -> None:
        line = {"email": "lea@example.com", column: cell}
        assert RosterColumns.of(tuple(line)).cells(line) == line

    @pytest.mark.parametrize("cell", LEFT.split(","))
    def test_who_may_have_left_is_refused(self, column: str, cell: str) -> None:
        line = {"email": "lea@example.com", "full_name": "Lea Left", column: cell}
        with pytest.raises(InvalidValue, match="a roster lists only people who work here now") as refused:
            RosterColumns.of(tuple(line)).cells(line)
        assert refused.value.field == (column,)


@for_each("column", ["termination date", "Term. Date", "terminated_on", "last day worked"])
@for_each("status", ["Terminated", "T", "Resigned", "No"])
def test_a_last_day_of_work_bears_the_status_out(column: str, status: str) -> None:
    line = {"email": "a@example.com", column: "2026-01-31", "status": status}
    assert RosterColumns.of(tuple(line)).cells(line) == {
        "email": "a@example.com",
        "terminated_on": "2026-01-31",
        "status": status,
    }


@for_each("status", ["On Leave", "LOA", "L", "FMLA"])
def test_a_leave_bears_the_status_out_and_the_name(status: str) -> None:
    line = {"email": "a@example.com", "name": "Ana Ruiz (On Leave)", "leave start": "2026-01-31", "status": status}
    assert RosterColumns.of(tuple(line)).cells(line) == {
        "email": "a@example.com",
        "full_name": "Ana Ruiz",
        "leave_from": "2026-01-31",
        "status": status,
    }


@pytest.mark.parametrize(
    ("column", "status"), [("leave start", "Terminated"), ("termination date", "On Leave"), ("leave start", "Gone")]
)
def test_another_day_does_not(column: str, status: str) -> None:
    line = {"email": "a@example.com", column: "2026-01-31", "status": status}
    with pytest.raises(InvalidValue, match="a roster lists only people who work here now"):
        RosterColumns.of(tuple(line)).cells(line)


def test_the_columns_of_usual_exports_are_read() -> None:
    names = ("employee id", "first name", "last name", "work email", "job title", "department", "location", "hire date")
    columns = RosterColumns.of((*names, "employment status", "termination date", "manager", "phone"))
    assert {read.read_as for read in columns.readings} == {
        *("employee_id", "full_name", "email", "job_title", "hired_on", "terminated_on"),
    }
    assert all(one != other for one, other in pairwise(columns.readings))


def test_new_columns_are_known_by_their_usual_names() -> None:
    assert {name for names in SYNONYMS.values() for name in names} >= {
        *("workerid", "employeenumber", "associateid", "filenumber", "rehiredate", "leavestartdate", "terminationdate"),
    }
    squeezed = [name for names in SYNONYMS.values() for name in names]
    assert len(squeezed) == len({*squeezed})


def test_every_column_that_is_recognized_is_read() -> None:
    assert SYNONYMS.keys() <= {*COLUMNS}


@pytest.mark.parametrize("header", ["is_primary", "Primary Position", "Main Job"])
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Yes", "yes"),
        ("TRUE", "yes"),
        (" x ", "yes"),
        ("1", "yes"),
        ("N", "no"),
        ("false", "no"),
        ("0", "no"),
        (" ", ""),
    ],
)
def test_whether_a_position_is_primary_is_read(header: str, written: str, read: str) -> None:
    columns = RosterColumns.of(("email", header.lower()))
    assert columns.has_positions
    assert columns.cells({"email": "a@example.com", header.lower(): written})["is_primary"].strip() == read


def test_another_word_for_it_is_refused() -> None:
    columns = RosterColumns.of(("email", "primary position"))
    with pytest.raises(InvalidValue, match="is 'Hygienist', and must be yes in the line of the primary position") as no:
        columns.cells({"email": "a@example.com", "primary position": "Hygienist"})
    assert no.value.field == ("is_primary",)
