"""Requirements: who must hold which training or credential, by when and how often.

A requirement has versions. An approved one never changes: a change is another version, in effect from its own day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from domain.compliance.requirement_errors import (
    AnotherDraft,
    ApproverIsAuthor,
    RequirementIsRetired,
    RequirementVersionNotFound,
    TwoVersionsOneDay,
    UnverifiedSource,
    VersionAlreadyApproved,
)
from domain.compliance.requirement_events import (
    RequirementAdded,
    RequirementApproved,
    RequirementDraftDiscarded,
    RequirementDrafted,
    RequirementEdited,
    RequirementRedrafted,
    RequirementRetired,
    RequirementVersionEvent,
)
from domain.compliance.schedule import (
    Days,
    FactName,
)
from domain.compliance.terms import Terms
from domain.kernel.aggregate import Aggregate
from domain.kernel.values import PlausibleDay, Text, Title, enforce

VersionNote = Annotated[str, Text(2_000, form="lines")]


class RunningCycles(StrEnum):
    """What a new version does to those who are under the requirement when it takes effect."""

    KEEP = "keep"
    """They keep the rule under which they came, until they leave it. The new one is for people who come later."""
    TAKE = "take"
    """They take the new rule on its day: due days and validity are counted again by it."""
    NEXT = "next"
    """The cycle that is open keeps its rule; each one that opens later takes the new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementVersion:
    """One version of what a requirement asks, from the day on which it takes effect.

    Numbers count from 1. `running` says what it does to those who are under the requirement then; for these nothing is
    due sooner than `transition_days` after that day, unless it was due before. So it is for those who come under it
    by this version, such as everybody by a first one. It is a draft until `approved_by` somebody else.
    """

    number: int
    effective_on: PlausibleDay
    terms: Terms
    note: VersionNote
    drafted_by: UUID | None
    drafted_at: datetime
    running: RunningCycles = RunningCycles.NEXT
    transition_days: Days = 0
    approved_by: UUID | None = None
    approved_at: datetime | None = None
    acknowledged: bool = False

    def __post_init__(self) -> None:
        enforce(self)

    @property
    def is_approved(self) -> bool:
        return self.approved_at is not None


