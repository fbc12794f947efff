"""The tables of learning in memory."""

from __future__ import annotations

from uuid import UUID

from adapters.memory.kit.tables import MemoryTable
from domain.learning.cycles import CycleGrant
from domain.learning.due_days import ModuleDue
from domain.learning.enrollments import Enrollment

ENROLLMENTS = MemoryTable[tuple[UUID, UUID], Enrollment]("enrollments")
"""By module and user."""
GRANTS = MemoryTable[tuple[UUID, UUID, int], CycleGrant]("grants")
"""By module, user and number of the grant."""
DUE_DAYS = MemoryTable[UUID, tuple[ModuleDue, ...]]("module_due_days")
"""By user, in order."""
