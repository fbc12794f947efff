"""The life of a module: its states, the errors of changing it, and its events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

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
    sentence = "An archived module does not change any more."


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


@dataclass(frozen=True, slots=True)
class ModuleEvent(DomainEvent):
    """Something that happened to one module."""

    module_id: UUID

    @property
    def subject_id(self) -> UUID:
        return self.module_id


@dataclass(frozen=True, slots=True)
class ModuleDrafted(ModuleEvent):
    pass


@dataclass(frozen=True, slots=True)
class ModuleEdited(ModuleEvent):
    version: int


@dataclass(frozen=True, slots=True)
class ModulePublished(ModuleEvent):
    version: int
    version_number: int
    material: bool
    moves_enrollments: bool = False
    """Whether it takes over those who are under way in an older version."""


@dataclass(frozen=True, slots=True)
class ModuleArchived(ModuleEvent):
    pass


@dataclass(frozen=True, slots=True)
class ModuleDeleted(ModuleEvent):
    slug: str