class Requirement(Aggregate):
    """A requirement with its versions in order. `retired_on` is the first day on which it is not in effect any more."""

    code: FactName
    title: Title
    retired_on: PlausibleDay | None

    def __init__(self, id: UUID, *, code: str, title: str, now: datetime) -> None:
        self.id = id
        self.code = code
        self.title = title
        self.versions: tuple[RequirementVersion, ...] = ()
        self.retired_on = None
        self.version = 1
        self.created_at = now
        self.updated_at = now
        enforce(self)

    @classmethod
    def add(cls, id: UUID, *, code: str, title: str, now: datetime) -> Self:
        """A new requirement without any version. Raises InvalidValue."""
        requirement = cls(id, code=code, title=title, now=now)
        requirement._happened(RequirementAdded(id))
        return requirement

    def edit(self, title: str, now: datetime) -> None:
        """Give it another title. Nothing happens if it has this one. Raises InvalidValue."""
        before = self.title
        self.title = title
        enforce(self)
        if self.title != before:
            self._changed(now, RequirementEdited(self.id))

    @property
    def approved(self) -> tuple[RequirementVersion, ...]:
        """The versions that are or will be in effect."""
        return tuple(each for each in self.versions if each.is_approved)

    @property
    def drafted(self) -> RequirementVersion | None:
        """The draft, if there is one."""
        return next((each for each in self.versions if not each.is_approved), None)

    def is_retired_on(self, day: date) -> bool:
        """Whether it is not in effect any more on this day."""
        return self.retired_on is not None and self.retired_on <= day

    def of_number(self, number: int) -> RequirementVersion:
        """Raises RequirementVersionNotFound."""
        found = next((each for each in self.versions if each.number == number), None)
        if found is None:
            raise RequirementVersionNotFound
        return found

    def draft(
        self,
        terms: Terms,
        *,
        effective_on: date,
        note: str,
        by: UUID | None,
        now: datetime,
        running: RunningCycles = RunningCycles.NEXT,
        transition_days: int = 0,
    ) -> int:
        """Add a version, in effect once it is approved, and return its number.

        Raises AnotherDraft, RequirementIsRetired, TwoVersionsOneDay and InvalidValue.
        """
        self._require_open()
        if self.drafted is not None:
            raise AnotherDraft
        number = max((each.number for each in self.versions), default=0) + 1
        self._write(
            RequirementVersion(
                number=number,
                effective_on=effective_on,
                terms=terms,
                note=note,
                drafted_by=by,
                drafted_at=now,
                running=running,
                transition_days=transition_days,
            ),
            now,
            RequirementDrafted(self.id, number),
        )
        return number

    def redraft(
        self,
        number: int,
        terms: Terms,
        *,
        effective_on: date,
        note: str,
        by: UUID | None,
        now: datetime,
        running: RunningCycles,
        transition_days: int,
    ) -> None:
        """Change a draft. The person who changes it becomes its author, and cannot approve it.

        Raises RequirementVersionNotFound, VersionAlreadyApproved, RequirementIsRetired, TwoVersionsOneDay and
        InvalidValue.
        """
        draft = self._draft(number)
        self._require_open()
        same = replace(
            draft, terms=terms, effective_on=effective_on, note=note, running=running, transition_days=transition_days
        )
        if same != draft:
            self._write(replace(same, drafted_by=by, drafted_at=now), now, RequirementRedrafted(self.id, draft.number))

    def approved_with(self, version: RequirementVersion) -> tuple[RequirementVersion, ...]:
        """The approved versions as they would be with this one. Raises RequirementIsRetired and TwoVersionsOneDay."""
        self._require_open()
        _require_order(self.approved, version)
        return (*self.approved, version)

    def discard(self, number: int, now: datetime) -> None:
        """Remove a draft. Raises RequirementVersionNotFound and VersionAlreadyApproved."""
        draft = self._draft(number)
        self.versions = tuple(each for each in self.versions if each is not draft)
        self._changed(now, RequirementDraftDiscarded(self.id, number))

    def approve(
        self,
        number: int,
        *,
        by: UUID | None,
        now: datetime,
        today: date,
        acknowledge: bool = False,
        persons: Mapping[UUID, UUID] | None = None,
    ) -> None:
        """Let a draft take effect on its day. `acknowledge` accepts a source that nobody has verified; `persons` names
        who stands for an author that was merged into another user.

        Raises RequirementVersionNotFound, VersionAlreadyApproved, RequirementIsRetired, ApproverIsAuthor and
        UnverifiedSource. The service itself, which is nobody, cannot approve.
        """
        self._require_open()
        draft = self._draft(number)
        author = draft.drafted_by
        if by is None or (author is not None and by == (persons or {}).get(author, author)):
            raise ApproverIsAuthor
        citation = draft.terms.citation
        if citation is not None and not citation.is_verified(today) and not acknowledge:
            raise UnverifiedSource
        approved = replace(draft, approved_by=by, approved_at=now, acknowledged=acknowledge)
        self._write(approved, now, RequirementApproved(self.id, number))

    def retire(self, day: date, now: datetime) -> None:
        """From this day on it is not in effect. Raises RequirementIsRetired and InvalidValue."""
        self._require_open()
        self.retired_on = day
        enforce(self)
        self._changed(now, RequirementRetired(self.id))

    def _draft(self, number: int) -> RequirementVersion:
        found = self.of_number(number)
        if found.is_approved:
            raise VersionAlreadyApproved
        return found

    def _require_open(self) -> None:
        if self.retired_on is not None:
            raise RequirementIsRetired

    def _write(self, version: RequirementVersion, now: datetime, event: RequirementVersionEvent) -> None:
        others = [each for each in self.versions if each.number != version.number]
        _require_order(others, version)
        self.versions = tuple(sorted([*others, version], key=lambda each: each.number))
        self._changed(now, event)


def _require_order(others: Sequence[RequirementVersion], version: RequirementVersion) -> None:
    last = max((each.effective_on for each in others), default=None)
    if last is not None and version.effective_on <= last:
        raise TwoVersionsOneDay(f"It must take effect after {last}, when the version before it does.")
