"""Which access tokens are believed, and under which code each of the others is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.supabase.claims import TokenRules
from adapters.supabase.development import DevelopmentTokens, development_subject
from adapters.supabase.jwks import JwksCache
from adapters.supabase.keys import SharedSecret, VerifyingKey
from adapters.supabase.tokens import SupabaseTokens
from application.people.sign_ins.identity import (
    Identity,
    TokenExpired,
    TokenKeyUnknown,
    TokenRefused,
    TokenSignatureWrong,
)
from fake_supabase.hostile_tokens import HOSTILE, HOSTILE_TO_A_SECRET, Maker
from fake_supabase.token_forge import ISSUER, NOW, SECRET, SESSION, SUBJECT, Forge, b64, good_claims, signer
from kit.about import for_each
from kit.random_examples import times
from kit.surroundings import NOON, FixedClock


@cache
def forge() -> Forge:
    return Forge()


def published(clock: FixedClock | None = None, **rules: Any) -> SupabaseTokens:
    """Verifies with the keys that the forge publishes."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=forge().jwks()))
    clock = clock or FixedClock()
    return SupabaseTokens(TokenRules(ISSUER, **rules), JwksCache(f"{ISSUER}/jwks", clock, transport=transport), clock)


def shared(clock: FixedClock | None = None, **rules: Any) -> SupabaseTokens:
    """Verifies with the shared secret."""
    return SupabaseTokens(TokenRules(ISSUER, **rules), SharedSecret(SECRET), clock or FixedClock())


def by_secret(claims: dict[str, Any] | None = None) -> str:
    return forge().token({"alg": "HS256", "typ": "JWT"}, claims, signer("HS256", forge().secret))


async def refusal(tokens: SupabaseTokens, token: str) -> TokenRefused:
    with pytest.raises(TokenRefused) as refused:
        await tokens.verify(token)
    return refused.value


class TestHostileTokens:
    def test_there_are_many(self) -> None:
        assert len(HOSTILE) >= 90
        assert len({name for name, _, _ in HOSTILE}) == len(HOSTILE)

    @for_each(("make", "code"), [pytest.param(*rest, id=name) for name, *rest in HOSTILE])
    async def test_each_is_refused_with_its_code(self, make: Maker, code: str) -> None:
        token = make(forge())
        error = await refusal(published(), token)
        assert error.slug == code
        assert not any(part in str(error) for part in token.split(".") if len(part) > 3)

    @for_each(("make", "code"), [pytest.param(*rest, id=name) for name, *rest in HOSTILE_TO_A_SECRET])
    async def test_each_is_refused_where_a_secret_is_shared(self, make: Maker, code: str) -> None:
        assert (await refusal(shared(), make(forge()))).slug == code

    async def test_refusing_does_not_spoil_the_good_ones(self) -> None:
        tokens = published()
        for _, make, _ in HOSTILE:
            await refusal(tokens, make(forge()))
        assert (await tokens.verify(forge().token())).subject == SUBJECT


