"""Who may do what, in the words of the domain. Each handler names a policy; without one the service does not start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from domain.kernel.errors import Forbidden, NotFound
from domain.kernel.oversight import require_other
from domain.kernel.roles import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """Who sends a message: a user with a role, or the system itself (`user_id` None).

    `departments` are those that a manager manages. `request_id` and `client_ip` say where the request came from, for
    the outbox; they are not used for decisions.
    """

    user_id: UUID | None
    role: Role
    departments: tuple[str, ...] = ()
    request_id: str | None = None
    client_ip: str | None = None

    @classmethod
    def system(cls) -> Actor:
        """The operator at the command line, or the service on its own account."""
        return cls(user_id=None, role=Role.ADMIN)


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
    return actor.user_id is None


def require(policy: Policy, actor: Actor) -> None:
    """Raises Forbidden unless the policy allows the actor."""
    if not policy(actor):
        raise Forbidden(f"This is for {policy.__doc__}.")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom an actor may see and assign: everyone, or oneself and the people of some departments."""

    everyone: bool
    user_id: UUID | None = None
    departments: tuple[str, ...] = ()

    def covers(self, user_id: UUID, department: str | None) -> bool:
        """Whether this person, of this department, is within the scope."""
        return self.everyone or user_id == self.user_id or department in self.departments


EVERYONE = Scope(everyone=True)


def scope_of(actor: Actor) -> Scope:
    """Compliance officers and administrators see everyone, managers their departments, and each oneself."""
    if actor.role in (Role.COMPLIANCE, Role.ADMIN):
        return EVERYONE
    departments = actor.departments if actor.role is Role.MANAGER else ()
    return Scope(everyone=False, user_id=actor.user_id, departments=departments)


@dataclass(frozen=True, slots=True)
class Oversight:
    """The people for whom an actor may decide: everybody within the scope except the actor.

    Every command on participation and evidence asks this, whatever the role and the department.
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
    return Oversight(actor.user_id, scope_of(actor))
