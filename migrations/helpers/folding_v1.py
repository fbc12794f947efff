"""The form in which texts are searched and sorted, as the application had it when this was written.

A migration never changes, so this is a copy that stays as it is.
"""

from __future__ import annotations

import re
import unicodedata

MARKS_ON_ONE_LETTER = 30

INVISIBLE = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0"
_DIRECTION_MARKS = "\u061c\u200e\u200f"
_DIRECTION_CHANGES = "\u202a-\u202e\u2066-\u2069"
_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe00-\ufe0f"
_MORE_SELECTORS = "\U000e0100-\U000e01ef"
SPACES = "\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000"

_SHAPELESS = re.compile(f"[{INVISIBLE}{_DIRECTION_MARKS}\U0001d173-\U0001d17a\U000e0000-\U000e00ff]+")
_IN_CONTEXT = re.compile(f"[{_JOINERS}{_SELECTORS}{_MORE_SELECTORS}]")
_SPACE = re.compile(f"[{SPACES}]+")
_HIGH_RUN = re.compile(f"[^\0-\u02ff][^\0-\u02ff]{{{MARKS_ON_ONE_LETTER},}}")
UNWELCOME = f"\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f{_DIRECTION_CHANGES}\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff"
_UNWELCOME_ON_A_LINE = re.compile(f"[{UNWELCOME}\t\n\ufffd]")

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


def folded(text: str) -> str:
    """The text without typography, case, accents and other marks."""
    plain = _WIDE.sub(_narrow, _line(text)).translate(_TABLE)
    plain = unicodedata.normalize("NFC", _DASHES.sub("-", plain).casefold()).translate(_BASE)
    if not (_UNWELCOME_ON_A_LINE.search(plain) or _is_heaped(plain)):
        plain = unicodedata.normalize("NFKD", plain)
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()
    return _line(unicodedata.normalize("NFC", bare))


def _narrow(sign: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", sign[0])


def _line(text: str) -> str:
    while (cleaned := _spaced(_composed(_seen(text)))) != text:
        text = cleaned
    return text


def _spaced(text: str) -> str:
    return _SPACE.sub(" ", text).strip(" ")


def _composed(text: str) -> str:
    return text if _is_heaped(text) else unicodedata.normalize("NFC", text)


def _is_heaped(text: str) -> bool:
    for run in _HIGH_RUN.finditer(text):
        count = 0
        for sign in run[0]:
            count = count + 1 if unicodedata.combining(sign) else 0
            if count > MARKS_ON_ONE_LETTER:
                return True
    return False


def _seen(text: str) -> str:
    text = _SHAPELESS.sub("", text)
    if not _IN_CONTEXT.search(text):
        return text
    kept = [""]
    for place, sign in enumerate(text):
        if not _IN_CONTEXT.match(sign) or _has_effect(sign, kept[-1], text[place + 1 : place + 2]):
            kept.append(sign)
    return "".join(kept)


def _has_effect(sign: str, before: str, after: str) -> bool:
    """Whether a joiner or selector between these two characters changes what one sees."""
    if not before:
        return False
    if sign in _JOINERS:
        if unicodedata.combining(before) == 9 or (after and unicodedata.combining(after) == 9):
            return True  # beside a virama, in Indic scripts
        if _joins(before) and (not after or _joins(after)):
            return bool(after) or sign == "\u200d"
        return sign == "\u200d" and bool(after) and _is_symbol(after) and (_is_symbol(before) or before == "\ufe0f")
    if sign in "\ufe0e\ufe0f":
        return _is_symbol(before) or after == "\u20e3"
    return unicodedata.category(before) == "Lo"


def _joins(sign: str) -> bool:
    return unicodedata.bidirectional(sign) == "AL" or (
        unicodedata.combining(sign) > 0 or "\u1800" <= sign <= "\u18af" or "\u07c0" <= sign <= "\u07ff"
    )


def _is_symbol(sign: str) -> bool:
    return unicodedata.category(sign) in ("So", "Sm", "Sk") or sign in "\u203c\u2049\u3030"
