"""Strict JSON: what parsers accept but databases cannot store is refused first.

PostgreSQL stores neither NUL characters, nor unpaired surrogates, nor integers beyond 64 bits.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

from entrypoints.http.kit.problems import fault, invalid, malformed

MAX_DEPTH = 32
MAX_VALUES = 50_000
"""Ten times the longest list that any message has. Reporting a problem with each of more would take long."""
SMALLEST, LARGEST = -(2**63), 2**63 - 1

_TOO_DEEP = f"The body is nested deeper than {MAX_DEPTH} levels."
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_INNERMOST = re.compile(rb"\[\]|\{\}")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
# Only a document with such an escape can contain text that the walk below detects.
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def verify(raw: bytes, most_values: int = MAX_VALUES) -> None:
    """Raises Problem: 400 when this is not valid JSON, 422 when it holds too many values or what cannot be stored."""
    # Prose has commas too, so it is worth finding those between values only if there are many.
    if raw.count(b",") >= most_values and _STRINGS.sub(b"", raw).count(b",") >= most_values:
        raise invalid([fault("body", (), f"must not have more than {most_values} values")])
    unusual = False
    try:
        text = raw.decode()
        try:
            document = _QUICK.decode(text)
        except _Unusual:
            unusual, document = True, _THOROUGH.decode(text)
    except UnicodeDecodeError as error:
        raise malformed(f"The body is not UTF-8 at byte {error.start + 1}.") from None
    except json.JSONDecodeError as error:
        raise malformed(f"{error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise malformed(_TOO_DEEP) from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _is_deep(raw):
        raise malformed(_TOO_DEEP)
    if unusual or _SUSPECT.search(raw):
        faults = list(_faults(document))
        if faults:
            raise invalid(faults)


def _is_deep(raw: bytes) -> bool:
    """Whether valid JSON is nested too deep. Removing empty pairs of brackets repeatedly is faster than a walk."""
    brackets = _STRINGS.sub(b"", raw).translate(None, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        if not brackets:
            return False
        brackets = _INNERMOST.sub(b"", brackets)
    return bool(brackets)


def storable(text: str) -> bool:
    """Whether the text has neither NUL nor an unpaired surrogate."""
    return not _UNSTORABLE.search(text)


def _faults(document: Any) -> Iterator[dict[str, str]]:
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        match value:
            case str() if not storable(value):
                yield fault("body", path, "must not contain a NUL character or half of a surrogate pair")
            case int() | float() if value in (float("inf"), float("-inf")):
                raise malformed("The body has a number that is too large.")
            case int() | float() if not SMALLEST <= value <= LARGEST:
                yield fault("body", path, f"must be from {SMALLEST} to {LARGEST}")
            case dict() | list() if len(path) >= MAX_DEPTH:
                raise malformed(_TOO_DEEP)
            case dict():
                if not all(map(storable, value)):
                    yield fault("body", path, "has a name with a NUL character or half of a surrogate pair")
                waiting += [((*path, name), item) for name, item in value.items() if storable(name)]
            case list():
                waiting += [((*path, index), item) for index, item in enumerate(value)]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise malformed(f"The name {twice[:100]!r} occurs twice in one object.")
    return result


def _whole(digits: str) -> int:
    # Python refuses to parse thousands of digits; the value does not matter, since it is too large.
    return int(digits) if len(digits) <= 20 else LARGEST + 1


def _constant(name: str) -> NoReturn:
    raise malformed(f"{name} is not JSON.")


class _Unusual(Exception):
    """A number that may be too large."""


def _usual_whole(digits: str) -> int:
    if len(digits) > 18:
        raise _Unusual
    return int(digits)


def _usual_real(digits: str) -> float:
    if len(digits) > 18 or "e" in digits or "E" in digits:
        raise _Unusual
    return float(digits)


_THOROUGH = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole, parse_constant=_constant)
_QUICK = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_usual_whole, parse_float=_usual_real, parse_constant=_constant
)
"""Most bodies have no number to look at twice, and to look for one in all the text takes longer than to read it."""
