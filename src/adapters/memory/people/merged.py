"""Whose a row is that names a user by id, in memory: as `adapters.sql.people.merged` has it in SQL."""

from __future__ import annotations

from uuid import UUID

from adapters.memory.kit.tables import Rows
from application.kernel.access import Scope
from domain.people.users import User


def ids_of(users: Rows[UUID, User], user_id: UUID) -> frozenset[UUID]:
    """The ids under which there are rows of this user: its own, and those of users who were merged into it."""
    return frozenset({user_id, *(each.id for each in users.rows() if each.merged_into == user_id)})


def person_of(users: Rows[UUID, User], user_id: UUID) -> UUID:
    """The user that stands for the person whose row it is."""
    user = users.peek(user_id)
    return user_id if user is None else user.person_id


def covers(users: Rows[UUID, User], scope: Scope, user_id: UUID) -> bool:
    """Whether the user exists and is within the scope."""
    user = users.peek(user_id)
    return user is not None and is_within(user, scope)


def covers_row(users: Rows[UUID, User], scope: Scope, user_id: UUID) -> bool:
    """Whether a row that names this user is within the scope; everybody's is, also without the user."""
    return scope.everyone or covers(users, scope, person_of(users, user_id))


def is_within(user: User, scope: Scope) -> bool:
    """Whether the user is within the scope. One who was merged into another is within that of everyone only."""
    return scope.everyone or (user.merged_into is None and scope.covers(user.id, user.department))
