"""Reconciling with the admin API of Supabase Auth: who is there, who is gone, and what must not be believed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.supabase.admin import SupabaseAdmin
from application.kernel.access import Actor
from application.people.sign_ins.accounts import Account, FollowAccount
from application.people.users.commands import RegisterUser
from application.people.users.queries import ListUsers
from domain.kernel.roles import Role
from domain.people.leavers import TooManyLeavers
from entrypoints.cli.syncing import sync_users
from entrypoints.settings import ConfigurationError
from fake_supabase.double import BASE, SECRET_KEY, SupabaseDouble
from fake_supabase.project import Account as Listed
from fake_supabase.service import PROJECT, a_service
from kit.surroundings import NOON, FixedClock

EVERYONE = ListUsers(limit=200)


class Office:
    """Our users on the one side, a project's accounts on the other."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.double = SupabaseDouble(self.clock)
        self.service = a_service(self.clock)

    async def sync(self, *, dry_run: bool = False, directory: Any = None, force: bool = True) -> str:
        """What the command says. In a small office each person is more than the limit."""
        said: list[str] = []
        await sync_users(self.service, directory or self.directory(), dry_run, said.append, force=force)
        (line,) = said
        return line

    async def fails(self, **how: Any) -> str:
        """What is wrong, in one line, after which everyone is as before."""
        before = await self.service.bus.ask(EVERYONE, Actor.system())
        with pytest.raises(ConfigurationError) as raised:
            await self.sync(directory=self.directory(**how))
        assert await self.service.bus.ask(EVERYONE, Actor.system()) == before
        message = str(raised.value)
        assert "\n" not in message
        assert SECRET_KEY not in message
        assert "@" not in message
        return message

    def directory(
        self, *, key: str = SECRET_KEY, confirms_email: bool = True, answers: httpx.AsyncBaseTransport | None = None
    ) -> SupabaseAdmin:
        transport = answers or httpx.ASGITransport(self.double)
        return SupabaseAdmin(PROJECT + BASE, key, confirms_email=confirms_email, backoff=0, transport=transport)

    async def knows(self, email: str) -> Listed:
        """Someone has an account and is a user already; the account."""
        account = self.double.add_user(email)
        known = Account(str(account.id), account.email, email_confirmed=True, as_of=self.clock.now())
        await self.service.bus.execute(FollowAccount(known), Actor.system())
        return account

    async def registers(self, email: str, role: Role = Role.AUTHENTICATED) -> None:
        await self.service.bus.execute(RegisterUser(email, role=role), Actor.system())

    async def people(self) -> dict[str | None, bool]:
        """Whether each is active, by address."""
        users = (await self.service.bus.ask(EVERYONE, Actor.system())).items
        return {user.email: user.is_active for user in reversed(users)}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = Office()
    yield office
    await office.service.close()


async def an_eventful_day(office: Office) -> None:
    """Of each thing that can have happened, one."""
    add = office.double.add_user
    await office.registers("linked@example.com")
    moved, _, gone, soft = [await office.knows(f"{name}@example.com") for name in ("moved", "same", "gone", "soft")]
    office.clock.advance(timedelta(hours=2))
    add("new@example.com", full_name="New Here")
    add("linked@example.com")
    add("unconfirmed@example.com").confirmed_at = None
    add("moved-too@example.com").confirmed_at = None
    office.double.change_email(moved, "moved.new@example.com")
    office.double.delete_user(gone.id)
    soft.deleted_at = office.clock.now().isoformat()


SAID = "1 created, 1 linked, 1 updated, 1 unchanged, 2 ignored, 2 deactivated"


