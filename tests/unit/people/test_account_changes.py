"""The database webhook: what changes in auth.users arrives late, twice, in any order, or from somebody else."""

from __future__ import annotations

import hmac
import itertools
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from application.kernel.access import Actor
from application.people.users.commands import RegisterUser
from domain.kernel.roles import Role
from fake_supabase.service import ACCOUNT_CHANGED, WEBHOOK_SECRET, Hooked, hooked, shared
from kit.surroundings import NOON

ANA = "8f14e45f-ceea-467f-9c1b-6a2f5d6e0b11"
BEN = "0b7a9a3e-5f0c-4d53-9a9e-1f1f3a9f2c22"


@pytest.fixture
async def service() -> AsyncIterator[Hooked]:
    async with hooked() as service:
        yield service


@pytest.fixture
async def untouched() -> AsyncIterator[Hooked]:
    """A service that nothing changes."""
    async with shared() as service:
        yield service


def a_row(minutes: int = 0, **changes: Any) -> dict[str, Any]:
    """Ana's row of auth.users as it was at so many minutes past noon; some of it is nobody's business."""
    at = (NOON + timedelta(minutes=minutes)).isoformat()
    return {
        "id": ANA,
        "aud": "authenticated",
        "role": "authenticated",
        "email": "ana@example.com",
        "encrypted_password": "$2a$10$hashed-and-still-private",
        "email_confirmed_at": NOON.isoformat(),
        "confirmation_token": "private-confirmation",
        "recovery_token": "private-recovery",
        "last_sign_in_at": None,
        "raw_app_meta_data": {"provider": "email", "role": "admin"},
        "raw_user_meta_data": {"full_name": "Ana Ruiz", "role": "admin"},
        "created_at": NOON.isoformat(),
        "updated_at": at,
        "phone": None,
        "banned_until": None,
        "deleted_at": None,
        "is_anonymous": False,
        **changes,
    }


def inserted(row: dict[str, Any]) -> dict[str, Any]:
    return {"type": "INSERT", "schema": "auth", "table": "users", "record": row, "old_record": None}


def updated(row: dict[str, Any]) -> dict[str, Any]:
    return {"type": "UPDATE", "schema": "auth", "table": "users", "record": row, "old_record": a_row()}


def deleted(row: dict[str, Any]) -> dict[str, Any]:
    return {"type": "DELETE", "schema": "auth", "table": "users", "record": None, "old_record": row}


async def outcome(service: Hooked, change: dict[str, Any]) -> str:
    answer = await service.tell(change)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"outcome"}
    return str(answer.json()["outcome"])


async def register(service: Hooked, email: str, role: Role = Role.AUTHENTICATED) -> None:
    await service.service.bus.execute(RegisterUser(email, role=role), Actor.system())


