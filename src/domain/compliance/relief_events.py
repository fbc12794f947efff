"""Events of relief. None of them says why it was requested: they outlive what is kept of a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from domain.compliance.relief import Relief
from domain.kernel.aggregate import DomainEvent, in_sets


@dataclass(frozen=True, slots=True)
class ReliefEvent(DomainEvent):
    """Something that happened to relief: to that of one person, or of many by one decree."""

    requirement_id: UUID
    """The requirement."""
    relief_ids: tuple[UUID, ...]
    """The relief, one for each person."""
    user_ids: tuple[UUID, ...]
    """The people, in the same order; of a user who was merged, the one that stays."""
    decree_id: UUID | None = None
    """The decree, for relief of many at once."""

    @property
    def subject_id(self) -> UUID:
        return self.decree_id or self.relief_ids[0]

    @classmethod
    def together(cls, reliefs: Sequence[Relief], decree_id: UUID | None = None) -> Iterator[Self]:
        """It happened to all of these, which are of one requirement; several for more than one event names."""
        by_id = {each.id: each for each in reliefs}
        for some in in_sets(list(by_id)):
            people = tuple(by_id[each].person_id for each in some)
            yield cls(by_id[some[0]].requirement_id, some, people, decree_id)


@dataclass(frozen=True, slots=True)
class ReliefRequested(ReliefEvent):
    """Relief was requested."""


@dataclass(frozen=True, slots=True)
class ReliefApproved(ReliefEvent):
    """Relief was approved: it counts from now on."""


@dataclass(frozen=True, slots=True)
class ReliefRejected(ReliefEvent):
    """Relief was rejected."""


@dataclass(frozen=True, slots=True)
class ReliefEnded(ReliefEvent):
    """Approved relief ends sooner than it was to end."""


@dataclass(frozen=True, slots=True)
class ReliefNotesErased(ReliefEvent):
    """The notes about this relief were erased with the person."""
