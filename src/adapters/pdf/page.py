"""A page in one typeface, on which text is fitted into boxes. Lengths are points, 1/72 inch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from fpdf import FPDF
from fpdf.fonts import TTFFont
from fpdf.line_break import Fragment
from fpdf.unicode_script import UnicodeScript, get_unicode_script

from adapters.pdf.fitting import fit
from adapters.pdf.typeface import FACES, FONTS

Color = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """An area for text, relative to the upper left corner of the page."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Style:
    """How text is set.

    `size` is the maximum size, `leading` the height of a line in sizes, `tracking` the space added between letters in
    sizes. `rest` is the vertical position of the text in its box: 0 at the top, 1 at the bottom.
    """

    size: float
    color: Color
    face: str = ""
    tracking: float = 0
    leading: float = 1.28
    rest: float = 0.5
    small_capitals: bool = False


class _Shaped(FPDF):
    """Shapes each run of a script as a whole, including combining marks.

    fpdf2 (2.8.9) treats combining marks, whose script is that of the preceding letter (UAX #24: Inherited), as a
    separate script, and sets them beside their letters.
    """

    def _parse_chars(self, text: str, markdown: bool, **options: Any) -> Iterator[Fragment]:
        run, present = "", None
        for sign in text:
            script = get_unicode_script(sign)
            if script not in (UnicodeScript.COMMON, UnicodeScript.UNKNOWN, UnicodeScript.INHERITED, present):
                if present is not None:
                    yield Fragment(run, self._get_current_graphics_state(), self.k)
                    run = ""
                present = script
            run += sign
        if run:
            yield Fragment(run, self._get_current_graphics_state(), self.k)


class Sheet:
    """One landscape US Letter page, as a context manager that closes the files of its fonts."""

    width = 792
    height = 612

    def __init__(self, title: str, author: str, made_at: datetime) -> None:
        self._pdf = _Shaped("landscape", "pt", "letter")
        self._pdf.alias_nb_pages("")  # `{nb}` in a title must not become the number of pages
        self._pdf.set_title(title)
        self._pdf.set_author(author)
        self._pdf.set_lang("en-US")
        self._pdf.set_creation_date(made_at)
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        for face, name in FACES.items():
            self._pdf.add_font("Garamond", face, str(FONTS / name))
        self._pdf.add_page()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for font in self._pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def write(self, text: str, box: Box, style: Style, link: str = "") -> None:
        """Set the text centered in the box, as large as fits: smaller and on more lines if necessary."""
        height = box.height / style.leading
        size, lines = fit(text, box.width, height, style.size, lambda part: self._width(part, style))
        self._use(style, size)
        height = size * style.leading
        top = box.top + (box.height - height * len(lines)) * style.rest
        for row, line in enumerate(lines):
            self._pdf.set_xy(box.left, top + row * height)
            self._pdf.cell(box.width, height, line, align="C", link=link)

    def rule(self, left: float, top: float, width: float, thickness: float, color: Color) -> None:
        self._pdf.set_fill_color(*color)
        self._pdf.rect(left, top, width, thickness, style="F")

    def outline(self, points: list[tuple[float, float]], thickness: float, color: Color) -> None:
        self._pdf.set_draw_color(*color)
        self._pdf.set_line_width(thickness)
        self._pdf.polygon(points)

    def picture(self, png: bytes, box: Box, link: str, description: str) -> None:
        self._pdf.image(png, box.left, box.top, box.width, box.height, link=link, alt_text=description)

    def bytes(self) -> bytes:
        return bytes(self._pdf.output())

    def _use(self, style: Style, size: float) -> None:
        self._pdf.set_font("Garamond", style.face, size)
        self._pdf.set_char_spacing(style.tracking * size)
        self._pdf.set_text_color(*style.color)
        self._pdf.set_text_shaping(True, {"lnum": True, "smcp": style.small_capitals})

    def _width(self, text: str, style: Style) -> float:
        """The width of the text at size 1."""
        self._use(style, style.size)
        return self._pdf.get_string_width(text) / style.size
