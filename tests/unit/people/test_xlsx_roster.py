"""Reading the roster from an Excel workbook."""

from __future__ import annotations

import contextlib
import tracemalloc
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from adapters.files.roster import FileRoster
from adapters.files.xlsx import xlsx_rows
from application.people.roster_lines import RosterLine
from domain.people.roster import LineProblem, RosterUnreadable
from kit.random_examples import times
from kit.workbooks import EMAIL_HEADER, SHEET, TEXTS, Formula, Shown, raw_workbook, text_cell, workbook, workbook_of

HEADER = ("email", "employee_id", "hired_on")
DAMAGED = "The file is a damaged or incomplete Excel workbook."
TOO_LARGE = "The workbook is too large."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "roster.xlsx"


def lines(path: Path, **options: Any) -> list[RosterLine]:
    return list(FileRoster(path, **options).lines())


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(RosterUnreadable) as refused:
        lines(path, **options)
    return str(refused.value)


def cell(path: Path, value: Any, **options: Any) -> str | LineProblem:
    """What is read of a cell with this value, or its problem."""
    workbook(path, [("email", "badge"), ("ana@example.com", value)], **options)
    ((_, read),) = lines(path)
    assert not isinstance(read, str)
    return read if isinstance(read, LineProblem) else read["badge"]


def test_the_first_sheet_is_read_by_its_header(path: Path) -> None:
    workbook(path, [HEADER, ("ana@example.com", "00123", date(2026, 3, 2)), (), ("bo@example.com",)])
    assert lines(path) == [
        (2, {"email": "ana@example.com", "employee_id": "00123", "hired_on": "2026-03-02"}),
        (4, {"email": "bo@example.com", "employee_id": "", "hired_on": ""}),
    ]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("00123", "00123"),
        ("  padded ", "  padded "),
        ("Zoë 王 🦷", "Zoë 王 🦷"),
        (123, "123"),
        (123.0, "123"),
        (-7, "-7"),
        (0.1 + 0.2, "0.3"),
        (1234567.25, "1234567.25"),
        (123456789012345, "123456789012345"),
        (Shown(123, "00000"), "00123"),
        (Shown(123, "0"), "123"),
        (Shown(0.5, "0.00%"), "0.5"),
        (Shown(12, '[Red]0" days"'), "12"),
        (True, "TRUE"),
        (False, "FALSE"),
        (date(2026, 3, 2), "2026-03-02"),
        (date(1900, 1, 1), "1900-01-01"),
        (date(1900, 3, 1), "1900-03-01"),
        (datetime(2026, 3, 2, 13, 30), "2026-03-02 13:30:00"),
        (Shown(46083, "[$-409]d-mmm-yy;@"), "2026-03-02"),
        (Shown(46083, "m/d/yy"), "2026-03-02"),
        (Shown(0.5, "h:mm"), "12:00:00"),
        (Formula("=1+1", 2), "2"),
        (Formula('=A2&"x"', "ana"), "ana"),
        (Formula("=TRUE", True), "TRUE"),
        (None, ""),
    ],
)
def test_cells_have_the_text_that_excel_shows_and_dates_are_dates(path: Path, value: Any, read: str) -> None:
    assert cell(path, value) == read


