"""By which day somebody must complete a module, as far as a requirement asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True, order=True)
class ModuleDue:
    """On the days from `from_day` to `until`, both included, the module is due on `due_on`, the last day on which it is
    in time. `until` is None where no end is known.

    A module has at most one of these on a day.
    """

    module_id: UUID
    from_day: date
    until: date | None
    due_on: date

    def covers(self, day: date) -> bool:
        """Whether this is what holds on the day."""
        return self.from_day <= day and (self.until is None or day <= self.until)
