"""Certificates on paper: what somebody sees who holds one, or who scans it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations
from multiprocessing import get_context
from threading import get_ident
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from adapters.pdf import CertificatePdf, Garamond
from adapters.pdf.design import draw
from application.evidence.certificates.queries import CertificatePrinter, CertificateSheet

SHEET = CertificateSheet(
    serial="7K3M-Q9TX-4ZBE-N2HD-5",
    full_name="Maria Alvarez",
    title="Bloodborne Pathogens: Annual Refresher",
    completed_on=date(2026, 3, 2),
    valid_from=date(2026, 3, 3),
    valid_until=date(2027, 3, 3),
    issued_at=datetime(2026, 3, 4, 17, 5, tzinfo=UTC),
    issued_on=date(2026, 3, 4),
    time_zone="America/Chicago",
    issued_by="Unified Dental",
    citation="29 CFR 1910.1030(g)(2)",
    credit_hours=1.5,
    trainers=("Olga Zhuk, DDS",),
    verify_url="https://training.example/v1/verify/7K3M-Q9TX-4ZBE-N2HD-5",
)
BARE = replace(SHEET, valid_until=None, time_zone=None, citation=None, credit_hours=None, trainers=())
LONG = replace(
    SHEET,
    full_name="Maximiliana Konstantinopoulou-Featherstonehaugh de la Santísima Trinidad y Fernández-Villaverde",
    title="Hazard Communication, Chemical Safety and the Globally Harmonized System of Labelling for Dental "
    "Assistants, Hygienists, Sterilization Technicians and Everyone Else Who Handles Disinfectants",
    citation="45 CFR 164.530(b)(1), 45 CFR 164.308(a)(5)(i) and the privacy rule of the state",
    trainers=tuple(f"Dr. Featherstonehaugh {number}" for number in range(1, 21)),
)
UNBROKEN = replace(
    SHEET,
    full_name="W" * 200,
    title="M" * 200,
    citation="Q" * 200,
    issued_by="G" * 200,
    trainers=tuple("K" * 200 for _ in range(20)),
    verify_url=f"https://training.example/{'w' * 200}",
)
TALL = replace(SHEET, full_name="ẨỄỘ ỹợg " * 20, title="ẨỄỘ ỹợg " * 20)
_ALL_IN = {"plain": SHEET, "bare": BARE, "long": LONG, "unbroken": UNBROKEN, "tall": TALL}
SHEETS = pytest.mark.parametrize("sheet", _ALL_IN.values(), ids=_ALL_IN)

INNER_BORDER = 33
Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top, in points from the lower left corner of the page."""


def page_of(pdf: bytes) -> Any:
    (page,) = pypdfium2.PdfDocument(pdf)
    return page


def text_of(pdf: bytes) -> str:
    return " ".join(page_of(pdf).get_textpage().get_text_range().split())


def rectangles(page: Any) -> Iterator[Rectangle]:
    """Where there is text, and the QR code."""
    text = page.get_textpage()
    for number in range(text.count_rects()):
        yield text.get_rect(number)
    for found in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]):
        yield found.get_bounds()


