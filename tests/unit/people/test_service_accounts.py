"""Service accounts and their keys: what they are, and who manages them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.service_account_keys import RandomKeys
from application.people.service_accounts.commands import (
    CreateServiceAccount,
    EditServiceAccount,
    NoteKeyUse,
    RevokeServiceAccountKey,
    RotateServiceAccountKey,
    ServiceAccountWithKey,
    create_service_account,
    edit_service_account,
    note_key_use,
    revoke_service_account_key,
    rotate_service_account_key,
)
from application.people.service_accounts.queries import ReadServiceAccount, read_service_account
from domain.kernel.errors import InvalidValue, StaleVersion
from domain.kernel.key_scopes import WHOLE_ORGANIZATION, KeyScope
from domain.people.service_account_events import (
    ServiceAccountCreated,
    ServiceAccountDisabled,
    ServiceAccountEdited,
    ServiceAccountEnabled,
    ServiceAccountKeyAdded,
    ServiceAccountKeyRevoked,
    ServiceAccountKeyShortened,
    ServiceAccountKeyUsed,
)
from domain.people.service_account_keys import DIGITS, LENGTH, LIVE, TEST, digest_of, key_id_of, key_text
from domain.people.service_accounts import (
    KeyHasEnded,
    ServiceAccountInactive,
    ServiceAccountKeyNotFound,
    ServiceAccountNameTaken,
    ServiceAccountNotFound,
    TooManyKeys,
)
from kit.about import for_each
from kit.examples import uid
from kit.surroundings import NOON
from worlds.memory import ADMIN_ID, Timed

NEW = CreateServiceAccount("HR system", "Sends the roster", (KeyScope.PEOPLE_READ,), 90)
ID = uid(1)


class TestKeyTexts:
    def test_a_key_reads_as_documented(self) -> None:
        text = key_text(LIVE, ID, 2**256 - 1)
        assert re.fullmatch(r"udt_live_[0-9a-f]{32}_[0-9A-Za-z]{49}", text)
        assert (len(text), key_id_of(text)) == (LENGTH, ID)
        assert key_text(LIVE, ID, 0)[42:].startswith("0" * 43)

    def test_different_secrets_make_different_keys(self) -> None:
        secrets = (0, 1, 61, 62, 2**255, 2**256 - 1)
        assert len({key_text(LIVE, ID, secret) for secret in secrets}) == len(secrets)

    def test_random_keys_are_recognized_and_never_the_same(self) -> None:
        live, test = RandomKeys(live=True).text(ID), RandomKeys(live=False).text(ID)
        assert (live.startswith("udt_live_"), test.startswith("udt_test_")) == (True, True)
        assert key_id_of(live) == key_id_of(test) == ID
        assert RandomKeys(live=True).text(ID) != live

    def test_one_wrong_character_is_noticed_without_the_database(self) -> None:
        text = key_text(TEST, ID, 12345)
        for place in range(len(text)):
            for other in ("0", "z"):
                changed = text[:place] + other + text[place + 1 :]
                assert changed == text or key_id_of(changed) is None

    @for_each(
        "text",
        [
            "",
            "udt_",
            "udt_live_",
            key_text(LIVE, ID, 5)[:-1],
            key_text(LIVE, ID, 5) + "0",
            key_text(LIVE, ID, 5) + "\n",
            key_text(LIVE, ID, 5).upper(),
            key_text("udt_prod_", ID, 5),
            key_text(LIVE, ID, 5).replace("0", "\0"),
            key_text(LIVE, ID, 5).replace("0", "٠"),
            key_text(LIVE, ID, 5)[:-1] + "é",
            "udt_live_" + "1" * 10**6,
        ],
    )
    def test_what_is_no_key_has_no_id(self, text: str) -> None:
        assert key_id_of(text) is None

    def test_the_digits_are_each_their_own(self) -> None:
        assert len(set(DIGITS)) == len(DIGITS) == 62


async def made(world: Timed, **changes: Any) -> ServiceAccountWithKey:
    return await world.call(create_service_account, replace(NEW, **changes))


async def shown(world: Timed, account_id: UUID) -> Any:
    return await world.call(read_service_account, ReadServiceAccount(account_id))


class TestCreating:
    async def test_an_account_has_a_key_whose_text_is_shown_once(self) -> None:
        world = Timed()
        account = await made(world)
        (key,) = account.keys
        assert (account.name, account.scopes, account.departments) == ("HR system", [KeyScope.PEOPLE_READ], None)
        assert account.key is not None
        assert (key_id_of(account.key), key.expires_at) == (key.id, NOON + timedelta(days=90))
        assert world.events == [
            ServiceAccountCreated(account.id),
            ServiceAccountKeyAdded(account.id, key.id, key.expires_at),
        ]
        assert account.key not in repr((account, await shown(world, account.id), world.events, world.store.tables))

    async def test_only_the_digest_is_stored(self) -> None:
        world = Timed()
        account = await made(world)
        assert account.key is not None
        stored = world.store.tables["service_accounts"].by_key[account.id]
        assert [key.digest for key in stored.keys] == [digest_of(account.key)]

    async def test_it_is_said_which_departments_nobody_works_in(self) -> None:
        account = await made(Timed(), departments=("Hygeine",))
        assert [each.name for each in account.unknown_departments] == ["Hygeine"]

    async def test_names_are_taken_whatever_their_case_and_accents(self) -> None:
        world = Timed()
        await made(world)
        with pytest.raises(ServiceAccountNameTaken):
            await made(world, name="hr  systém")

    @for_each("scope", sorted(WHOLE_ORGANIZATION))
    async def test_what_cannot_be_limited_to_departments_is_refused_with_them(self, scope: KeyScope) -> None:
        with pytest.raises(InvalidValue, match=f"{scope} cannot be limited to departments") as refused:
            await made(Timed(), scopes=(KeyScope.PEOPLE_READ, scope), departments=("Hygiene",))
        assert refused.value.field == ("scopes",)

    @for_each(
        ("field", "value"),
        [
            ("scopes", ()),
            ("scopes", (KeyScope.PEOPLE_READ, KeyScope.PEOPLE_READ)),
            ("departments", ()),
            ("departments", ("Lab", "Lab")),
            ("name", " "),
            ("purpose", ""),
        ],
    )
    async def test_what_says_nothing_is_refused(self, field: str, value: Any) -> None:
        with pytest.raises(InvalidValue) as refused:
            await made(Timed(), **{field: value})
        assert refused.value.field[0] == field


class TestEditing:
    async def test_rights_change_for_all_keys(self) -> None:
        world = Timed()
        account = await made(world)
        edit = EditServiceAccount(account.id, frozenset({1}), scopes=(KeyScope.RECORDS_READ,), departments=("Lab",))
        edited = await world.call(edit_service_account, edit)
        assert (edited.scopes, edited.departments, edited.version) == ([KeyScope.RECORDS_READ], ["Lab"], 2)
        assert world.events == [ServiceAccountEdited(account.id)]
        with pytest.raises(StaleVersion):
            await world.call(edit_service_account, edit)

    async def test_the_limit_is_taken_away_only_by_saying_so(self) -> None:
        world = Timed()
        account = await made(world, departments=("Lab",))
        renamed = await world.call(edit_service_account, EditServiceAccount(account.id, name="HR"))
        assert renamed.departments == ["Lab"]
        freed = await world.call(edit_service_account, EditServiceAccount(account.id, departments=None))
        assert freed.departments is None

    async def test_one_is_disabled_and_enabled(self) -> None:
        world = Timed()
        account = await made(world)
        off = await world.call(edit_service_account, EditServiceAccount(account.id, is_active=False))
        assert (off.is_active, off.disabled_at, world.events) == (False, NOON, [ServiceAccountDisabled(account.id)])
        on = await world.call(edit_service_account, EditServiceAccount(account.id, is_active=True))
        assert (on.is_active, on.disabled_at, world.events) == (True, None, [ServiceAccountEnabled(account.id)])

    async def test_nothing_happens_when_nothing_changes(self) -> None:
        world = Timed()
        account = await made(world)
        same = await world.call(edit_service_account, EditServiceAccount(account.id, name="HR system", is_active=True))
        assert (same.version, world.events) == (1, [])

    async def test_an_unknown_one_is_not_found(self) -> None:
        with pytest.raises(ServiceAccountNotFound):
            await Timed().call(edit_service_account, EditServiceAccount(uid(404), name="Nobody"))


class TestRotating:
    async def test_both_keys_are_live_for_the_overlap(self) -> None:
        world = Timed()
        account = await made(world)
        rotated = await world.call(
            rotate_service_account_key, RotateServiceAccountKey(account.id, 30, 48, frozenset({1}))
        )
        old, new = rotated.keys
        assert rotated.key is not None
        assert key_id_of(rotated.key) == new.id != old.id
        assert (old.expires_at, new.expires_at) == (NOON + timedelta(hours=48), NOON + timedelta(days=30))
        assert world.events == [
            ServiceAccountKeyShortened(account.id, old.id, old.expires_at),
            ServiceAccountKeyAdded(account.id, new.id, new.expires_at),
        ]

    async def test_a_key_that_expires_sooner_anyway_stays_as_it_is(self) -> None:
        world = Timed()
        account = await made(world, valid_days=1)
        rotated = await world.call(rotate_service_account_key, RotateServiceAccountKey(account.id, 30, 48))
        assert rotated.keys[0].expires_at == NOON + timedelta(days=1)
        assert [type(event) for event in world.events] == [ServiceAccountKeyAdded]

    async def test_without_an_overlap_the_old_key_ends_at_once(self) -> None:
        world = Timed()
        account = await made(world)
        for _ in range(3):
            rotated = await world.call(rotate_service_account_key, RotateServiceAccountKey(account.id, 30, 0))
        assert [key.expires_at for key in rotated.keys] == [*[NOON] * 3, NOON + timedelta(days=30)]

    async def test_a_third_live_key_is_refused(self) -> None:
        world = Timed()
        account = await made(world)
        await world.call(rotate_service_account_key, RotateServiceAccountKey(account.id, 30))
        with pytest.raises(TooManyKeys):
            await world.call(rotate_service_account_key, RotateServiceAccountKey(account.id, 30))
        world.clock.advance(timedelta(days=7))
        again = await world.call(rotate_service_account_key, RotateServiceAccountKey(account.id, 30))
        assert len(again.keys) == 3

    async def test_a_disabled_account_gets_none(self) -> None:
        world = Timed()
        account = await made(world)
        await world.call(edit_service_account, EditServiceAccount(account.id, is_active=False))
        with pytest.raises(ServiceAccountInactive):
            await world.call(rotate_service_account_key, RotateServiceAccountKey(account.id, 30))


class TestRevoking:
    async def test_a_key_ends_at_once(self) -> None:
        world = Timed()
        account = await made(world)
        key_id = account.keys[0].id
        view = await world.call(revoke_service_account_key, RevokeServiceAccountKey(account.id, key_id, frozenset({1})))
        assert (view.keys[0].revoked_at, view.version) == (NOON, 2)
        assert world.events == [ServiceAccountKeyRevoked(account.id, key_id)]
        with pytest.raises(KeyHasEnded):
            await world.call(revoke_service_account_key, RevokeServiceAccountKey(account.id, key_id))

    async def test_the_key_of_another_account_is_not_found(self) -> None:
        world = Timed()
        one, other = await made(world), await made(world, name="Another")
        with pytest.raises(ServiceAccountKeyNotFound):
            await world.call(revoke_service_account_key, RevokeServiceAccountKey(one.id, other.keys[0].id))


async def test_a_use_is_reported_once_in_an_hour() -> None:
    world = Timed()
    account = await made(world)
    key_id = account.keys[0].id
    told = []
    for minutes in (0, 59, 1):
        world.clock.advance(timedelta(minutes=minutes))
        await world.call(note_key_use, NoteKeyUse(account.id, key_id))
        told.append(world.events)
    assert told == [[ServiceAccountKeyUsed(account.id, key_id)], [], [ServiceAccountKeyUsed(account.id, key_id)]]


async def test_who_made_an_account_and_its_keys_is_kept() -> None:
    account = await made(Timed())
    assert (account.created_by, account.keys[0].created_by) == (ADMIN_ID, ADMIN_ID)
