"""Requirements as somebody has written them in a file, and what follows when such a file is loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.compliance.requirement import Requirement, RequirementVersion, RunningCycles, VersionNote
from domain.compliance.requirement_errors import AnotherDraft
from domain.compliance.schedule import Days, FactName
from domain.compliance.terms import Terms
from domain.kernel.days import days_later
from domain.kernel.values import PlausibleDay, Title, enforce


class Loaded(StrEnum):
    """The outcome of loading a requirement."""

    ADDED = "added"
    DRAFTED = "with another version"
    """There is a draft of another version."""
    CHANGED = "changed"
    """Its draft or its title is another, or a draft was discarded that the file no longer asks for."""
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class WrittenRequirement:
    """What the requirement with this code asks, once somebody has approved it.

    Without `effective_on` it takes effect on the day on which it is loaded, or on the day after the version before it.
    """

    code: FactName
    title: Title
    note: VersionNote
    terms: Terms
    effective_on: PlausibleDay | None = None
    running: RunningCycles = RunningCycles.NEXT
    transition_days: Days = 0

    def __post_init__(self) -> None:
        enforce(self)

    def is_in(self, version: RequirementVersion) -> bool:
        """Whether the version asks just this.

        If the file does not say when somebody verified the source, the day that the version has counts.
        """
        terms, kept = self.terms, version.terms.citation
        if kept is not None and terms.citation == replace(kept, verified_on=None):
            terms = replace(terms, citation=kept)
        return terms == version.terms and self.effective_on in (None, version.effective_on)

    def load_into(self, requirement: Requirement, *, by: UUID | None, today: date, now: datetime) -> Loaded:
        """Draft what the file says, unless the last approved version or the draft says it already.

        A draft that somebody else has written is not changed. Raises AnotherDraft, RequirementIsRetired,
        TwoVersionsOneDay and InvalidValue.
        """
        is_new, before = not requirement.versions, requirement.version
        requirement.edit(self.title, now)
        approved = requirement.approved[-1] if requirement.approved else None
        draft = requirement.drafted
        is_own = draft is not None and draft.drafted_by == by
        if approved is not None and self.is_in(approved):
            if draft is not None and is_own:
                requirement.discard(draft.number, now)
        elif draft is None:
            requirement.draft(self.terms, by=by, now=now, **self._how(approved, today))
            return Loaded.ADDED if is_new else Loaded.DRAFTED
        elif is_own:
            how = self._how(approved, draft.effective_on)
            requirement.redraft(draft.number, draft.terms if self.is_in(draft) else self.terms, by=by, now=now, **how)
        elif not self.is_in(draft):
            raise AnotherDraft
        return Loaded.UNCHANGED if requirement.version == before else Loaded.CHANGED

    def _how(self, approved: RequirementVersion | None, today: date) -> dict[str, Any]:
        after = date.min if approved is None else days_later(approved.effective_on, 1)
        return {
            "effective_on": self.effective_on or max(today, after),
            "note": self.note,
            "running": self.running,
            "transition_days": self.transition_days,
        }
