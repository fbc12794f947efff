"""People: who they are, where they work, and whether they still do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from domain.aggregate import Aggregate, DomainEvent
from domain.errors import Conflict, NotFound
from domain.values import Email, Items, ShortName, Text, enforce

FullName = Annotated[str, Text(200)]
SupabaseId = Annotated[str, Text(64)]
Metadata = Annotated[dict[str, Any], Items(100)]


class Role(StrEnum):
    """What a user may do. `authenticated` is a learner."""

    AUTHENTICATED = "authenticated"
    AUTHOR = "author"
    MANAGER = "manager"
    COMPLIANCE = "compliance"
    ADMIN = "admin"


class UserNotFound(NotFound):
    slug = "user-not-found"
    title = "No such user"

    def __init__(self) -> None:
        super().__init__("There is no user with this id.")


class EmailTaken(Conflict):
    slug = "email-taken"
    title = "The e-mail address is taken"

    def __init__(self) -> None:
        super().__init__("Another user has this e-mail address.")


class SupabaseIdTaken(Conflict):
    slug = "supabase-id-taken"
    title = "The Supabase id is taken"

    def __init__(self) -> None:
        super().__init__("Another user has this Supabase id.")


class UserInactive(Conflict):
    slug = "user-inactive"
    title = "The user is not active"

    def __init__(self) -> None:
        super().__init__("The user is deactivated. Activate the user first.")


@dataclass(frozen=True, slots=True)
class UserRegistered(DomainEvent):
    user_id: UUID

    @property
    def subject_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class UserEdited(DomainEvent):
    user_id: UUID
    version: int

    @property
    def subject_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class UsersDeactivated(DomainEvent):
    """The subject is the batch: one statement deactivated all of them."""

    batch_id: UUID
    user_ids: tuple[UUID, ...]

    @property
    def subject_id(self) -> UUID:
        return self.batch_id


class User(Aggregate):
    """A person, linked to Supabase Auth by `supabase_id` once signed in. Never hard-deleted."""

    email: Email
    supabase_id: SupabaseId | None
    full_name: FullName | None
    department: ShortName | None
    job_title: ShortName | None
    location: ShortName | None
    profile_metadata: Metadata

    def __init__(
        self,
        id: UUID,
        *,
        email: str,
        now: datetime,
        supabase_id: str | None = None,
        full_name: str | None = None,
        department: str | None = None,
        job_title: str | None = None,
        location: str | None = None,
        hired_on: date | None = None,
        role: Role = Role.AUTHENTICATED,
        profile_metadata: dict[str, Any] | None = None,
    ) -> None:
        self.id = id
        self.email = email.lower()
        self.supabase_id = supabase_id
        self.full_name = full_name
        self.department = department
        self.job_title = job_title
        self.location = location
        self.hired_on = hired_on
        self.role = role
        self.is_active = True
        self.email_confirmed = False
        self.last_sign_in: datetime | None = None
        self.profile_metadata = profile_metadata or {}
        self.version = 1
        self.created_at = now
        self.updated_at = now
        enforce(self)
        self._happened(UserRegistered(id))

    def edit(
        self,
        *,
        now: datetime,
        email: str,
        full_name: str | None,
        department: str | None,
        job_title: str | None,
        location: str | None,
        hired_on: date | None,
        role: Role,
        is_active: bool,
        profile_metadata: dict[str, Any],
    ) -> None:
        """Replace what an administrator keeps of a person. A new e-mail address is unconfirmed."""
        if email.lower() != self.email:
            self.email, self.email_confirmed = email.lower(), False
        self.full_name, self.department, self.job_title = full_name, department, job_title
        self.location, self.hired_on = location, hired_on
        self.role, self.is_active = role, is_active
        self.profile_metadata = profile_metadata
        enforce(self)
        self._changed(now, UserEdited(self.id, self.version + 1))


@dataclass(frozen=True, slots=True)
class Refusal:
    """One person whom a bulk command left out, and why: a slug and a sentence."""

    user_id: UUID
    code: str
    reason: str


def refuse(user_id: UUID, error: type[UserNotFound] | type[UserInactive]) -> Refusal:
    """The refusal that the same request for this one person would have met."""
    return Refusal(user_id, error.slug, str(error()))


@dataclass(frozen=True, slots=True)
class Deactivation:
    """What deactivating several users comes to; each person asked for is in exactly one list."""

    deactivate: tuple[UUID, ...]
    already_inactive: tuple[UUID, ...]
    refused: tuple[Refusal, ...]

    @classmethod
    def decide(cls, asked: Sequence[UUID], active: dict[UUID, bool]) -> Deactivation:
        """`active` tells for each existing user whether he or she is active."""
        known = [user_id for user_id in dict.fromkeys(asked) if user_id in active]
        unknown = [user_id for user_id in dict.fromkeys(asked) if user_id not in active]
        return cls(
            deactivate=tuple(user_id for user_id in known if active[user_id]),
            already_inactive=tuple(user_id for user_id in known if not active[user_id]),
            refused=tuple(refuse(user_id, UserNotFound) for user_id in unknown),
        )
