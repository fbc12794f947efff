"""Oversight: nobody decides about his or her own training."""

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
    """Raises OwnTraining when a person decides about himself or herself; None is the service itself."""
    if decided_by == user_id:
        raise OwnTraining


@dataclass(frozen=True, slots=True)
class OwnLearning:
    """What somebody who decides about modules has begun and not completed.

    `under_way` are the modules in which he or she is enrolled and not done, `lacking` the modules that come before each
    module and of which he or she holds no record that counts. Whoever removes one of these on the way to a module that
    he or she is under way in decides about his or her own training, however many modules lie between. Adding to what is
    required is allowed, and so is removing what does not hold oneself up.
    """

    under_way: Collection[UUID] = frozenset()
    lacking: Mapping[UUID, Collection[UUID]] = field(default_factory=dict)

    def require_not_moving(self, module_id: UUID) -> None:
        """A move to a new version changes what is left to do. Raises OwnTraining for somebody under way there."""
        if module_id in self.under_way:
            raise OwnTraining(
                "You are enrolled in this module and have not completed it. Publish without moving enrollments, or "
                "ask somebody else to publish."
            )

    def require_not_dropping(self, module_id: UUID, prerequisites: Collection[UUID]) -> None:
        """Raises OwnTraining when these are to come first from now on, without one that holds oneself up."""
        if module_id in self._to_complete():
            self._require_none({each for each in self.lacking.get(module_id, ()) if each not in prerequisites})

    def require_not_archiving(self, module_id: UUID) -> None:
        """What is archived need not come first any more. Raises OwnTraining where that holds oneself up."""
        held_up = any(module_id in self.lacking.get(each, ()) for each in self._to_complete())
        self._require_none([module_id] if held_up else [])

    def _to_complete(self) -> set[UUID]:
        """The modules in which he or she is under way, what comes before these, and so on."""
        found, ahead = set[UUID](), list(self.under_way)
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
