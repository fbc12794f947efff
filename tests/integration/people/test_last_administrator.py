"""Two administrators take each other away at once: one of them remains."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from application.kernel.access import Actor
from application.kernel.messages import Command
from application.people.sign_ins.accounts import EndAccount, Followed
from application.people.users.commands import DeactivateUsers, EditUser
from application.people.users.roles import GrantRole
from application.privacy.personal_data import EraseUser
from contracts.backend import loaded_user, save
from contracts.make import a_user, user_id
from domain.kernel.roles import Role
from domain.people.administrators import LastAdministrator
from integration.backends import SqlBackend

PAIR = (1, 2)

TAKING_AWAY: dict[str, Callable[[int], Command[Any]]] = {
    "demote": lambda n: EditUser(user_id(n), role=Role.AUTHENTICATED),
    "deactivate": lambda n: EditUser(user_id(n), is_active=False),
    "deactivate many": lambda n: DeactivateUsers((user_id(n), user_id(3))),
    "erase": lambda n: EraseUser(user_id(n)),
    "grant another role": lambda n: GrantRole(f"user{n}@example.com", Role.MANAGER),
    "account gone": lambda n: EndAccount(f"subject-{n}"),
}


@pytest.mark.parametrize("one", TAKING_AWAY)
@pytest.mark.parametrize("other_way", ["the same", "demote"])
async def test_one_remains(backend: SqlBackend, one: str, other_way: str) -> None:
    ways = (TAKING_AWAY[one], TAKING_AWAY[one if other_way == "the same" else other_way])
    await save(backend, *(a_user(n, role=Role.ADMIN, supabase_id=f"subject-{n}") for n in PAIR), a_user(3))
    bus = backend.bus()
    outcomes = await asyncio.gather(
        *(bus.execute(way(n), Actor.system()) for way, n in zip(ways, PAIR, strict=True)), return_exceptions=True
    )
    remaining = [(await loaded_user(backend, user_id(n))).is_administrator for n in PAIR]
    assert remaining.count(True) == 1
    stayed = [outcome for outcome in outcomes if isinstance(outcome, LastAdministrator) or outcome is Followed.KEPT]
    assert len(stayed) == 1
