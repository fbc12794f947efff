"""What rows were turned into, remembered by their content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

Made = bytes | None

MOST_BYTES = 32 * 2**20
"""What all that is remembered may take."""
BYTES_A_ROW = 200
"""What a row and what was made of it take beside their own bytes, at most."""


class RowMemo:
    """The values of pure functions of rows. So a value is right whatever was committed since it was worked out.

    When there is no room left, those go that were not needed for long.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes // 2
        self._recent: defaultdict[Hashable, dict[bytes, Made]] = defaultdict(dict)
        self._older: defaultdict[Hashable, dict[bytes, Made]] = defaultdict(dict)
        self._bytes = 0

    def of(self, name: Hashable, rows: Sequence[bytes], make: Callable[[bytes], Made]) -> list[Made]:
        """What `make` makes of each row; it is the same function whenever it comes under this name."""
        known = self._recent[name]
        try:
            return [known[row] for row in rows]
        except KeyError:
            return [known[row] if row in known else self._learned(name, row, make) for row in rows]

    def _learned(self, name: Hashable, row: bytes, make: Callable[[bytes], Made]) -> Made:
        older = self._older[name]
        made = older[row] if row in older else make(row)
        self._recent[name][row] = made
        self._bytes += BYTES_A_ROW + len(row) + len(made or b"")
        if self._bytes > self._most:
            self._older, self._recent, self._bytes = self._recent, defaultdict(dict), 0
        return made
