"""Mappings: how the export of one HR system is read without editing it."""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files.roster import FileRoster
from adapters.files.roster_mapping import read_mapping, read_mapping_file
from application.people.roster_lines import RosterLine
from domain.kernel.errors import InvalidValue
from domain.people.roster import RosterUnreadable
from domain.people.roster_columns import ColumnRead, RosterColumns
from domain.people.roster_mapping import RosterMapping
from domain.people.roster_names import last_name_first
from kit.about import for_each
from kit.random_examples import times
from kit.workbooks import workbook_of


def mapping(text: str) -> RosterMapping:
    return read_mapping(text.encode(), "ours.yaml")


def refusal(text: str | bytes) -> list[str]:
    with pytest.raises(RosterUnreadable) as refused:
        read_mapping(text if isinstance(text, bytes) else text.encode(), "ours.yaml")
    return str(refused.value).splitlines()


def cells(said: RosterMapping, **line: str) -> dict[str, str]:
    named = {name.replace("_", " "): cell for name, cell in line.items()}
    return RosterColumns.of(tuple(named), said).cells(named)


WORKERS = mapping("""
dates: MM/DD/YYYY
columns:
  Worker: last_name, first_name
  Primary E-mail: email
  Cost Centre: department
  Date Joined: hired_on
  License State: metadata.license_state
ignore: [Salary]
""")


def test_columns_are_read_as_the_mapping_says() -> None:
    assert cells(
        WORKERS,
        **{"worker": "Ruiz, Ana", "primary e-mail": "ana@example.com", "cost centre": "Hygiene"},
        **{"date joined": "03/02/2026", "license state": "TX", "salary": "1", "badge": "7", "title": "RDH"},
    ) == {
        "full_name": "Ana Ruiz",
        "email": "ana@example.com",
        "department": "Hygiene",
        "hired_on": "2026-03-02",
        "license_state": "TX",
        "badge": "7",
        "job_title": "RDH",
    }


def test_the_answer_names_them() -> None:
    columns = RosterColumns.of(
        ("worker", "primary e-mail", "cost centre", "date joined", "license state", "title"), WORKERS
    )
    assert columns.readings == (
        ColumnRead("worker", "full_name"),
        ColumnRead("primary e-mail", "email"),
        ColumnRead("cost centre", "department"),
        ColumnRead("date joined", "hired_on"),
        ColumnRead("title", "job_title"),
    )
    assert (columns.header_of("hired_on"), columns.header_of("full_name")) == ("date joined", "worker")


def test_what_is_neither_mapped_nor_recognized_can_be_left_out_but_never_that_somebody_has_left() -> None:
    said = mapping("others: ignore\n")
    known = {"email": "ana@example.com", "dept": "Hygiene", "ssn": "1", "status": "Active"}
    assert cells(said, **known) == {"email": "ana@example.com", "department": "Hygiene"}
    with pytest.raises(InvalidValue, match="is 'Terminated'"):
        cells(said, **{**known, "status": "Terminated"})
    assert cells(said, **known, **{"term date": "2026-01-01"})["terminated_on"] == "2026-01-01"


def test_a_column_can_be_said_to_be_the_status() -> None:
    said = mapping("columns: {Pay State: status}\n")
    with pytest.raises(InvalidValue, match="is 'Left'") as refused:
        cells(said, email="ana@example.com", **{"pay state": "Left"})
    assert refused.value.field == ("pay state",)


def test_columns_of_the_file_that_it_names_must_be_there() -> None:
    with pytest.raises(RosterUnreadable) as refused:
        RosterColumns.of(("email",), mapping("columns: {Dept Name: department}\n"))
    assert str(refused.value) == "The mapping names the column 'Dept Name', which the file does not have."


@pytest.mark.parametrize("name", ["email", "license_state"])
def test_a_mapped_and_another_column_are_not_the_same(name: str) -> None:
    said = mapping("columns: {Mail 2: email, State: metadata.license_state}\n")
    with pytest.raises(RosterUnreadable, match=f"both mean '{name}'"):
        RosterColumns.of(("mail 2", "state", name), said)


