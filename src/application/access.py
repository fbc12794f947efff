"""Who may do what, in words of the domain. A policy stands beside each handler; without one nothing starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from domain.errors import Forbidden
from domain.users import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: a user with a role, or the system itself (`user_id` None).

    `request_id` and `client_ip` say where from, for the outbox; they decide nothing.
    """

    user_id: UUID | None
    role: Role
    request_id: str | None = None
    client_ip: str | None = None

    @classmethod
    def system(cls) -> Actor:
        """The operator at the command line, or the service on its own account."""
        return cls(user_id=None, role=Role.ADMIN)


Policy = Callable[[Actor], bool]


def anyone(actor: Actor) -> bool:
    """anyone who is signed in"""
    return True


def authors(actor: Actor) -> bool:
    """authors and administrators"""
    return actor.role in (Role.AUTHOR, Role.ADMIN)


def overseers(actor: Actor) -> bool:
    """managers, compliance officers and administrators"""
    return actor.role in (Role.MANAGER, Role.COMPLIANCE, Role.ADMIN)


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
