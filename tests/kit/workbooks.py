"""Excel workbooks, as Excel writes them and as nobody should."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"

SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"


class Formula:
    """A formula with the result that is saved beside it."""

    def __init__(self, written: str, result: Any = 0) -> None:
        self.written = written
        self.result = result


class Shown:
    """A number with a format."""

    def __init__(self, number: float, code: str) -> None:
        self.number = number
        self.code = code


def workbook(path: Path, rows: Sequence[Sequence[Any]], **options: Any) -> Path:
    """A workbook with one sheet of these rows, made by a library. Dates are dates, None is an empty cell."""
    return workbook_of(path, {"Sheet1": rows}, **options)


def workbook_of(
    path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], *, hidden: Sequence[str] = (), **options: Any
) -> Path:
    """A workbook with these sheets."""
    book = xlsxwriter.Workbook(path, {"default_date_format": "mm/dd/yyyy", **options})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for position, value in enumerate(row):
                if isinstance(value, Formula):
                    sheet.write_formula(number, position, value.written, None, value.result)
                elif isinstance(value, Shown):
                    sheet.write_number(number, position, value.number, book.add_format({"num_format": value.code}))
                elif isinstance(value, str):
                    sheet.write_string(number, position, value)
                elif value is not None:
                    sheet.write(number, position, value)
        if name in hidden:
            sheet.hide()
    if hidden:
        book.worksheets()[-1].activate()
        book.worksheets()[-1].set_first_sheet()
    book.close()
    return path


def raw_workbook(
    path: Path, rows: str = "", *, texts: str = "", prolog: str = "", parts: Mapping[str, bytes] | None = None
) -> Path:
    """A workbook with this XML inside `sheetData`, packed as tightly as possible, and with other content of parts."""
    usual: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="a" '
        f'Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="a" '
        f'Type="{_RELATED}/worksheet" Target="/xl/worksheets/sheet1.xml"/><Relationship Id="b" '
        f'Type="{_RELATED}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        SHEET: f'{prolog}<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        TEXTS: f'<sst xmlns="{_MAIN}">{texts}</sst>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in {**usual, **(parts or {})}.items():
            archive.writestr(name, content)
    return path


def text_cell(reference: str, text: str) -> str:
    """A cell with a text of its own."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


EMAIL_HEADER = f'<row r="1">{text_cell("A1", "email")}{text_cell("B1", "full_name")}</row>'