class TestGoodTokens:
    async def test_a_token_tells_of_a_person(self) -> None:
        assert await published().verify(forge().token()) == Identity(
            subject=SUBJECT,
            email="ana.silva@unifieddental.example",
            email_verified=False,
            issued_at=NOON,
            expires_at=NOON + timedelta(hours=1),
            session_id=SESSION,
            full_name="Ana Silva",
        )

    @pytest.mark.parametrize(
        "header",
        [
            {"alg": "ES256", "kid": "ec"},
            {"alg": "ES256", "kid": "ec", "typ": "jwt"},
            {"alg": "ES256", "kid": "ec", "typ": "JWT", "iat": 1, "x-unknown": [None]},
        ],
    )
    async def test_headers_that_are_fine(self, header: dict[str, Any]) -> None:
        assert (await published().verify(forge().token(header))).subject == SUBJECT

    async def test_rsa(self) -> None:
        token = forge().token({"alg": "RS256", "kid": "rsa"}, sign=signer("RS256", forge().rsa))
        assert (await published().verify(token)).subject == SUBJECT

    async def test_the_shared_secret(self) -> None:
        assert (await shared().verify(by_secret())).subject == SUBJECT

    @for_each(
        "claims",
        [
            good_claims(aud=["something", "authenticated"]),
            good_claims(exp=NOW - 4),
            good_claims(exp=NOW + 0.5),
            good_claims(iat=NOW + 5),
            good_claims(nbf=NOW + 5),
            good_claims(exp=253_402_300_799),
            good_claims("is_anonymous"),
        ],
    )
    async def test_claims_that_are_fine(self, claims: dict[str, Any]) -> None:
        assert (await published().verify(forge().token(claims=claims))).subject == SUBJECT

    @for_each(
        ("claims", "field", "value"),
        [
            (good_claims("email"), "email", None),
            (good_claims(email=""), "email", None),
            (good_claims(email="not an address"), "email", None),
            (good_claims("session_id"), "session_id", None),
            (good_claims(session_id=""), "session_id", None),
            (good_claims("user_metadata"), "full_name", None),
            (good_claims(user_metadata={"name": " Bo Lund "}), "full_name", "Bo Lund"),
            (good_claims(user_metadata={"full_name": "  "}), "full_name", None),
            (good_claims(user_metadata={"full_name": "x" * 201}), "full_name", None),
            (good_claims(user_metadata={"full_name": "NUL \0"}), "full_name", None),
            (good_claims(user_metadata={"full_name": "half \ud800"}), "full_name", None),
            (good_claims(user_metadata={"full_name": {"first": "Ana"}}), "full_name", None),
        ],
    )
    async def test_missing_or_unusable_claims_are_left_out(
        self, claims: dict[str, Any], field: str, value: object
    ) -> None:
        assert getattr(await published().verify(forge().token(claims=claims)), field) == value

    @for_each(
        ("amr", "proven"),
        [
            *(
                ([{"method": method, "timestamp": 1}], True)
                for method in ("magiclink", "invite", "recovery", "email/signup")
            ),
            ([{"method": "password", "timestamp": 2}, {"method": "magiclink", "timestamp": 1}], True),
            *(([{"method": method}], False) for method in ("password", "oauth", "totp", "sso/saml")),
            ([{}], False),
            ([{"method": None}], False),
            ([{"method": ["magiclink"]}], False),
            (["magiclink"], False),
            ({"method": "magiclink"}, False),
            ("magiclink", False),
            (None, False),
        ],
    )
    async def test_only_a_way_through_the_mailbox_proves_an_address(self, amr: Any, proven: bool) -> None:
        # What its owner can write into the metadata proves nothing.
        claims = good_claims(amr=amr, user_metadata={"email_verified": True}, email_verified=True)
        assert (await published().verify(forge().token(claims=claims))).email_verified is proven

    @for_each(
        ("without", "changes", "proven"),
        [
            ((), {}, True),
            ((), {"amr": [{"method": "otp", "timestamp": 1}, {"method": "totp", "timestamp": 2}]}, True),
            ((), {"phone": "15125550100"}, False),
            (("phone",), {}, False),
            ((), {"phone": None}, False),
            ((), {"app_metadata": {"provider": "phone", "providers": ["phone"]}}, False),
            ((), {"app_metadata": {"provider": "email", "providers": ["email", "phone"]}}, False),
            (("app_metadata",), {}, True),
            ((), {"app_metadata": "phone"}, True),
        ],
    )
    async def test_a_one_time_password_proves_it_unless_it_may_have_gone_to_a_telephone(
        self, without: tuple[str, ...], changes: dict[str, Any], proven: bool
    ) -> None:
        # So do magic links show, where the front end does not use PKCE.
        claims = good_claims(*without, **{"amr": [{"method": "otp", "timestamp": 1}], **changes})
        assert (await published().verify(forge().token(claims=claims))).email_verified is proven

    @for_each(
        ("claims", "second_factor"),
        [({"aal": "aal2"}, True), ({"aal": "aal1"}, False), ({"aal": None}, False), ({"aal": ["aal2"]}, False)],
    )
    async def test_a_second_factor_is_the_sessions(self, claims: dict[str, Any], second_factor: bool) -> None:
        token = forge().token(claims=good_claims(**claims))
        assert (await published().verify(token)).second_factor is second_factor

    @for_each("client", ["", "client-1", "CLIENT", 7, ["client"], {"client": 1}, False])
    async def test_tokens_of_applications_are_refused(self, client: Any) -> None:
        tokens = published(oauth_clients=frozenset({"client"}))
        assert (await refusal(tokens, forge().token(claims=good_claims(client_id=client)))).slug == "token-client"

    @pytest.mark.parametrize("client", ["client", None])
    async def test_but_for_those_that_are_allowed(self, client: str | None) -> None:
        tokens = published(oauth_clients=frozenset({"client"}))
        assert await tokens.verify(forge().token(claims=good_claims(client_id=client)))

    async def test_where_the_project_confirms_addresses_each_is_proven(self) -> None:
        assert (await published(confirms_email=True).verify(forge().token())).email_verified

    async def test_anonymous_people_where_they_are_welcome(self) -> None:
        token = forge().token(claims=good_claims(is_anonymous=True, email=""))
        assert (await published(allow_anonymous=True).verify(token)).email is None

    async def test_the_largest_token(self) -> None:
        token = forge().token()
        assert await published(max_bytes=len(token)).verify(token)
        assert (await refusal(published(max_bytes=len(token) - 1), token)).slug == "token-too-large"


