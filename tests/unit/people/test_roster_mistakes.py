"""The mistakes that HR exports have most often, each with the message that the person in HR gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.files.roster import FileRoster
from application.people.roster_lines import RosterLine
from domain.people.roster import LineProblem, RosterUnreadable

HEADER = "email,full_name,employee_id\n"
ANA = "ana@example.com,Ana,1\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "roster.csv"


def lines(path: Path, content: str | bytes, *, encoding: str = "utf-8") -> list[RosterLine]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(FileRoster(path, encoding=encoding).lines())


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("=A1", "has the formula '=A1'; replace it by its result ('Paste Special', 'Values')"),
        ("'00123", 'is "\'00123"; remove the apostrophe, with which Excel marks text'),
        ("#REF!", "is '#REF!', the error of a formula or of a column that is too narrow; type the value"),
        ("#N/A", "is '#N/A', the error of a formula or of a column that is too narrow; type the value"),
        ("########", "is '########', the error of a formula or of a column that is too narrow; type the value"),
        (
            "1.23457E+11",
            "is '1.23457E+11', a number that Excel has shortened; format the column as text, and enter it again",
        ),
        (
            "ZoÃ«",
            "is 'ZoÃ«', which seems to be 'Zoë' in UTF-8, read as windows-1252; export the file as UTF-8, and declare "
            "no other encoding",
        ),
    ],
)
def test_a_cell_that_a_spreadsheet_has_spoiled(path: Path, cell: str, told: str) -> None:
    assert lines(path, f"{HEADER}{ANA}bo@example.com,Bo,{cell}\n")[1] == (3, LineProblem(3, "employee_id", told))


@pytest.mark.parametrize("cell", ["'t Hooft", "+1 512 555 0100", "-", "@ana", "1.5E3", "#12", "1=1", "Zoë °C", "×÷"])
def test_a_cell_that_only_looks_like_one_is_taken(path: Path, cell: str) -> None:
    assert lines(path, f"{HEADER}bo@example.com,Bo,{cell}\n") == [
        (2, {"email": "bo@example.com", "full_name": "Bo", "employee_id": cell})
    ]


@pytest.mark.parametrize("cell", ['="00123"', '"=""00123"""'])
def test_a_text_that_was_kept_from_excel_is_read_as_text(path: Path, cell: str) -> None:
    ((_, read),) = lines(path, f"{HEADER}bo@example.com,Bo,{cell}\n")
    assert isinstance(read, dict)
    assert read["employee_id"] == "00123"


def test_names_of_columns_that_were_kept_from_excel_are_read_too(path: Path) -> None:
    content = '="Email",="Badge"\n="ana@example.com",="007"\n'
    assert lines(path, content) == [(2, {"email": "ana@example.com", "badge": "007"})]


@pytest.mark.parametrize("again", [HEADER, "E-Mail,Dept,Name\n"])
def test_a_second_header_in_the_middle(path: Path, again: str) -> None:
    told = "names the columns again; remove the line, or import the files that were joined one by one"
    assert [read for _, read in lines(path, HEADER + ANA + again + ANA)][1] == told


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_title_above_the_header(path: Path, separator: str) -> None:
    content = (f"Active employees,,\nRun on 2026-03-02,,\n\n{HEADER}{ANA}").replace(",", separator)
    with pytest.raises(RosterUnreadable) as refused:
        lines(path, content)
    assert str(refused.value) == (
        "Line 1 does not name the columns, and line 4 seems to. Remove the lines above it, or "
        "say `header: 4` in a mapping."
    )


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (
            "bo@example.com,B",
            "has 2 cells, and the header names 3 columns; the file ends here without the end of a line and may be cut "
            "off, so export it again",
        ),
        (
            'bo@example.com,"B',
            "has a quoted cell that is not closed; the file ends here without the end of a line and may be cut off, so "
            "export it again",
        ),
        ('bo@example.com,"B\n', "has a quoted cell that is not closed"),
        ("bo@example.com,B\n", "has 2 cells, and the header names 3 columns"),
    ],
)
def test_half_a_file(path: Path, end: str, told: str) -> None:
    assert lines(path, HEADER + ANA + end)[1] == (3, told)


def test_a_file_in_utf_8_that_was_declared_as_something_else(path: Path) -> None:
    ((_, problem),) = lines(path, "email,full_name\nzoe@example.com,Zoë\n", encoding="windows-1252")
    assert isinstance(problem, LineProblem)
    assert problem.message.startswith("is 'ZoÃ«', which seems to be 'Zoë' in UTF-8, read as windows-1252;")


def test_a_file_in_another_encoding_that_was_declared_as_utf_16(path: Path) -> None:
    with pytest.raises(RosterUnreadable, match="The file was declared as UTF-16, and is not"):
        lines(path, HEADER + ANA, encoding="utf-16")
