"""What must be learnt before what. The modules form no circle, or nobody in it could ever begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.errors import Conflict, InvalidValue


class PrerequisiteCircle(Conflict):
    slug = "prerequisite-circle"
    title = "The modules would wait for each other"
    sentence = "One of these prerequisites leads back to this module, so that nobody could ever begin."


def require_no_circle(module_id: UUID, prerequisites: Sequence[UUID], catalogue: Mapping[UUID, Sequence[UUID]]) -> None:
    """Raises PrerequisiteCircle when a way leads from one of the prerequisites back to the module.

    `catalogue` has the prerequisites of every module there is. Raises InvalidValue for one that is not there.
    """
    for index, prerequisite in enumerate(prerequisites):
        if prerequisite not in catalogue:
            raise InvalidValue("there is no such module", "prerequisites", index)
    ahead, seen = list(prerequisites), set[UUID]()
    while ahead:
        current = ahead.pop()
        if current == module_id:
            raise PrerequisiteCircle
        if current not in seen:
            seen.add(current)
            ahead += catalogue.get(current, ())