def test_a_workbook_may_count_its_days_from_1904(path: Path) -> None:
    assert cell(path, date(2026, 3, 2), date_1904=True) == "2026-03-02"


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?"])
def test_a_cell_in_error_is_refused_with_its_column(path: Path, error: str) -> None:
    assert cell(path, Formula("=Sheet9!A1", error)) == LineProblem(
        2, "badge", f"has the error {error}. Correct the formula, or type the value"
    )


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        ('<c r="B2"><f>A1</f></c>', "has a formula without a result. Open the file in Excel and save it again"),
        ('<c r="B2"><f>A1</f><v></v></c>', "has a formula without a result. Open the file in Excel and save it again"),
        ('<c r="B2"><v>1234567890123456</v></c>', "is a number with more digits than Excel keeps."),
        ('<c r="B2"><v>NaN</v></c>', "is a number with more digits than Excel keeps."),
        ('<c r="B2"><v>1e400</v></c>', "is a number with more digits than Excel keeps."),
        ('<c r="B2"><v>abc</v></c>', "is not a number, though the workbook says so."),
        ('<c r="B2" t="s"><v>7</v></c>', "refers to a text that the workbook lacks."),
        ('<c r="B2" t="s"><v>-1</v></c>', "refers to a text that the workbook lacks."),
        ('<c r="B2" t="s"><v>x</v></c>', "refers to a text that the workbook lacks."),
        (text_cell("B2", "_x0000_"), "has the control character U+0000"),
        (text_cell("B2", "_xD800_"), "has bytes that are not UTF-8"),
        (text_cell("B2", "=A1"), "has the formula '=A1'; replace it by its result"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused_with_its_column(path: Path, xml: str, told: str) -> None:
    ((_, problem),) = lines(
        raw_workbook(path, f'{EMAIL_HEADER}<row r="2">{text_cell("A2", "a@example.com")}{xml}</row>')
    )
    assert isinstance(problem, LineProblem)
    assert (problem.line, problem.column) == (2, "full_name")
    assert problem.message.startswith(told)


def test_a_formula_may_result_in_an_empty_text(path: Path) -> None:
    empty = '<c r="B2" t="str"><f>""</f><v></v></c>'
    raw_workbook(path, f'{EMAIL_HEADER}<row r="2">{text_cell("A2", "a@example.com")}{empty}</row>')
    assert lines(path) == [(2, {"email": "a@example.com", "full_name": ""})]


def test_phonetic_guides_rich_text_and_strict_dates_are_read(path: Path) -> None:
    rich = "<si><r><t>Ana </t></r><r><t>Ruiz</t></r><rPh><t>アナ</t></rPh></si>"
    cells = f'{text_cell("A2", "a@example.com")}<c r="B2" t="s"><v>0</v></c>'
    strict = f'{text_cell("A3", "b@example.com")}<c r="B3" t="d"><v>2026-03-02T00:00:00.000</v></c>'
    raw_workbook(path, f'{EMAIL_HEADER}<row r="2">{cells}</row><row>{strict}</row>', texts=rich)
    assert [read for _, read in lines(path)] == [
        {"email": "a@example.com", "full_name": "Ana Ruiz"},
        {"email": "b@example.com", "full_name": "2026-03-02"},
    ]


SHEETS = {"Notes": [("hello",)], "Staff": [("email",), ("ana@example.com",)], "Old": [("email",)]}


class TestSheets:
    def test_the_first_visible_one_is_read(self, path: Path) -> None:
        workbook_of(path, SHEETS, hidden=["Notes"])
        assert lines(path) == [(2, {"email": "ana@example.com"})]

    @pytest.mark.parametrize("name", ["Staff", "STAFF", " staff "])
    def test_another_one_can_be_named(self, path: Path, name: str) -> None:
        assert lines(workbook_of(path, SHEETS), sheet=name) == [(2, {"email": "ana@example.com"})]

    def test_one_that_is_not_there_is_refused_with_those_that_are(self, path: Path) -> None:
        told = refusal(workbook_of(path, SHEETS), sheet="Stuff")
        assert told == "The workbook has no sheet named 'Stuff'; its sheets are 'Notes', 'Staff', 'Old'."

    def test_a_csv_file_has_none(self, path: Path) -> None:
        path.write_text("email\nana@example.com\n")
        assert "has no sheets" in refusal(path, sheet="Staff")


class TestHeaders:
    def test_empty_columns_at_the_end_and_empty_rows_are_ignored(self, path: Path) -> None:
        workbook(path, [("email", "", " "), ("ana@example.com", "", " "), ("", " ")])
        assert lines(path) == [(2, {"email": "ana@example.com"})]

    def test_a_title_above_it_is_reported(self, path: Path) -> None:
        workbook(path, [("Active employees",), (), ("email", "full_name"), ("ana@example.com", "Ana")])
        assert refusal(path).startswith("Line 1 does not name the columns, and line 3 seems to.")

    def test_an_empty_sheet_has_none(self, path: Path) -> None:
        assert refusal(workbook(path, [])) == "Line 1 must name the columns, and is blank."

    @pytest.mark.parametrize("width", [101, 300])
    def test_too_many_columns_are_refused(self, path: Path, width: int) -> None:
        assert "at most" in refusal(workbook(path, [("email", *(f"c{n}" for n in range(1, width)))]))

    def test_a_value_beside_the_columns_is_not_lost(self, path: Path) -> None:
        near = [None] * 5 + ["x"]
        workbook(path, [("email",), ("ana@example.com", *near), ("bo@example.com", *([None] * 300), "x")])
        assert lines(path) == [
            (2, "has 7 cells, and the header names 1 columns"),
            (3, "has a value in column 302; at most 200 columns are read"),
        ]


class TestOtherFiles:
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "The file is an Excel 97-2003 workbook (.xls), or"),
            (b"<html><table><tr><td>email</td></tr></table></html>", "The file is a web page or XML"),
            (b'\xef\xbb\xbf<?xml version="1.0"?>\n<Workbook>', "The file is a web page or XML"),
            ("<table>".encode("utf-16"), "The file is a web page or XML"),
            (b"%PDF-1.7", "The file is a PDF document."),
            (b"\x1f\x8b\x08", "The file is compressed (gzip)."),
            (b"PK\x03\x04\x14\x00\x06\x00", DAMAGED),
            (b"PK\x05\x06" + bytes(18), "The file is a ZIP archive, and not an Excel workbook."),
        ],
    )
    def test_each_is_named_with_the_remedy(self, path: Path, content: bytes, told: str) -> None:
        path.write_bytes(content)
        assert refusal(path).startswith(told)

    @pytest.mark.parametrize(
        ("member", "told"),
        [("mimetype", "The file is an OpenDocument spreadsheet"), ("letter.txt", "The file is a ZIP archive")],
    )
    def test_other_archives_as_well(self, path: Path, member: str, told: str) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(member, "x")
        assert refusal(path).startswith(told)

    def test_a_workbook_that_is_cut_off_is_refused_wherever_it_is_cut(self, path: Path) -> None:
        whole = workbook(path, [HEADER, *(("ana@example.com", n, date(2026, 3, 2)) for n in range(100))]).read_bytes()
        for share in range(1, 10):
            path.write_bytes(whole[: len(whole) * share // 10])
            assert refusal(path).startswith(DAMAGED)


ROW = '<row r="{n}"><c r="A{n}"/></row>'


class TestHostileFiles:
    """None takes long, none takes much memory, and each is refused or read."""

    def test_a_cell_in_the_last_corner_costs_nothing(self, path: Path) -> None:
        raw_workbook(path, f'{EMAIL_HEADER}<row r="1048576">{text_cell("XFD1048576", "x")}</row>')
        assert lines(path) == [(1_048_576, "has a value in column 16384; at most 200 columns are read")]

    @pytest.mark.parametrize(
        "rows",
        [
            '<row r="1048577"/>',
            f'<row r="{"9" * 5_000}"/>',
            '<row r="2"/><row r="2"/>',
            '<row r="2"><c r="B2"/><c r="A2"/></row>',
            '<row r="2"><c r="XFE2"/></row>',
            '<row r="2"><c r="AAAA2"/></row>',
            '<row r="2"><c r="2"/></row>',
            '<c r="A2"/><row r="0"/>',
            "<a>" * 50 + "</a>" * 50,
            "<row",
            "</row>",
        ],
    )
    def test_what_excel_never_writes_is_damaged(self, path: Path, rows: str) -> None:
        assert refusal(raw_workbook(path, EMAIL_HEADER + rows)).startswith(DAMAGED)

    def test_entities_are_refused(self, path: Path) -> None:
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        assert refusal(raw_workbook(path, EMAIL_HEADER, prolog=bomb)).startswith(DAMAGED)

    @pytest.mark.parametrize(("part", "size"), [(SHEET, 129), (TEXTS, 33), ("xl/workbook.xml", 5)])
    def test_what_unpacks_to_too_much_is_too_large(self, path: Path, part: str, size: int) -> None:
        raw_workbook(path, parts={part: b" " * (size * 2**20)})
        assert path.stat().st_size < 300_000
        assert refusal(path).startswith(TOO_LARGE)

    def test_a_long_text_in_very_many_cells_is_too_large(self, path: Path) -> None:
        rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 1_100))
        raw_workbook(path, EMAIL_HEADER + rows, texts=f"<si><t>{'a' * 65_000}</t></si>")
        assert refusal(path).startswith(TOO_LARGE)

    def test_too_many_parts_are_too_large(self, path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(15_000):
                archive.writestr(f"{number:060}", "")
        assert refusal(path).startswith(TOO_LARGE)

    def test_a_part_in_a_rare_compression_is_damaged(self, path: Path) -> None:
        raw_workbook(path, EMAIL_HEADER)
        with zipfile.ZipFile(path) as usual, zipfile.ZipFile(path.with_suffix(".2"), "w", zipfile.ZIP_LZMA) as rare:
            for name in usual.namelist():
                rare.writestr(name, usual.read(name))
        assert refusal(path.with_suffix(".2")).startswith(DAMAGED)

    def test_a_protected_part_is_refused(self, path: Path) -> None:
        content = bytearray(raw_workbook(path, EMAIL_HEADER).read_bytes())
        at = 0
        while (at := content.find(b"PK\x01\x02", at + 1)) > 0:
            content[at + 8] |= 1
        path.write_bytes(content)
        assert "protected with a password" in refusal(path)

    @pytest.mark.parametrize(
        ("rows", "texts"),
        [
            ("".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 4_000)), "a" * 4_000_000),
            (f'<row r="2">{text_cell("A2", "a" * 8_000_000)}</row>', ""),
            ('<row r="2">' + f"<c>{'<v>a</v>' * 5}</c>" * 16_384 + "</row>", ""),
            (f'<row r="2"><c r="A2" x="{"a" * 8_000_000}"/></row>', ""),
            (f'<!--{"a" * 8_000_000}--><row r="2"/>', ""),
            ("".join(f'<row r="{n}"><c r="GQ{n}"/></row>' for n in range(2, 20_000)), ""),
        ],
    )
    def test_memory_is_bounded(self, path: Path, rows: str, texts: str) -> None:
        raw_workbook(path, EMAIL_HEADER + rows, texts=f"<si><t>{texts}</t></si>")
        tracemalloc.start()
        try:
            with contextlib.suppress(RosterUnreadable):
                for _ in FileRoster(path).lines():
                    pass
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 12_000_000


