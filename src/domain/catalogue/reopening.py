"""For whom a material version of a module reopens what was met with older ones, as its publisher chooses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from domain.kernel.errors import InvalidValue
from domain.kernel.values import PlausibleDay, enforce


class Reopens(StrEnum):
    """For whom training with older versions of a module counts for requirements no longer."""

    EVERYONE = "everyone"
    """It is valid until a due day at most."""
    NEW_PEOPLE = "new_people"
    """It is no credit for people who come under a requirement from the day of the publication on."""
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Reopening:
    """The choice. `due_on` is the last day on which older training is valid, where it reopens for everyone."""

    reopens: Reopens = Reopens.NOBODY
    due_on: PlausibleDay | None = None

    def __post_init__(self) -> None:
        enforce(self)
        if self.reopens is Reopens.EVERYONE and self.due_on is None:
            raise InvalidValue(
                "must be given if the version reopens for everyone: the day by which all must have completed it",
                "reopen_due_on",
            )
        if self.reopens is not Reopens.EVERYONE and self.due_on is not None:
            raise InvalidValue("is only for versions that reopen for everyone; leave it out", "reopen_due_on")

    @classmethod
    def chosen(cls, material: bool, reopens: Reopens | None, due_on: date | None) -> Self:
        """The choice for a version. Raises InvalidValue.

        A material version has no default. With `nobody` people would go on with outdated training, and with `everyone`
        the whole group would have to learn it again, in both cases without anybody having decided it.
        """
        if material and reopens is None:
            raise InvalidValue(
                "must be given for a material version: `everyone`, `new_people` or `nobody`, for whom training with "
                "older versions does not count any longer",
                "reopens",
            )
        if not material and reopens not in (None, Reopens.NOBODY):
            raise InvalidValue("is for material versions only; set `material` too", "reopens")
        return cls(reopens or Reopens.NOBODY, due_on)

    def require_from(self, today: date) -> None:
        """Raises InvalidValue if the due day is before the day of the publication."""
        if self.due_on is not None and self.due_on < today:
            raise InvalidValue(f"must not be before the day of the publication, {today}", "reopen_due_on")


NOTHING_REOPENS = Reopening()
