"""What comes first, over HTTP: learners are never told to wait for what they cannot see."""

from __future__ import annotations

from worlds.http import Api

ANY = {"if-match": "*"}


async def test_what_is_on_offer_waits_for_nothing_that_learners_do_not_see(api: Api) -> None:
    module, draft = await api.published(), await api.module(title="Sharps")
    path, body = f"/v1/modules/{module['id']}", {"prerequisites": [draft["id"]]}

    refused = await api.put(f"{path}/prerequisites", json=body, headers=ANY)
    assert (refused.status_code, refused.json()["code"]) == (409, "prerequisite-not-offered")
    assert draft["id"] in refused.json()["detail"]
    assert (await api.get(path)).json()["prerequisites"] == []

    await api.post(f"/v1/modules/{draft['id']}/publish")
    assert (await api.put(f"{path}/prerequisites", json=body, headers=ANY)).json()["prerequisites"] == [draft["id"]]


async def test_a_draft_may_wait_for_a_draft_and_is_published_after_it(api: Api) -> None:
    first, then = await api.module(title="First"), await api.module(title="Then")
    path = f"/v1/modules/{then['id']}"
    assert (
        await api.put(f"{path}/prerequisites", json={"prerequisites": [first["id"]]}, headers=ANY)
    ).status_code == 200

    refused = await api.post(f"{path}/publish")
    assert (refused.status_code, refused.json()["code"]) == (409, "prerequisite-not-offered")
    assert (await api.get(path)).json()["status"] == "draft"
    assert (await api.get(f"{path}/versions")).status_code == 404

    await api.post(f"/v1/modules/{first['id']}/publish")
    assert (await api.post(f"{path}/publish")).status_code == 200
