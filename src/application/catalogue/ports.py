"""What the use cases of the catalogue need of the store.

They are bound to a unit of work: what they write appears when the bus commits, or not at all. Each has a memory and
an SQL adapter that pass one contract suite. Readers, which serve queries, are declared beside their queries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from application.kernel.lists import Present
from domain.catalogue.module_life import ModuleOffer
from domain.catalogue.modules import TrainingModule
from domain.catalogue.versions import ModuleVersion, Publication
from domain.kernel.oversight import OwnLearning


class Modules(Protocol):
    """The training modules, each with its sections and questions.

    Changing the slug of one to that of another raises SlugTaken, at commit.
    """

    async def get(self, module_id: UUID) -> TrainingModule:
        """Raises ModuleNotFound."""

    async def by_slug(self, slug: str) -> TrainingModule | None:
        """The module with this slug, if there is one."""

    async def add(self, module: TrainingModule) -> None:
        """Raises SlugTaken, here or at commit."""

    async def remove(self, module: TrainingModule) -> None:
        """Raises ModuleInUse, here or at commit, while someone is enrolled."""

    async def offer(self, module_id: UUID) -> ModuleOffer | None:
        """What the module offers to learners, None when there is no such module."""

    async def prerequisites(self) -> Mapping[UUID, Sequence[UUID]]:
        """The prerequisites of every module; nobody else changes any until the unit of work ends."""

    async def close(self, *module_ids: UUID) -> None:
        """Lock these modules against enrollments and new cycles until the unit of work ends."""


class AuthorsLearning(Protocol):
    """What those who change the catalogue are learning from it themselves."""

    async def of(self, user_id: UUID, module_ids: Sequence[UUID], at: Present) -> OwnLearning:
        """The modules among these in which the user has an incomplete enrollment, and for each of these modules the
        prerequisites that the user has not completed.
        """


class Versions(Protocol):
    """What was published. Nothing here is ever changed or removed."""

    async def add(self, version: ModuleVersion) -> None:
        """Keep it."""

    async def get(self, module_id: UUID, number: int) -> ModuleVersion:
        """Raises VersionNotFound."""

    async def publications(self, module_id: UUID) -> list[Publication]:
        """When each version of the module was published, in order."""
