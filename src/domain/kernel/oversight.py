"""Oversight: nobody decides about their own training."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.kernel.errors import Forbidden


class OwnTraining(Forbidden):
    slug = "own-training"
    title = "You may not decide about your own training"
    sentence = "This is about your own training or its evidence. Ask somebody else who may decide about it."


def require_other(decided_by: UUID | None, user_id: UUID) -> None:
    """Raises OwnTraining when the actor decides about their own training; None is the service itself."""
    if decided_by == user_id:
        raise OwnTraining


@dataclass(frozen=True, slots=True)
class OwnLearning:
    """The incomplete enrollments of an author, and the prerequisites that the author has not completed.

    `incomplete` are the modules in which the author has an incomplete enrollment, `lacking` the prerequisites of each
    module of which the author holds no record that counts. Removing a direct or indirect prerequisite of one's own
    enrollments is a decision about one's own training. Adding prerequisites is allowed, and so is removing others.
    """

    incomplete: Collection[UUID] = frozenset()
    lacking: Mapping[UUID, Collection[UUID]] = field(default_factory=dict)

    def require_not_moving(self, module_id: UUID) -> None:
        """Moving to a new version changes the requirements. Raises OwnTraining if the author's enrollment would be
        moved.
        """
        if module_id in self.incomplete:
            raise OwnTraining(
                "You are enrolled in this module and have not completed it. Publish without moving enrollments, or "
                "ask somebody else to publish."
            )

    def require_not_dropping(self, module_id: UUID, prerequisites: Collection[UUID]) -> None:
        """Raises OwnTraining if the new prerequisites lack one that the author still has to complete."""
        if module_id in self._to_complete():
            self._require_none({each for each in self.lacking.get(module_id, ()) if each not in prerequisites})

    def require_not_archiving(self, module_id: UUID) -> None:
        """An archived module is no longer a prerequisite. Raises OwnTraining if the author still has to complete it."""
        held_up = any(module_id in self.lacking.get(each, ()) for each in self._to_complete())
        self._require_none([module_id] if held_up else [])

    def _to_complete(self) -> set[UUID]:
        """The modules of incomplete enrollments, with their direct and indirect prerequisites."""
        found, ahead = set[UUID](), list(self.incomplete)
        while ahead:
            module_id = ahead.pop()
            if module_id not in found:
                found.add(module_id)
                ahead += self.lacking.get(module_id, ())
        return found

    @staticmethod
    def _require_none(dropped: Collection[UUID]) -> None:
        if dropped:
            raise OwnTraining(
                "You are enrolled in a module that requires you to complete this one first: "
                f"{', '.join(sorted(map(str, dropped)))}. Complete it, or ask somebody else to change the "
                "prerequisites."
            )
