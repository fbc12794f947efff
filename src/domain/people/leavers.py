"""People who would leave because a list no longer names them: how many may, and who stays nevertheless."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from domain.kernel.errors import Conflict


class TooManyLeavers(Conflict):
    """A list that is incomplete by mistake must not deactivate many people."""

    slug = "too-many-leavers"
    title = "Too many people would be deactivated"

    def __init__(self, leaving: int, active: int, percent: int) -> None:
        super().__init__(
            f"{leaving} of {active} active people are not listed any more, or are listed with a last day of work, "
            f"which is more than {percent} percent. Check that the list is complete and right. If all of them leave, "
            "repeat it with `force`."
        )


@dataclass(frozen=True, slots=True)
class LeaverLimit:
    """The percentage of the active people whom one list may deactivate."""

    percent: int = 10

    def refusal(self, leaving: int, active: int) -> TooManyLeavers | None:
        """Why so many of the active people may not leave at once; None if they may."""
        return TooManyLeavers(leaving, active, self.percent) if leaving * 100 > active * self.percent else None


@dataclass(frozen=True, slots=True)
class UnlistedPerson:
    """An active person whom a roster has listed before, and whom this one does not list."""

    user_id: UUID
    person: str
    is_administrator: bool


@dataclass(frozen=True, slots=True)
class MissingPerson:
    """A person whom the roster no longer lists, and why the person is not deactivated; null if the person is."""

    user_id: UUID
    person: str
    kept: str | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """Who is not on a roster: `unlisted` of `active` people; `never_listed` were on no earlier roster either.

    `unrecognizable` are those listed before who could not be found in the file, since they have no key that it uses: no
    employee id where it has nothing else, or no address.
    """

    unlisted: tuple[UnlistedPerson, ...] = ()
    active: int = 0
    never_listed: int = 0
    unrecognizable: int = 0


@dataclass(frozen=True, slots=True)
class Leavers:
    """The people whom a roster no longer lists: those who leave, and those who are kept."""

    people: tuple[MissingPerson, ...]

    @classmethod
    def of(cls, unlisted: Sequence[UnlistedPerson], *, actor_id: UUID | None, settled: Collection[UUID]) -> Self:
        """Administrators and the actor are kept. The `settled` are deactivated for another reason."""
        return cls(
            tuple(
                MissingPerson(each.user_id, each.person, _kept(each, actor_id))
                for each in unlisted
                if each.user_id not in settled
            )
        )

    @property
    def leaving(self) -> tuple[UUID, ...]:
        """Those who are deactivated."""
        return tuple(each.user_id for each in self.people if each.kept is None)


def _kept(person: UnlistedPerson, actor_id: UUID | None) -> str | None:
    if person.user_id == actor_id:
        return "nobody decides about their own access; another administrator can deactivate you"
    if person.is_administrator:
        return "a roster does not deactivate administrators; deactivate the person, or take the role away first"
    return None
