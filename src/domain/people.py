"""People as evidence shows them: as they were at that time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self
from uuid import UUID

from domain.users import FullName, User
from domain.values import ShortName, Text, enforce


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was taught."""

    user_id: UUID
    full_name: FullName | None
    job_title: ShortName | None
    department: ShortName | None
    location: ShortName | None

    def __post_init__(self) -> None:
        enforce(self)

    @classmethod
    def of(cls, user: User, *, full_name: str | None = None, job_title: str | None = None) -> Self:
        """The user as he or she is now; a name or job title that is given stands in for that of the profile."""
        return cls(user.id, full_name or user.full_name, job_title or user.job_title, user.department, user.location)


@dataclass(frozen=True, slots=True)
class Trainer:
    """Somebody who taught, and what qualifies him or her."""

    name: FullName
    qualifications: Annotated[str, Text(1_000, min=0)] = ""

    def __post_init__(self) -> None:
        enforce(self)
