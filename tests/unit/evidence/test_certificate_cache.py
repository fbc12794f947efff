"""Certificates that were printed before are not made again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from threading import Event

import pytest

from adapters.pdf.certificates import CertificatePdf
from application.evidence.certificates.queries import CertificateSheet
from domain.kernel.errors import Conflict

SHEET = CertificateSheet(
    serial="AAAA",
    full_name="Ana Ruiz",
    title="Sharps",
    completed_on=date(2026, 3, 2),
    valid_from=date(2026, 3, 2),
    valid_until=None,
    issued_at=datetime(2026, 3, 2, tzinfo=UTC),
    issued_on=date(2026, 3, 2),
    time_zone=None,
    issued_by="Unified Dental",
    citation=None,
    credit_hours=None,
    trainers=(),
    verify_url="https://training.test/v1/verify/AAAA",
)
OTHERS = [
    replace(SHEET, serial="BBBB"),
    replace(SHEET, full_name="Anna Ruiz"),
    replace(SHEET, valid_until=date(2027, 3, 2)),
    replace(SHEET, issued_by="Another Dental"),
    replace(SHEET, trainers=("Dana",)),
]


class Press:
    """Counts what it makes, and waits until it may."""

    def __init__(self) -> None:
        self.made: list[CertificateSheet] = []
        self.begun = Event()
        self.may_go_on = Event()
        self.may_go_on.set()

    def draw(self, sheet: CertificateSheet) -> bytes:
        self.made.append(sheet)
        self.begun.set()
        self.may_go_on.wait(timeout=20)
        if not sheet.title:
            raise Conflict("The certificate cannot be printed.")
        return f"{sheet}".encode()


async def test_one_that_was_made_is_given_again_and_any_other_is_made() -> None:
    press = Press()
    printer = CertificatePdf(press.draw)
    first = await printer.print(SHEET)
    assert await printer.print(replace(SHEET)) == first
    assert len({first, *[await printer.print(other) for other in OTHERS]}) == 1 + len(OTHERS)
    assert press.made == [SHEET, *OTHERS]


async def test_requests_meanwhile_wait_for_the_same() -> None:
    press = Press()
    press.may_go_on.clear()
    printer = CertificatePdf(press.draw)
    waiting = [asyncio.ensure_future(printer.print(SHEET)) for _ in range(5)]
    await asyncio.to_thread(press.begun.wait, 20)
    waiting[0].cancel()
    press.may_go_on.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert len({bytes(answer) for answer in answers[1:] if isinstance(answer, bytes)}) == 1
    assert press.made == [SHEET]


async def test_what_failed_is_tried_again() -> None:
    press = Press()
    printer = CertificatePdf(press.draw)
    for _ in range(2):
        with pytest.raises(Conflict):
            await printer.print(replace(SHEET, title=""))
    assert len(press.made) == 2


async def test_no_more_is_kept_than_may_be_and_the_oldest_go_first() -> None:
    press = Press()
    one = len(press.draw(SHEET))
    press.made.clear()
    printer = CertificatePdf(press.draw, most_bytes=3 * one - 1)
    second = replace(SHEET, serial="BBBB")
    for sheet in (SHEET, second, SHEET, replace(SHEET, serial="CCCC"), SHEET, second):
        await printer.print(sheet)
    assert [sheet.serial for sheet in press.made] == ["AAAA", "BBBB", "CCCC", "BBBB"]


async def test_one_that_is_larger_than_all_room_is_made_each_time() -> None:
    press = Press()
    printer = CertificatePdf(press.draw, most_bytes=10)
    assert await printer.print(SHEET) == await printer.print(SHEET)
    assert len(press.made) == 2