class TestSync:
    async def test_everyone_is_as_in_supabase_afterwards(self, office: Office) -> None:
        await an_eventful_day(office)
        assert await office.sync() == f"{SAID}."
        assert await office.people() == {
            "linked@example.com": True,
            "moved.new@example.com": True,
            "same@example.com": True,
            "gone@example.com": False,
            "soft@example.com": False,
            "new@example.com": True,
        }
        assert await office.sync() == "0 created, 0 linked, 0 updated, 4 unchanged, 2 ignored, 0 deactivated."

    async def test_a_dry_run_says_the_same_and_changes_nothing(self, office: Office) -> None:
        await an_eventful_day(office)
        before = await office.service.bus.ask(EVERYONE, Actor.system())
        assert await office.sync(dry_run=True) == f"{SAID} (dry run)."
        assert await office.service.bus.ask(EVERYONE, Actor.system()) == before

    async def test_a_sign_in_that_waits_is_gone_with_its_account(self, office: Office) -> None:
        await office.registers("ana@example.com", Role.ADMIN)
        waiting, _ = await office.knows("ana@example.com"), await office.knows("same@example.com")
        office.double.delete_user(waiting.id)
        said: list[str] = []
        for dry_run in (True, False):
            await sync_users(office.service, office.directory(), dry_run, said.append)
        gone = "1 sign-ins that waited for an administrator are gone with their accounts."
        assert said[0::2] == [gone, gone]
        users = (await office.service.bus.ask(EVERYONE, Actor.system())).items
        assert [(user.email, user.is_active, user.requested_sign_in) for user in users] == [
            ("same@example.com", True, None),
            ("ana@example.com", True, None),
        ]
        assert (await office.sync()).startswith("0 created")

    async def test_page_by_page_nobody_is_left_out(self, office: Office) -> None:
        for number in range(450):
            office.double.add_user(f"user{number}@example.com")
        assert (await office.sync()).startswith("450 created, 0 linked, 0 updated, 0 unchanged, 0 ignored")
        assert office.double.asked["/admin/users"] == 4

    async def test_the_last_sign_in_is_followed(self, office: Office) -> None:
        account = await office.knows("ana@example.com")
        office.double.open_session(account)
        assert "1 updated" in await office.sync()
        (user,) = (await office.service.bus.ask(EVERYONE, Actor.system())).items
        assert (user.last_sign_in, user.version) == (NOON, 1)

    async def test_nobody_is_taken_for_someone_where_addresses_are_confirmed_without_proof(
        self, office: Office
    ) -> None:
        await office.registers("ana@example.com", Role.ADMIN)
        office.double.add_user("ana@example.com")
        office.double.add_user("new@example.com")
        said = await office.sync(directory=office.directory(confirms_email=False))
        assert said.startswith("0 created, 0 linked, 0 updated, 0 unchanged, 2 ignored")

    @pytest.mark.parametrize(
        "metadata", [{"full_name": 5}, {"full_name": "x" * 300}, {"name": "\n"}, {"deep": [[[[[{}]]]]]}]
    )
    async def test_what_people_write_of_themselves_stops_nothing(
        self, office: Office, metadata: dict[str, Any]
    ) -> None:
        office.double.add_user("ana@example.com", **metadata)
        office.double.add_user("not an address")
        assert await office.sync() == "1 created, 0 linked, 0 updated, 0 unchanged, 1 ignored, 0 deactivated."


class Meanwhile:
    """A directory in which something happens once the first account has been listed."""

    def __init__(self, directory: SupabaseAdmin, happens: Callable[[], Any]) -> None:
        self._directory = directory
        self._happens = happens

    async def accounts(self) -> AsyncIterator[Account]:
        first = True
        async for account in self._directory.accounts():
            yield account
            if first:
                await self._happens()
            first = False

    async def has(self, subject: str) -> bool:
        return await self._directory.has(subject)


class TestMeanwhile:
    async def test_who_signs_up_meanwhile_is_not_taken_for_gone(self, office: Office) -> None:
        await office.knows("ana@example.com")

        async def sign_up() -> None:
            # Ids of later accounts come first in the list: this one is passed over.
            await office.knows("new@example.com")

        assert "0 deactivated" in await office.sync(directory=Meanwhile(office.directory(), sign_up))
        assert await office.people() == {"ana@example.com": True, "new@example.com": True}

    async def test_who_is_passed_over_since_others_were_deleted_is_not_taken_for_gone(self, office: Office) -> None:
        accounts = [await office.knows(f"user{number}@example.com") for number in range(205)]

        async def delete_one() -> None:
            office.double.delete_user(accounts[-1].id)

        said = await office.sync(directory=Meanwhile(office.directory(), delete_one))
        assert said == "0 created, 0 linked, 0 updated, 204 unchanged, 0 ignored, 0 deactivated."
        assert "1 deactivated" in await office.sync()

    async def test_who_is_listed_twice_counts_once(self, office: Office) -> None:
        for number in range(200):
            office.double.add_user(f"user{number}@example.com")

        async def sign_up() -> None:
            office.double.add_user("new@example.com")

        said = await office.sync(directory=Meanwhile(office.directory(), sign_up))
        assert said.startswith("200 created, 0 linked, 0 updated, 0 unchanged")


