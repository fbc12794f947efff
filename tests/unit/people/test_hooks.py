"""The auth hooks: who may have an account, what a token says, and whose call is believed."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.kernel.access import Actor
from application.people.sign_ins.accounts import Account, FollowAccount
from application.people.users.commands import DeactivateUsers, RegisterUser
from application.people.users.roles import GrantRole
from domain.kernel.roles import Role
from entrypoints.settings import ConfigurationError
from fake_supabase.service import (
    BEFORE_USER_CREATED,
    CUSTOM_ACCESS_TOKEN,
    HOOK_KEY,
    OLD_HOOK_KEY,
    Hooked,
    a_service,
    hooked,
    secret_of,
    shared,
)
from kit.about import for_each
from kit.surroundings import FixedClock

ANA = "8f14e45f-ceea-467f-9c1b-6a2f5d6e0b11"
NOBODY = "0b7a9a3e-5f0c-4d53-9a9e-1f1f3a9f2c22"

Headers = dict[str, str]


@pytest.fixture
async def untouched() -> AsyncIterator[Hooked]:
    """A service that nothing changes."""
    async with shared() as service:
        yield service


def newcomer(email: str | None) -> dict[str, Any]:
    """What Supabase asks before it makes an account."""
    return {
        "metadata": {"uuid": NOBODY, "name": "before-user-created", "ip_address": "192.0.2.1"},
        "user": {"id": ANA, "aud": "authenticated", "role": "", "email": email, "phone": "", "user_metadata": {}},
    }


CLAIMS: dict[str, Any] = {
    "aal": "aal1",
    "amr": [{"method": "password", "timestamp": 1_772_452_800}],
    "app_metadata": {"provider": "email", "providers": ["email"]},
    "aud": "authenticated",
    "email": "ana@example.com",
    "exp": 1_772_456_400,
    "iat": 1_772_452_800,
    "is_anonymous": False,
    "iss": "https://double.supabase.co/auth/v1",
    "phone": "",
    "role": "authenticated",
    "session_id": NOBODY,
    "sub": ANA,
    "user_metadata": {"nested": {"of": ["any", "depth", None]}, "large": 10**25, "exact": 0.1, "ü": "🦷"},
}


def token_of(subject: str, **changes: Any) -> dict[str, Any]:
    """What Supabase asks before it signs a token."""
    claims = CLAIMS | {"sub": subject} | changes
    return {"user_id": subject, "claims": claims, "authentication_method": "password"}


class TestBeforeUserCreated:
    @for_each("email", ["ana@example.com", "ANA@example.com", "left@example.com", "x@Allowed.Example"])
    async def test_people_on_the_roster_and_of_allowed_domains_may_join(self, email: str) -> None:
        async with hooked(allowed_email_domains="allowed.example, Other.Example") as service:
            bus = service.service.bus
            await bus.execute(RegisterUser("ana@example.com"), Actor.system())
            left = await bus.execute(RegisterUser("left@example.com"), Actor.system())
            await bus.execute(DeactivateUsers((left.id,)), Actor.system())
            answer = await service.call(BEFORE_USER_CREATED, newcomer(email))
            assert (answer.status_code, answer.json()) == (200, {})
            assert answer.headers["content-type"] == "application/json"

    @for_each(
        "email",
        [
            *(
                "new@example.com",
                "x@sub.allowed.example",
                "x@notallowed.example",
                "allowed.example",
                "x@",
                "@",
                "",
                None,
            ),
            # Addresses that nobody could sign in with here.
            *("a\0@allowed.example", "é@allowed.example", "a@b@allowed.example", f"{'a' * 300}@allowed.example"),
        ],
    )
    async def test_nobody_else_may(self, email: str | None) -> None:
        async with hooked(allowed_email_domains="allowed.example") as service:
            answer = await service.call(BEFORE_USER_CREATED, newcomer(email))
            # Supabase reads a refusal from the body: any other status is a failure to it.
            assert answer.status_code == 200
            refusal = answer.json()["error"]
            assert (refusal["http_code"], "not on the roster" in refusal["message"]) == (403, True)


class TestCustomAccessToken:
    async def test_a_token_says_role_and_department_and_all_that_it_said_before(self) -> None:
        async with hooked() as service:
            bus = service.service.bus
            ana = await bus.execute(RegisterUser("ana@example.com", department="Hygiene"), Actor.system())
            account = Account(ANA, "ana@example.com", email_confirmed=True)
            await bus.execute(FollowAccount(account), Actor.system())
            await bus.execute(GrantRole("ana@example.com", Role.MANAGER, subject=UUID(ANA)), Actor.system())
            answer = await service.call(CUSTOM_ACCESS_TOKEN, token_of(ANA))
            assert answer.status_code == 200
            assert answer.json() == {"claims": CLAIMS | {"app_role": "manager", "department": "Hygiene"}}

            await bus.execute(DeactivateUsers((ana.id,)), Actor.system())
            answer = await service.call(CUSTOM_ACCESS_TOKEN, token_of(ANA))
            assert answer.json() == {"claims": CLAIMS}

    async def test_that_of_someone_unknown_stays_as_it_is(self, untouched: Hooked) -> None:
        answer = await untouched.call(CUSTOM_ACCESS_TOKEN, token_of(NOBODY, department="their own"))
        assert answer.json() == {"claims": CLAIMS | {"sub": NOBODY, "department": "their own"}}


class TestShape:
    @pytest.mark.parametrize(
        ("hook", "payload"),
        [
            (BEFORE_USER_CREATED, {}),
            (BEFORE_USER_CREATED, {"user": "ana@example.com"}),
            (BEFORE_USER_CREATED, {"user": {"email": 5}}),
            (CUSTOM_ACCESS_TOKEN, {}),
            (CUSTOM_ACCESS_TOKEN, {"user_id": ANA}),
            (CUSTOM_ACCESS_TOKEN, {"user_id": "ana", "claims": {}}),
            (CUSTOM_ACCESS_TOKEN, {"user_id": ANA, "claims": []}),
            (CUSTOM_ACCESS_TOKEN, []),
        ],
    )
    async def test_what_is_signed_but_not_as_agreed_is_invalid(
        self, untouched: Hooked, hook: str, payload: Any
    ) -> None:
        answer = await untouched.call(hook, payload)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-value")

    @pytest.mark.parametrize("body", [b"", b"{", b"no JSON at all"])
    async def test_what_is_signed_but_not_json_is_malformed(self, untouched: Hooked, body: bytes) -> None:
        answer = await untouched.call(BEFORE_USER_CREATED, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed-json")

    async def test_more_than_a_mebibyte_is_too_much(self, untouched: Hooked) -> None:
        answer = await untouched.call(BEFORE_USER_CREATED, b"x" * (2**20 + 1))
        assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")

    @pytest.mark.parametrize("hook", [BEFORE_USER_CREATED, CUSTOM_ACCESS_TOKEN])
    async def test_nothing_but_a_post_is_known(self, untouched: Hooked, hook: str) -> None:
        assert (await untouched.client.get(hook)).status_code == 405


BODY = json.dumps(newcomer("new@example.com")).encode()


def v1(headers: Headers) -> str:
    """The signature alone."""
    return headers["webhook-signature"].removeprefix("v1,")


MALFORMED: dict[str, Callable[[Headers], Headers]] = {
    "no headers at all": lambda signed: {},
    "no id": lambda signed: signed | {"webhook-id": ""},
    "another id": lambda signed: signed | {"webhook-id": "msg_2"},
    "an id that is not text": lambda signed: signed | {"webhook-id": "\xff"},
    "no timestamp": lambda signed: signed | {"webhook-timestamp": ""},
    "a timestamp of letters": lambda signed: signed | {"webhook-timestamp": "noon"},
    "a negative timestamp": lambda signed: signed | {"webhook-timestamp": "-1772452800"},
    "a fraction": lambda signed: signed | {"webhook-timestamp": signed["webhook-timestamp"] + ".0"},
    "a timestamp in milliseconds": lambda signed: signed | {"webhook-timestamp": signed["webhook-timestamp"] + "000"},
    "a timestamp in the year 33658": lambda signed: signed | {"webhook-timestamp": "999999999999"},
    "a timestamp beyond all numbers": lambda signed: signed | {"webhook-timestamp": "9" * 5_000},
    "an infinite timestamp": lambda signed: signed | {"webhook-timestamp": "inf"},
    "a timestamp that is not a number": lambda signed: signed | {"webhook-timestamp": "NaN"},
    "digits of another script": lambda signed: signed | {"webhook-timestamp": "\xb2" * 10},
    "a timestamp with a sign": lambda signed: signed | {"webhook-timestamp": "+" + signed["webhook-timestamp"]},
    "two timestamps": lambda signed: signed | {"webhook-timestamp": ", ".join([signed["webhook-timestamp"]] * 2)},
    "an underscored timestamp": lambda signed: signed | {"webhook-timestamp": "1_772_452_800"},
    "no signature": lambda signed: signed | {"webhook-signature": ""},
    "a signature without a version": lambda signed: signed | {"webhook-signature": v1(signed)},
    "an empty signature": lambda signed: signed | {"webhook-signature": "v1,"},
    "a wrong version": lambda signed: signed | {"webhook-signature": f"v2,{v1(signed)}"},
    "an asymmetric version": lambda signed: signed | {"webhook-signature": f"v1a,{v1(signed)}"},
    "an upper-case version": lambda signed: signed | {"webhook-signature": f"V1,{v1(signed)}"},
    "commas only": lambda signed: signed | {"webhook-signature": ", , ,"},
    "no base64": lambda signed: signed | {"webhook-signature": "v1,!!!"},
    "half a signature": lambda signed: signed | {"webhook-signature": f"v1,{v1(signed)[:20]}"},
    "a signature without its padding": lambda signed: signed | {"webhook-signature": f"v1,{v1(signed).rstrip('=')}"},
    "a signature with more at its end": lambda signed: signed | {"webhook-signature": f"v1,{v1(signed)}AA"},
    "a signature in hexadecimal": lambda signed: (
        signed | {"webhook-signature": f"v1,{base64.b64decode(v1(signed)).hex()}"}
    ),
    "a signature that is not text": lambda signed: signed | {"webhook-signature": "v1,\xff\xfe"},
    "very many signatures": lambda signed: signed | {"webhook-signature": "v1,AAAA " * 2_000},
    "the headers of another scheme": lambda signed: {
        name.replace("webhook", "svix"): value for name, value in signed.items()
    },
}


class TestSignatures:
    async def accepts(self, service: Hooked, headers: Headers, body: bytes = BODY) -> bool:
        """Whether the call is believed; if not, it must be refused as such."""
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = await service.client.post(BEFORE_USER_CREATED, content=body, headers=encoded)
        if answer.status_code != 200:
            assert (answer.status_code, answer.json()["code"]) == (401, "hook-refused")
            assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code == 200

    async def test_the_right_one_is_believed(self, untouched: Hooked) -> None:
        assert await self.accepts(untouched, untouched.signed(BODY, HOOK_KEY))

    @pytest.mark.parametrize("by", [", ", " ", ",  "])
    @pytest.mark.parametrize("keys", [(HOOK_KEY, OLD_HOOK_KEY), (OLD_HOOK_KEY, HOOK_KEY)])
    async def test_one_of_several_is_enough(self, untouched: Hooked, keys: tuple[bytes, ...], by: str) -> None:
        assert await self.accepts(untouched, untouched.signed(BODY, *keys, by=by))

    async def test_others_beside_it_do_no_harm(self, untouched: Hooked) -> None:
        signed = untouched.signed(BODY, HOOK_KEY)
        signed["webhook-signature"] = f"v2,abc, v1a,!!! v1 {signed['webhook-signature']}"
        assert await self.accepts(untouched, signed)

    async def test_while_a_secret_is_replaced_both_are_believed(self) -> None:
        async with hooked(supabase_hook_secrets=f"{secret_of(HOOK_KEY)}|{secret_of(OLD_HOOK_KEY)}") as service:
            for key in (HOOK_KEY, OLD_HOOK_KEY):
                assert await self.accepts(service, service.signed(BODY, key))
            assert not await self.accepts(service, service.signed(BODY, bytes(32)))

    @pytest.mark.parametrize(
        "secret",
        [
            secret_of(HOOK_KEY).rstrip("="),
            secret_of(HOOK_KEY).removeprefix("v1,"),
            f" {secret_of(HOOK_KEY)} | ",
        ],
    )
    async def test_a_secret_may_be_written_in_other_ways(self, secret: str) -> None:
        async with hooked(supabase_hook_secrets=secret) as service:
            assert await self.accepts(service, service.signed(BODY, HOOK_KEY))

    @pytest.mark.parametrize("secrets", [None, " ", "|"])
    async def test_without_a_secret_nobody_is_believed(self, secrets: str | None) -> None:
        async with hooked(supabase_hook_secrets=secrets) as service:
            for key in (b"", HOOK_KEY):
                assert not await self.accepts(service, service.signed(BODY, key))

    @pytest.mark.parametrize("spoil", MALFORMED.values(), ids=MALFORMED)
    async def test_whatever_is_malformed_is_refused(
        self, untouched: Hooked, spoil: Callable[[Headers], Headers]
    ) -> None:
        assert not await self.accepts(untouched, spoil(untouched.signed(BODY, HOOK_KEY)))

    @pytest.mark.parametrize(
        ("seconds_ago", "believed"),
        [(0, True), (300, True), (-300, True), (301, False), (-301, False), (86_400, False)],
    )
    async def test_five_minutes_are_the_limit(self, untouched: Hooked, seconds_ago: int, believed: bool) -> None:
        signed = untouched.signed(BODY, HOOK_KEY, ago=timedelta(seconds=seconds_ago))
        assert await self.accepts(untouched, signed) is believed

    @pytest.mark.parametrize("body", [BODY + b" ", BODY.replace(b"new", b"old"), b"", b"\xff\xfe"])
    async def test_another_body_is_refused(self, untouched: Hooked, body: bytes) -> None:
        assert not await self.accepts(untouched, untouched.signed(BODY, HOOK_KEY), body)

    async def test_bytes_that_are_not_text_are_refused_although_signed(self, untouched: Hooked) -> None:
        assert not await self.accepts(untouched, untouched.signed(b"\xff\xfe", HOOK_KEY), b"\xff\xfe")

    async def test_another_key_is_refused(self, untouched: Hooked) -> None:
        assert not await self.accepts(untouched, untouched.signed(BODY, OLD_HOOK_KEY))

    async def test_the_same_call_again_is_harmless(self, untouched: Hooked) -> None:
        signed = untouched.signed(BODY, HOOK_KEY)
        assert [await self.accepts(untouched, signed) for _ in range(3)] == [True] * 3

    async def test_signatures_are_compared_in_constant_time(
        self, untouched: Hooked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        compared: list[bytes] = []
        compare = hmac.compare_digest

        def noted(ours: bytes, given: bytes) -> bool:
            compared.append(given)
            return compare(ours, given)

        monkeypatch.setattr(hmac, "compare_digest", noted)
        assert not await self.accepts(untouched, untouched.signed(BODY) | {"webhook-signature": "v1,guess"})
        assert compared == [b"v1,guess"]


@for_each(
    ("settings", "said"),
    [
        ({"supabase_hook_secrets": "secret"}, "SUPABASE_HOOK_SECRETS: each must look like v1,whsec_"),
        ({"supabase_hook_secrets": "v1,whsec_"}, "SUPABASE_HOOK_SECRETS: each must look like"),
        ({"supabase_hook_secrets": "v1,whsec_!!!!"}, "SUPABASE_HOOK_SECRETS: each must look like"),
        ({"supabase_hook_secrets": "v1,whsec_AAAAA"}, "SUPABASE_HOOK_SECRETS: each must look like"),
        ({"supabase_hook_secrets": "v1a,whpk_AAAA"}, "SUPABASE_HOOK_SECRETS: each must look like"),
        ({"supabase_hook_secrets": f"{secret_of(HOOK_KEY)}|x"}, "SUPABASE_HOOK_SECRETS: each must look like"),
        ({"supabase_hook_secrets": secret_of(bytes(23))}, "SUPABASE_HOOK_SECRETS: each must have at least 24 bytes"),
        ({"supabase_webhook_secret": "short"}, "SUPABASE_WEBHOOK_SECRET: it must have at least 24 characters"),
    ],
)
def test_secrets_that_protect_nothing_stop_the_start(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as raised:
        a_service(FixedClock(), **settings)
    assert "AAAA" not in str(raised.value)
