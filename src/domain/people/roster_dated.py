"""What a line of a roster says of other days than the one on which it is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from domain.kernel.errors import InvalidValue
from domain.kernel.values import PlausibleDay, enforce
from domain.people.positions import Work

DATED = ("effective_date", "leave_from", "leave_until", "terminated_on")
"""The columns of which each makes a line a dated one."""
OPEN_END = date(2099, 1, 1)
"""From this day on, a day stands for "no end" in an HR system, such as December 31, 9999."""
AT_WORK_CELL = "STATUS: at work"
"""The cell of a line whose status says that the person works here now, although it names a last day of work."""


@dataclass(frozen=True, slots=True)
class Dated:
    """Days of a line: the first and the last day of a leave, and the last day of work; all three included.

    From `effective_date` on the person has the `work` of the line; without this day it is not repeated here.
    `hired_on` and `rehired_on` are repeated as the line states them. `at_work` is whether its status says that the
    person works here now.
    """

    leave_from: PlausibleDay | None = None
    leave_until: PlausibleDay | None = None
    terminated_on: PlausibleDay | None = None
    hired_on: PlausibleDay | None = None
    rehired_on: PlausibleDay | None = None
    at_work: bool = False
    effective_date: PlausibleDay | None = None
    work: Work = field(default_factory=Work)

    def __post_init__(self) -> None:
        enforce(self)
        for name in DATED:
            day = getattr(self, name)
            if day is not None and day >= OPEN_END:
                raise InvalidValue(f"is {day}, which HR systems write for an open end. Leave the cell empty", name)
        self._require_something_effective()
        if self.leave_from and self.leave_until and self.leave_until < self.leave_from:
            raise InvalidValue(
                f"is {self.leave_until}, before the leave begins on {self.leave_from}. Correct one of the two days",
                "leave_until",
            )
        if self.terminated_on is None:
            return
        if self.hired_on and self.terminated_on < self.hired_on:
            raise InvalidValue(
                f"is {self.terminated_on}, before the day of hire, {self.hired_on}. Correct one of the two days; if "
                "the person was hired again, give that day under 'rehired_on' and the first day of hire under "
                "'hired_on'",
                "terminated_on",
            )
        if self.leave_from and self.leave_from > self.terminated_on and not self.is_back:
            raise InvalidValue(
                f"is {self.leave_from}, after the last day of work, {self.terminated_on}. Correct one of the two days",
                "leave_from",
            )

    def _require_something_effective(self) -> None:
        day = self.effective_date
        if day is None:
            return
        if not self.work.is_known:
            raise InvalidValue(
                f"is {day}, and the line has no department, job title or location that holds from that day. Add one of "
                "them, or leave this cell empty",
                "effective_date",
            )
        if self.hired_on and day < self.hired_on:
            raise InvalidValue(
                f"is {day}, before the day of hire, {self.hired_on}. Correct one of the two days", "effective_date"
            )
        if self.terminated_on and day > self.terminated_on and not self.is_back:
            raise InvalidValue(
                f"is {day}, after the last day of work, {self.terminated_on}. Correct one of the two days",
                "effective_date",
            )

    @classmethod
    def of(cls, days: Mapping[str, date | None], *, at_work: bool, work: Work) -> Dated | None:
        """What a line says, by column; None if it says nothing of other days. Raises InvalidValue."""
        if not any(days[name] for name in DATED):
            return None
        return cls(**days, at_work=at_work, work=work if days["effective_date"] else Work())

    @property
    def is_back(self) -> bool:
        """Whether the person was hired again after the last day of work."""
        return bool(self.terminated_on and self.rehired_on and self.rehired_on > self.terminated_on)
