"""Histories over HTTP."""

from __future__ import annotations

from worlds.http import Api

PERSON = {"email": "ana@example.com", "department": "Lab", "hired_on": "2020-01-06"}
CLAIMS = {"department": "Claims", "starts_on": "2026-01-01"}


async def person(api: Api) -> str:
    made = await api.post("/v1/users", json=PERSON)
    assert made.status_code == 201
    return str(made.headers["location"])


async def test_a_position_from_adding_to_withdrawing(api: Api) -> None:
    path = await person(api)
    taken = await api.post(f"{path}/positions", json=CLAIMS)
    assert (taken.status_code, taken.json()["code"]) == (409, "two-primary-positions")
    assert "On January 1, 2026 the person has the primary position Lab (from January 6, 2020)" in taken.json()["detail"]

    added = await api.post(f"{path}/positions", json={**CLAIMS, "transfer": True})
    assert (added.status_code, added.headers["location"]) == (201, f"{path}/positions/{added.json()['position_id']}")
    assert (await api.get(path)).json()["department"] == "Claims"

    position = added.headers["location"]
    wrong = await api.post(f"{position}/end", json={"last_day": "2025-12-31"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/last_day")
    unreasoned = await api.post(f"{position}/correct", json={"department": "Billing"})
    assert (unreasoned.status_code, unreasoned.json()["errors"][0]["pointer"]) == (422, "/reason")
    fixed = await api.post(f"{position}/correct", json={"department": "Billing", "reason": "Typed wrong."})
    assert (fixed.status_code, fixed.json()["supersedes"]) == (200, added.json()["id"])

    assert (await api.post(f"{position}/withdraw", json={"reason": "Did not go."})).status_code == 200
    again = await api.post(f"{position}/withdraw", json={"reason": "Did not go."})
    assert (again.status_code, again.json()["code"]) == (404, "position-not-found")
    (left,) = (await api.get(f"{path}/positions")).json()["items"]
    assert (left["department"], left["ends_on"]) == ("Lab", "2025-12-31")


async def test_a_leave_is_refused_of_somebody_who_has_left(api: Api) -> None:
    path = await person(api)
    left = await api.post(f"{path}/employment", json={"state": "left", "from_day": "2026-01-01"})
    assert (left.status_code, (await api.get(path)).json()["is_active"]) == (201, False)
    refused = await api.post(f"{path}/employment", json={"state": "on_leave", "from_day": "2026-02-01"})
    assert (refused.status_code, refused.json()["code"]) == (409, "employment-contradiction")
    assert "leave without employment" in refused.json()["detail"]
    back = await api.post(f"{path}/employment/{left.json()['id']}/withdraw", json={"reason": "Stays."})
    assert (back.status_code, (await api.get(path)).json()["is_active"]) == (200, True)


async def test_what_was_true_on_a_day_from_what_was_known_at_a_moment(api: Api) -> None:
    path = await person(api)
    before = (await api.get(f"{path}/history?as_of=2026-02-01")).json()
    assert [each["department"] for each in before["positions"]] == ["Lab"]
    await api.post(f"{path}/positions", json={**CLAIMS, "transfer": True})
    after = (await api.get(f"{path}/history?as_of=2026-02-01")).json()
    assert [each["department"] for each in after["positions"]] == ["Claims"]
    then = (await api.get(f"{path}/history", params={"as_of": "2026-02-01", "known_at": before["known_at"]})).json()
    assert {**then, "watermark": None} == {**before, "watermark": None}
    future = (await api.get(f"{path}/history?known_at=9999-12-31T23:59:59Z")).json()
    assert future["known_at"] == future["watermark"] == after["watermark"]
    elsewhere = (await api.get(f"{path}/history", params={"known_at": "2020-01-01T05:30:00+05:30"})).json()
    assert elsewhere["known_at"] == "2020-01-01T00:00:00Z"
    local = await api.get(f"{path}/history?known_at=2026-02-01T10:00:00")
    assert (local.status_code, local.json()["errors"][0]["pointer"]) == (422, "/known_at")
    ancient = (await api.get(f"{path}/history?as_of=0001-01-01")).json()
    assert (ancient["positions"], ancient["state"]) == ([], None)


async def test_a_history_shows_what_the_location_was_like_on_that_day(api: Api) -> None:
    new = {"code": "CP", "name": "Cedar Park", "city": "Austin", "state": "TX", "time_zone": "America/Chicago"}
    location = (await api.post("/v1/locations", json=new)).headers["location"]
    path = (await api.post("/v1/users", json={**PERSON, "location": "cedar park"})).headers["location"]
    moved = {"from_day": "2025-07-01", "reason": "Moved across the border.", "code": "SHV", "city": "Shreveport"}
    edited = await api.patch(location, json={**moved, "state": "LA"}, headers={"if-match": "*"})
    assert (edited.status_code, edited.json()["state"], edited.headers["etag"].split("-")[0]) == (200, "LA", '"2')

    seen = []
    for day in ("2025-06-30", "2025-07-01"):
        (position,) = (await api.get(f"{path}/history?as_of={day}")).json()["positions"]
        known = (await api.get(f"{location}/history?as_of={day}")).json()["known"]
        assert (position["location_code"], position["location_city"]) == (known["code"], known["city"])
        seen.append((position["location"], position["location_code"], position["location_state"], known["reason"]))
    assert seen == [("cedar park", "CP", "TX", None), ("cedar park", "SHV", "LA", "Moved across the border.")]
