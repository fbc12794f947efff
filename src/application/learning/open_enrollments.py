"""The port of incomplete enrollments, for operations on many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from domain.learning.completion import Eligibility
from domain.learning.cycles import CycleGrant
from domain.learning.enrollments import Enrollment


class OpenEnrollments(Protocol):
    """Enrollments that are not completed, many at a time."""

    async def of(self, module_id: UUID, user_ids: Sequence[UUID]) -> list[Enrollment]:
        """The enrollments of these users in the module, in order of user, locked until the unit ends. They are loaded
        without their section completions; `keep` writes their changes.
        """

    async def grants(self, module_id: UUID, user_ids: Sequence[UUID]) -> dict[UUID, CycleGrant]:
        """The newest grant of a cycle of the module, for each of these users who has one."""

    async def keep(self, enrollments: Sequence[Enrollment]) -> None:
        """Write the changes of all these, except their sections, in one statement."""


class VersionMove(Protocol):
    """The operations for moving incomplete enrollments to another version."""

    async def due(self, module_id: UUID, now: datetime) -> list[UUID]:
        """The users with a due change in their enrollment in the module."""

    async def versions(self, module_id: UUID) -> list[int]:
        """The versions that the enrollments are pinned to, in order."""

    async def move(self, module_id: UUID, old: int, new: int, keep: frozenset[UUID], now: datetime) -> tuple[UUID, ...]:
        """Pin the enrollments of one version to another, keeping the completions of these sections. Returns the users,
        in order.
        """

    async def all_done(self, module_id: UUID, number: int, sections: int) -> list[Enrollment]:
        """Like `of`, the enrollments in this version with that many completed sections, with their completions."""

    async def finishing(self, module_id: UUID, user_ids: Sequence[UUID], today: date) -> dict[UUID, Eligibility]:
        """The rules that still prevent each of these users from completing the module, except the number of attempts
        left.
        """

    async def keep(self, enrollments: Sequence[Enrollment]) -> None:
        """Write the changes of all these, except their sections, in one statement."""
