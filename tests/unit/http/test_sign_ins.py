"""Linking and unlinking sign-ins over HTTP."""

from __future__ import annotations

from adapters.memory.kit.outbox import OUTBOX
from worlds.http import Api, World

SUBJECT = "8f14e45f-ceea-467f-9c1b-6a2f5d6e0b11"
OTHER = "0b7a9a3e-5f0c-4d53-9a9e-1f1f3a9f2c22"


async def test_an_account_is_linked_replaced_and_unlinked(api: Api, world: World) -> None:
    ana = await api.user()
    path = f"/v1/users/{ana['id']}/sign-in"
    linked = await api.post(f"{path}/link", json={"subject": SUBJECT, "reason": "confirmed", "note": "In person."})
    assert (linked.status_code, linked.json()["version"]) == (200, 2)
    assert (linked.json()["supabase_id"], linked.json()["sign_in_note"]) == (SUBJECT, "In person.")
    replaced = await api.post(f"{path}/link", json={"subject": OTHER, "reason": "new-account"})
    assert (replaced.json()["supabase_id"], replaced.json()["sign_in_note"]) == (OTHER, None)
    unlinked = await api.post(f"{path}/unlink", json={"reason": "compromised"}, headers={"If-Match": '"3"'})
    assert (unlinked.status_code, unlinked.json()["supabase_id"]) == (200, None)
    again = await api.post(f"{path}/unlink", json={"reason": "compromised"})
    assert (again.status_code, again.json()["code"]) == (409, "sign-in-not-linked")
    told = [
        (type(each.event).__name__, getattr(each.event, "reason", None)) for each in world.store.table(OUTBOX).rows()
    ]
    assert told == [
        ("UsersRegistered", None),
        ("UserLinked", "confirmed"),
        ("UserLinked", "new-account"),
        ("UserUnlinked", "compromised"),
    ]


async def test_an_old_version_and_a_reason_that_is_none_are_refused(api: Api) -> None:
    ana = await api.user()
    path = f"/v1/users/{ana['id']}/sign-in/link"
    body = {"subject": SUBJECT, "reason": "confirmed"}
    assert (await api.post(path, json=body, headers={"If-Match": '"9"'})).status_code == 412
    for wrong in ({**body, "reason": "because"}, {**body, "subject": "ana"}, {"subject": SUBJECT}, {"reason": "other"}):
        answer = await api.post(path, json=wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-value")


async def test_whose_sign_in_waits_can_be_listed(api: Api) -> None:
    await api.user()
    assert (await api.get("/v1/users", params={"sign_in_requested": "true"})).json()["items"] == []
    assert len((await api.get("/v1/users", params={"sign_in_requested": "false"})).json()["items"]) == 2
