"""The contract of credentials: the repository and the reader."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from copy import copy
from datetime import date, datetime
from itertools import product
from typing import Any

import pytest

from application.evidence.credentials.ports import Credentials
from application.evidence.credentials.queries import CredentialReader, CredentialView, WaitingCredential
from application.kernel.access import EVERYONE, Scope
from application.kernel.units import Unit
from application.people.ports import UserMerges
from contracts import about
from contracts.backend import Backend, pages, plain, save
from contracts.make import NOBODY, ON_ONE_LINE, UNICODE, UTC_DAYS, T, a_user, later, uid, user_id
from contracts.people.scopes import DEPARTMENTS, SCOPES, people
from domain.evidence.credential_documents import CredentialDocument
from domain.evidence.credentials import (
    Credential,
    CredentialDecided,
    CredentialKnown,
    CredentialNotFound,
    CredentialNotVerified,
    CredentialState,
    CredentialStatus,
    VerifiedCredential,
    superseding,
)
from domain.kernel.states import State

ISSUED = date(2025, 3, 12)


def a_document(n: int = 1, **changes: Any) -> CredentialDocument:
    """A card of basic life support, with as little on it as there may be."""
    return CredentialDocument(**{"type": "bls", "issuer": f"Issuer {n}", "issued_on": ISSUED, **changes})


def a_credential(
    n: int = 1, *, user: int = 1, by: int | None = None, key: str | None = None, at: datetime = T, **changes: Any
) -> Credential:
    """The credential with id n of `a_user(user)`."""
    return Credential.submit(
        uid(n),
        user_id(user),
        a_document(n, **changes),
        by=None if by is None else user_id(by),
        days=UTC_DAYS,
        natural_key=key,
        now=at,
    )


def a_full_credential(n: int = 1) -> Credential:
    """A credential with a value in every field of the document."""
    return a_credential(
        n,
        by=9,
        key="a" * 64,
        type="radiography-certificate_2",
        issuer=ON_ONE_LINE,
        number="TX 日本語 % 00123",
        expires_on=date(2027, 3, 31),
        jurisdiction=State.TEXAS,
    )


async def change(backend: Backend, n: int, *steps: Callable[[Credential], object]) -> None:
    """Load the credential and change it, for each step in a unit of work of its own."""

    def work(step: Callable[[Credential], object]) -> Callable[[Unit], Awaitable[object]]:
        async def apply(unit: Unit) -> None:
            step(await unit.port(Credentials).get(uid(n)))

        return apply

    for each in steps:
        await backend.units.run(work(each))


def verify(credential: Credential) -> None:
    credential.verify(by=user_id(8), persons={}, now=later(hours=1))


def reject(credential: Credential) -> None:
    credential.reject(UNICODE, by=user_id(8), persons={}, now=later(hours=1, microseconds=1))


def withdraw(credential: Credential) -> None:
    credential.withdraw(None, by=user_id(1), now=later(hours=1))


def void(credential: Credential) -> None:
    credential.void(UNICODE, by=None, persons={}, now=later(days=1))


DECISIONS: dict[str, Callable[[Credential], object]] = {
    "none": lambda credential: None,
    "verified": verify,
    "rejected": reject,
    "withdrawn": withdraw,
}


async def submit(backend: Backend, n: int, key: str) -> None:
    """Add a credential with this natural key, made each time that the unit of work runs."""
    await backend.units.run(lambda unit: unit.port(Credentials).add(a_credential(n, key=key)))


async def merge(backend: Backend, duplicate: int, stays: int) -> None:
    """Let the one user be merged into the other."""

    async def work(unit: Unit) -> None:
        pair = await unit.port(UserMerges).locked([user_id(duplicate), user_id(stays)])
        pair[user_id(duplicate)].merge_into(pair[user_id(stays)], uid(62), now=later(days=1))

    await backend.units.run(work)


async def verified(backend: Backend, *users: int) -> dict[int, list[int]]:
    """The numbers of the verified credentials of these users, by number of the user."""
    ids = [user_id(n) for n in users]
    found = await backend.units.run(lambda unit: unit.port(Credentials).verified(ids))
    return {who.int - user_id(0).int: [each.id.int for each in some] for who, some in found.items()}


@about(Credentials)
class TestCredentials:
    @pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
    @pytest.mark.parametrize("make", [a_credential, a_full_credential], ids=["least", "full"])
    async def test_a_credential_comes_back_as_added_and_decided(
        self, backend: Backend, make: Callable[[], Credential], decide: Callable[[Credential], object]
    ) -> None:
        credential = make()
        await save(backend, make())
        await change(backend, 1, decide)
        decide(credential)
        found = await backend.units.run(lambda unit: unit.port(Credentials).get(uid(1)))
        assert _told(found) == _told(credential)
        assert found.document == credential.document
        if credential.status is not CredentialStatus.SUBMITTED:
            for again in (verify, reject, withdraw):
                with pytest.raises(CredentialDecided):
                    await change(backend, 1, again)

    async def test_a_verified_one_is_voided_once_and_keeps_who_verified_it(self, backend: Backend) -> None:
        credential = a_full_credential()
        await save(backend, a_full_credential())
        with pytest.raises(CredentialNotVerified):
            await change(backend, 1, void)
        for step in (verify, void):
            await change(backend, 1, step)
            step(credential)
        found = await backend.units.run(lambda unit: unit.port(Credentials).get(uid(1)))
        assert _told(found) == _told(credential)
        assert (found.decided_by, found.version) == (user_id(8), 3)
        with pytest.raises(CredentialNotVerified):
            await change(backend, 1, void)

    async def test_an_unknown_one_is_not_found(self, backend: Backend) -> None:
        await save(backend, a_credential())
        with pytest.raises(CredentialNotFound):
            await backend.units.run(lambda unit: unit.port(Credentials).get(NOBODY))

    async def test_the_same_document_is_there_once_unless_it_does_not_count(self, backend: Backend) -> None:
        key = "b" * 64
        await save(backend, a_credential(1, key=key), a_credential(2), a_credential(3))
        with pytest.raises(CredentialKnown):
            await submit(backend, 4, key)
        for n, end in enumerate(((reject,), (withdraw,), (verify, void)), 11):
            standing = 1 if n == 11 else n - 1
            found = await backend.units.run(lambda unit: unit.port(Credentials).with_keys(["c" * 64, key]))
            assert found == uid(standing)
            await change(backend, standing, *end)
            assert await backend.units.run(lambda unit: unit.port(Credentials).with_keys([key])) is None
            await submit(backend, n, key)
        await change(backend, 13, verify)
        with pytest.raises(CredentialKnown):
            await submit(backend, 14, key)

    async def test_those_that_wait_are_found_and_can_be_withdrawn(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await save(backend, *(a_credential(n) for n in (3, 1, 4)), a_credential(2, user=2), a_credential(5, user=3))
        await change(backend, 4, verify)

        async def work(unit: Unit) -> list[int]:
            waiting = await unit.port(Credentials).waiting_of(user_id(1))
            for each in waiting:
                withdraw(each)
            return [each.id.int for each in waiting]

        assert await backend.units.run(work) == [1, 3]
        assert await backend.units.run(work) == []
        await merge(backend, 2, 1)
        assert await backend.units.run(work) == [2]

    async def test_what_is_verified_counts_for_the_person(self, backend: Backend) -> None:
        await save(backend, *(a_user(n) for n in (1, 2, 3)))
        early, late = date(2020, 1, 1), date(2026, 1, 1)
        await save(
            backend,
            a_credential(1, issued_on=late),
            a_credential(2, user=2, issued_on=early, expires_on=ISSUED, jurisdiction=State.TEXAS),
            *(a_credential(n) for n in (3, 4, 5, 6)),
            a_credential(7, user=404),
        )
        for n in (1, 2, 3, 6, 7):
            await change(backend, n, verify)
        for n, otherwise in {4: reject, 5: withdraw, 6: void}.items():
            await change(backend, n, otherwise)
        assert await verified(backend, 1, 2, 3, 404) == {1: [3, 1], 2: [2]}
        assert await verified(backend, 3) == await verified(backend) == {}
        await merge(backend, 2, 1)
        assert await verified(backend, 1, 2) == {1: [2, 3, 1], 2: [2]}
        found = await backend.units.run(lambda unit: unit.port(Credentials).verified([user_id(2)]))
        assert found == {user_id(2): (VerifiedCredential(uid(2), "bls", early, ISSUED, State.TEXAS),)}

    async def test_what_this_unit_has_decided_is_included(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await save(backend, a_credential(1), a_credential(2))
        await change(backend, 2, verify)

        async def work(unit: Unit) -> list[int]:
            credentials = unit.port(Credentials)
            verify(await credentials.get(uid(1)))
            void(await credentials.get(uid(2)))
            added = a_credential(3)
            verify(added)
            await credentials.add(added)
            return [each.id.int for each in (await credentials.verified([user_id(1)]))[user_id(1)]]

        assert await backend.units.run(work) == [1, 3]
        assert await verified(backend, 1) == {1: [1, 3]}

    async def test_events(self, backend: Backend) -> None:
        async def work(unit: Unit) -> list[str]:
            credential = a_credential()
            await unit.port(Credentials).add(credential)
            verify(credential)
            return [type(event).__name__ for event in unit.take_events()]

        assert await backend.units.run(work) == ["CredentialSubmitted", "CredentialVerified"]


async def shown(backend: Backend, n: int, scope: Scope = EVERYONE) -> CredentialView | None:
    return await backend.reader(CredentialReader).detail(scope, uid(n))


async def of_user(backend: Backend, n: int) -> list[Any] | None:
    page = await backend.reader(CredentialReader).of_user(EVERYONE, user_id(n), None, 50)
    return None if page is None else list(plain(page.items))


@about(CredentialReader)
class TestCredentialReader:
    @pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
    @pytest.mark.parametrize("make", [a_credential, a_full_credential], ids=["least", "full"])
    async def test_lists_show_what_the_credential_itself_does(
        self, backend: Backend, make: Callable[[], Credential], decide: Callable[[Credential], object]
    ) -> None:
        credential = make()
        await save(backend, a_user(1), make())
        await change(backend, 1, decide)
        decide(credential)
        expected = CredentialView.of(credential)
        assert await shown(backend, 1) == expected
        page = await backend.reader(CredentialReader).of_user(EVERYONE, user_id(1), None, 10)
        assert page is not None
        assert plain(page.items) == plain([expected])
        if credential.status is CredentialStatus.VERIFIED:
            await change(backend, 1, void)
            void(credential)
            assert await shown(backend, 1) == CredentialView.of(credential)

    async def test_the_newest_submission_is_first(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        hours = {1: 1, 2: 3, 3: 2, 4: 2}
        await save(backend, *(a_credential(n, at=later(hours=by)) for n, by in hours.items()), a_credential(5, user=2))
        reader = backend.reader(CredentialReader)
        for size, sizes in {1: [1, 1, 1, 1], 3: [3, 1], 4: [4]}.items():
            found = await pages(lambda after, limit: reader.of_user(EVERYONE, user_id(1), after, limit), size)
            assert [each["id"] for page in found for each in plain(page)] == [str(uid(n)) for n in (2, 4, 3, 1)]
            assert [len(page) for page in found] == sizes

    async def test_who_has_none_and_who_is_not_there(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_credential(1, user=404))
        assert await of_user(backend, 1) == []
        assert await of_user(backend, 404) is None
        assert await shown(backend, 2) is None
        # Evidence outlives the person.
        assert await shown(backend, 1) is not None

    @SCOPES
    async def test_what_is_outside_the_scope_is_not_there(
        self, backend: Backend, scope: Scope, within: list[int]
    ) -> None:
        await people(backend)
        await save(backend, *(a_credential(n, user=n) for n in DEPARTMENTS))
        reader = backend.reader(CredentialReader)
        numbers = sorted(DEPARTMENTS, reverse=True)
        seen = {n: await reader.of_user(scope, user_id(n), None, 10) for n in numbers}
        assert {n: [each["id"] for each in plain(page.items)] for n, page in seen.items() if page} == {
            n: [str(uid(n))] for n in within
        }
        assert [n for n in numbers if await shown(backend, n, scope)] == within

    async def test_what_renews_another_supersedes_it(self, backend: Backend) -> None:
        """Every pair of these, under one id or two, is as the domain says."""
        await save(backend, *(a_user(n) for n in (1, 2, 3)))
        ends = (None, date(2026, 1, 1), date(2027, 1, 1))
        kinds: tuple[dict[str, Any], ...] = ({}, {"jurisdiction": State.TEXAS}, {"type": "cpr"})
        cards = {
            n: a_credential(n, user=n % 3 + 1, issued_on=issued_on, expires_on=expires_on, **kind)
            for n, (issued_on, expires_on, kind) in enumerate(product((ISSUED, date(2025, 6, 1)), ends, kinds), 1)
        }
        assert len(cards) == 18
        await save(backend, *(copy(each) for each in cards.values()))
        for n in range(1, 18):
            await change(backend, n, verify)
            verify(cards[n])

        async def require(*groups: set[int]) -> None:
            for group in groups:
                of_person = {n: each for n, each in cards.items() if n % 3 + 1 in group}
                proven = [each.verified for each in of_person.values() if each.verified]
                expected = {n: each.verified and superseding(each.verified, proven) for n, each in of_person.items()}
                found = {n: await shown(backend, n) for n in of_person}
                assert {n: view and view.superseded_by for n, view in found.items()} == expected
                assert {n for n, view in found.items() if view and view.status is CredentialState.SUPERSEDED} == {
                    n for n, by in expected.items() if by
                }

        await require({1}, {2}, {3})
        await merge(backend, 2, 1)
        await require({1, 2}, {3})
        newest = max(n for n, each in cards.items() if each.verified and n % 3 + 1 in (1, 2))
        await change(backend, newest, void)
        void(cards[newest])
        await require({1, 2}, {3})

    async def test_those_that_wait_are_listed_with_the_person(self, backend: Backend) -> None:
        await save(backend, a_user(1, full_name="Ana Ruiz", department="Hygiene"), a_user(2, full_name="A. Ruiz"))
        await save(backend, *(a_credential(n, at=later(hours=n), by=9) for n in (1, 2, 3)))
        await save(backend, a_credential(4, user=2, at=later(hours=4)), a_credential(5, user=404, at=later(hours=5)))
        await change(backend, 2, verify)
        await change(backend, 1, withdraw)
        await merge(backend, 2, 1)
        reader = backend.reader(CredentialReader)
        found = [each for page in await pages(reader.waiting, 2) for each in plain(page)]
        told = [(each["id"], each["user_id"], each["full_name"], each["department"]) for each in found]
        assert told == [
            (str(uid(3)), str(user_id(1)), "Ana Ruiz", "Hygiene"),
            (str(uid(4)), str(user_id(2)), "Ana Ruiz", "Hygiene"),
            (str(uid(5)), str(user_id(404)), None, None),
        ]
        assert found[0] == plain(
            WaitingCredential(
                uid(3),
                user_id(1),
                "Ana Ruiz",
                "Hygiene",
                "bls",
                None,
                None,
                "Issuer 3",
                ISSUED,
                None,
                user_id(9),
                later(hours=3),
            )
        )


def _told(credential: Credential) -> dict[str, Any]:
    return {name: value for name, value in vars(credential).items() if not name.startswith("_")}
