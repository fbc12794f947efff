"""Whom the lines of a roster are about: the people with the same addresses, or others to whom these were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self
from uuid import UUID

from domain.kernel.errors import InvalidValue
from domain.kernel.text import same_name
from domain.people.roster import LineProblem, RosterEntry


@dataclass(frozen=True, slots=True)
class AddressHolder:
    """The user with an address. `known_since` is the date on which the user was first entered."""

    user_id: UUID
    full_name: str
    hired_on: date | None
    known_since: date
    is_active: bool


@dataclass(frozen=True, slots=True)
class Renamed:
    """A line with the address of a user who has another name here."""

    entry: RosterEntry
    holder: AddressHolder

    @property
    def is_somebody_else(self) -> bool:
        """Whether the address was probably given to another person, who must not inherit the training records.

        A new name alone is taken for a marriage, and a later day of hire alone for a rehire. Both together, or another
        name at the address of a deactivated user, need a decision.
        """
        if self.entry.full_name is None or same_name(self.entry.full_name, self.holder.full_name):
            return False
        if not self.holder.is_active:
            return True
        before = self.holder.hired_on or self.holder.known_since
        return self.entry.hired_on is not None and self.entry.hired_on > before

    def problem(self) -> LineProblem:
        """The decision to be made, with both names."""
        known = f"{self.holder.full_name} ({_hired(self.holder.hired_on)})"
        listed = f"{self.entry.full_name} ({_hired(self.entry.hired_on)})"
        return LineProblem(
            self.entry.line,
            "email",
            f"belongs to {known} here and to {listed} in the roster; name the address under `same_person` if they are "
            "the same person, or under `new_person` if it was given to another person, who then has no records yet",
        )


@dataclass(frozen=True, slots=True)
class AddressDecision:
    """Whose the addresses are under which a file names somebody else than is known.

    The `refused` lines still need a decision. The addresses of the `reassigned` ones belong to new people.
    """

    refused: tuple[LineProblem, ...]
    reassigned: tuple[Renamed, ...]

    @classmethod
    def of(cls, renamed: Sequence[Renamed], *, same_person: Sequence[str], new_person: Sequence[str]) -> Self:
        """Apply what was said of some addresses. Raises InvalidValue if it contradicts itself."""
        same, new = ({email.lower() for email in emails} for emails in (same_person, new_person))
        if same & new:
            raise InvalidValue("must not name an address that same_person names too", "new_person")
        found = [each for each in renamed if each.is_somebody_else and each.entry.email not in same]
        return cls(
            tuple(each.problem() for each in found if each.entry.email not in new),
            tuple(each for each in found if each.entry.email in new),
        )


def _hired(day: date | None) -> str:
    return f"hired {day}" if day else "hire date unknown"
