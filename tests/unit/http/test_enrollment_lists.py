"""Lists of enrollments over HTTP: parameters, days, and what they do not tell."""

from __future__ import annotations

from datetime import timedelta

import pytest

from worlds.http import Api, World


async def test_a_learner_sees_the_progress(api: Api, world: World) -> None:
    module = await api.published()
    await world.enrolls(module["id"])
    (item,) = (await api.get("/v1/users/me/enrollments")).json()["items"]
    assert (item["enrollment_status"], item["percent"], item["completed_at"]) == ("not_started", 0, None)
    assert (item["certificate_state"], item["version_number"], item["status"]) == (None, 1, "published")
    section = module["sections"][0]["id"]
    await api.post(f"/v1/modules/{module['id']}/enrollments/me/sections/{section}/complete")
    (item,) = (await api.get("/v1/users/me/enrollments?status=in_progress&status=completed")).json()["items"]
    assert item["percent"] > 0
    assert (await api.get("/v1/users/me/enrollments?status=not_started&include_total=true")).json() == {
        "items": [],
        "next_cursor": None,
        "total": 0,
    }


async def test_days_are_whole_and_include_both_ends(api: Api, world: World) -> None:
    module = await api.published()
    await world.enrolls(module["id"])
    today = world.clock.now().date()
    for days, found in ((0, 1), (1, 0), (-1, 0)):
        day = today + timedelta(days=days)
        page = (await api.get(f"/v1/users/me/enrollments?enrolled_from={day}&enrolled_to={day}")).json()
        assert len(page["items"]) == found
    assert (await api.get(f"/v1/users/me/enrollments?completed_to={today}")).json()["items"] == []


@pytest.mark.parametrize("name", ["enrolled", "completed"])
async def test_days_that_contradict_each_other_are_refused_by_name(api: Api, name: str) -> None:
    module = await api.published()
    for path in (f"/v1/modules/{module['id']}/enrollments", "/v1/users/me/enrollments"):
        response = await api.get(f"{path}?{name}_from=2026-03-02&{name}_to=2026-03-01")
        assert response.status_code == 422
        assert response.json()["errors"] == [
            {"in": "query", "pointer": f"/{name}_to", "message": f"must not be before {name}_from"}
        ]


async def test_an_unknown_value_is_refused_with_the_known_ones(api: Api) -> None:
    module = await api.published()
    response = await api.get(
        f"/v1/modules/{module['id']}/enrollments?status=done&sort=late&enrolled_from=0026-01-01&user_id=me"
    )
    found = {error["pointer"]: error["message"] for error in response.json()["errors"]}
    assert found == {
        "/user_id/0": "must be a UUID such as 0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f",
        "/status/0": "must be 'not_started', 'in_progress', 'blocked' or 'completed'",
        "/sort": "must be '-enrolled_at', 'enrolled_at', 'name', '-name' or 'due'",
        "/enrolled_from": "must not be before 1950-01-01",
    }
