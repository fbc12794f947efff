"""Signing in on real databases, where others do the same in other transactions."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, cast

import pytest

from adapters.sql.kit.discovery import sql_adapters, sql_units
from adapters.sql.kit.engine import Database
from application.people.sign_ins.accounts import Account, FollowAccount, Followed
from application.people.sign_ins.signing_in import retry_on_conflict
from domain.kernel.roles import Role
from domain.people.sign_in_errors import SignInUnconfirmed
from kit.examples import a_user, uid
from kit.surroundings import NOON
from worlds.front_door import SUBJECT, FrontDoor, an_identity

MANY = range(8)
ANA = uid(1)


@pytest.fixture
def door(database: Database) -> FrontDoor:
    return FrontDoor(sql_units(database), sql_adapters().readers(database.reads).get)


async def enter_at_once(door: FrontDoor, **changes: Any) -> set[Any]:
    """Ana brings a token many times at once; the people she is taken for."""
    token = door.tokens.token(an_identity(**changes))
    door.people.held.clear()
    entering = [asyncio.create_task(door.brings(token)) for _ in MANY]
    while door.people.reads < len(MANY):
        await door.people.waiting.wait()
        door.people.waiting.clear()
    # All of them have seen what was there before any of them changed it.
    door.people.held.set()
    return {actor.user_id for actor in await asyncio.gather(*entering)}


async def test_first_requests_at_once_make_one_user(door: FrontDoor) -> None:
    (user_id,) = await enter_at_once(door)
    user = await door.user(user_id)
    assert (user.supabase_id, user.version) == (SUBJECT, 1)


async def test_first_requests_at_once_link_one_user_once(door: FrontDoor) -> None:
    await door.holds(a_user(1, email="ana@example.com"))
    assert await enter_at_once(door) == {ANA}
    user = await door.user(ANA)
    assert (user.supabase_id, user.last_sign_in, user.version) == (SUBJECT, NOON, 2)


async def test_first_requests_at_once_wait_for_one_confirmation(door: FrontDoor) -> None:
    await door.holds(a_user(1, email="ana@example.com", role=Role.ADMIN))
    entering = [asyncio.create_task(door.enters()) for _ in MANY]
    refused = await asyncio.gather(*entering, return_exceptions=True)
    assert {type(each) for each in refused} == {SignInUnconfirmed}
    user = await door.user(ANA)
    assert (user.requested_sign_in, user.version) == (SUBJECT, 2)


async def test_a_new_address_is_followed_once(door: FrontDoor) -> None:
    await door.holds(a_user(1, email="ana@example.com", supabase_id=SUBJECT, email_confirmed=True))
    assert await enter_at_once(door, email="ana.new@example.com") == {ANA}
    user = await door.user(ANA)
    assert (user.email, user.email_as_of, user.version) == ("ana.new@example.com", NOON, 2)


async def test_a_hook_and_a_first_request_make_one_user(door: FrontDoor) -> None:
    account = Account(SUBJECT, "ana@example.com", email_confirmed=True, as_of=NOON)
    *told, actor = await asyncio.gather(
        *(retry_on_conflict(door.bus, FollowAccount(account)) for _ in MANY),
        door.enters(issued_at=NOON + timedelta(seconds=1)),
    )
    assert told.count(Followed.CREATED) <= 1
    assert Followed.IGNORED not in told
    assert (await door.user(cast(Any, actor).user_id)).supabase_id == SUBJECT
