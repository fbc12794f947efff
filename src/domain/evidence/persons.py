"""People as they appear in evidence: as they were at that time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from domain.kernel.errors import InvalidValue
from domain.kernel.text import same_name
from domain.kernel.values import ShortName, Text, enforce
from domain.people.users import FullName, User, unnamed


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was trained."""

    user_id: UUID
    full_name: FullName | None
    job_title: ShortName | None
    department: ShortName | None
    location: ShortName | None

    def __post_init__(self) -> None:
        enforce(self)

    @property
    def unnamed(self) -> tuple[str, ...]:
        """The fields that are empty where a rule requires names."""
        return unnamed(self.full_name, self.job_title)

    @classmethod
    def of(cls, user: User) -> Self:
        """The user as of now."""
        return cls(user.id, user.full_name, user.job_title, user.department, user.location)

    @classmethod
    def attending(
        cls,
        user: User,
        starts_at: datetime,
        *,
        full_name: str | None = None,
        job_title: str | None = None,
        department: str | None = None,
        location: str | None = None,
    ) -> Self:
        """Somebody who attended a class, as far as is known of that day.

        A given job title, department and location replace those of the profile, which are today's. A given name fills
        an empty one and never replaces another. Raises InvalidValue naming the field.
        """
        if user.merged_into is not None:
            raise InvalidValue(f"was merged into the user {user.merged_into}; name that one", "user_id")
        if user.deactivated_at is not None and starts_at > user.deactivated_at:
            raise InvalidValue("had left before the session began", "user_id")
        if full_name and user.full_name and not same_name(full_name, user.full_name):
            message = f"is not the name in the profile, {user.full_name}. Omit it, or have the profile corrected."
            raise InvalidValue(message, "full_name")
        return cls(
            user.id,
            user.full_name or full_name,
            job_title or user.job_title,
            department or user.department,
            location or user.location,
        )


@dataclass(frozen=True, slots=True)
class Trainer:
    """A trainer, with the qualification."""

    name: FullName
    qualifications: Annotated[str, Text(1_000, min=0)] = ""

    def __post_init__(self) -> None:
        enforce(self)
