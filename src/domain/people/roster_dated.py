"""What a line of a roster says of other days than the one on which it is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.kernel.errors import InvalidValue
from domain.kernel.values import PlausibleDay, enforce

DATED = ("leave_from", "leave_until", "terminated_on")
"""The columns of which each makes a line a dated one."""
AT_WORK_CELL = "status: at work"
"""The cell of a line whose status says that the person works here now, although it names a last day of work."""


@dataclass(frozen=True, slots=True)
class Dated:
    """Days of a line: the first and the last day of a leave, and the last day of work; all three included.

    `hired_on` and `rehired_on` are repeated as the line states them. `at_work` is whether its status says that the
    person works here now.
    """

    leave_from: PlausibleDay | None = None
    leave_until: PlausibleDay | None = None
    terminated_on: PlausibleDay | None = None
    hired_on: PlausibleDay | None = None
    rehired_on: PlausibleDay | None = None
    at_work: bool = False

    def __post_init__(self) -> None:
        enforce(self)
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

    @classmethod
    def of(cls, days: Mapping[str, date | None], *, at_work: bool) -> Dated | None:
        """What a line says, by column; None if it says nothing of other days. Raises InvalidValue."""
        if not any(days[name] for name in DATED):
            return None
        return cls(**days, at_work=at_work)

    @property
    def is_back(self) -> bool:
        """Whether the person was hired again after the last day of work."""
        return bool(self.terminated_on and self.rehired_on and self.rehired_on > self.terminated_on)