def overlap(one: Rectangle, other: Rectangle) -> bool:
    """Whether they share more than what kerning moves two words of a line towards each other."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > 3 and high > 1


class TestPage:
    async def test_it_is_one_page_of_landscape_us_letter(self) -> None:
        printer: CertificatePrinter = CertificatePdf()
        assert page_of(await printer.print(SHEET)).get_size() == (792, 612)

    def test_it_says_what_was_completed_by_whom_and_nothing_else(self) -> None:
        assert text_of(draw(SHEET)) == (
            "Unified Dental Certificate of Completion This certifies that Maria Alvarez has completed "
            "Bloodborne Pathogens: Annual Refresher on March 2, 2026 "
            "Valid from March 3, 2026 Valid until March 3, 2027 Credit hours 1.5 Required by 29 CFR 1910.1030(g)(2) "
            "Olga Zhuk, DDS Trainer 7K3M-Q9TX-4ZBE-N2HD-5 Serial number "
            "Issued March 4, 2026 (America/Chicago) · Verify at https://training.example/v1/verify/7K3M-Q9TX-4ZBE-N2HD-5"
        )

    def test_it_leaves_out_what_there_is_not(self) -> None:
        assert text_of(draw(BARE)) == (
            "Unified Dental Certificate of Completion This certifies that Maria Alvarez has completed "
            "Bloodborne Pathogens: Annual Refresher on March 2, 2026 "
            "Valid from March 3, 2026 Valid until No expiration "
            "Unified Dental Issued by 7K3M-Q9TX-4ZBE-N2HD-5 Serial number "
            "Issued March 4, 2026 · Verify at https://training.example/v1/verify/7K3M-Q9TX-4ZBE-N2HD-5"
        )

    def test_what_it_says_of_itself_is_on_the_page_as_well(self) -> None:
        said = {name: value for name, value in pypdfium2.PdfDocument(draw(SHEET)).get_metadata_dict().items() if value}
        assert said == {
            "Title": "Certificate of Completion 7K3M-Q9TX-4ZBE-N2HD-5",
            "Author": "Unified Dental",
            "CreationDate": "D:20260304170500Z",
        }

    @SHEETS
    def test_the_qr_code_leads_to_the_verification(self, sheet: CertificateSheet) -> None:
        (code,) = zxingcpp.read_barcodes(page_of(draw(sheet)).render(scale=3).to_pil())
        assert code.text == sheet.verify_url

    @SHEETS
    def test_nothing_overlaps_nor_leaves_the_border(self, sheet: CertificateSheet) -> None:
        found = list(rectangles(page_of(draw(sheet))))
        assert len(found) > 15
        assert [pair for pair in combinations(found, 2) if overlap(*pair)] == []
        assert min(left for left, _, _, _ in found) > INNER_BORDER
        assert min(bottom for _, bottom, _, _ in found) > INNER_BORDER
        assert max(right for _, _, right, _ in found) < 792 - INNER_BORDER
        assert max(top for _, _, _, top in found) < 612 - INNER_BORDER

    def test_long_texts_are_there_to_the_last_word(self) -> None:
        text = text_of(draw(LONG))
        assert all(each in text for each in (LONG.full_name, LONG.title, str(LONG.citation), *LONG.trainers))

    def test_who_is_forgotten_has_no_name_on_it(self) -> None:
        assert "This certifies that has completed" in text_of(draw(replace(SHEET, full_name="")))


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "Nguyễn Thị Ánh",
            "Łukasz Żółć",
            "Ðorđe Þórðarson",
            "Şükrü Çağlayan",
            "Ελένη Παπαδοπούλου",
            "Ольга Жукова",
            "Їжакевич Ґалаґан",
            "Sinéad O’Connor-ffitch",
        ],
    )
    def test_they_are_printed_as_they_are_written(self, name: str) -> None:
        assert name in text_of(draw(replace(SHEET, full_name=name)))

    @pytest.mark.parametrize(
        "name", ["Nguye\u0302\u0303n Thi\u0323 A\u0301nh", " Nguyễn\u00a0Thị\n\u200bÁnh "], ids=["decomposed", "spaced"]
    )
    def test_however_they_are_encoded(self, name: str) -> None:
        assert draw(replace(SHEET, full_name=name)) == draw(replace(SHEET, full_name="Nguyễn Thị Ánh"))

    @pytest.mark.parametrize(
        ("name", "lacking", "printed"),
        [
            ("王 Wei", ("王",), "Wang Wei"),
            ("Maria 🦷", ("🦷",), "Maria"),
            ("㎎ Ⅳ", ("㎎",), "mg"),
            ("J\u0301oseph", ("J\u0301",), "Joseph"),
            ("{nb} of us", (), "{nb} of us"),
        ],
    )
    async def test_what_the_typeface_lacks_is_known_and_has_a_substitute(
        self, name: str, lacking: tuple[str, ...], printed: str
    ) -> None:
        assert Garamond().lacks(name) == lacking
        assert printed in text_of(await CertificatePdf().print(replace(SHEET, full_name=name)))

    def test_scripts_that_it_lacks_altogether_are_transliterated(self) -> None:
        assert Garamond().lacks("محمد") == ("ح", "د", "م")
        assert "mhmd" in text_of(draw(replace(SHEET, full_name="محمد")))

    @pytest.mark.parametrize("field", ["title", "citation", "issued_by", "full_name"])
    @pytest.mark.parametrize("text", ["🧼", "\u0301", "\U000e0041", "\ue000"])
    def test_something_is_printed_whatever_it_is(self, field: str, text: str) -> None:
        changes: dict[str, Any] = {field: text, "trainers": (text,)}
        assert "Certificate of Completion" in text_of(draw(replace(SHEET, **changes)))

    @pytest.mark.parametrize("letter", ["m\u0303", "g\u0303"])
    def test_marks_stand_above_their_letters(self, letter: str) -> None:
        name = f"i{letter}i"
        assert Garamond().lacks(name) == ()
        text = page_of(draw(replace(SHEET, full_name=name))).get_textpage()
        signs = [text.get_text_range(place, 1) for place in range(text.count_chars())]
        place = signs.index(letter[1])
        left, _, right, _ = text.get_charbox(place)
        base_left, _, base_right, _ = text.get_charbox(place - 1)
        assert signs[place - 1] == letter[0]
        assert base_left < (left + right) / 2 < base_right
        assert text.get_charbox(place + 1)[0] > right - 4


class TestMaking:
    async def test_the_same_sheet_gives_the_same_bytes_also_side_by_side_and_elsewhere(self) -> None:
        printer = CertificatePdf()
        here = await asyncio.gather(*(printer.print(LONG) for _ in range(4)))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
            assert {*here, elsewhere.submit(draw, LONG).result()} == {here[0]}

    async def test_the_loop_goes_on_while_few_threads_print(self) -> None:
        trainers = Watched(SHEET.trainers)
        printer = CertificatePdf()
        await asyncio.gather(*(printer.print(replace(SHEET, trainers=trainers)) for _ in range(6)))
        assert get_ident() not in trainers.readers
        assert 1 <= len(trainers.readers) <= 2

    def test_the_libraries_are_imported_by_who_prints_only(self) -> None:
        source = (
            "import sys; from adapters.pdf import CertificatePdf; CertificatePdf();"
            "print({'fpdf', 'fontTools', 'segno', 'PIL', 'uharfbuzz'} & set(sys.modules))"
        )
        made = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)  # noqa: S603
        assert made.stdout.strip() == "set()"


class Watched(tuple[str, ...]):
    """Names that know which threads have read them."""

    readers: set[int]

    def __new__(cls, names: tuple[str, ...]) -> Watched:
        watched = super().__new__(cls, names)
        watched.readers = set()
        return watched

    def __iter__(self) -> Iterator[str]:
        self.readers.add(get_ident())
        return super().__iter__()
