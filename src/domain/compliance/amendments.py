"""Changing what a requirement is to ask from some day on: its draft, or a new one that is like the last version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from domain.compliance.requirement import Requirement, RunningCycles
from domain.compliance.terms import Terms
from domain.kernel.errors import InvalidValue

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What is to be different. None leaves what the draft has; a new draft has the terms of the last version."""

    terms: Terms | None = None
    effective_on: date | None = None
    note: str | None = None
    running: RunningCycles | None = None
    transition_days: int | None = None

    def apply(self, requirement: Requirement, *, by: UUID | None, now: datetime) -> None:
        """Change the draft, or make one.

        Raises InvalidValue if a new draft lacks its day, its note or its terms, and what `Requirement.draft` and
        `redraft` raise.
        """
        draft = requirement.drafted
        if draft is not None:
            requirement.redraft(
                draft.number,
                self.terms or draft.terms,
                effective_on=self.effective_on or draft.effective_on,
                note=draft.note if self.note is None else self.note,
                by=by,
                now=now,
                running=self.running or draft.running,
                transition_days=draft.transition_days if self.transition_days is None else self.transition_days,
            )
            return
        requirement.draft(
            _given(self.terms or (requirement.versions[-1].terms if requirement.versions else None), "terms"),
            effective_on=_given(self.effective_on, "effective_on"),
            note=_given(self.note, "note"),
            by=by,
            now=now,
            running=self.running or RunningCycles.NEXT,
            transition_days=self.transition_days or 0,
        )


def _given(value: T | None, name: str) -> T:
    if value is None:
        raise InvalidValue("must be given, since there is no draft that has it", name)
    return value
