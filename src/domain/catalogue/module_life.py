"""The life of a module: its states, the errors of changing it, and its events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.catalogue.reopening import Reopens
from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import Conflict, NotFound


class ModuleStatus(StrEnum):
    """The state of a module. It only moves forward."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class ModuleOffer:
    """What a module offers to learners: its published version's number, None if it was never published."""

    status: ModuleStatus
    version_number: int | None
    archived_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is offered now: only then can people be enrolled in it, or be required to complete it."""
        return self.status is ModuleStatus.PUBLISHED and self.version_number is not None

    @property
    def was_published(self) -> bool:
        """Whether it is or was offered."""
        return self.version_number is not None


class ModuleNotFound(NotFound):
    slug = "module-not-found"
    title = "No such module"
    sentence = "There is no module with this id."


class SlugTaken(Conflict):
    slug = "slug-taken"
    title = "The slug is taken"
    sentence = "Another module has this slug. Choose another one."


class ModuleIsArchived(Conflict):
    slug = "module-archived"
    title = "The module is archived"
    sentence = "An archived module cannot be changed."


class ModuleNotDraft(Conflict):
    slug = "module-not-draft"
    title = "The module is not a draft"


class ModuleNotPublished(Conflict):
    slug = "module-not-published"
    title = "The module is not published"
    sentence = "Only a published module can do this."


class ModuleNotReady(Conflict):
    slug = "module-not-ready"
    title = "The module is not ready to be published"


class NothingNew(Conflict):
    slug = "nothing-new"
    title = "Nothing has changed since the last version"
    sentence = "The module is exactly as it was last published. Change something first."


class LastSection(Conflict):
    slug = "last-section"
    title = "A published module keeps at least one section"
    sentence = "This is the last section of a published module. Add another one before removing it."


class ModuleInUse(Conflict):
    slug = "module-in-use"
    title = "People are enrolled in the module"
    sentence = "People are enrolled in this module. Archive it instead."


class ModuleRequired(Conflict):
    slug = "module-required"
    title = "A requirement asks for the module"


def offered_version(offer: ModuleOffer | None) -> int:
    """The version that people are enrolled in now. Raises ModuleNotFound, or ModuleNotPublished."""
    if offer is None:
        raise ModuleNotFound
    if not offer.is_open or offer.version_number is None:
        raise ModuleNotPublished
    return offer.version_number


@dataclass(frozen=True, slots=True)
class ModuleEvent(DomainEvent):
    """Something that happened to one module."""

    module_id: UUID
    """The module."""

    @property
    def subject_id(self) -> UUID:
        return self.module_id


@dataclass(frozen=True, slots=True)
class ModuleDrafted(ModuleEvent):
    """A module was added to the catalogue as a draft, with its sections and questions."""


@dataclass(frozen=True, slots=True)
class ModuleEdited(ModuleEvent):
    """The module, its prerequisites, sections or questions were changed; learners see it after publication."""

    version: int
    """The module's version from now on, as its entity tag shows it."""
    section_ids: tuple[UUID, ...] = ()
    """The sections that were added, changed, moved or removed, in order of id."""
    question_ids: tuple[UUID, ...] = ()
    """The questions that were added, changed, moved or removed, those of removed sections included, in order of id."""


@dataclass(frozen=True, slots=True)
class ModulePublished(ModuleEvent):
    """A version of the module was published and frozen."""

    version: int
    """The module's version from now on, as its entity tag shows it."""
    version_number: int
    """The number of the version that was published."""
    material: bool
    """Whether it changes what people must know."""
    moves_enrollments: bool = False
    """Whether incomplete enrollments in older versions are moved to it."""
    reopens: Reopens = Reopens.NOBODY
    """For whom training with older versions does not count any longer."""
    reopen_due_on: date | None = None
    """The last day on which training with older versions is valid, if it reopens for everyone."""


@dataclass(frozen=True, slots=True)
class ModuleArchived(ModuleEvent):
    """The module was permanently removed from the catalogue."""


@dataclass(frozen=True, slots=True)
class ModuleDeleted(ModuleEvent):
    """A draft was removed, with its sections and questions."""

    slug: str
    """Its slug, which can be used again."""