class TestFollowing:
    async def test_a_confirmed_account_becomes_a_user(self, service: Hooked) -> None:
        assert await outcome(service, inserted(a_row(last_sign_in_at=NOON.isoformat()))) == "created"
        (user,) = await service.users()
        assert (user.email, user.supabase_id, user.full_name) == ("ana@example.com", ANA, "Ana Ruiz")
        assert (user.role, user.email_confirmed, user.last_sign_in) == (Role.AUTHENTICATED, True, NOON)

    async def test_an_unconfirmed_one_does_so_when_it_is_confirmed(self, service: Hooked) -> None:
        assert await outcome(service, inserted(a_row(email_confirmed_at=None))) == "ignored"
        assert await service.users() == []
        assert await outcome(service, updated(a_row(1))) == "created"

    async def test_someone_on_the_roster_is_linked(self, service: Hooked) -> None:
        await register(service, "ana@example.com")
        assert await outcome(service, inserted(a_row(email="Ana@Example.com"))) == "linked"
        (user,) = await service.users()
        assert (user.supabase_id, user.email_confirmed) == (ANA, True)

    async def test_a_person_who_may_do_more_than_learn_waits_for_an_administrator(self, service: Hooked) -> None:
        await register(service, "ana@example.com", Role.MANAGER)
        assert [await outcome(service, inserted(a_row(minute))) for minute in (0, 1)] == ["waiting"] * 2
        (user,) = await service.users()
        assert (user.supabase_id, user.requested_sign_in, user.version) == (None, ANA, 2)

    async def test_who_is_not_on_the_roster_comes_from_an_admitted_domain(self, service: Hooked) -> None:
        for email in ("ana@sub.example.com", "ana@example.com.attacker.example", "ana@other.example"):
            assert await outcome(service, inserted(a_row(email=email))) == "ignored"
        assert await service.users() == []

    async def test_nobody_is_linked_where_addresses_are_confirmed_without_proof(self) -> None:
        async with hooked(supabase_confirms_email=False) as service:
            await register(service, "ana@example.com", Role.ADMIN)
            assert await outcome(service, inserted(a_row())) == "ignored"
            (user,) = await service.users()
            assert (user.supabase_id, user.email_confirmed) == (None, False)

    async def test_the_address_of_someone_with_another_sign_in_is_left_alone(self, service: Hooked) -> None:
        await outcome(service, inserted(a_row()))
        assert await outcome(service, inserted(a_row(1, id=BEN))) == "ignored"
        assert [user.supabase_id for user in await service.users()] == [ANA]

    async def test_a_new_address_is_followed(self, service: Hooked) -> None:
        await outcome(service, inserted(a_row()))
        assert await outcome(service, updated(a_row(1, email="ana.new@example.com"))) == "updated"
        assert [user.email for user in await service.users()] == ["ana.new@example.com"]

    async def test_someone_elses_address_is_not(self, service: Hooked) -> None:
        await register(service, "ben@example.com")
        await outcome(service, inserted(a_row()))
        assert await outcome(service, updated(a_row(1, email="ben@example.com"))) == "unchanged"

    async def test_what_concerns_us_not_changes_nothing(self, service: Hooked) -> None:
        await outcome(service, inserted(a_row()))
        (before,) = await service.users()
        assert await outcome(service, updated(a_row(1, phone="+1555", encrypted_password="another"))) == "unchanged"
        assert await service.users() == [before]

    @pytest.mark.parametrize(
        "metadata", [None, {}, [], "text", {"full_name": 5}, {"full_name": ""}, {"full_name": "x" * 201}, {"x": 1e30}]
    )
    async def test_what_people_write_of_themselves_stops_nothing(self, service: Hooked, metadata: Any) -> None:
        assert await outcome(service, inserted(a_row(raw_user_meta_data=metadata))) == "created"
        assert [user.full_name for user in await service.users()] == [None]
        assert await outcome(service, deleted(a_row(raw_user_meta_data=metadata))) == "deactivated"

    @pytest.mark.parametrize("email", [None, "", "ana", "ana@localhost", "änä@example.com", "x" * 300 + "@example.com"])
    async def test_an_address_that_we_cannot_keep_is_passed_over(self, untouched: Hooked, email: str | None) -> None:
        assert await outcome(untouched, inserted(a_row(email=email))) == "ignored"


class TestEnding:
    async def test_an_account_deleted_deactivates_and_keeps_the_user(self, service: Hooked) -> None:
        await outcome(service, inserted(a_row()))
        assert await outcome(service, deleted(a_row())) == "deactivated"
        (user,) = await service.users()
        assert (user.is_active, user.email, user.supabase_id) == (False, "ana@example.com", None)

    async def test_so_does_one_marked_as_deleted(self, service: Hooked) -> None:
        await outcome(service, inserted(a_row()))
        gone = a_row(1, deleted_at=NOON.isoformat(), email="")
        assert await outcome(service, updated(gone)) == "deactivated"

    async def test_a_sign_in_that_waits_waits_no_longer(self, service: Hooked) -> None:
        await register(service, "ana@example.com", Role.ADMIN)
        assert await outcome(service, inserted(a_row())) == "waiting"
        assert await outcome(service, deleted(a_row())) == "withdrawn"
        (user,) = await service.users()
        assert (user.is_active, user.role, user.requested_sign_in) == (True, Role.ADMIN, None)
        assert await outcome(service, deleted(a_row())) == "unchanged"
        # What was said before the account was deleted may come late.
        assert await outcome(service, updated(a_row())) == "ignored"
        assert (await service.users())[0].requested_sign_in is None

    async def test_one_that_nobody_knows_is_nothing(self, service: Hooked) -> None:
        assert await outcome(service, deleted(a_row())) == "unchanged"


CHANGES = [
    inserted(a_row(0, email_confirmed_at=None)),
    updated(a_row(1)),
    updated(a_row(2, email="ana.new@example.com")),
]


