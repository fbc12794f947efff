"""The tables of the catalogue in memory."""

from __future__ import annotations

from uuid import UUID

from adapters.memory.kit.tables import MemoryTable, Unique
from domain.catalogue.module_life import SlugTaken
from domain.catalogue.modules import TrainingModule
from domain.catalogue.versions import ModuleVersion

SLUG: Unique[TrainingModule] = Unique(lambda module: module.slug, SlugTaken)
MODULES = MemoryTable[UUID, TrainingModule]("modules", SLUG)

VERSIONS = MemoryTable[tuple[UUID, int], ModuleVersion]("versions")
"""By module and number."""
