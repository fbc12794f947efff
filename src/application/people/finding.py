"""Finding the person whom an operator names at the command line."""

from __future__ import annotations

from typing import Annotated

from application.people.ports import Users
from domain.kernel.values import Email, Text, fits
from domain.people.user_errors import UserNotFound
from domain.people.users import User

PersonKey = Annotated[str, Text(254)]
"""An e-mail address or an employee id. If it is the address of one person and the id of another, the address counts."""


async def find_person(users: Users, key: PersonKey) -> User | None:
    """The person with this address or employee id, if there is one."""
    user = await users.by_email(key.lower()) if fits(Email, key) else None
    return user or await users.by_employee_id(key)


async def get_person(users: Users, key: PersonKey) -> User:
    """The person with this address or employee id. Raises UserNotFound."""
    user = await find_person(users, key)
    if user is None:
        raise UserNotFound("There is no user with this e-mail address or employee id.")
    return user
