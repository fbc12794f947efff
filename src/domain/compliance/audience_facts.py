"""What rules about audiences know of a person on a day, and the names of these facts.

They are facts of this context. What other contexts keep under other names is brought into this form first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from domain.kernel.states import State


class EmploymentStatus(StrEnum):
    """What somebody's employment is like on a day."""

    HIRED = "hired"
    REHIRED = "rehired"
    RETURNED = "returned"
    ON_LEAVE = "on_leave"
    LEFT = "left"


class Kind(Enum):
    """What a fact is, and so what it is compared with."""

    TEXT = "text"
    CODE = "job code"
    STATE = "state"
    EMPLOYMENT = "employment state"
    LOCATION = "location"
    DAY = "day"
    COUNT = "number of days"


class Field(StrEnum):
    """A fact about a person, or about one position of the person."""

    JOB_CODE = "job_code"
    DEPARTMENT = "department"
    LOCATION = "location"
    STATE = "state"
    CITY = "city"
    POSITION_START = "position_start"
    """The first day of the position."""
    DAYS_SINCE_POSITION_START = "days_since_position_start"
    EMPLOYMENT_STATE = "employment_state"
    HIRE_DAY = "hire_day"
    """The day on which the present or last employment began."""
    DAYS_SINCE_HIRE = "days_since_hire"

    @property
    def kind(self) -> Kind:
        """What it is."""
        return _KINDS.get(self, Kind.TEXT)

    @property
    def label(self) -> str:
        """What it is called in a sentence."""
        return _LABELS.get(self, self.replace("_", " "))


_KINDS = {
    Field.JOB_CODE: Kind.CODE,
    Field.LOCATION: Kind.LOCATION,
    Field.STATE: Kind.STATE,
    Field.POSITION_START: Kind.DAY,
    Field.DAYS_SINCE_POSITION_START: Kind.COUNT,
    Field.EMPLOYMENT_STATE: Kind.EMPLOYMENT,
    Field.HIRE_DAY: Kind.DAY,
    Field.DAYS_SINCE_HIRE: Kind.COUNT,
}
_LABELS = {
    Field.POSITION_START: "first day of the position",
    Field.DAYS_SINCE_POSITION_START: "number of days since the position began",
    Field.HIRE_DAY: "day of hire",
    Field.DAYS_SINCE_HIRE: "number of days since hire",
}


@dataclass(frozen=True, slots=True)
class MetadataPath:
    """The member at these names, outermost first, of a person's `profile_metadata`.

    The names of members compare exactly. A null is a missing value; a list or an object is there, and equals nothing.
    """

    names: tuple[str, ...]

    @property
    def label(self) -> str:
        """What it is called in a sentence."""
        return f"metadata {'.'.join(self.names)}"


Subject: TypeAlias = Field | MetadataPath


@dataclass(frozen=True, slots=True)
class Place:
    """A location as far as rules ask for it."""

    id: UUID
    name: str
    city: str
    state: State

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class PositionOnDay:
    """A position that somebody has on a day. `place` is None while it is not known which location that is."""

    position_id: UUID
    starts_on: date
    is_primary: bool = True
    department: str | None = None
    job_code: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class PersonOnDay:
    """A person on the day `as_of`. `hired_on` is the day on which the present or last employment began, and
    `is_yet_to_begin` tells whether the first hire lies ahead.

    The metadata of a profile have no history: they are the present ones on every day.
    """

    user_id: UUID
    as_of: date
    employment: EmploymentStatus | None = None
    hired_on: date | None = None
    positions: tuple[PositionOnDay, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False)
    is_yet_to_begin: bool = False

    @property
    def works_here(self) -> bool:
        """Whether the person is employed, on leave or not; also while nothing is known of the employment."""
        return self.employment is not EmploymentStatus.LEFT and not self.is_yet_to_begin

    @property
    def held(self) -> tuple[PositionOnDay | None, ...]:
        """The positions, the primary one first; None alone for somebody who has none."""
        order = sorted(self.positions, key=lambda each: (not each.is_primary, each.starts_on, each.position_id))
        return tuple(order) or (None,)

    def fact(self, subject: Subject, position: PositionOnDay | None) -> Any:
        """What is known of the subject, as to this position; None if it is missing."""
        if isinstance(subject, MetadataPath):
            return _within(self.metadata, subject.names)
        place = position and position.place
        match subject:
            case Field.EMPLOYMENT_STATE:
                return self.employment
            case Field.HIRE_DAY:
                return self.hired_on
            case Field.DAYS_SINCE_HIRE:
                return _days_since(self.hired_on, self.as_of)
            case Field.DEPARTMENT:
                return position and position.department
            case Field.JOB_CODE:
                return position and position.job_code
            case Field.POSITION_START:
                return position and position.starts_on
            case Field.DAYS_SINCE_POSITION_START:
                return _days_since(position.starts_on if position else None, self.as_of)
            case Field.LOCATION:
                return place
            case Field.STATE:
                return place and place.state
            case Field.CITY:
                return place and place.city


def _within(document: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        document = document.get(name) if isinstance(document, Mapping) else None
    return document


def _days_since(day: date | None, as_of: date) -> int | None:
    return None if day is None else (as_of - day).days
