"""A page of one typeface, on which text is made to fit the room that it is given. Lengths are points, 1/72 inch."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Self

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import TTFFont

from adapters.pdf.fitting import fit
from domain.errors import Conflict

Colour = tuple[int, int, int]

_FONTS = files("fontpkg_eb_garamond") / "files"
_FACES = {"": "EBGaramond[wght].ttf", "I": "EBGaramond-Italic[wght].ttf"}


@dataclass(frozen=True, slots=True)
class Box:
    """Where text may stand, from the upper left corner of the page."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Style:
    """How text is set.

    `size` is the largest that it may have, `leading` the height of a line in sizes, `tracking` the space added
    between letters in sizes. `rest` says where the text stands in its box: 0 at the top, 1 at the bottom.
    """

    size: float
    colour: Colour
    face: str = ""
    tracking: float = 0
    leading: float = 1.28
    rest: float = 0.5
    small_capitals: bool = False


class Sheet:
    """One landscape US Letter page. Whoever leaves it closes the files of its fonts."""

    width = 792
    height = 612

    def __init__(self, title: str, author: str, made_at: datetime) -> None:
        self._pdf = FPDF("landscape", "pt", "letter")
        self._pdf.set_title(title)
        self._pdf.set_author(author)
        self._pdf.set_lang("en-US")
        self._pdf.set_creation_date(made_at)
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        for face, name in _FACES.items():
            self._pdf.add_font("Garamond", face, str(_FONTS / name))
        self._pdf.add_page()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for font in self._pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def write(self, text: str, box: Box, style: Style, link: str = "") -> None:
        """Set the text in the middle of the box's width, as large as fits: smaller and on more lines if need be."""
        height = box.height / style.leading
        size, lines = fit(text, box.width, height, style.size, lambda part: self._width(part, style))
        self._use(style, size)
        height = size * style.leading
        top = box.top + (box.height - height * len(lines)) * style.rest
        for row, line in enumerate(lines):
            self._pdf.set_xy(box.left, top + row * height)
            self._pdf.cell(box.width, height, line, align="C", link=link)

    def rule(self, left: float, top: float, width: float, thickness: float, colour: Colour) -> None:
        self._pdf.set_fill_color(*colour)
        self._pdf.rect(left, top, width, thickness, style="F")

    def outline(self, points: list[tuple[float, float]], thickness: float, colour: Colour) -> None:
        self._pdf.set_draw_color(*colour)
        self._pdf.set_line_width(thickness)
        self._pdf.polygon(points)

    def picture(self, png: bytes, box: Box, link: str, description: str) -> None:
        self._pdf.image(png, box.left, box.top, box.width, box.height, link=link, alt_text=description)

    def bytes(self) -> bytes:
        return bytes(self._pdf.output())

    def _use(self, style: Style, size: float) -> None:
        self._pdf.set_font("Garamond", style.face, size)
        self._pdf.set_char_spacing(style.tracking * size)
        self._pdf.set_text_color(*style.colour)
        self._pdf.set_text_shaping(True, {"lnum": True, "smcp": style.small_capitals})

    def _width(self, text: str, style: Style) -> float:
        """How wide the text is at size 1."""
        self._use(style, style.size)
        return self._pdf.get_string_width(text) / style.size


def printable(text: str) -> str:
    """The text as it is set: composed, on one line, without marks that have no shape.

    Raises Conflict when the typeface lacks a character.
    """
    composed = unicodedata.normalize("NFC", text)
    plain = " ".join("".join(sign for sign in composed if unicodedata.category(sign) != "Cf").split())
    missing = sorted({sign for sign in plain if ord(sign) not in _covered()})
    if missing:
        named = ", ".join(f"{sign} (U+{ord(sign):04X})" for sign in missing)
        raise Conflict(f"The certificate cannot be printed: its typeface lacks {named}.")
    return plain


@cache
def _covered() -> frozenset[int]:
    """The characters that every face has."""
    covered: list[set[int]] = []
    for name in _FACES.values():
        with TTFont(str(_FONTS / name), lazy=True) as font:
            covered.append(set(font.getBestCmap()))
    return frozenset(set.intersection(*covered))
