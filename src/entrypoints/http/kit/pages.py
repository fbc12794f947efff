"""Pages of a list: opaque cursors and links to the next page."""

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

_CURSOR = re.compile(CURSOR_PATTERN)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encode(cursor: Cursor) -> str:
    """The cursor as clients see it."""
    microseconds = (cursor.at - _EPOCH) // _MICROSECOND
    return urlsafe_b64encode(microseconds.to_bytes(8, "big") + cursor.id.bytes).decode()


def decode(text: str) -> Cursor | None:
    """The cursor that the text stands for; None when it is not one."""
    if not _CURSOR.fullmatch(text):
        return None
    raw = urlsafe_b64decode(text)
    return Cursor(_EPOCH + int.from_bytes(raw[:8], "big") * _MICROSECOND, UUID(bytes=raw[8:]))


def next_link(path: str, parameters: Sequence[tuple[str, str]], cursor: str) -> str:
    """A Link header (RFC 8288) to the next page of the list."""
    kept = [(name, value) for name, value in parameters if name != "cursor"]
    return f'<{path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'