def test_memory_does_not_grow_with_the_rows(path: Path) -> None:
    """Beyond what the shared texts take, which is little more than their bytes."""
    people = [(f"p{n}@example.com", f"{n:05}", date(2026, 3, 2), "Hygiene") for n in range(5_000)]
    workbook(path, [(*HEADER, "department"), *people])
    tracemalloc.start()
    try:
        assert sum(1 for _ in FileRoster(path).lines()) == 5_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_500_000


def test_progress_comes_in_steps(path: Path) -> None:
    workbook(path, [("email",), *((f"p{n}@example.com",) for n in range(5_000))])
    steps: list[int] = []
    for _ in FileRoster(path, steps.append).lines():
        pass
    assert path.stat().st_size * 0.8 < sum(steps) < path.stat().st_size * 1.2 + 66_000
    assert len(steps) > 3


VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=10).filter(lambda t: "_x" not in t),
    st.integers(-(10**14), 10**14),
    st.booleans(),
    st.dates(date(1901, 1, 1), date(2100, 1, 1)),
    st.none(),
)


@given(rows=st.lists(st.lists(VALUES, min_size=1, max_size=5), min_size=1, max_size=5))
def test_another_reader_reads_the_same(tmp_path_factory: pytest.TempPathFactory, rows: list[list[Any]]) -> None:
    path = workbook(tmp_path_factory.getbasetemp() / "any.xlsx", rows)
    ours = {
        (number, position): text
        for number, cells in xlsx_rows(path, None, None)
        if isinstance(cells, list)
        for position, text in enumerate(cells)
        if text
    }
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    theirs = {
        (number, position): _as_text(value)
        for number, cells in enumerate(sheet, start=1)
        for position, value in enumerate(cells)
        if value != ""
    }
    blank = {place for place, text in theirs.items() if not text.strip()}
    assert {place: ours[place] for place in ours if place not in blank} == {
        place: theirs[place] for place in theirs if place not in blank
    }


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return str(int(value)) if isinstance(value, float) else str(value)


@times(3)
@given(data=st.data())
def test_no_damage_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A workbook with bytes replaced, inside its archive or inside its unpacked sheet."""
    path = tmp_path_factory.getbasetemp() / "damaged.xlsx"
    raw_workbook(path, f'{EMAIL_HEADER}<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2"><v>1</v></c></row>')
    if data.draw(st.booleans()):
        content = bytearray(path.read_bytes())
        _damage(content, data)
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path) as archive:
            sheet = bytearray(archive.read(SHEET))
        _damage(sheet, data)
        raw_workbook(path, parts={SHEET: bytes(sheet)})
    with contextlib.suppress(RosterUnreadable):
        for _, line in FileRoster(path).lines():
            assert line


def _damage(content: bytearray, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
