"""Prerequisites of modules. They must not form a cycle, or nobody could begin."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from uuid import UUID

from domain.catalogue.module_life import ModuleOffer
from domain.kernel.errors import Conflict, InvalidValue


class PrerequisiteCircle(Conflict):
    slug = "prerequisite-circle"
    title = "The prerequisites would form a cycle"
    sentence = (
        "One of these modules has this one as a prerequisite, directly or through others, so nobody could ever begin."
    )


class PrerequisiteNotOffered(Conflict):
    """A prerequisite is a draft, which learners cannot see and so could never complete."""

    slug = "prerequisite-not-offered"
    title = "A prerequisite is a draft"


def require_offered(offers: Mapping[UUID, ModuleOffer]) -> None:
    """The prerequisites of a published module must be or have been published. Raises PrerequisiteNotOffered.

    `offers` has the offers of those prerequisites that exist.
    """
    drafts = [str(module_id) for module_id, offer in offers.items() if not offer.was_published]
    if drafts:
        raise PrerequisiteNotOffered(
            f"Learners do not see drafts and cannot complete them. Publish the prerequisites first: "
            f"{', '.join(drafts)}."
        )


def still_required(
    prerequisites: Sequence[UUID], offers: Mapping[UUID, ModuleOffer], held: Container[UUID | None]
) -> tuple[UUID, ...]:
    """Which of these a learner must still complete first, in order of id; `held` has those with a record that counts.

    A module that is not offered cannot be completed, and blocks nobody.
    """
    return tuple(sorted(each for each in prerequisites if each in offers and offers[each].is_open and each not in held))


def modules_behind(module_id: UUID, catalogue: Mapping[UUID, Sequence[UUID]]) -> list[UUID]:
    """The modules that require this one, directly or indirectly, in order of id.

    `catalogue` has the prerequisites of every module.
    """
    behind: dict[UUID, list[UUID]] = {}
    for each, first in catalogue.items():
        for prerequisite in first:
            behind.setdefault(prerequisite, []).append(each)
    found, ahead = set[UUID](), list(behind.get(module_id, ()))
    while ahead:
        current = ahead.pop()
        if current not in found:
            found.add(current)
            ahead += behind.get(current, ())
    return sorted(found)


def require_no_circle(module_id: UUID, prerequisites: Sequence[UUID], catalogue: Mapping[UUID, Sequence[UUID]]) -> None:
    """Raises PrerequisiteCircle when one of the prerequisites leads back to the module.

    `catalogue` has the prerequisites of every existing module. Raises InvalidValue for one that does not exist.
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
