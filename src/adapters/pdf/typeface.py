"""The characters that the typeface of certificates supports, and the substitutes for others.

EB Garamond covers Latin with every accent (including Vietnamese), Greek and Cyrillic. A certificate must be printable
with any name or title, without empty boxes: letters of other scripts are transliterated, pictures are left out.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any

FONTS = files("fontpkg_eb_garamond") / "files"
FACES = {"": "EBGaramond[wght].ttf", "I": "EBGaramond-Italic[wght].ttf"}

_SURE = re.compile("[ -~\u00a1-\u00ac\u00ae-\u017e]*")
"""Characters that every face has for certain, so that no font is opened for them."""
_WITH_MARKS = re.compile("[^\u0300-\u036f][\u0300-\u036f]+")
_NOTHING = "—"


class Garamond:
    """Implements application.kernel.ports.Typeface."""

    def lacks(self, text: str) -> tuple[str, ...]:
        plain = _composed(text)
        if _SURE.fullmatch(plain):
            return ()
        missing = {sign for sign in plain if not _is_covered(sign)}
        return tuple(sorted(missing | {group for group in _WITH_MARKS.findall(plain) if not _is_placed(group)}))


def printable(text: str) -> str:
    """The text as it is printed: composed, on one line, without invisible characters, and with substitutes for
    characters that the typeface lacks.
    """
    plain = _composed(text)
    if _SURE.fullmatch(plain):
        return plain
    placed = _WITH_MARKS.sub(lambda group: group[0] if _is_placed(group[0]) else _without_marks(group[0]), plain)
    return " ".join("".join(map(_substitute, placed)).split()) or _NOTHING


def _composed(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(sign for sign in composed if unicodedata.category(sign) != "Cf").split())


def _substitute(sign: str) -> str:
    if _is_covered(sign):
        return sign
    same = unicodedata.normalize("NFKD", sign)
    if same != sign and all(map(_is_covered, same)):
        return same
    if unicodedata.category(sign)[0] not in "LN":
        return ""
    # Imported only when needed: its tables are read from files.
    from anyascii import anyascii

    return anyascii(sign)


def _without_marks(group: str) -> str:
    """The letter with as many of its marks as the typeface can place."""
    kept = group[0]
    for mark in group[1:]:
        if _is_placed(kept + mark):
            kept += mark
    return kept


def _is_covered(sign: str) -> bool:
    return ord(sign) in _covered()


@cache
def _covered() -> frozenset[int]:
    """The characters that every face has."""
    from fontTools.ttLib import TTFont

    covered: list[set[int]] = []
    for name in FACES.values():
        with TTFont(str(FONTS / name), lazy=True) as font:
            covered.append(set(font.getBestCmap()))
    return frozenset(set.intersection(*covered))


@cache
def _is_placed(group: str) -> bool:
    """Whether every face can place the marks on this letter; otherwise they would be printed beside it."""
    return all(_places(font, group) for font in _shapers())


def _places(font: Any, group: str) -> bool:
    import uharfbuzz

    buffer = uharfbuzz.Buffer()
    buffer.add_str(group)
    buffer.guess_segment_properties()
    uharfbuzz.shape(font, buffer)
    return all(each.x_offset or each.y_offset for each in buffer.glyph_positions[1:])


@cache
def _shapers() -> tuple[Any, ...]:
    import uharfbuzz

    return tuple(
        uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(FONTS / name)))) for name in FACES.values()
    )
