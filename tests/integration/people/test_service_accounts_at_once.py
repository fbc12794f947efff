"""Service accounts, when several do the same at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from application.kernel.access import Actor
from application.people.service_accounts.commands import (
    CreateServiceAccount,
    NoteKeyUse,
    RotateServiceAccountKey,
)
from application.people.service_accounts.queries import ServiceAccountReader
from domain.kernel.errors import StaleVersion
from domain.kernel.key_scopes import KeyScope
from domain.people.service_accounts import ServiceAccountNameTaken, TooManyKeys
from integration.backends import ADMIN, SqlBackend

NEW = CreateServiceAccount("HR", "The roster", (KeyScope.PEOPLE_READ,), 90)


async def test_never_more_than_two_keys_are_live(backend: SqlBackend) -> None:
    bus = backend.bus()
    made = await bus.execute(NEW, ADMIN)
    rotating = (bus.execute(RotateServiceAccountKey(made.id, 90), ADMIN) for _ in range(5))
    outcomes: list[Any] = await asyncio.gather(*rotating, return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, Exception)]
    assert len(refused) == 4
    assert all(isinstance(each, (StaleVersion, TooManyKeys)) for each in refused), refused
    shown = await backend.reader(ServiceAccountReader).detail(made.id)
    assert shown is not None
    assert (len(shown.keys), shown.version) == (2, 2)


async def test_of_two_accounts_with_one_name_one_is_made(backend: SqlBackend) -> None:
    bus = backend.bus()
    making = (bus.execute(NEW, ADMIN) for _ in range(4))
    outcomes: list[Any] = await asyncio.gather(*making, return_exceptions=True)
    assert Counter(type(each) for each in outcomes)[ServiceAccountNameTaken] == 3
    assert len((await backend.reader(ServiceAccountReader).page(None, None, 50)).items) == 1


async def test_a_use_that_several_processes_note_is_reported_once(backend: SqlBackend) -> None:
    bus = backend.bus()
    made = await bus.execute(NEW, ADMIN)
    note = NoteKeyUse(made.id, made.keys[0].id)
    await asyncio.gather(*(bus.execute(note, Actor.system()) for _ in range(5)))
    assert [name for name, _, _ in await backend.outbox()].count("ServiceAccountKeyUsed") == 1
