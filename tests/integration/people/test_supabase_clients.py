"""Supabase's own Python client signs in, and the service believes what it brings: over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest
from supabase_auth import AsyncGoTrueClient

from adapters.system import SystemClock
from fake_supabase.double import BASE, JWKS, PUBLISHABLE_KEY, Trouble
from fake_supabase.stage import ADMINISTRATOR, Stage, staged
from kit.surroundings import FixedClock

PASSWORD = "correct horse"
MANY = 200


@pytest.fixture
def stage() -> Iterator[Stage]:
    """By the real time, since clients look at their own clocks."""
    with staged(SystemClock()) as stage:
        yield stage


class Person:
    """Someone with Supabase's client, who calls our API with its token."""

    def __init__(self, stage: Stage, email: str) -> None:
        self.email = email
        self._api = httpx.AsyncClient(base_url=stage.api)
        self.auth = AsyncGoTrueClient(
            url=stage.supabase + BASE, headers={"apikey": PUBLISHABLE_KEY}, auto_refresh_token=False
        )

    async def token(self) -> str:
        """The token of the present session."""
        session = await self.auth.get_session()
        assert session
        return session.access_token

    async def sign_up(self) -> None:
        await self.auth.sign_up({"email": self.email, "password": PASSWORD})

    async def sign_in(self) -> None:
        await self.auth.sign_in_with_password({"email": self.email, "password": PASSWORD})

    async def calls(self, method: str, path: str, *, token: str | None = None, **body: object) -> httpx.Response:
        headers = {"authorization": f"Bearer {token or await self.token()}"}
        return await self._api.request(method, path, headers=headers, json=body or None)

    async def me(self, *, token: str | None = None) -> httpx.Response:
        """Who the service takes the bearer for."""
        return await self.calls("GET", "/v1/users/me", token=token)

    async def close(self) -> None:
        await self.auth.close()
        await self._api.aclose()


@pytest.fixture
async def ana(stage: Stage) -> AsyncIterator[Person]:
    """Someone who has signed up and signed in."""
    ana = Person(stage, "ana@example.com")
    await ana.sign_up()
    await ana.sign_in()
    yield ana
    await ana.close()


@pytest.fixture
async def admin(stage: Stage) -> AsyncIterator[Person]:
    """The first administrator, whose sign-in an operator has confirmed."""
    admin = Person(stage, ADMINISTRATOR)
    await admin.sign_up()
    refused = await admin.me()
    assert (refused.status_code, refused.json()["code"]) == (403, "sign-in-unconfirmed")
    await stage.project.confirm()
    yield admin
    await admin.close()


async def test_from_signing_up_to_being_deactivated(stage: Stage, ana: Person, admin: Person) -> None:
    answer = await ana.me()
    assert answer.status_code == 200, answer.text
    me = answer.json()
    assert (me["email"], me["role"], me["email_confirmed"]) == ("ana@example.com", "authenticated", True)

    before = await ana.token()
    await ana.auth.refresh_session()
    assert await ana.token() != before
    assert (await ana.me()).json()["id"] == (await ana.me(token=before)).json()["id"] == me["id"]

    assert (await ana.calls("POST", "/v1/users/deactivate", user_ids=[me["id"]])).status_code == 403
    done = await admin.calls("POST", "/v1/users/deactivate", user_ids=[me["id"]])
    assert (done.status_code, done.json()["deactivated"]) == (200, 1)
    for token in (before, await ana.token()):
        refused = await ana.me(token=token)
        assert (refused.status_code, refused.json()["code"]) == (403, "user-deactivated")
    await ana.auth.refresh_session()
    assert (await ana.me()).json()["code"] == "user-deactivated"


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
async def test_when_keys_rotate_new_tokens_work_and_old_ones_keep_working(
    stage: Stage, ana: Person, algorithm: str
) -> None:
    before = await ana.token()
    assert (await ana.me()).status_code == 200
    stage.double.rotate("RS256" if algorithm == "RS256" else "ES256")
    await ana.auth.refresh_session()
    assert (await ana.me()).status_code == 200
    assert (await ana.me(token=before)).status_code == 200


async def test_without_the_endpoint_of_the_keys_known_tokens_keep_working(stage: Stage, ana: Person) -> None:
    assert (await ana.me()).status_code == 200
    stage.double.trouble = Trouble("down", JWKS)
    await ana.auth.refresh_session()
    assert (await ana.me()).status_code == 200
    stage.double.rotate()
    await ana.auth.refresh_session()
    refused = await ana.me()
    assert (refused.status_code, refused.json()["code"]) == (401, "token-key-unknown")
    async with httpx.AsyncClient(base_url=stage.api) as anyone:
        assert (await anyone.get("/health/live")).status_code == 200


async def test_before_any_key_was_seen_nobody_can_be_distinguished(stage: Stage, ana: Person) -> None:
    stage.double.trouble = Trouble("down", JWKS)
    answer = await ana.me()
    assert (answer.status_code, answer.json()["code"]) == (503, "keys-unavailable")
    assert answer.headers["retry-after"] == "1"


class TestUnderLoad:
    """The endpoint of the keys hangs, for as long as the test wants it to."""

    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock()

    @pytest.fixture
    def stage(self, clock: FixedClock) -> Iterator[Stage]:
        with staged(clock) as stage:
            yield stage

    @pytest.fixture
    async def api(self, stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=stage.api, limits=httpx.Limits(max_connections=MANY)) as client:
            yield client

    async def test_two_hundred_at_once_are_served(
        self, stage: Stage, clock: FixedClock, api: httpx.AsyncClient
    ) -> None:
        people = [stage.double.add_user(f"user{number}@example.com") for number in range(20)]
        tokens = [stage.double.access_token(person) for person in people]
        seen = await asyncio.gather(*(me(api, token) for token in tokens))
        assert [answer.json()["email"] for answer in seen] == [person.email for person in people]

        stage.project.asked.clear()
        stage.project.released.clear()
        clock.advance(timedelta(seconds=600))
        # Half of the tokens were never seen before, and are signed with a key that was.
        tokens += [stage.double.access_token(person) for person in people]
        answers = await asyncio.gather(*(me(api, tokens[number % len(tokens)]) for number in range(MANY)))
        assert [answer.status_code for answer in answers] == [200] * MANY
        assert (await api.get("/health/live")).status_code == 200
        assert stage.project.asked.is_set()
        assert not stage.project.released.is_set()
        assert stage.double.asked[JWKS] == 1

    async def test_only_who_brings_a_new_key_waits(
        self, stage: Stage, clock: FixedClock, api: httpx.AsyncClient
    ) -> None:
        ana = stage.double.add_user("ana@example.com")
        known = stage.double.access_token(ana)
        assert (await me(api, known)).status_code == 200

        stage.project.asked.clear()
        stage.project.released.clear()
        stage.double.rotate()
        waiting = asyncio.create_task(me(api, stage.double.access_token(ana)))
        assert await asyncio.to_thread(stage.project.asked.wait, 10)
        assert (await me(api, known)).status_code == 200
        assert not waiting.done()
        stage.project.released.set()
        assert (await waiting).status_code == 200


async def me(api: httpx.AsyncClient, token: str) -> httpx.Response:
    return await api.get("/v1/users/me", headers={"authorization": f"Bearer {token}"})