def always(status: int, body: str = "{}") -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, text=body))


class TestFailure:
    @pytest.fixture(autouse=True)
    async def someone_is_gone(self, office: Office) -> None:
        """So that a deactivation would be seen."""
        await office.knows("ana@example.com")
        office.double.delete_user((await office.knows("gone@example.com")).id)

    async def test_a_wrong_key(self, office: Office) -> None:
        assert await office.fails(key="wrong") == (
            "The admin API answers 401; check SUPABASE_SERVICE_ROLE_KEY. Nobody was deactivated"
        )

    @pytest.mark.parametrize(("status", "times"), [(500, 4), (503, 4), (429, 4), (403, 1), (404, 1), (302, 1)])
    async def test_another_status(self, office: Office, status: int, times: int) -> None:
        asked = 0

        def answer(request: httpx.Request) -> httpx.Response:
            nonlocal asked
            asked += 1
            return httpx.Response(status, text="ana@example.com's secrets")

        assert f"answers {status}" in await office.fails(answers=httpx.MockTransport(answer))
        assert asked == times

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "<!doctype html><title>Maintenance of ana@example.com</title>",
            "[]",
            "{}",
            '{"users": {}}',
            '{"users": [{"id": "7"}]}',
            '{"users": [{"email": "ana@example.com"}]}',
            "[" * 5_000,
        ],
    )
    async def test_something_else_than_a_list_of_users(self, office: Office, body: str) -> None:
        assert "does not answer as Supabase does" in await office.fails(answers=always(200, body))

    async def test_the_same_page_without_end(self, office: Office) -> None:
        body = '{"users": [{"id": "8f14e45f-ceea-467f-9c1b-6a2f5d6e0b11"}]}'
        assert "repeats a page" in await office.fails(answers=always(200, body))

    async def test_no_answer_at_all(self, office: Office) -> None:
        def refuse(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused by ana@example.com")

        assert "out of reach: ConnectError" in await office.fails(answers=httpx.MockTransport(refuse))

    async def test_an_api_that_fails_when_asked_who_is_gone(self, office: Office) -> None:
        listing = httpx.ASGITransport(office.double)

        async def answer(request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/users"):
                return await listing.handle_async_request(request)
            return httpx.Response(500)

        assert "answers 500. Nobody was deactivated" in await office.fails(answers=httpx.MockTransport(answer))

    async def test_another_project(self, office: Office) -> None:
        office.double.accounts.clear()
        assert await office.fails() == (
            "None of the 2 people who sign in here has an account there; check SUPABASE_URL. Nobody was deactivated"
        )

    async def test_a_passing_trouble_is_sat_out(self, office: Office) -> None:
        listing, troubles = httpx.ASGITransport(office.double), [500, 429, 503]

        async def answer(request: httpx.Request) -> httpx.Response:
            if troubles:
                return httpx.Response(troubles.pop())
            return await listing.handle_async_request(request)

        said = await office.sync(directory=office.directory(answers=httpx.MockTransport(answer)))
        assert said == "0 created, 0 linked, 0 updated, 1 unchanged, 0 ignored, 1 deactivated."

    async def test_more_people_who_are_gone_than_the_limit(self, office: Office) -> None:
        accounts = [await office.knows(f"p{n}@example.com") for n in range(18)]
        for account in accounts[:1]:
            office.double.accounts.pop(account.id)
        assert "2 deactivated" in await office.sync(force=False)
        for account in accounts[1:4]:
            office.double.accounts.pop(account.id)
        with pytest.raises(TooManyLeavers, match="3 of 18 active people"):
            await office.sync(force=False)
        assert sum(not active for active in (await office.people()).values()) == 2
        said: list[str] = []
        await sync_users(office.service, office.directory(), True, said.append)
        assert "3 deactivated (dry run)" in said[0]
        assert said[1].startswith("Without --force nobody would be deactivated: 3 of 18 active people")
        assert "3 deactivated" in await office.sync()
