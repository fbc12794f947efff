"""Who may do what, in the words of the domain. Each handler names a policy; without one the service does not start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.kernel.errors import Forbidden, NotFound
from domain.kernel.key_scopes import OF_DRAFTS, KeyScope, PersonRequired, require_scope
from domain.kernel.oversight import require_other
from domain.kernel.roles import Role


class ActorKind(StrEnum):
    """What an actor is."""

    USER = "user"
    SERVICE_ACCOUNT = "service-account"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class KeyRights:
    """The service account that an actor is, with its scopes.

    `departments` are those that it is limited to, None for the whole organization. `made_by` was shown the key that is
    used; None if it was made at the command line.
    """

    account_id: UUID
    scopes: frozenset[KeyScope]
    departments: tuple[str, ...] | None = None
    made_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who sends a message: a user with a role, a service account, or the system itself (neither).

    `departments` are those that a manager manages. `request_id` and `client_ip` say where the request came from, for
    the outbox; they are not used for decisions. A service account has the least role, which opens nothing to it: its
    scopes do.
    """

    user_id: UUID | None
    role: Role
    departments: tuple[str, ...] = ()
    request_id: str | None = None
    client_ip: str | None = None
    service_account: KeyRights | None = None

    @classmethod
    def system(cls) -> Actor:
        """The operator at the command line, or the service on its own account."""
        return cls(user_id=None, role=Role.ADMIN)

    @classmethod
    def machine(cls, rights: KeyRights, request_id: str | None = None, client_ip: str | None = None) -> Actor:
        """A service account."""
        return cls(None, Role.AUTHENTICATED, (), request_id, client_ip, rights)

    @property
    def id(self) -> UUID | None:
        """The id that records and events keep: of the user or the service account, None for the system."""
        return self.user_id if self.service_account is None else self.service_account.account_id

    @property
    def kind(self) -> ActorKind:
        if self.service_account is not None:
            return ActorKind.SERVICE_ACCOUNT
        return ActorKind.SYSTEM if self.user_id is None else ActorKind.USER

    @property
    def person_id(self) -> UUID | None:
        """The person about whose own training the actor may not decide.

        For a service account that is who was shown its key, and might use it.
        """
        return self.user_id if self.service_account is None else self.service_account.made_by

    def require_person(self, what: str | None = None) -> None:
        """Raises PersonRequired for a service account."""
        if self.service_account is not None:
            raise PersonRequired(what)


Policy = Callable[[Actor], bool]


def everyone(actor: Actor) -> bool:
    """everyone, also without a token"""
    return True


def anyone(actor: Actor) -> bool:
    """anyone who is signed in"""
    return True


def authors(actor: Actor) -> bool:
    """authors and administrators"""
    return actor.role in (Role.AUTHOR, Role.ADMIN)


def overseers(actor: Actor) -> bool:
    """managers, compliance officers and administrators"""
    return actor.role in (Role.MANAGER, Role.COMPLIANCE, Role.ADMIN)


def compliance_officers(actor: Actor) -> bool:
    """compliance officers and administrators"""
    return actor.role in (Role.COMPLIANCE, Role.ADMIN)


def administrators(actor: Actor) -> bool:
    """administrators"""
    return actor.role is Role.ADMIN


def the_system(actor: Actor) -> bool:
    """the service itself, never a person over HTTP"""
    return actor.kind is ActorKind.SYSTEM


def require(policy: Policy, actor: Actor, scope: KeyScope | None = None) -> None:
    """Raises Forbidden unless the policy allows the actor. A service account needs the scope instead.

    What is for everyone, also without a token, is for service accounts too.
    """
    if actor.service_account is not None and policy is not everyone:
        require_scope(scope, actor.service_account.scopes)
    elif not policy(actor):
        raise Forbidden(f"This is for {policy.__doc__}.")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom an actor may see and assign: everyone, or oneself and the people of some departments.

    A scope of everyone includes what is about drafts, unless `drafts` is false.
    """

    everyone: bool
    user_id: UUID | None = None
    departments: tuple[str, ...] = ()
    drafts: bool = True

    @property
    def sees_drafts(self) -> bool:
        """Whether modules that are not published yet are shown."""
        return self.everyone and self.drafts

    def covers(self, user_id: UUID, department: str | None) -> bool:
        """Whether this person, of this department, is within the scope."""
        return self.everyone or user_id == self.user_id or department in self.departments


EVERYONE = Scope(everyone=True)


def scope_of(actor: Actor) -> Scope:
    """Compliance officers and administrators see everyone, managers their departments, and each oneself.

    Service accounts see everyone, or the departments that they are limited to. Only those with a
    scope of drafts see drafts.
    """
    if (rights := actor.service_account) is not None:
        drafts = not OF_DRAFTS.isdisjoint(rights.scopes)
        return Scope(everyone=rights.departments is None, departments=rights.departments or (), drafts=drafts)
    if actor.role in (Role.COMPLIANCE, Role.ADMIN):
        return EVERYONE
    departments = actor.departments if actor.role is Role.MANAGER else ()
    return Scope(everyone=False, user_id=actor.user_id, departments=departments)


@dataclass(frozen=True, slots=True)
class Oversight:
    """The people for whom an actor may decide: everybody within the scope except the actor.

    For a service account, that exception is who was shown its key.

    Every command on participation and evidence asks this, for every role and department.
    """

    decided_by: UUID | None
    scope: Scope

    def covers(self, user_id: UUID, department: str | None) -> bool:
        """Whether the actor may decide for this person, of this department."""
        return user_id != self.decided_by and self.scope.covers(user_id, department)

    def require(self, user_id: UUID, department: str | None, unseen: type[NotFound]) -> None:
        """Raises OwnTraining for the actor, and `unseen` for somebody outside the scope."""
        require_other(self.decided_by, user_id)
        if not self.scope.covers(user_id, department):
            raise unseen


def oversight_of(actor: Actor) -> Oversight:
    """For whom the actor may decide."""
    return Oversight(actor.person_id, scope_of(actor))