class TestNames:
    @for_each(
        ("written", "read"),
        [
            *(("Ruiz, Ana", "Ana Ruiz"), ("Ruiz,Ana M.", "Ana M. Ruiz"), ("de la Cruz, José", "José de la Cruz")),
            *(("King Jr., Martin", "Martin King Jr."), ("King, Jr., Martin", "Martin King Jr.")),
            *(("Ruiz, Ana, RDH", "Ana Ruiz, RDH"), ("Ruiz, Ana, D.D.S., M.S.", "Ana Ruiz, D.D.S., M.S."), (" ", "")),
        ],
    )
    def test_the_last_one_may_come_first(self, written: str, read: str) -> None:
        assert last_name_first(written) == read

    @for_each("written", ["Ana Ruiz", "Ruiz,", ", Ana", "Ruiz, Ana, Maria", "Ruiz, DDS"])
    def test_what_is_not_written_so_is_refused(self, written: str) -> None:
        with pytest.raises(InvalidValue, match="must be the last name, one comma, and the first name"):
            last_name_first(written)

    def test_a_merged_column_needs_a_mapping_and_the_message_shows_it(self) -> None:
        with pytest.raises(RosterUnreadable) as refused:
            RosterColumns.of(("email", "last name, first name"))
        line = "'last name, first name': 'last_name, first_name'"
        assert str(refused.value) == (
            "The column 'last name, first name' has both halves of a name. Say so in a mapping: under `columns`, "
            f"a line `{line}`."
        )
        assert cells(mapping(f"columns:\n  {line}\n"), email="a", **{"last name, first name": "Ruiz, Ana"}) == {
            "email": "a",
            "full_name": "Ana Ruiz",
        }

    def test_a_name_in_another_order_is_refused_unless_the_mapping_says_that_it_is_right(self) -> None:
        with pytest.raises(InvalidValue, match="seems to be a last name, a comma and a first name") as refused:
            cells(RosterMapping(), email="a", name="Ruiz, Ana")
        assert refused.value.field == ("full_name",)
        assert cells(mapping("columns: {Name: full_name}"), email="a", name="Ruiz, Ana")["full_name"] == "Ruiz, Ana"

    @for_each("name", ["Ana Ruiz, RDH", "Martin King, Jr.", "Ana Ruiz, D.D.S., M.S.", "Ruiz Ana"])
    def test_degrees_are_no_first_names(self, name: str) -> None:
        assert cells(RosterMapping(), email="a", name=name)["full_name"] == name

    @for_each("target", ["full_name", "last_name, first_name"])
    @for_each("status", ["(On Leave)", "(Terminated)"])
    def test_nobody_who_is_away_is_taken_for_somebody_of_that_name(self, target: str, status: str) -> None:
        with pytest.raises(InvalidValue, match="a roster lists only people who work here now"):
            cells(mapping(f"columns: {{Worker: '{target}'}}"), email="a", worker=f"Ruiz {status}")


