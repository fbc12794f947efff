"""Reports as files: numbers stay numbers, days stay days, and no text becomes a formula."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from uuid import UUID
from zipfile import ZipFile

import msgspec
import pytest
from python_calamine import CalamineWorkbook

from adapters.spreadsheets.workbooks import xlsx_chunks
from adapters.spreadsheets.writing import ReportFiles
from application.reporting.obligation_reports import one_batch
from application.reporting.report import Report, ReportFile, ReportFormat, RuleUsed
from kit.examples import uid

KNOWN = datetime(2026, 3, 20, 12, tzinfo=UTC)


class Word(StrEnum):
    OVERDUE = "overdue"


@dataclass
class Row:
    name: str | None
    day: date | None = None
    at: datetime | None = None
    count: int = 0
    percent: Decimal = Decimal("0.0")
    score: float | None = None
    is_open: bool = False
    word: Word = Word.OVERDUE
    ids: tuple[UUID, ...] = ()
    tasks: tuple[str, ...] = ()


ROWS = [
    Row(
        "Ruiz, Ana",
        date(2026, 3, 2),
        KNOWN,
        -3,
        Decimal("66.6"),
        -1.5,
        True,
        ids=(uid(1), uid(2)),
        tasks=("scan", "walk"),
    ),
    Row("=1+2"),
    Row(None, date(1850, 1, 1)),
]
FORMULAS = ["=1+2", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


def report(format: ReportFormat, rows: Sequence[Row] = ROWS, *, at_once: int = 2) -> Report[Row]:
    async def batches() -> AsyncIterator[Sequence[Row]]:
        for first in range(0, len(rows), at_once):
            yield rows[first : first + at_once]
        yield []

    rules = [RuleUsed(uid(7), "osha", 2), RuleUsed(uid(8), "hipaa", 1)]
    return Report("overdue", date(2026, 3, 2), KNOWN, KNOWN, rules, Row, batches(), format)


def written(format: ReportFormat, rows: Sequence[Row] = ROWS) -> ReportFile[Row]:
    return ReportFiles().written(report(format, rows))


async def sent(file: ReportFile[Row]) -> bytes:
    return b"".join([chunk async for chunk in file.chunks])


async def test_json_says_what_it_is_of_and_has_all_rows() -> None:
    file = written(ReportFormat.JSON)
    document = msgspec.json.decode(await sent(file))
    assert (file.media_type, document["as_of"], document["known_at"]) == (
        *("application/json", "2026-03-02"),
        "2026-03-20T12:00:00Z",
    )
    assert document["rules"][0] == {
        "requirement_id": str(uid(7)),
        "requirement_code": "osha",
        "requirement_version": 2,
    }
    assert [row["name"] for row in document["items"]] == ["Ruiz, Ana", "=1+2", None]


async def test_json_without_rows_is_json() -> None:
    assert msgspec.json.decode(await sent(written(ReportFormat.JSON, [])))["items"] == []


async def test_csv_has_a_heading_and_one_line_for_each_row() -> None:
    file = written(ReportFormat.CSV)
    text = (await sent(file)).decode("utf-8-sig")
    heading, first, second, third = csv.reader(io.StringIO(text, newline=""))
    assert (file.file_name, file.media_type) == ("overdue-2026-03-02.csv", "text/csv; charset=utf-8")
    assert heading == [
        *("name", "day", "at", "count", "percent", "score", "is_open", "word", "ids", "tasks"),
        *("as_of", "known_at", "watermark", "rules"),
    ]
    assert first == [
        *("Ruiz, Ana", "2026-03-02", "2026-03-20T12:00:00Z", "-3", "66.6", "-1.5", "true", "overdue"),
        *(f"{uid(1)}; {uid(2)}", "scan; walk"),
        *("2026-03-02", "2026-03-20T12:00:00Z", "2026-03-20T12:00:00Z", "osha 2, hipaa 1"),
    ]
    assert (second[0], third[0], third[1]) == ("'=1+2", "", "1850-01-01")


async def test_a_report_that_compares_two_moments_says_both_in_every_format() -> None:
    since = datetime(2026, 3, 3, 5, 59, tzinfo=UTC)

    def changes(format: ReportFormat) -> ReportFile[Row]:
        return ReportFiles().written(replace(report(format), name="changes", known_from=since))

    document = msgspec.json.decode(await sent(changes(ReportFormat.JSON)))
    assert list(document) == ["report", "as_of", "known_from", "known_at", "watermark", "rules", "items"]
    assert document["known_from"] == "2026-03-03T05:59:00Z"
    text = (await sent(changes(ReportFormat.CSV))).decode("utf-8-sig")
    heading, first, *_ = csv.reader(io.StringIO(text, newline=""))
    assert (heading[-5:-1], first[-4]) == (["as_of", "known_from", "known_at", "watermark"], "2026-03-03T05:59:00Z")
    book = CalamineWorkbook.from_filelike(io.BytesIO(await sent(changes(ReportFormat.XLSX))))
    about = book.get_sheet_by_name("About").to_python()
    assert about[1] == ["known_from (UTC)", since.replace(tzinfo=None)]
    assert ["requirement", "version"] in about


async def test_no_text_in_a_csv_is_a_formula() -> None:
    text = (await sent(written(ReportFormat.CSV, [Row(each) for each in FORMULAS]))).decode("utf-8-sig")
    _, *lines = csv.reader(io.StringIO(text, newline=""))
    assert [line[0] for line in lines] == [f"'{each}" for each in FORMULAS]


async def test_a_workbook_has_real_days_and_numbers_and_says_what_it_is_of() -> None:
    file = written(ReportFormat.XLSX)
    content = await sent(file)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    heading, first, second, third = book.get_sheet_by_name("Overdue").to_python()
    assert file.file_name == "overdue-2026-03-02.xlsx"
    assert heading[:3] == ["name", "day", "at"]
    assert first[:8] == ["Ruiz, Ana", date(2026, 3, 2), KNOWN.replace(tzinfo=None), -3, 66.6, -1.5, True, "overdue"]
    assert (second[0], third[1]) == ("=1+2", "1850-01-01")
    assert book.get_sheet_by_name("About").to_python() == [
        ["as_of", date(2026, 3, 2)],
        ["known_at (UTC)", KNOWN.replace(tzinfo=None)],
        ["watermark (UTC)", KNOWN.replace(tzinfo=None)],
        ["names", "the present ones; departments and locations are those of the day"],
        ["", ""],
        ["requirement", "version"],
        ["osha", 2],
        ["hipaa", 1],
    ]
    sheet = ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert 'state="frozen"' in sheet
    assert "<f>" not in sheet


async def test_more_rows_than_a_sheet_has_go_on_in_another() -> None:
    file = xlsx_chunks(report(ReportFormat.XLSX), most_rows=2)
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join([chunk async for chunk in file])))
    assert book.sheet_names == ["Overdue", "Overdue 2", "About"]
    assert [row[0] for row in book.get_sheet_by_name("Overdue 2").to_python()] == ["name", ""]


async def test_others_are_answered_while_rows_that_were_read_at_once_are_written() -> None:
    written, ticks = 0, list[int]()

    async def tick() -> None:
        while True:
            ticks.append(written)
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    async for rows in one_batch(list(range(2_500))):
        written += len(rows)
    ticking.cancel()
    assert (written, [*dict.fromkeys(ticks)]) == (2_500, [0, 1_000, 2_000])


async def test_what_fails_meanwhile_fails_and_leaves_nothing_open() -> None:
    async def batches() -> AsyncIterator[Sequence[Row]]:
        yield ROWS
        raise LookupError

    for format in ReportFormat:
        made = replace(report(format), batches=batches())
        with pytest.raises(LookupError):
            await sent(ReportFiles().written(made))


@pytest.fixture
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def test_a_workbook_that_is_given_up_leaves_no_files(temporary_folder: Path) -> None:
    waiting = asyncio.Event()

    async def batches() -> AsyncIterator[Sequence[Row]]:
        yield ROWS
        waiting.set()
        await asyncio.Event().wait()

    chunks = xlsx_chunks(replace(report(ReportFormat.XLSX), batches=batches()))
    making = asyncio.create_task(anext(chunks))
    await waiting.wait()
    assert os.listdir(temporary_folder)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert not os.listdir(temporary_folder)
