"""The contract of service accounts: the repository, the reader, and what is read of a key that signs in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from application.kernel.units import Unit
from application.people.service_accounts.ports import ServiceAccounts
from application.people.service_accounts.queries import ServiceAccountReader, ServiceAccountView
from application.people.service_accounts.signing_in import KeyReader, KnownKey
from contracts import about
from contracts.backend import Backend, pages, plain, save
from contracts.make import NOBODY, ON_ONE_LINE, T, later, uid, user_id
from domain.kernel.aggregate import DomainEvent
from domain.kernel.key_scopes import WHOLE_ORGANIZATION, KeyScope
from domain.people.service_account_events import ServiceAccountDisabled, ServiceAccountKeyRevoked
from domain.people.service_account_keys import USE_IS_KEPT, NewKey
from domain.people.service_accounts import ServiceAccount, ServiceAccountNameTaken, ServiceAccountNotFound

LIMITED = tuple(scope for scope in KeyScope if scope not in WHOLE_ORGANIZATION)


def a_key(n: int) -> NewKey:
    """The key with id 40,000 + n."""
    return NewKey(uid(40_000 + n), f"{n:064x}")


def an_account(
    n: int = 1,
    *,
    name: str | None = None,
    scopes: tuple[KeyScope, ...] = (KeyScope.PEOPLE_READ,),
    departments: tuple[str, ...] | None = None,
    by: UUID | None = None,
    at: datetime = T,
) -> ServiceAccount:
    """The service account with id n, and its key `a_key(n)`."""
    return ServiceAccount.create(
        uid(n),
        a_key(n),
        name=name or f"Account {n}",
        purpose="Why not",
        scopes=scopes,
        departments=departments,
        valid_days=90,
        by=by,
        now=at,
    )


def a_full_account(n: int = 1) -> ServiceAccount:
    """A service account with a value in every field: a key that is revoked and one that was used."""
    account = an_account(
        n, name=ON_ONE_LINE[:80].strip(), scopes=LIMITED, departments=("Hygiene", 'a "b", {c}'), by=user_id(7)
    )
    account.rotate(a_key(100 + n), valid_days=30, overlap_hours=5, by=None, now=later(hours=1, microseconds=1))
    account.revoke(a_key(n).id, now=later(hours=2, microseconds=999_999))
    account.keys[1].last_used_at = later(hours=3)
    account.edit(
        name=account.name,
        purpose=ON_ONE_LINE,
        scopes=LIMITED,
        departments=account.departments,
        is_active=False,
        now=later(days=1),
    )
    return account


async def change(backend: Backend, account_id: UUID, work: Callable[[ServiceAccount], object]) -> list[DomainEvent]:
    """Load the account in a unit of work of its own and change it; the events."""

    async def do(unit: Unit) -> list[DomainEvent]:
        work(await unit.port(ServiceAccounts).get(account_id))
        return unit.take_events()

    return await backend.units.run(do)


def rename(name: str) -> Callable[[ServiceAccount], object]:
    return lambda account: account.edit(
        name=name,
        purpose=account.purpose,
        scopes=account.scopes,
        departments=account.departments,
        is_active=account.is_active,
        now=later(hours=1),
    )


@about(ServiceAccounts)
class TestServiceAccounts:
    @pytest.mark.parametrize("make", [an_account, a_full_account])
    async def test_an_account_comes_back_as_added(self, backend: Backend, make: Callable[[], ServiceAccount]) -> None:
        account = make()
        await save(backend, account)
        found = await backend.units.run(lambda unit: unit.port(ServiceAccounts).get(uid(1)))
        assert found is not account
        assert plain(ServiceAccountView.of(found)) == plain(ServiceAccountView.of(account))
        assert [key.digest for key in found.keys] == [key.digest for key in account.keys]
        assert (found.scopes, found.departments) == (account.scopes, account.departments)
        assert all(isinstance(scope, KeyScope) for scope in found.scopes)

    async def test_an_unknown_one_is_not_there(self, backend: Backend) -> None:
        with pytest.raises(ServiceAccountNotFound):
            await backend.units.run(lambda unit: unit.port(ServiceAccounts).get(NOBODY))

    async def test_changes_are_kept_with_the_keys(self, backend: Backend) -> None:
        await save(backend, an_account())

        def turn_over(account: ServiceAccount) -> None:
            account.rotate(a_key(2), valid_days=1, overlap_hours=1, by=user_id(1), now=later(hours=1))
            account.revoke(a_key(1).id, now=later(hours=1))

        events = await change(backend, uid(1), turn_over)
        assert ServiceAccountKeyRevoked(uid(1), a_key(1).id) in events
        found = await backend.units.run(lambda unit: unit.port(ServiceAccounts).get(uid(1)))
        assert [(key.id, key.expires_at, key.revoked_at) for key in found.keys] == [
            (a_key(1).id, later(hours=2), later(hours=1)),
            (a_key(2).id, later(days=1, hours=1), None),
        ]
        assert found.version == 3

    async def test_keys_that_ended_long_ago_are_forgotten(self, backend: Backend) -> None:
        await save(backend, an_account())

        def turn_over_often(account: ServiceAccount) -> None:
            for n in range(2, 30):
                account.rotate(a_key(n), valid_days=1, overlap_hours=0, by=None, now=later(days=100 + n))

        await change(backend, uid(1), turn_over_often)
        found = await backend.units.run(lambda unit: unit.port(ServiceAccounts).get(uid(1)))
        assert [key.id for key in found.keys] == [a_key(n).id for n in range(9, 30)]
        assert await backend.reader(KeyReader).by_id(a_key(8).id) is None

    @pytest.mark.parametrize("name", ["Account 1", "account 1", "Áccount 1"])
    async def test_no_two_have_the_same_name(self, backend: Backend, name: str) -> None:
        await save(backend, an_account(1), an_account(2))
        with pytest.raises(ServiceAccountNameTaken):
            await save(backend, an_account(3, name=name))
        with pytest.raises(ServiceAccountNameTaken):
            await change(backend, uid(2), rename(name))
        await change(backend, uid(1), rename(name))

    async def test_the_last_use_is_kept_once_in_a_while(self, backend: Backend) -> None:
        await save(backend, an_account())
        key_id = a_key(1).id

        async def used(at: datetime) -> bool:
            return await backend.units.run(lambda unit: unit.port(ServiceAccounts).note_use(key_id, at))

        almost = USE_IS_KEPT - timedelta(microseconds=1)
        assert [await used(T), await used(T), await used(T + almost), await used(T + USE_IS_KEPT)] == [
            *(True, False, False, True)
        ]
        found = await backend.units.run(lambda unit: unit.port(ServiceAccounts).get(uid(1)))
        assert (found.keys[0].last_used_at, found.version, found.updated_at) == (T + USE_IS_KEPT, 1, T)
        assert not await backend.units.run(lambda unit: unit.port(ServiceAccounts).note_use(NOBODY, T))


@about(ServiceAccountReader)
class TestServiceAccountReader:
    async def test_it_shows_an_account_with_its_keys(self, backend: Backend) -> None:
        await save(backend, a_full_account(1), an_account(2))
        reader = backend.reader(ServiceAccountReader)
        assert plain(await reader.detail(uid(1))) == plain(ServiceAccountView.of(a_full_account(1)))
        assert plain(await reader.detail(uid(2))) == plain(ServiceAccountView.of(an_account(2)))
        assert await reader.detail(NOBODY) is None

    async def test_it_never_shows_what_is_stored_of_the_key(self, backend: Backend) -> None:
        await save(backend, an_account())
        assert a_key(1).digest not in repr(await backend.reader(ServiceAccountReader).detail(uid(1)))

    async def test_the_newest_is_first(self, backend: Backend) -> None:
        accounts = {n: an_account(n, at=later(hours=hours)) for n, hours in {1: 1, 2: 3, 3: 2, 4: 2}.items()}
        accounts[3].rotate(a_key(30), valid_days=1, overlap_hours=1, by=None, now=later(hours=4))
        await save(backend, *accounts.values())
        reader = backend.reader(ServiceAccountReader)
        for size, sizes in {1: [1, 1, 1, 1], 3: [3, 1], 4: [4]}.items():
            found = await pages(lambda after, limit: reader.page(None, after, limit), size)
            shown = [plain(item) for page in found for item in page]
            assert shown == [plain(ServiceAccountView.of(accounts[n])) for n in (2, 4, 3, 1)]
            assert [len(page) for page in found] == sizes

    async def test_one_is_found_by_its_name(self, backend: Backend) -> None:
        await save(backend, an_account(1, name="HR Système"), an_account(2, name="HR Système 2"))
        reader = backend.reader(ServiceAccountReader)
        for name in ("HR Système", "hr systeme"):
            assert [each.id for each in (await reader.page(name, None, 50)).items] == [uid(1)]
        assert (await reader.page("HR", None, 50)).items == []


@about(KeyReader)
class TestKeyReader:
    async def test_it_reads_a_key_with_the_rights_of_its_account(self, backend: Backend) -> None:
        full, plain_one = a_full_account(1), an_account(2, by=user_id(3))
        await save(backend, full, plain_one)
        reader = backend.reader(KeyReader)
        for account in (full, plain_one):
            for key in account.keys:
                assert await reader.by_id(key.id) == KnownKey.of(account, key)
        assert await reader.by_id(NOBODY) is None

    async def test_it_reads_what_was_committed_last(self, backend: Backend) -> None:
        await save(backend, an_account())

        def disable(account: ServiceAccount) -> None:
            account.edit(
                name=account.name,
                purpose=account.purpose,
                scopes=(KeyScope.RECORDS_READ,),
                departments=("Lab",),
                is_active=False,
                now=later(hours=1),
            )

        assert ServiceAccountDisabled(uid(1)) in await change(backend, uid(1), disable)
        found = await backend.reader(KeyReader).by_id(a_key(1).id)
        assert found is not None
        assert (found.is_active, found.scopes, found.departments) == (False, (KeyScope.RECORDS_READ,), ("Lab",))
