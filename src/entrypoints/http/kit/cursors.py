"""Opaque cursors of lists, and links to the next page."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from application.kernel.messages import Cursor

CURSOR_PATTERN = "^A[A-P][A-Za-z0-9_-]{30}$"
"""Eight bytes of microseconds, the first of them zero, and sixteen of a UUID: each such text is a cursor."""
SORTED_PATTERN = r"^(A[A-P][A-Za-z0-9_-]{30}|-?[a-z_]{1,40}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{22})$"
"""Of lists that can be sorted: the same, or the name of an order, the value of its field, and the id."""

_CURSOR = re.compile(CURSOR_PATTERN)
_SORTED = re.compile(SORTED_PATTERN)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TIMES = "_at"
"""How the names of fields end that hold a time."""


def encode(cursor: Cursor) -> str:
    """The cursor as clients see it."""
    key = cursor.at.encode() if isinstance(cursor.at, str) else _bytes_of(cursor.at)
    if cursor.sort is None:
        return urlsafe_b64encode(key + cursor.id.bytes).decode()
    return f"{cursor.sort}.{_base64(key)}.{_base64(cursor.id.bytes)}"


def decode(text: str, *, sorts: bool = False) -> Cursor | None:
    """The cursor that the text stands for; None when it is not one. `sorts` tells whether the list can be sorted."""
    if _CURSOR.fullmatch(text):
        raw = urlsafe_b64decode(text)
        return Cursor(_moment_of(raw[:8]), UUID(bytes=raw[8:]))
    if not (sorts and _SORTED.fullmatch(text)):
        return None
    sort, key, identity = text.split(".")
    try:
        raw = urlsafe_b64decode(key + "=" * (-len(key) % 4))
        at = _moment_of(raw) if sort.endswith(_TIMES) else raw.decode()
    except ValueError:  # not base64, not UTF-8, or not a time
        return None
    if isinstance(at, str) and "\0" in at:
        return None
    return Cursor(at, UUID(bytes=urlsafe_b64decode(identity + "==")), sort)


def _bytes_of(moment: datetime) -> bytes:
    return ((moment - _EPOCH) // _MICROSECOND).to_bytes(8, "big")


def _moment_of(raw: bytes) -> datetime:
    """Raises ValueError."""
    if len(raw) != 8 or raw[0]:
        raise ValueError
    return _EPOCH + int.from_bytes(raw, "big") * _MICROSECOND


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def next_link(path: str, parameters: Sequence[tuple[str, str]], cursor: str) -> str:
    """A Link header (RFC 8288) to the next page of the list."""
    kept = [(name, value) for name, value in parameters if name != "cursor"]
    return f'<{path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'
