"""The parts of a module, sections and questions alike: their position, and when they were created and changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.kernel.aggregate import not_before


@dataclass(frozen=True, slots=True)
class Written:
    """The content and position of a part, when it was created, and when it was last changed."""

    text: tuple[object, ...]
    created_at: datetime
    updated_at: datetime


class Part:
    """A part of a module. `position` counts from 1. The module sets its dates."""

    id: UUID
    position: int
    created_at: datetime
    updated_at: datetime

    @property
    def text(self) -> tuple[object, ...]:
        """The content of the part itself, and its position."""
        raise NotImplementedError

    @property
    def written(self) -> Written:
        return Written(self.text, self.created_at, self.updated_at)

    def date(self, before: Written | None, *, now: datetime) -> None:
        """Set `created_at`, and `updated_at` if the content changed; `before` is None for a new part."""
        if before is None:
            self.created_at = self.updated_at = now
        else:
            self.created_at = before.created_at
            self.updated_at = before.updated_at if before.text == self.text else not_before(now, before.updated_at)
