"""What the database has refused to write of late: a small write of ours need not notice that a disk is full."""

from __future__ import annotations

from time import monotonic

from adapters.sql.failures import cannot_write, cause_of

LASTING = 10.0
"""Seconds for which a write that failed speaks against the next one."""


class Troubles:
    """The last write that failed because nothing can be written."""

    def __init__(self) -> None:
        self._last: tuple[str, float] | None = None

    def note(self, error: BaseException | None) -> None:
        """Remember this failure of a write, if it is of that kind."""
        if error is not None and cannot_write(error):
            self._last = type(cause_of(error)).__name__, monotonic()

    def recent(self) -> list[str]:
        """A sentence about it, for as long as it is recent."""
        if self._last is None or monotonic() - self._last[1] > LASTING:
            return []
        return [f"The database has refused to write within the last {LASTING:.0f} seconds: {self._last[0]}."]
