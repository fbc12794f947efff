"""The double of Supabase Auth, driven by Supabase's own Python client, and its tokens read by us."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from supabase_auth import AsyncGoTrueClient, SyncGoTrueClient
from supabase_auth.errors import AuthApiError, AuthError, AuthRetryableError, AuthWeakPasswordError
from supabase_auth.types import SignInWithEmailAndPasswordCredentials, SignUpWithEmailAndPasswordCredentials

from adapters.supabase.claims import TokenRules
from adapters.supabase.jwks import JwksCache
from adapters.supabase.keys import SharedSecret
from adapters.supabase.tokens import SupabaseTokens
from adapters.system import SystemClock
from application.kernel.ports import Clock
from application.people.sign_ins.identity import TokenAnonymous, TokenExpired, TokenKeyUnknown
from fake_supabase.double import BASE, JWKS, PUBLISHABLE_KEY, SECRET_KEY, SupabaseDouble, Trouble, serving
from kit.surroundings import FixedClock

URL = "https://double.supabase.co"
ANA: SignInWithEmailAndPasswordCredentials = {"email": "ana@unifieddental.example", "password": "correct horse"}
NEW_ANA: SignUpWithEmailAndPasswordCredentials = {"email": ANA["email"], "password": ANA["password"]}


@pytest.fixture
def double() -> SupabaseDouble:
    """By the real time, since its clients look at their own clocks."""
    return SupabaseDouble(SystemClock())


def client_of(double: SupabaseDouble, key: str = PUBLISHABLE_KEY) -> AsyncGoTrueClient:
    return AsyncGoTrueClient(
        url=URL + BASE,
        headers={"apikey": key, "Authorization": f"Bearer {key}"},
        auto_refresh_token=False,
        http_client=httpx.AsyncClient(transport=httpx.ASGITransport(double)),
    )


@pytest.fixture
async def client(double: SupabaseDouble) -> AsyncIterator[AsyncGoTrueClient]:
    async with client_of(double) as client:
        yield client


def tokens_of(double: SupabaseDouble, clock: Clock | None = None) -> SupabaseTokens:
    clock = clock or SystemClock()
    cache = JwksCache(URL + BASE + JWKS, clock, transport=httpx.ASGITransport(double))
    return SupabaseTokens(TokenRules(double.issuer), cache, clock)


async def refused(call: Awaitable[object]) -> Any:
    """The error; not every code of GoTrue's is among those that the client's types know."""
    with pytest.raises(AuthError) as refused:
        await call
    return refused.value


class TestSigningIn:
    async def test_sign_up_and_we_know_who_it_is(self, double: SupabaseDouble, client: AsyncGoTrueClient) -> None:
        answer = await client.sign_up({**NEW_ANA, "options": {"data": {"full_name": "Ana Silva"}}})
        assert answer.session
        assert answer.user
        identity = await tokens_of(double).verify(answer.session.access_token)
        assert identity.subject == answer.user.id
        assert (identity.email, identity.full_name) == (ANA["email"], "Ana Silva")
        # A password says nothing of the mailbox.
        assert not identity.email_verified
        assert int(identity.expires_at.timestamp()) == answer.session.expires_at

    async def test_with_the_password(self, double: SupabaseDouble, client: AsyncGoTrueClient) -> None:
        account = double.add_user(**ANA)
        answer = await client.sign_in_with_password(ANA)
        assert answer.session
        assert (await tokens_of(double).verify(answer.session.access_token)).subject == str(account.id)
        shown = await client.get_user()
        assert shown
        assert (shown.user.id, shown.user.email) == (str(account.id), ANA["email"])

    async def test_the_client_itself_verifies_the_token(
        self, double: SupabaseDouble, client: AsyncGoTrueClient
    ) -> None:
        double.rotate("RS256")
        double.rotate("ES256")
        await client.sign_up(NEW_ANA)
        answer = await client.get_claims()
        assert answer
        assert answer["claims"]["iss"] == double.issuer
        assert double.asked[JWKS] == 1

    @pytest.mark.parametrize(
        ("email", "password", "code"),
        [
            (ANA["email"], "wrong horse", "invalid_credentials"),
            ("nobody@unifieddental.example", "correct horse", "invalid_credentials"),
            ("banned@unifieddental.example", "correct horse", "user_banned"),
            ("new@unifieddental.example", "correct horse", "email_not_confirmed"),
        ],
    )
    async def test_those_who_may_not(
        self, double: SupabaseDouble, client: AsyncGoTrueClient, email: str, password: str, code: str
    ) -> None:
        double.add_user(**ANA)
        double.add_user("banned@unifieddental.example").banned = True
        double.add_user("new@unifieddental.example").confirmed_at = None
        error = await refused(client.sign_in_with_password({"email": email, "password": password}))
        assert isinstance(error, AuthApiError)
        assert (error.status, error.code) == (400, code)

    async def test_an_address_must_be_confirmed_where_that_is_asked(
        self, double: SupabaseDouble, client: AsyncGoTrueClient
    ) -> None:
        double.autoconfirm = False
        answer = await client.sign_up(NEW_ANA)
        assert answer.session is None
        assert answer.user
        assert answer.user.email_confirmed_at is None

    async def test_signing_up_twice_or_weakly(self, double: SupabaseDouble, client: AsyncGoTrueClient) -> None:
        double.add_user(**ANA)
        assert (await refused(client.sign_up(NEW_ANA))).code == "user_already_exists"
        weak = await refused(client.sign_up({"email": "bo@unifieddental.example", "password": "short"}))
        assert isinstance(weak, AuthWeakPasswordError)
        assert weak.reasons == ["length"]

    async def test_anonymously(self, double: SupabaseDouble, client: AsyncGoTrueClient) -> None:
        assert (await refused(client.sign_in_anonymously())).code == "anonymous_provider_disabled"
        double.allow_anonymous = True
        answer = await client.sign_in_anonymously()
        assert answer.user
        assert answer.user.is_anonymous
        assert answer.session
        with pytest.raises(TokenAnonymous):
            await tokens_of(double).verify(answer.session.access_token)


class TestSessions:
    async def test_a_refresh_token_works_once(self, double: SupabaseDouble, client: AsyncGoTrueClient) -> None:
        first = (await client.sign_up(NEW_ANA)).session
        assert first
        second = (await client.refresh_session()).session
        assert second
        assert second.refresh_token != first.refresh_token
        tokens = tokens_of(double)
        before, after = [await tokens.verify(session.access_token) for session in (first, second)]
        assert before.session_id == after.session_id
        assert (await refused(client.refresh_session(first.refresh_token))).code == "refresh_token_already_used"
        # Somebody has stolen one of them: the whole session ends.
        assert (await refused(client.refresh_session(second.refresh_token))).code == "refresh_token_not_found"

    async def test_who_is_banned_cannot_refresh(self, double: SupabaseDouble, client: AsyncGoTrueClient) -> None:
        account = double.add_user(**ANA)
        await client.sign_in_with_password(ANA)
        account.banned = True
        assert (await refused(client.refresh_session())).code == "user_banned"

    async def test_signing_out_ends_the_session_but_not_the_token(
        self, double: SupabaseDouble, client: AsyncGoTrueClient
    ) -> None:
        session = (await client.sign_up(NEW_ANA)).session
        assert session
        await client.sign_out()
        assert (await refused(client.get_user(session.access_token))).code == "session_not_found"
        assert await tokens_of(double).verify(session.access_token)

    @pytest.mark.parametrize(("scope", "left"), [("local", 1), ("others", 1), ("global", 0)])
    async def test_signing_out_in_part(
        self, double: SupabaseDouble, client: AsyncGoTrueClient, scope: Any, left: int
    ) -> None:
        account = double.add_user(**ANA)
        double.open_session(account)
        double.open_session(double.add_user("bo@unifieddental.example"))
        await client.sign_in_with_password(ANA)
        await client.sign_out({"scope": scope})
        assert [session.account is account for session in double.sessions.values()].count(True) == left
        assert len(double.sessions) == left + 1

    async def test_the_deleted_and_the_forged_are_not_known(
        self, double: SupabaseDouble, client: AsyncGoTrueClient
    ) -> None:
        account = double.add_user(**ANA)
        token = double.access_token(account)
        assert (await refused(client.get_user(token[:-8] + "AAAAAAAA"))).code == "bad_jwt"
        double.delete_user(account.id)
        assert (await refused(client.get_user(token))).code == "user_not_found"


class TestTokens:
    async def test_they_expire(self) -> None:
        clock = FixedClock()
        double = SupabaseDouble(clock)
        tokens, token = tokens_of(double, clock), double.access_token(double.add_user(**ANA))
        await tokens.verify(token)
        clock.advance(timedelta(hours=1, seconds=5))
        with pytest.raises(TokenExpired):
            await tokens.verify(token)

    async def test_keys_rotate(self) -> None:
        clock = FixedClock()
        double = SupabaseDouble(clock)
        tokens, account = tokens_of(double, clock), double.add_user(**ANA)
        old = double.access_token(account)
        await tokens.verify(old)
        double.rotate()
        for token in (double.access_token(account), old):
            assert (await tokens.verify(token)).subject == str(account.id)
        double.rotate("RS256", keep_old=False)
        clock.advance(timedelta(seconds=30))
        assert (await tokens.verify(double.access_token(account))).subject == str(account.id)
        with pytest.raises(TokenKeyUnknown):
            await tokens.verify(old)

    async def test_an_old_project_shares_a_secret(self) -> None:
        clock, secret = FixedClock(), "the-secret-of-an-old-project-is-long"
        double = SupabaseDouble(clock, legacy_secret=secret)
        token = double.access_token(double.add_user(**ANA))
        tokens = SupabaseTokens(TokenRules(double.issuer), SharedSecret(secret), clock)
        assert (await tokens.verify(token)).email == ANA["email"]
        assert double.published() == []


class TestAdministration:
    async def test_people_come_in_pages(self, double: SupabaseDouble) -> None:
        ids = [str(double.add_user(f"person-{number}@unifieddental.example").id) for number in range(5)]
        async with client_of(double, SECRET_KEY) as client:
            pages = [await client.admin.list_users(page=page, per_page=2) for page in (1, 2, 3, 4)]
        assert [len(page) for page in pages] == [2, 2, 1, 0]
        assert [user.id for page in pages for user in page] == ids[::-1]

    async def test_only_with_the_secret_key(self, double: SupabaseDouble, client: AsyncGoTrueClient) -> None:
        error = await refused(client.admin.list_users())
        assert isinstance(error, AuthApiError)
        assert (error.status, error.code) == (403, "not_admin")


class TestTheApi:
    @pytest.fixture
    async def http(self, double: SupabaseDouble) -> AsyncIterator[httpx.AsyncClient]:
        transport, headers = httpx.ASGITransport(double), {"apikey": PUBLISHABLE_KEY}
        async with httpx.AsyncClient(transport=transport, base_url=URL + BASE, headers=headers) as http:
            yield http

    async def test_pages_have_links(self, double: SupabaseDouble, http: httpx.AsyncClient) -> None:
        for number in range(3):
            double.add_user(f"person-{number}@unifieddental.example")
        answer = await http.get("/admin/users?per_page=2", headers={"apikey": SECRET_KEY})
        assert answer.headers["x-total-count"] == "3"
        assert answer.links["next"]["url"] == f"{BASE}/admin/users?page=2&per_page=2"
        assert answer.json()["aud"] == "authenticated"

    async def test_errors_have_the_shape_that_the_client_asks_for(self, http: httpx.AsyncClient) -> None:
        old = await http.get("/user")
        assert (old.status_code, old.json()["error_code"], old.json()["code"]) == (401, "no_authorization", 401)
        new = await http.get("/user", headers={"x-supabase-api-version": "2024-01-01"})
        assert (new.status_code, new.json()["code"]) == (401, "no_authorization")
        assert new.json()["message"] == old.json()["msg"]

    async def test_the_rest(self, http: httpx.AsyncClient) -> None:
        assert (await http.get("/health")).json()["name"] == "GoTrue"
        assert (await http.get("/settings")).json()["mailer_autoconfirm"] is True
        assert (await http.get("/nowhere")).status_code == 404
        assert (await http.post("/token?grant_type=magic")).status_code == 400
        assert (await http.get("/health", headers={"apikey": "sb_publishable_other"})).status_code == 401
        (key,) = (await http.get(JWKS, headers={"apikey": ""})).json()["keys"]
        assert (key["alg"], key["use"], key["key_ops"], "d" in key) == ("ES256", "sig", ["verify"], False)

    async def test_trouble(self, double: SupabaseDouble, client: AsyncGoTrueClient, http: httpx.AsyncClient) -> None:
        double.trouble = Trouble("down", JWKS)
        assert (await http.get(JWKS)).status_code == 503
        assert (await http.get("/health")).status_code == 200
        double.trouble = Trouble("down")
        assert isinstance(await refused(client.sign_up(NEW_ANA)), AuthRetryableError)
        double.trouble = Trouble("garbage")
        assert "Maintenance" in (await http.get(JWKS)).text
        double.trouble = Trouble("slow", seconds=0)
        assert (await http.get(JWKS)).status_code == 200


def test_a_client_comes_in_over_the_network(double: SupabaseDouble) -> None:
    with (
        serving(double) as address,
        SyncGoTrueClient(url=address + BASE, headers={"apikey": PUBLISHABLE_KEY}, auto_refresh_token=False) as client,
    ):
        session = client.sign_up(NEW_ANA).session
        assert session
        assert client.get_user(session.access_token)
        assert client.refresh_session().session
