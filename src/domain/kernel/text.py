"""The normal form of text: two texts that look the same to people are the same text here.

Unicode can write one name in several ways and has invisible characters. What can be corrected without changing the
meaning is corrected; anything else is refused with a message (`unwelcome`). The functions here are idempotent and take
time in proportion to the text.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

MARKS_ON_ONE_LETTER = 30
"""The limit of the Stream-Safe Text Format (UAX #15, 13). Ordering more marks takes quadratic time."""

INVISIBLE = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0"
"""Invisible characters without meaning: soft hyphen, zero width spaces, byte order mark, fillers."""
_DIRECTION_MARKS = "\u061c\u200e\u200f"
_DIRECTION_CHANGES = "\u202a-\u202e\u2066-\u2069"
_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe00-\ufe0f"
_MORE_SELECTORS = "\U000e0100-\U000e01ef"
SPACES = "\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000"

_SHAPELESS = re.compile(f"[{INVISIBLE}{_DIRECTION_MARKS}\U0001d173-\U0001d17a\U000e0000-\U000e00ff]+")
_IN_CONTEXT = re.compile(f"[{_JOINERS}{_SELECTORS}{_MORE_SELECTORS}]")
_SPACE = re.compile(f"[{SPACES}]+")
_LINE_END = re.compile("\r\n|[\r\v\f\u0085\u2028\u2029]")
_LINE_ENDS = "\r\v\f\u0085\u2028\u2029"
# The first mark separately: searching for one character is far faster than trying a repetition everywhere.
_HIGH_RUN = re.compile(f"[^\0-\u02ff][^\0-\u02ff]{{{MARKS_ON_ONE_LETTER},}}")

_BLANK = re.compile(f"[{SPACES}\x1c-\x1f{INVISIBLE}{_DIRECTION_MARKS}{_JOINERS}{_SELECTORS}]*")
UNWELCOME = f"\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f{_DIRECTION_CHANGES}\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff"
_UNWELCOME = re.compile(f"[{UNWELCOME}]")
_UNWELCOME_ON_A_LINE = re.compile(f"[{UNWELCOME}\t\n\ufffd]")

_ON_A_LINE, _ON_LINES = (
    bytes.maketrans(controls, b"?" * len(controls))
    for controls in (bytes([*range(0x20), 0x7F]), bytes([*range(0x09), *range(0x0B, 0x20), 0x7F]))
)
"""They change each control character of ASCII into a question mark."""


def line(text: str) -> str:
    """A name, a title or another text of one line: composed (NFC), trimmed, single spaces, no invisible characters.

    The joiners that Persian, Indic scripts and emoji need, and variation selectors, stay where they have an effect.
    """
    if text.isascii():
        return text if is_usual(text, one_line=True) else _spaced(text)
    while (cleaned := _spaced(_composed(_seen(text)))) != text:
        text = cleaned
    return text


def lines(text: str) -> str:
    """A text of several lines: composed (NFC), with lines that end in a line feed alone."""
    if not text.isascii():
        text = _composed(text.removeprefix("\ufeff"))
    for sign in _LINE_ENDS:
        if sign in text:
            return _LINE_END.sub("\n", text)
    return text


def is_blank(text: str) -> bool:
    """Whether nothing in it is visible."""
    if text.isascii():
        return not text or text.isspace()
    return _BLANK.fullmatch(text) is not None


def unwelcome(text: str, *, one_line: bool) -> str | None:
    """The first thing in the text that nobody means to write, with its place; None when there is none."""
    if not _is_printable(text, one_line):
        found = (_UNWELCOME_ON_A_LINE if one_line else _UNWELCOME).search(text)
        if found:
            return f"must not contain {_called(found[0])} (at character {found.start() + 1})"
    if _is_heaped(text):
        return f"must not have more than {MARKS_ON_ONE_LETTER} combining marks on one letter"
    return None


def is_usual(text: str, *, one_line: bool) -> bool:
    """Whether it is in its normal form, not blank and without anything unwelcome, at the least cost.

    Nearly every text is. False says nothing about a text that is not ASCII.
    """
    if not (text.isascii() and _is_printable(text, one_line)):
        return False
    return ("  " not in text and text == text.strip() != "") if one_line else not is_blank(text)


def _is_printable(text: str, one_line: bool) -> bool:
    """Whether there are printable characters only, none of which is unwelcome. To look so takes half as long as to
    look for those that are, and a fifth as long in ASCII."""
    if text.isascii():
        raw = text.encode()
        return raw.translate(_ON_A_LINE if one_line else _ON_LINES) == raw
    if one_line:
        return text.isprintable() and "\ufffd" not in text
    return text.replace("\n", " ").replace("\t", " ").isprintable()


def plain(value: Any) -> Any:
    """A JSON value with the names of members, and each line of its texts, in the normal form of a line.

    A name that another member already has is not changed, so that `unwelcome_within` finds it.
    """
    match value:
        case str():
            return "\n".join(map(line, lines(value).split("\n"))).strip("\n")
        case dict():
            members: dict[str, Any] = {}
            for name, item in value.items():
                members[name if line(name) in members else line(name)] = plain(item)
            return members
        case list() | tuple():
            return [plain(item) for item in value]
    return value


def unwelcome_within(value: Any) -> str | None:
    """What is unwelcome in any text of a JSON value."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                if problem := unwelcome(text, one_line=False):
                    return problem
            case dict() as members:
                if twice := next((name for name in members if name != line(name)), None):
                    return f"must not have two members named {line(twice)!r}"
                waiting += [*members, *members.values()]
            case list() | tuple() as items:
                waiting += items
    return None


def _spaced(text: str) -> str:
    return _SPACE.sub(" ", text).strip(" ")


def _composed(text: str) -> str:
    return text if _is_heaped(text) else unicodedata.normalize("NFC", text)


def _is_heaped(text: str) -> bool:
    if text.isascii():
        return False
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


def _called(sign: str) -> str:
    code = f"U+{ord(sign):04X}"
    if sign == "\ufffd":
        return f"the character {code}, which replaces a lost character"
    if re.match(f"[{_DIRECTION_CHANGES}]", sign):
        return f"the character {code}, which changes the direction of writing"
    return f"the control character {code}" if ord(sign) < 0xA0 else f"the character {code}"


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one name: case, accents, punctuation and the order of words are ignored.

    Marks that are separate vowels or consonants are not ignored: those of India, of Thailand and of the Japanese
    syllables.
    """
    return _words(one) == _words(other)


def _words(name: str) -> list[str]:
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not _is_accent(each)).casefold()
    words = "".join(each if each.isalnum() or unicodedata.category(each).startswith("M") else " " for each in plain)
    return sorted(words.split()) or [plain]


def _is_accent(sign: str) -> bool:
    """Whether it is a mark above or below letters, or a vowel of Hebrew or Arabic, which may be left out."""
    kind = unicodedata.combining(sign)
    return kind >= 200 or 10 <= kind <= 36
