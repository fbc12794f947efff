"""Cycles: each repetition of a module, granted by somebody else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from domain.kernel.days import utc_day
from domain.kernel.values import Text, enforce

GrantReason = Annotated[str, Text(1_000)]


@dataclass(frozen=True, slots=True)
class CycleGrant:
    """Why somebody repeats a module, who granted it, and when (UTC). It never changes.

    `number` counts from 1 for each person and module. Attempts at the module's quizzes count from the newest grant;
    withdrawing and enrolling again do not reset them. `granted_on` is the day of the grant where the person is, in
    `time_zone`; older grants have neither, or only a day of the organization's.
    """

    module_id: UUID
    user_id: UUID
    number: int
    cycle_id: UUID
    version_number: int
    reason: GrantReason
    granted_by: UUID | None
    granted_at: datetime
    granted_on: date | None = None
    time_zone: str | None = None

    @property
    def begins_on(self) -> date:
        """The date on which the cycle begins, for comparison with training of which only the date is known."""
        return self.granted_on or utc_day(self.granted_at)

    def __post_init__(self) -> None:
        enforce(self)


def newest_grants(grants: Iterable[CycleGrant]) -> list[CycleGrant]:
    """The newest grant of a module under each of a person's ids; after a merge there are several."""
    return list({each.user_id: each for each in sorted(grants, key=lambda grant: grant.number)}.values())


def is_current(newest: Iterable[CycleGrant], user_id: UUID, grant_number: int, started_at: datetime) -> bool:
    """Whether an attempt counts since the newest grant: it was made under this id after the grant with this number.

    Under one id the numbers decide, since the clocks of several processes differ. A grant under another id of the
    person has a number of its own, so that the times decide.
    """
    own = max((grant.number for grant in newest if grant.user_id == user_id), default=0)
    return grant_number == own and all(grant.granted_at <= started_at for grant in newest if grant.user_id != user_id)
