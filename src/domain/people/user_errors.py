"""What stands against a change of somebody."""

from __future__ import annotations

from uuid import UUID

from domain.kernel.errors import Conflict, Forbidden, NotFound


class UserNotFound(NotFound):
    slug = "user-not-found"
    title = "No such user"
    sentence = "There is no user with this id."


class EmailTaken(Conflict):
    slug = "email-taken"
    title = "The e-mail address is taken"
    sentence = "Another user has this e-mail address."


class EmployeeIdTaken(Conflict):
    slug = "employee-id-taken"
    title = "The employee id is taken"
    sentence = "Another user has this employee_id. Upper and lower case do not make a difference."


class SupabaseIdTaken(Conflict):
    slug = "supabase-id-taken"
    title = "The Supabase id is taken"
    sentence = "Another user has this Supabase id."


class UserInactive(Conflict):
    slug = "user-inactive"
    title = "The user is not active"
    sentence = "The user is deactivated. Activate the user first."


class UserIsMerged(Conflict):
    """The user is a duplicate of `into`, who stands for the person."""

    slug = "user-merged"
    title = "The user was merged into another one"

    def __init__(self, into: UUID) -> None:
        super().__init__(f"The user was merged into the user {into}. Use that id.")
        self.into = into


class UserIsErased(Conflict):
    slug = "user-erased"
    title = "The user was erased"
    sentence = "The person was erased. Nothing more is recorded about the person."


class OwnAccess(Forbidden):
    slug = "own-access"
    title = "You may not change your own access"
    sentence = "Ask another administrator to change your role, departments, sign-in or whether you are active."
