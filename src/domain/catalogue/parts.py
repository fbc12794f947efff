"""What a module consists of, sections and questions alike: a place, and when it was written and last changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.kernel.aggregate import not_before


@dataclass(frozen=True, slots=True)
class Written:
    """What a part says and where it stands, since when there is the part, and since when it is so."""

    text: tuple[object, ...]
    created_at: datetime
    updated_at: datetime


class Part:
    """A part of a module. `position` counts from 1. The module dates it when it takes it in or changes it."""

    id: UUID
    position: int
    created_at: datetime
    updated_at: datetime

    @property
    def text(self) -> tuple[object, ...]:
        """What the part itself says, and where it stands."""
        raise NotImplementedError

    @property
    def written(self) -> Written:
        return Written(self.text, self.created_at, self.updated_at)

    def date(self, before: Written | None, *, now: datetime) -> None:
        """Keep when it was written, and when it changed if it did; None stands for a part that is new."""
        if before is None:
            self.created_at = self.updated_at = now
        else:
            self.created_at = before.created_at
            self.updated_at = before.updated_at if before.text == self.text else not_before(now, before.updated_at)
