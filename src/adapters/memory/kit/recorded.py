"""When facts were recorded, in memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol, TypeVar
from uuid import UUID

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""The watermark while nothing is recorded."""


class Recorded(Protocol):
    """A row that was recorded at some moment, None until its unit of work writes it."""

    @property
    def id(self) -> UUID: ...
    @property
    def recorded_at(self) -> datetime | None: ...


R = TypeVar("R", bound=Recorded)


def as_recorded(rows: Iterable[R]) -> list[R]:
    """The rows in the order of recording."""
    return sorted(rows, key=lambda each: (each.recorded_at or BEGINNING, each.id))
