"""The audit ledger over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from application.audit.ports import AuditKeys
from application.audit.sealing import seal
from application.kernel.access import Actor
from application.people.users.commands import RegisterUser
from application.people.users.roles import GrantRole
from application.privacy.personal_data import EraseUser
from domain.audit.checkpoints import parse_note
from domain.audit.entries import opens
from domain.audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from domain.kernel.roles import Role
from entrypoints.verify_audit import Tree, canonical, verify_checkpoint, verify_lines
from kit.encoded import decoded
from kit.surroundings import ADMINISTRATOR_ID, surroundings
from worlds.http import Api, World

NOWHERE = "0190b5f0-7a1c-7cc3-98c4-00000000dead"
KEY = str(surroundings()[AuditKeys].signer)


@pytest.fixture
async def audited(world: World, api: Api) -> Api:
    """Three changes, which are sealed, and a fourth, which is not yet."""
    module = await api.module()
    await api.user()
    await world.bus().execute(RegisterUser("ben@example.com"), Actor.system())
    await seal(world.bus())
    await api.post(f"/v1/modules/{module['id']}/publish")
    return api


async def listed(api: Api, **filters: Any) -> list[dict[str, Any]]:
    answer = await api.get("/v1/audit", params=filters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_every_sealed_change_is_listed_with_who_made_it(audited: Api) -> None:
    entries = [each["entry"] for each in await listed(audited)]
    assert [(each["operation"], each["actor"]["kind"], each["actor"]["id"]) for each in entries] == [
        ("register_user", "system", None),
        ("register_user", "user", str(ADMINISTRATOR_ID)),
        ("create_module", "user", str(ADMINISTRATOR_ID)),
    ]
    assert [each["name"] for each in entries[2]["events"]] == ["ModuleDrafted"]


async def test_entries_are_filtered_by_operation_actor_and_object(audited: Api) -> None:
    (created,) = await listed(audited, operation="create_module")
    module_id = created["entry"]["events"][0]["data"]["module_id"]
    assert await listed(audited, object_id=module_id) == [created]
    assert len(await listed(audited, actor_id=str(ADMINISTRATOR_ID))) == 2
    assert await listed(audited, occurred_before="2020-01-01T00:00:00Z") == []
    wrong = await audited.get("/v1/audit", params={"operation": "Create Module"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/operation")


async def test_an_entry_shows_the_values_that_it_is_committed_to(audited: Api) -> None:
    (created,) = await listed(audited, operation="create_module")
    detail = (await audited.get(f"/v1/audit/{created['id']}")).json()
    assert {name: detail[name] for name in created} == created
    assert detail["disclosed"]["client_address"]["value"] == "127.0.0.1"
    assert opens(detail["entry"], detail["disclosed"])
    assert decoded(detail["leaf_hash"]) == leaf_hash(canonical(detail["entry"]))
    assert (await audited.get(f"/v1/audit/{NOWHERE}")).json()["code"] == "audit-entry-not-found"


async def test_an_entry_is_proven_to_be_in_the_signed_tree(audited: Api) -> None:
    for each in await listed(audited):
        proof = (await audited.get(f"/v1/audit/{each['id']}/proof")).json()
        checkpoint, _ = parse_note(proof["checkpoint"])
        path = list(map(decoded, proof["path"]))
        own = leaf_hash(canonical(each["entry"]))
        assert (proof["tree_size"], decoded(proof["root"])) == (checkpoint.size, checkpoint.root)
        assert verify_inclusion(own, each["leaf_index"], 3, path, checkpoint.root)
    for size in (1, 4):
        answer = await audited.get(f"/v1/audit/{(await listed(audited))[0]['id']}/proof", params={"size": size})
        assert (answer.status_code, answer.json()["code"]) == (404, "not-in-audit-tree")


async def test_the_ledger_is_proven_to_have_only_grown(world: World, audited: Api) -> None:
    before = await audited.get("/v1/audit/checkpoint")
    await seal(world.bus())
    after = await audited.get("/v1/audit/checkpoint")
    old, new = parse_note(before.text)[0], parse_note(after.text)[0]
    proof = (await audited.get("/v1/audit/consistency", params={"first": old.size, "second": new.size})).json()
    assert (old.size, new.size) == (3, 4)
    assert verify_consistency(3, 4, old.root, new.root, list(map(decoded, proof["path"])))
    for sizes in ({"first": 4, "second": 3}, {"first": 1, "second": 5}):
        assert (await audited.get("/v1/audit/consistency", params=sizes)).status_code == 404
    assert (await audited.get("/v1/audit/checkpoint", params={"size": 3})).text == before.text
    assert (await audited.get("/v1/audit/checkpoint", params={"size": 2})).json()["code"] == "no-audit-checkpoint"


async def test_the_checkpoint_is_a_signed_note_as_plain_text(audited: Api) -> None:
    answer = await audited.get("/v1/audit/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert parse_note(answer.text)[0].origin == "training.example.com"


async def test_the_service_verifies_itself(audited: Api) -> None:
    assert (await audited.get("/v1/audit/verify")).json() == {
        "checked": 3,
        "tree_size": 3,
        "signed_size": 3,
        "findings": [],
    }
    assert (await audited.get("/v1/audit/verify", params={"last": 1})).json()["checked"] == 1


async def test_the_export_is_verified_without_the_service(audited: Api) -> None:
    answer = await audited.get("/v1/audit/export")
    assert answer.headers["content-type"] == "application/jsonl"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.jsonl"'
    lines, tree = answer.content.splitlines(keepends=True), Tree()
    assert list(verify_lines(lines, tree)) == []
    note = (await audited.get("/v1/audit/checkpoint")).content
    assert verify_checkpoint(note, KEY, tree) == ([], True)
    assert [json.loads(line)["index"] for line in lines] == [0, 1, 2]
    part = await audited.get("/v1/audit/export", params={"size": 2})
    assert part.content == b"".join(lines[:2])
    assert (await audited.get("/v1/audit/export", params={"size": 4})).status_code == 404


async def test_erasing_a_person_erases_addresses_and_leaves_the_ledger_valid(world: World, audited: Api) -> None:
    bus, system = world.bus(), Actor.system()
    before = await listed(audited, actor_id=str(ADMINISTRATOR_ID))
    assert all(each["disclosed"]["client_address"] for each in before)
    await bus.execute(GrantRole("ben@example.com", Role.ADMIN), system)
    await bus.execute(EraseUser(ADMINISTRATOR_ID), system)
    await seal(bus)
    after = await listed(audited, actor_id=str(ADMINISTRATOR_ID))
    assert [each["disclosed"] for each in after] == [{}] * len(after)
    assert [each["entry"] for each in after[-len(before) :]] == [each["entry"] for each in before]
    assert (await audited.get("/v1/audit/verify")).json()["findings"] == []


async def test_refused_and_repeated_commands_are_not_entered(world: World, api: Api) -> None:
    refused = await api.post("/v1/modules", json={"title": ""})
    assert refused.status_code == 422
    for _ in range(2):
        again = await api.post("/v1/modules", json={"title": "Once"}, headers={"idempotency-key": "key-1"})
        assert again.status_code == 201
    missing = await api.post(f"/v1/modules/{NOWHERE}/publish")
    assert missing.status_code == 404
    await seal(world.bus())
    assert [each["entry"]["operation"] for each in await listed(api)] == ["create_module"]


async def test_before_anything_is_sealed(api: Api) -> None:
    assert await listed(api) == []
    assert (await api.get("/v1/audit/checkpoint")).json()["code"] == "no-audit-checkpoint"
    assert (await api.get("/v1/audit/verify")).json()["tree_size"] == 0
    assert (await api.get("/v1/audit/export")).content == b""