class TestSharedSecrets:
    @pytest.mark.parametrize("secret", ["", "short", "x" * 31])
    def test_short_ones_are_refused(self, secret: str) -> None:
        with pytest.raises(ValueError, match="at least 32 bytes"):
            SharedSecret(secret)

    @pytest.mark.parametrize("text", [forge().ec.as_pem(), forge().rsa.as_pem(), b"ssh-rsa " + b"A" * 40])
    def test_public_keys_are_no_secret(self, text: bytes) -> None:
        with pytest.raises(ValueError, match="public key"):
            SharedSecret(text.decode())


class CountedSecret(SharedSecret):
    """Counts how often the key is asked for: what is remembered needs none."""

    def __init__(self) -> None:
        super().__init__(SECRET)
        self.asked = 0
        self.generation = 0

    async def key(self, kid: str | None) -> VerifyingKey:
        self.asked += 1
        return await super().key(kid)


class TestRemembering:
    async def test_the_second_time_needs_no_key(self) -> None:
        keys, clock = CountedSecret(), FixedClock()
        tokens = SupabaseTokens(TokenRules(ISSUER), keys, clock)
        first = await tokens.verify(by_secret())
        assert await tokens.verify(by_secret()) is first
        assert keys.asked == 1

    async def test_what_expires_is_refused_though_remembered(self) -> None:
        clock = FixedClock()
        tokens, token = shared(clock), by_secret()
        await tokens.verify(token)
        clock.advance(timedelta(hours=1, seconds=4))
        await tokens.verify(token)
        clock.advance(timedelta(seconds=1))
        with pytest.raises(TokenExpired):
            await tokens.verify(token)

    async def test_it_is_bounded_and_drops_what_was_used_least_recently(self) -> None:
        keys = CountedSecret()
        tokens = SupabaseTokens(TokenRules(ISSUER), keys, FixedClock(), most_remembered=2)
        one, two, three = (by_secret(good_claims(iat=NOW - number)) for number in range(3))
        for token in (one, two, one, three):
            await tokens.verify(token)
        assert keys.asked == 3
        await tokens.verify(one)
        assert keys.asked == 3
        await tokens.verify(two)
        assert keys.asked == 4

    async def test_other_keys_void_it(self) -> None:
        keys = CountedSecret()
        tokens = SupabaseTokens(TokenRules(ISSUER), keys, FixedClock())
        await tokens.verify(by_secret())
        keys.generation += 1
        await tokens.verify(by_secret())
        assert keys.asked == 2

    async def test_refusals_are_not_remembered_as_anything_else(self) -> None:
        tokens = published()
        stranger = forge().token({"alg": "ES256", "kid": "stranger"})
        for _ in range(2):
            with pytest.raises(TokenKeyUnknown):
                await tokens.verify(stranger)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


