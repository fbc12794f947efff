"""JSON objects from untrusted sources, which two parsers must not be able to read differently."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object. Raises ValueError when it is none, repeats a name, has NaN or Infinity, or is too deep."""
    try:
        document = _DECODER.decode(raw.decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(document, dict):
        raise ValueError("not an object")
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a name occurs twice in one object")
    return result


def _constant(name: str) -> NoReturn:
    raise ValueError("not a number of JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
