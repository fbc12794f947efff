"""What happens to the enrollments of two users who are one person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from domain.learning.enrollments import Enrollment
from domain.people.merging import Obstacle


@dataclass(frozen=True, slots=True)
class EnrollmentMerge:
    """The modules in which the duplicate's enrollment becomes that of the user who stays, by their ids, in order.

    In a module in which both have one, there is one that counts from now on: the one that is not completed, otherwise
    the one that was completed last. The other one is `former`: it is kept under the duplicate's id, and shown nowhere.
    """

    moved: tuple[UUID, ...]
    former: tuple[UUID, ...]
    open_twice: tuple[UUID, ...]

    @classmethod
    def decide(cls, duplicate: Iterable[Enrollment], survivor: Iterable[Enrollment]) -> Self:
        own = {each.module_id: each for each in survivor}
        moved, former, open_twice = set[UUID](), set[UUID](), set[UUID]()
        for other in duplicate:
            this = own.get(other.module_id)
            if this is not None and this.completed_at is None and other.completed_at is None:
                open_twice.add(other.module_id)
            elif this is None or _counts_instead(other, this):
                moved.add(other.module_id)
            if this is not None:
                former.add(other.module_id)
        return cls(tuple(sorted(moved)), tuple(sorted(former)), tuple(sorted(open_twice)))

    @property
    def obstacles(self) -> list[Obstacle]:
        """One for each module in which both have begun a cycle that is not completed."""
        return [
            Obstacle(
                "open-cycles",
                f"Both have an enrollment in the module {module_id} that is not completed. Withdraw one of them first.",
            )
            for module_id in self.open_twice
        ]


def _counts_instead(other: Enrollment, this: Enrollment) -> bool:
    """Whether the other one counts, of two of which at least one is completed."""
    if other.completed_at is None or this.completed_at is None:
        return other.completed_at is None
    return other.completed_at > this.completed_at
