"""Each feature over HTTP, from end to end."""

from __future__ import annotations

from worlds.http import Api, World

EVERY = {"if-match": "*"}


async def test_a_module_from_draft_to_archive(api: Api) -> None:
    created = await api.post("/v1/modules", json={"title": "Infection control", "tags": ["osha"]})
    path = created.headers["location"]
    assert created.status_code == 201
    assert path == f"/v1/modules/{created.json()['id']}"
    assert (created.json()["slug"], created.json()["status"]) == ("infection-control", "draft")
    section = {"title": "Read", "content": {"kind": "lesson", "markdown": "Wash."}, "position": 1}
    added = await api.post(f"{path}/sections", json=section)
    assert (added.status_code, added.headers["location"]) == (201, f"{path}/sections/{added.json()['id']}")
    edited = await api.patch(added.headers["location"], json={"title": "Read this"}, headers=EVERY)
    assert (edited.status_code, edited.json()["title"]) == (200, "Read this")
    assert (await api.post(f"{path}/publish")).json()["status"] == "published"
    assert [module["id"] for module in (await api.get("/v1/modules?status=published")).json()["items"]] == [
        created.json()["id"]
    ]
    kept = await api.delete(added.headers["location"], headers=EVERY)
    assert (kept.status_code, kept.json()["code"]) == (409, "last-section")
    archived = await api.post(f"{path}/archive")
    assert (archived.status_code, archived.json()["status"]) == (200, "archived")
    refused = await api.patch(path, json={"title": "New"}, headers=EVERY)
    assert (refused.status_code, refused.json()["code"]) == (409, "module-archived")


async def test_a_draft_can_be_deleted(api: Api) -> None:
    module = await api.module()
    path = f"/v1/modules/{module['id']}"
    removed = await api.delete(f"{path}/sections/{module['sections'][0]['id']}", headers=EVERY)
    assert removed.status_code == 204
    deleted = await api.delete(path, headers=EVERY)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert "content-type" not in deleted.headers
    assert (await api.get(path)).status_code == 404


async def test_two_modules_cannot_share_a_slug(api: Api) -> None:
    await api.module(slug="hygiene")
    response = await api.post("/v1/modules", json={"title": "Hygiene"})
    assert (response.status_code, response.json()["code"]) == (409, "slug-taken")


async def test_questions_are_shown_in_order_with_their_answers(api: Api) -> None:
    module = await api.module()
    path = f"/v1/modules/{module['id']}/sections/{module['sections'][1]['id']}/questions"
    first = {"prompt": "First?", "metadata": {"kind": "numeric", "value": 10, "unit": "days"}, "position": 1}
    assert (await api.post(path, json=first)).status_code == 201
    questions = (await api.get(path)).json()
    assert questions["next_cursor"] is None
    assert [question["prompt"] for question in questions["items"]] == ["First?", "True?"]
    assert questions["items"][0]["metadata"] == {"value": 10.0, "tolerance": 0, "unit": "days", "kind": "numeric"}


async def test_enrolling_withdrawing_and_counting(api: Api) -> None:
    module = await api.published()
    ana = await api.user("ana@example.com", department="Hygiene")
    await api.user("ben@example.com", department="Hygiene")
    path = f"/v1/modules/{module['id']}/enrollments"
    enrolled = await api.post(path, json={"user_id": ana["id"]})
    assert (enrolled.status_code, enrolled.headers["location"]) == (201, f"{path}/{ana['id']}")
    assert enrolled.json()["enrolled_by"] == "00000000-0000-7000-8000-000000000001"
    assert (await api.post(path, json={"user_id": ana["id"]})).json()["code"] == "already-enrolled"
    missing = "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"
    many = await api.post(f"{path}/bulk", json={"departments": ["Hygiene"], "user_ids": [missing]})
    assert many.status_code == 200
    assert (many.json()["enrolled"], many.json()["already_enrolled"]) == (1, 1)
    assert [(one["user_id"], one["code"]) for one in many.json()["refused"]] == [(missing, "user-not-found")]
    assert len((await api.get(path)).json()["items"]) == 2
    mine = (await api.get(f"/v1/users/{ana['id']}/enrollments")).json()["items"]
    assert [each["module_id"] for each in mine] == [module["id"]]
    (report,) = (await api.get("/v1/reports/participation")).json()["items"]
    assert (report["enrolled"], report["departments"][0]["department"]) == (2, "Hygiene")
    withdrawn = await api.delete(f"{path}/{ana['id']}", headers=EVERY)
    assert withdrawn.status_code == 204
    assert (await api.get(f"{path}/{ana['id']}")).json()["code"] == "enrollment-not-found"


async def test_enrolling_nobody_is_refused(api: Api) -> None:
    module = await api.published()
    response = await api.post(f"/v1/modules/{module['id']}/enrollments/bulk", json={})
    assert response.json()["errors"] == [
        {"in": "body", "pointer": "/user_ids", "message": "or departments must name someone"}
    ]


async def test_me_stands_for_oneself_in_paths_only(api: Api, world: World) -> None:
    module = await api.published()
    path = f"/v1/modules/{module['id']}/enrollments"
    assert (await api.post(path, json={"user_id": "me"})).status_code == 422
    me = (await api.get("/v1/users/me")).json()["id"]
    await world.enrolls(module["id"])
    assert (await api.get(f"{path}/me")).json()["user_id"] == me


async def test_nobody_decides_about_their_own_training(api: Api, world: World) -> None:
    module = await api.published()
    path, me = f"/v1/modules/{module['id']}/enrollments", (await api.get("/v1/users/me")).json()["id"]
    refused = [await api.post(path, json={"user_id": me})]
    bulk = await api.post(f"{path}/bulk", json={"user_ids": [me]})
    assert (bulk.json()["enrolled"], [each["code"] for each in bulk.json()["refused"]]) == (0, ["own-training"])
    await world.enrolls(module["id"])
    refused += [
        await api.post(f"{path}/me/renew", json={"reason": "Why not?"}),
        await api.delete(f"{path}/me", headers={"if-match": "*"}),
    ]
    external = {"title": "BLS", "issuer": "AHA", "completed_on": "2026-02-01"}
    refused.append(await api.post("/v1/users/me/records", json=external))
    assert [(each.status_code, each.json()["code"]) for each in refused] == [(403, "own-training")] * 4
    assert (await api.get("/v1/users/me/records")).json()["items"] == []


async def test_deactivating_several_people(api: Api) -> None:
    ana = await api.user()
    for outcome in ({"deactivated": 1, "already_inactive": 0}, {"deactivated": 0, "already_inactive": 1}):
        response = await api.post("/v1/users/deactivate", json={"user_ids": [ana["id"]]})
        assert response.json() == {**outcome, "refused": []}
    assert (await api.get(f"/v1/users/{ana['id']}")).json()["is_active"] is False
