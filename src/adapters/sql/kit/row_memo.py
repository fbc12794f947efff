"""A cache of the results of functions of rows, by the rows' content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

Made = bytes | None

MOST_BYTES = 32 * 2**20
"""The maximum memory of all cached results."""
BYTES_A_ROW = 200
"""The maximum memory of a row and its result beside their own bytes."""


class RowMemo:
    """Caches the results of pure functions of rows.

    A row's content is the key, so commits cannot make a cached result wrong. When the memory is used up, the least
    recently used results are dropped.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes // 2
        self._recent: defaultdict[Hashable, dict[bytes, Made]] = defaultdict(dict)
        self._older: defaultdict[Hashable, dict[bytes, Made]] = defaultdict(dict)
        self._bytes = 0

    def of(self, name: Hashable, rows: Sequence[bytes], make: Callable[[bytes], Made]) -> list[Made]:
        """The result of `make` for each row; the same name must always mean the same function of the same columns."""
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
