"""Credentials that several people submit, decide about and erase at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any
from uuid import UUID

import pytest

from application.evidence.credentials.commands import (
    RejectCredential,
    SubmitCredential,
    VerifyCredential,
    VoidCredential,
    WithdrawCredential,
)
from application.evidence.credentials.queries import CredentialReader, CredentialView
from application.kernel.access import EVERYONE, Actor
from application.kernel.bus import Bus
from application.kernel.messages import Command
from application.privacy.merging import MergeUser
from application.privacy.personal_data import EraseUser
from contracts.backend import plain, save
from contracts.make import T, a_user, user_id
from domain.evidence.credentials import CredentialDecided, CredentialKnown, CredentialNotVerified
from domain.kernel.errors import DomainError
from domain.kernel.roles import Role
from domain.people.user_errors import UserIsErased, UserIsMerged
from integration.backends import ADMIN, SqlBackend

CARD = SubmitCredential(user_id(1), "bls", "Red Cross", T.date(), number="2260")
OFFICERS = [Actor(user_id(n), Role.COMPLIANCE) for n in range(10, 14)]


async def outcomes(*sent: Awaitable[Any]) -> list[object]:
    """What each of these returns or raises at the same time."""
    found = await asyncio.gather(*sent, return_exceptions=True)
    assert all(not isinstance(each, BaseException) or isinstance(each, DomainError) for each in found), found
    return list(found)


def refused(found: list[object]) -> list[type]:
    return [type(each) for each in found if isinstance(each, BaseException)]


async def statuses(backend: SqlBackend, n: int = 1) -> list[str]:
    """Those of the credentials of this user."""
    page = await backend.reader(CredentialReader).of_user(EVERYONE, user_id(n), None, 50)
    assert page is not None
    return sorted(each["status"] for each in plain(page.items))


async def submitted(bus: Bus) -> UUID:
    card: CredentialView = await bus.execute(CARD, ADMIN)
    return card.id


async def test_of_many_submissions_of_a_card_one_takes_effect(backend: SqlBackend) -> None:
    await save(backend, a_user(1))
    bus = backend.bus()
    found = await outcomes(*(bus.execute(CARD, actor) for actor in (*OFFICERS, ADMIN, ADMIN)))
    assert refused(found) == [CredentialKnown] * 5
    (first,) = (each.id for each in found if isinstance(each, CredentialView))
    assert all(str(first) in str(each) for each in found if isinstance(each, CredentialKnown))
    assert await statuses(backend) == ["submitted"]


async def test_of_many_decisions_one_takes_effect(backend: SqlBackend) -> None:
    await save(backend, a_user(1))
    bus = backend.bus()
    card = await submitted(bus)
    decisions: list[Command[Any]] = [
        *(VerifyCredential(card), RejectCredential(card, "No.")),
        *(WithdrawCredential(card), VerifyCredential(card)),
    ]
    found = await outcomes(*(bus.execute(each, officer) for each, officer in zip(decisions, OFFICERS, strict=True)))
    assert refused(found) == [CredentialDecided] * 3
    (made,) = (each for each in found if isinstance(each, CredentialView))
    assert await statuses(backend) == [made.status]
    names = [name for name, _, _ in await backend.outbox()]
    assert len([name for name in names if name.startswith("Credential")]) == 2


async def test_a_card_is_voided_once(backend: SqlBackend) -> None:
    await save(backend, a_user(1))
    bus = backend.bus()
    card = await submitted(bus)
    await bus.execute(VerifyCredential(card), OFFICERS[0])
    found = await outcomes(*(bus.execute(VoidCredential(card, "Forged."), officer) for officer in OFFICERS))
    assert refused(found) == [CredentialNotVerified] * 3
    assert await statuses(backend) == ["voided"]


async def test_nothing_waits_of_somebody_who_is_erased(backend: SqlBackend) -> None:
    for n in range(1, 6):
        await save(backend, a_user(n))
        bus, card = backend.bus(), SubmitCredential(user_id(n), "bls", "Red Cross", T.date())
        found = await outcomes(bus.execute(card, ADMIN), bus.execute(EraseUser(user_id(n)), ADMIN))
        assert set(refused(found)) <= {UserIsErased}
        assert await statuses(backend, n) == ([] if refused(found) else ["withdrawn"])


@pytest.mark.parametrize("which", ["the duplicate", "the one who stays"])
async def test_what_is_submitted_during_a_merge_is_that_of_the_person(backend: SqlBackend, which: str) -> None:
    for n in range(1, 10, 2):
        await save(backend, a_user(n), a_user(n + 1))
        bus, stays, duplicate = backend.bus(), user_id(n), user_id(n + 1)
        card = SubmitCredential(duplicate if which == "the duplicate" else stays, "bls", "Red Cross", T.date())
        found = await outcomes(bus.execute(card, ADMIN), bus.execute(MergeUser(duplicate, stays, "Twice."), ADMIN))
        assert set(refused(found)) <= ({UserIsMerged} if which == "the duplicate" else set())
        assert await statuses(backend, n) == ([] if refused(found) else ["submitted"])