@for_each(
    ("text", "told"),
    [
        ("", ["ours.yaml:1: there are no keys or values here"]),
        ("- a\n", ["ours.yaml:1: must be a mapping of keys to values"]),
        ("a: [\n", ["ours.yaml:2: is not YAML: expected the node content, but found '<stream end>'"]),
        (
            "\nfields: {}\n",
            ["ours.yaml:2: unknown key 'fields'; the keys here are columns, ignore, others, dates, header, sheet"],
        ),
        (
            "dates: MM/DD/YY\n",
            [
                "ours.yaml:1: dates: must have YYYY, MM or MMM (a name), and DD, with - / . or spaces between, such as "
                "MM/DD/YYYY"
            ],
        ),
        ("others: drop\n", ["ours.yaml:1: others: must be metadata or ignore, and is 'drop'"]),
        ("header: 0\n", ["ours.yaml:1: header: must be the number of a row, from 1 to 100"]),
        ("header: x\n", ["ours.yaml:1: header: must be a whole number"]),
        (
            "columns:\n  A: email\n\n  B: email\n",
            ["ours.yaml:4: columns.B: is mapped to 'email', as is 'A'"],
        ),
        ("columns:\n  A: email\n  ' a': full_name\n", ["ours.yaml:3: columns. a: is the same column as 'A'"]),
        ("columns: {A: first_name}\n", ["ours.yaml:1: columns: must map both first_name and last_name, or neither"]),
        (
            "columns: {A: full_name, B: 'last_name, first_name'}\n",
            ["ours.yaml:1: columns: must map the name once: full_name, first_name and last_name, or both in one"],
        ),
        ("columns: {A: email}\nignore:\n- b\n- a\n", ["ours.yaml:4: ignore.1: is 'a', which is also mapped"]),
        ("columns: {A: [x]}\n", ["ours.yaml:1: columns.A: must be text"]),
        ("sheet: S\ndates: x\nothers: y\n", ["ours.yaml:2: dates: must have", "ours.yaml:3: others: must be"]),
        (b"sheet: S\nothers: \xff\n", ["ours.yaml:2: has bytes that are not UTF-8"]),
        (b"#" * 70_000, ["ours.yaml:1: is longer than 65,536 bytes"]),
    ],
)
def test_mistakes_are_named_with_file_and_line(text: str | bytes, told: list[str]) -> None:
    for found, expected in zip(refusal(text), told, strict=True):
        assert found.startswith(expected)


@for_each("target", ["mail", "metadata.", "metadata.License", "metadata.email", "", "last_name,first_name"])
def test_a_column_is_read_as_something_that_there_is(target: str) -> None:
    (told,) = refusal(f"columns:\n  Mail: '{target}'\n")
    assert told.startswith(f"ours.yaml:2: columns.Mail: cannot be read as {target!r}. Write one of email, full_name, ")


def test_a_mapping_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(RosterUnreadable, match=r"no\.yaml: cannot be opened: No such file"):
        read_mapping_file(tmp_path / "no.yaml")


@times(2)
@given(content=st.one_of(st.binary(max_size=200), st.text("ab:{}[]-,'\"\n #&*!|>?%@\\", max_size=200).map(str.encode)))
def test_no_bytes_break_the_reader_of_mappings(content: bytes) -> None:
    with contextlib.suppress(RosterUnreadable):
        assert isinstance(read_mapping(content, "any.yaml"), RosterMapping)


class TestFiles:
    def read(self, path: Path, said: str) -> list[RosterLine]:
        return list(FileRoster(path, mapping=said.encode()).lines())

    def test_the_row_that_names_the_columns_can_be_said(self, tmp_path: Path) -> None:
        path = tmp_path / "roster.csv"
        path.write_text("Active; people\n\nRun by;Pat\nCorreo;Dept\nana@example.com;Hygiene\n")
        said = "header: 4\ncolumns: {Correo: email}\n"
        assert self.read(path, said) == [(5, {"correo": "ana@example.com", "dept": "Hygiene"})]
        with pytest.raises(RosterUnreadable, match="Line 2 does not name the columns, and line 4 seems to"):
            self.read(path, said.replace("4", "2"))
        with pytest.raises(RosterUnreadable, match="Line 9 must name the columns, and is blank"):
            self.read(path, said.replace("4", "9"))

    def test_so_can_the_sheet(self, tmp_path: Path) -> None:
        sheets: dict[str, list[tuple[Any, ...]]] = {
            "Cover": [("x",)],
            "Data": [("Title",), ("email", "hired"), ("a@example.com", date(2026, 3, 2))],
        }
        path = workbook_of(tmp_path / "roster.xlsx", sheets)
        assert self.read(path, "sheet: data\nheader: 2\n") == [(3, {"email": "a@example.com", "hired": "2026-03-02"})]

    def test_a_mapping_with_mistakes_is_a_roster_that_cannot_be_read(self, tmp_path: Path) -> None:
        path = tmp_path / "roster.csv"
        path.write_text("email\n")
        with pytest.raises(RosterUnreadable, match="mapping:1: header"):
            self.read(path, "header: x")
