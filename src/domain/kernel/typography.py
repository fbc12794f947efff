"""Typography is ignored: phones, word processors and PDF files turn the same keystrokes into different characters.

Mathematics is not typography: 10⁶ is not 106, and ½ is not 12. So this is a table of our own on top of NFC, and not
Unicode's compatibility forms (NFKC), which make these equal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from domain.kernel.text import line, unwelcome

_LIKE = {
    "'": "\u2018\u2019\u201a\u201b\u02bc\u02b9\u2032\u00b4\u0060\u2039\u203a",  # apostrophes, single quotes, minutes
    '"': "\u201c\u201d\u201e\u201f\u2033\u02ba\u00ab\u00bb",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63",  # hyphens, dashes, the minus sign
    "/": "\u2044\u2215",
    "...": "\u2026",
    "\u03bc": "\u00b5",  # the micro sign is a mu
    "°C": "\u2103",
    "°F": "\u2109",
    "ff": "\ufb00",
    "fi": "\ufb01",
    "fl": "\ufb02",
    "ffi": "\ufb03",
    "ffl": "\ufb04",
    "st": "\ufb05\ufb06",
}
_TABLE = str.maketrans({sign: plain for plain, signs in _LIKE.items() for sign in signs})
_BASE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)
_WIDE = re.compile("[\uff01-\uffee]")
_DASHES = re.compile("--+")


def alike(text: str, *, any_case: bool = False) -> str:
    """The text in the form in which texts are compared.

    Kinds of apostrophes, quotes, dashes and spaces, ligatures, widths and invisible characters are ignored, and case if
    asked. Several hyphens in a row count as a dash.
    """
    plain = _WIDE.sub(_narrow, line(text)).translate(_TABLE)
    plain = _DASHES.sub("-", plain)
    if any_case:
        plain = unicodedata.normalize("NFC", plain.casefold())
    return plain


def folded(text: str) -> str:
    """The text in the form in which it is searched: without typography (`alike`), case, accents and other marks.

    Letters with a stroke and joined letters become what people type instead: ø is o, æ is ae, ß is ss.
    """
    if text.isascii():
        return alike(text, any_case=True)
    plain = alike(text, any_case=True).translate(_BASE)
    if unwelcome(plain, one_line=True) is None:  # with few enough marks to be sorted quickly
        plain = unicodedata.normalize("NFKD", plain)
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()
    return line(unicodedata.normalize("NFC", bare))


def search_words(text: str) -> tuple[str, ...]:
    """The words that a search asks for, in the form in which texts are searched, each once."""
    return tuple(dict.fromkeys(folded(text).split()))


def mentions(search: str, *texts: str | None) -> bool:
    """Whether each word of the search occurs in one of the texts, whole or within another word, in any order."""
    searched = "\n".join(folded(text) for text in texts if text)
    return all(word in searched for word in search_words(search))


def is_one_of(text: str | None, names: Iterable[str]) -> bool:
    """Whether the text is one of the names, in the form in which texts are searched. A missing text is none."""
    return text is not None and folded(text) in map(folded, names)


def same_text(one: str, other: str) -> bool:
    """Whether two texts differ in typography only."""
    return alike(one) == alike(other)


def _narrow(sign: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", sign[0])
