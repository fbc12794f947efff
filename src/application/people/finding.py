"""Finding the person whom an operator names at the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from application.kernel.access import EVERYONE, Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Query
from application.people.ports import Users
from application.people.users.queries import UserFilter, UserReader, UserView
from domain.kernel.values import Email, Text, fits
from domain.people.user_errors import UserNotFound
from domain.people.users import User

PersonKey = Annotated[str, Text(254)]
"""An e-mail address or an employee id. If it is the address of one person and the id of another, the address counts."""


NOBODY = "There is no user with this e-mail address or employee id."


async def find_person(users: Users, key: PersonKey) -> User | None:
    """The person with this address or employee id, if there is one."""
    if not fits(PersonKey, key):
        return None
    user = await users.by_email(key.lower()) if fits(Email, key) else None
    return user or await users.by_employee_id(key)


async def get_person(users: Users, key: PersonKey) -> User:
    """The person with this address or employee id. Raises UserNotFound."""
    user = await find_person(users, key)
    if user is None:
        raise UserNotFound(NOBODY)
    return user


@dataclass(frozen=True, slots=True)
class FindPerson(Query[UserView]):
    """The user whom an operator names, also one that was merged into another."""

    person: PersonKey


@handles(FindPerson, allow=the_system, internal=True, raises=(UserNotFound,))
async def show_person(query: FindPerson, actor: Actor, users: UserReader) -> UserView:
    """The command line finds the user with this e-mail address or employee id."""
    key, wanted = query.person, list[UserFilter]()
    if fits(Email, key):
        wanted.append(UserFilter(emails=(key.lower(),)))
    if fits(PersonKey, key):
        wanted.append(UserFilter(employee_ids=(key,)))
    for where in wanted:
        if found := (await users.page(EVERYONE, where, None, 1)).items:
            return found[0]
    raise UserNotFound(NOBODY)
