"""Recent failures to write: the small write of a readiness check may still fit on a full disk."""

from __future__ import annotations

from time import monotonic

from adapters.sql.kit.failures import cannot_write, cause_of

LASTING = 10.0
"""Seconds for which a failed write makes the database count as not writable."""


class WriteFailures:
    """The last write that failed because the database cannot be written."""

    def __init__(self) -> None:
        self._last: tuple[str, float] | None = None

    def note(self, error: BaseException | None) -> None:
        """Record this failure if it is of that kind."""
        if error is not None and cannot_write(error):
            self._last = type(cause_of(error)).__name__, monotonic()

    def recent(self) -> list[str]:
        """A sentence about the last failure if it was recent."""
        if self._last is None or monotonic() - self._last[1] > LASTING:
            return []
        return [f"The database has refused to write within the last {LASTING:.0f} seconds: {self._last[0]}."]
