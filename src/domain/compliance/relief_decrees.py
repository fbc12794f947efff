"""Decrees: relief for many people at once, by the order of an authority or of the organization itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.compliance.citations import LegalSource
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.relief import (
    Relief,
    ReliefDecided,
    ReliefNote,
    ReliefReason,
    ReliefStatus,
    next_number,
    require_sense,
)
from domain.kernel.errors import Conflict, DomainError, NotFound
from domain.kernel.values import PlausibleDay, enforce

MOST_DECREED = 20_000
"""The most people of one decree."""


class DecreeNotFound(NotFound):
    slug = "decree-not-found"
    title = "No such decree"
    sentence = "There is no decree with this id."


class NobodyDecreed(Conflict):
    """A decree would give relief to nobody."""

    slug = "nobody-decreed"
    title = "The decree concerns nobody"
    sentence = "Relief would be requested for nobody: the audience includes no one today."


@dataclass(frozen=True, slots=True)
class ReliefDecree:
    """The same relief for many people, with the source that orders it. It never changes.

    It requests relief for each person, which is approved by one decision of somebody else about all of them. So what
    was given to whom, and how it ends for one person alone, is like any other relief.
    """

    id: UUID
    requirement_id: UUID
    kind: ReliefKind
    reason: ReliefReason
    note: ReliefNote
    from_day: PlausibleDay
    until: date | None
    source: LegalSource
    requested_by: UUID | None
    requested_at: datetime

    def __post_init__(self) -> None:
        enforce(self)
        require_sense(self.kind, self.reason, self.from_day, self.until, self.note)

    def relief(self, id: UUID, user_id: UUID, earlier: Iterable[Relief] = ()) -> Relief:
        """The request for one person, after these earlier ones. Raises ReliefRequestedBefore."""
        return Relief.request(
            id,
            user_id=user_id,
            requirement_id=self.requirement_id,
            kind=self.kind,
            reason=self.reason,
            note=self.note,
            from_day=self.from_day,
            until=self.until,
            requested_by=self.requested_by,
            now=self.requested_at,
            decree_id=self.id,
            number=next_number(earlier, self.kind, self.from_day, self.until),
        )


@dataclass(frozen=True, slots=True)
class DecreeDecision:
    """The relief of a decree about which was decided, and the one about which was not, with the reasons."""

    decided: tuple[Relief, ...]
    refused: tuple[tuple[Relief, DomainError], ...]


def decide_all(
    reliefs: Iterable[Relief], decide: Callable[[Relief], None], but: Mapping[UUID, DomainError] | None = None
) -> DecreeDecision:
    """Decide so about each, unless `but` has a reason against it, by its id.

    What was approved or rejected by itself before is left as it is, and is not refused. Raises the first reason if it
    can be decided about none.
    """
    possible, refused, before = [], list[tuple[Relief, DomainError]](), list[DomainError]()
    for each in reliefs:
        if but and each.id in but and each.status is ReliefStatus.REQUESTED:
            refused.append((each, but[each.id]))
            continue
        try:
            decide(each)
        except ReliefDecided as error:
            before.append(error)
        except DomainError as error:
            refused.append((each, error))
        else:
            possible.append(each)
    if not possible and (reasons := [*(error for _, error in refused), *before]):
        raise reasons[0]
    return DecreeDecision(tuple(each for each in possible if each.written), tuple(refused))