class TestDelivery:
    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
    async def test_in_whatever_order_the_last_word_counts(self, service: Hooked, order: tuple[int, ...]) -> None:
        for number in order:
            await outcome(service, CHANGES[number])
        assert [(user.email, user.is_active) for user in await service.users()] == [("ana.new@example.com", True)]

    async def test_again_is_harmless(self, service: Hooked) -> None:
        for change in CHANGES:
            await outcome(service, change)
        before = await service.users()
        assert [await outcome(service, change) for change in CHANGES] == ["unchanged"] * 3
        assert await service.users() == before

    @pytest.mark.parametrize("late", [*CHANGES, deleted(a_row())])
    async def test_nothing_that_comes_after_the_end_brings_anyone_back(
        self, service: Hooked, late: dict[str, Any]
    ) -> None:
        for change in CHANGES:
            await outcome(service, change)
        await outcome(service, deleted(a_row(3)))
        await outcome(service, late)
        assert [user.is_active for user in await service.users()] == [False]


class TestWhoMaySend:
    @pytest.mark.parametrize(
        "authorization",
        [
            None,
            "",
            "Bearer",
            "Bearer ",
            "Bearer wrong",
            f"Bearer {WEBHOOK_SECRET}x",
            f"Bearer {WEBHOOK_SECRET[:-1]}",
            f"Bearer {WEBHOOK_SECRET.upper()}",
            f"Bearer  {WEBHOOK_SECRET}",
            f"Bearer {WEBHOOK_SECRET}, Bearer {WEBHOOK_SECRET}",
            f"Basic {WEBHOOK_SECRET}",
            WEBHOOK_SECRET,
        ],
    )
    async def test_nobody_without_the_secret(self, untouched: Hooked, authorization: str | None) -> None:
        answer = await untouched.tell(inserted(a_row()), authorization)
        assert (answer.status_code, answer.json()["code"]) == (401, "hook-refused")

    async def test_the_secret_need_not_be_text(self, untouched: Hooked) -> None:
        headers = [(b"authorization", b"Bearer \xff\xfe")]
        answer = await untouched.client.post(ACCOUNT_CHANGED, json={}, headers=headers)
        assert answer.json()["code"] == "hook-refused"

    async def test_nobody_at_all_without_a_setting(self) -> None:
        async with hooked(supabase_webhook_secret=None) as service:
            for given in (None, "Bearer", "Bearer ", "Bearer None"):
                answer = await service.tell(inserted(a_row()), given)
                assert (answer.status_code, answer.json()["code"]) == (401, "hook-refused")

    async def test_the_secret_is_compared_in_constant_time(
        self, untouched: Hooked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        compared: list[tuple[bytes, bytes]] = []
        compare = hmac.compare_digest

        def noted(ours: bytes, given: bytes) -> bool:
            compared.append((ours, given))
            return compare(ours, given)

        monkeypatch.setattr(hmac, "compare_digest", noted)
        await untouched.tell(inserted(a_row()), "Bearer guess")
        assert compared == [(WEBHOOK_SECRET.encode(), b"guess")]


class TestShape:
    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            (inserted(a_row()) | {"schema": "public"}, "/schema"),
            (inserted(a_row()) | {"table": "identities"}, "/table"),
            (inserted(a_row()) | {"type": "TRUNCATE"}, "/type"),
            (inserted(a_row()) | {"record": None}, "/record"),
            (deleted(a_row()) | {"old_record": None}, "/old_record"),
            (inserted(a_row(id="7")), "/record/id"),
            (inserted(a_row(id=f"{ANA}\nforged line")), "/record/id"),
            (inserted(a_row(updated_at="yesterday")), "/record/updated_at"),
            ([], ""),
            ({}, "/type"),
        ],
    )
    async def test_anything_else_is_reported_by_place_alone(self, untouched: Hooked, change: Any, pointer: str) -> None:
        answer = await untouched.tell(change)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
        assert "private" not in answer.text

    @pytest.mark.parametrize("body", [b"", b"{", b"not JSON", b"\xff", b"[" * 100_000])
    async def test_what_is_not_json_is_malformed(self, untouched: Hooked, body: bytes) -> None:
        headers = {"authorization": f"Bearer {WEBHOOK_SECRET}"}
        answer = await untouched.client.post(ACCOUNT_CHANGED, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed-json")

    async def test_more_than_a_mebibyte_is_too_much(self, untouched: Hooked) -> None:
        answer = await untouched.tell(inserted(a_row(filler="x" * 2**20)))
        assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


async def test_only_the_id_of_an_account_is_logged(service: Hooked, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await service.tell(inserted(a_row()))
    await service.tell(inserted(a_row(id="7")))
    await service.tell(inserted(a_row()) | {"schema": "public"})
    await service.tell(deleted(a_row()))
    assert ANA in caplog.text
    assert not [word for word in ("private", "@example.com", "Ruiz", "2a$10", WEBHOOK_SECRET) if word in caplog.text]