class TestWhateverComes:
    @given(st.text() | st.from_regex(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", fullmatch=True))
    async def test_any_text_is_refused(self, text: str) -> None:
        await refusal(published(), text)

    @given(st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit"]) | st.text(), JSON))
    async def test_any_header_is_refused(self, header: dict[str, Any]) -> None:
        await refusal(published(), forge().token(json.dumps(header).encode(), sign=lambda content: b"x" * 64))

    @given(st.dictionaries(st.sampled_from(sorted(good_claims())), JSON, min_size=1))
    async def test_any_claims_are_refused_or_fine(self, changes: dict[str, Any]) -> None:
        token = by_secret(good_claims(**changes))
        try:
            identity = await shared().verify(token)
        except TokenRefused:
            return
        assert identity.subject == SUBJECT

    @times(5)
    @given(st.integers(min_value=0), st.sampled_from("AQgwBZ_-.=+ \n"), st.sampled_from(["put", "drop", "replace"]))
    async def test_any_change_spoils_a_good_token(self, place: int, character: str, change: str) -> None:
        token = good_token()
        at = place % len(token)
        changed = token[:at] + ("" if change == "drop" else character) + token[at + (change != "put") :]
        if changed != token:
            await refusal(published(), changed)

    async def test_a_bit_of_each_byte_of_the_signature(self) -> None:
        content = good_token().rpartition(".")[0]
        raw = signer("ES256", forge().ec)(content.encode())
        for place in range(64):
            flipped = bytes(byte ^ (place == at) for at, byte in enumerate(raw))
            with pytest.raises(TokenSignatureWrong):
                await published().verify(f"{content}.{b64(flipped)}")


@cache
def good_token() -> str:
    return forge().token()


class TestDevelopmentTokens:
    @pytest.fixture
    def key_file(self, tmp_path: Path) -> Path:
        return tmp_path / ".unified-dental-development-key"

    async def test_one_process_issues_what_another_accepts(self, key_file: Path) -> None:
        subject = development_subject("Ana@unifieddental.example")
        token = DevelopmentTokens(key_file, FixedClock()).issue("Ana@unifieddental.example", subject)
        identity = await DevelopmentTokens(key_file, FixedClock()).verify(token)
        # No account of Supabase has such an id.
        assert identity.subject == f"development:{development_subject('ana@unifieddental.example')}"
        assert (identity.email, identity.email_verified) == ("ana@unifieddental.example", True)
        assert (identity.issued_at, identity.expires_at) == (NOON, NOON + timedelta(hours=1))

    def test_people_differ(self) -> None:
        assert development_subject("ana@unifieddental.example") != development_subject("bo@unifieddental.example")

    async def test_a_token_expires(self, key_file: Path) -> None:
        clock = FixedClock()
        tokens = DevelopmentTokens(key_file, clock)
        token = tokens.issue("ana@unifieddental.example", development_subject("ana"), timedelta(minutes=5))
        clock.advance(timedelta(minutes=5, seconds=5))
        with pytest.raises(TokenExpired):
            await tokens.verify(token)

    def test_the_key_is_its_owners_alone(self, key_file: Path) -> None:
        DevelopmentTokens(key_file, FixedClock())
        assert [(path, path.stat().st_mode & 0o777) for path in key_file.parent.iterdir()] == [(key_file, 0o600)]

    async def test_of_two_processes_that_make_the_key_the_faster_wins(self, key_file: Path) -> None:
        rivals: list[DevelopmentTokens] = []

        def slow_secret() -> str:
            rivals.append(DevelopmentTokens(key_file, FixedClock()))
            return "5" * 64

        ours = DevelopmentTokens(key_file, FixedClock(), new_secret=slow_secret)
        token = rivals[0].issue("ana@unifieddental.example", development_subject("ana"))
        assert await ours.verify(token)
        assert [*key_file.parent.iterdir()] == [key_file]

    async def test_each_place_has_a_key_of_its_own(self, tmp_path: Path) -> None:
        ours, theirs = (DevelopmentTokens(tmp_path / name, FixedClock()) for name in ("ours", "theirs"))
        with pytest.raises(TokenSignatureWrong):
            await ours.verify(theirs.issue("ana@unifieddental.example", development_subject("ana")))

    def test_a_file_without_a_key_is_noticed(self, key_file: Path) -> None:
        key_file.touch(0o600)
        with pytest.raises(ValueError, match="at least 32 bytes"):
            DevelopmentTokens(key_file, FixedClock())
