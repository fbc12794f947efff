"""What files of rows have in common in all formats."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from domain.people.roster import RosterUnreadable

MAX_ROW = 65_536
"""Characters of a row."""

OVERLONG = f"is longer than {MAX_ROW:,} characters"

Tell = Callable[[int], None]
"""Gets the number of bytes read since its last call."""


@dataclass(frozen=True, slots=True)
class BadCell:
    """Why a row cannot be read, with the position of the cell, from 0."""

    position: int
    message: str


Cells = list[str] | BadCell | str
"""The cells of a row, or what is wrong with one of them, or with the whole row."""


class WatchedFile(io.FileIO):
    """A file for reading that reports the number of bytes read, chunk by chunk."""

    def __init__(self, path: Path, tell: Tell | None) -> None:
        try:
            super().__init__(path)
        except OSError as error:
            raise RosterUnreadable(f"The file cannot be opened: {error.strerror}.") from error
        self._tell = tell

    def readinto(self, buffer: bytearray | memoryview) -> int | None:  # type: ignore[override]  # narrower in the stubs
        return self._told(super().readinto(buffer))

    def _told(self, count: int | None) -> int | None:
        if self._tell and count:
            self._tell(count)
        return count
