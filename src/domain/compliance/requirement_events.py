"""Events of requirements."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.kernel.aggregate import DomainEvent


@dataclass(frozen=True, slots=True)
class RequirementEvent(DomainEvent):
    """Something that happened to a requirement."""

    requirement_id: UUID
    """The requirement."""

    @property
    def subject_id(self) -> UUID:
        return self.requirement_id


@dataclass(frozen=True, slots=True)
class RequirementVersionEvent(RequirementEvent):
    """Something that happened to a version of a requirement."""

    number: int
    """The number of the version."""


@dataclass(frozen=True, slots=True)
class RequirementAdded(RequirementEvent):
    """A requirement was added. It has no effect before a version of it is approved."""


@dataclass(frozen=True, slots=True)
class RequirementEdited(RequirementEvent):
    """A requirement got another title."""


@dataclass(frozen=True, slots=True)
class RequirementDrafted(RequirementVersionEvent):
    """A version of a requirement was drafted."""


@dataclass(frozen=True, slots=True)
class RequirementRedrafted(RequirementVersionEvent):
    """The draft of a version was changed."""


@dataclass(frozen=True, slots=True)
class RequirementDraftDiscarded(RequirementVersionEvent):
    """The draft of a version was removed. The next draft can have its number."""


@dataclass(frozen=True, slots=True)
class RequirementApproved(RequirementVersionEvent):
    """A second person approved a version, which is in effect from its day on and never changes."""


@dataclass(frozen=True, slots=True)
class RequirementRetired(RequirementEvent):
    """A requirement was retired: from a day on, it is not in effect any more."""
