"""The storage ports of learning.

They are bound to a unit of work: what they write appears when the bus commits, or not at all. Each has a memory and
an SQL adapter that pass one contract suite. Readers, which serve queries, are declared beside their queries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.kernel.lists import Present
from domain.catalogue.module_life import ModuleOffer
from domain.learning.bulk_enrollment import Candidate
from domain.learning.completion import Eligibility
from domain.learning.cycles import CycleGrant
from domain.learning.due_days import ModuleDue
from domain.learning.enrollments import Enrollment, EnrollmentFacts


class Enrollments(Protocol):
    """Enrollments, one at a time."""

    async def get(self, module_id: UUID, user_id: UUID) -> Enrollment:
        """Raises EnrollmentNotFound."""

    async def for_learning(self, module_id: UUID, user_id: UUID) -> Enrollment:
        """Like `get`, and nobody else learns in this enrollment until the unit of work ends."""

    async def add(self, enrollment: Enrollment) -> None:
        """Raises AlreadyEnrolled, here or at commit."""

    async def remove(self, enrollment: Enrollment) -> None:
        """Delete the enrollment."""

    async def eligibility(self, enrollment: Enrollment, at: Present) -> Eligibility:
        """The facts that progress depends on beside the enrollment. A record counts as a prerequisite while it is
        valid.
        """

    async def keep_grant(self, grant: CycleGrant) -> None:
        """Add the grant of a cycle, which remains even if the enrollment is deleted. Raises StaleVersion, here or at
        commit, if the person already has a grant with this number.
        """


class EnrollmentBasis(Protocol):
    """The facts that enrolling depends on."""

    async def facts(self, module_id: UUID, user_id: UUID) -> EnrollmentFacts:
        """The facts for enrolling this user."""

    async def offer(self, module_id: UUID) -> ModuleOffer | None:
        """The module's offer, locked until the unit of work ends; None if the module does not exist."""


class GroupEnrollments(Protocol):
    """Enrollments of many users in one module, each method one statement."""

    async def candidates(
        self, module_id: UUID, user_ids: Sequence[UUID], departments: Sequence[str]
    ) -> list[Candidate]:
        """The existing users among the ids, and everyone in the departments; each once, in order of id."""

    async def add_many(
        self,
        module_id: UUID,
        user_ids: Sequence[UUID],
        *,
        version_number: int,
        enrolled_by: UUID | None,
        now: datetime,
    ) -> frozenset[UUID]:
        """Enroll all of these in one statement; the answer is who was not enrolled until now."""

    async def many(self, module_id: UUID, user_ids: Sequence[UUID]) -> dict[UUID, Enrollment]:
        """The enrollments of these users in the module, for reading only."""


class OpenEnrollments(Protocol):
    """Enrollments that are not completed, many at a time."""

    async def of(self, module_id: UUID, user_ids: Sequence[UUID]) -> list[Enrollment]:
        """The enrollments of these users in the module, in order of user, locked until the unit ends. They are loaded
        without their section completions; `keep` writes their changes.
        """

    async def grants(self, module_id: UUID, user_ids: Sequence[UUID]) -> dict[UUID, list[CycleGrant]]:
        """The newest grant of a cycle of the module, for each of these users who has one: of somebody into whom others
        were merged the newest under each id, in order of id.
        """

    async def keep(self, enrollments: Sequence[Enrollment]) -> None:
        """Write the changes of all these, except their sections, in one statement."""


class PersonalEnrollments(Protocol):
    """The enrollments of users who turn out to be one person."""

    async def of(self, user_ids: Sequence[UUID]) -> list[Enrollment]:
        """Every enrollment of these users, in order of module and user, locked until the unit ends; for reading only,
        and without the section completions.
        """

    async def exchange(self, module_ids: Sequence[UUID], one: UUID, other: UUID, now: datetime) -> None:
        """In these modules, give each of the two users the enrollment of the other, with all that belongs to it.

        Call it before anything else loads these enrollments to change them.
        """


class ModuleDueDays(Protocol):
    """By which days people must complete modules. What asks for them says so; lists of enrollments show it."""

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[ModuleDue, ...]]:
        """Those of these people who have any, in order."""

    async def replace(self, due: Mapping[UUID, Sequence[ModuleDue]]) -> int:
        """Let these be all due days of these people, and return how many rows were added or removed."""


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

    async def finishing(self, module_id: UUID, user_ids: Sequence[UUID], at: Present) -> dict[UUID, Eligibility]:
        """The rules that still prevent each of these users from completing the module, except the number of attempts
        left.
        """

    async def keep(self, enrollments: Sequence[Enrollment]) -> None:
        """Write the changes of all these, except their sections, in one statement."""
