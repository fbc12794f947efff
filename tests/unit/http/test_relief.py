"""Relief over HTTP, from the request to its end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from application.compliance.requirements.versions import ApproveVersion
from application.kernel.access import Actor
from domain.kernel.roles import Role
from situations.relief import PERMISSIVE
from situations.requirements import a_new_requirement
from worlds.http import Api, World

SECOND = Actor(UUID(int=501), Role.COMPLIANCE)
SUMMER = {"kind": "waiver", "reason": "illness", "from_day": "2026-06-01", "until": "2026-08-31"}


async def asked(world: World, api: Api) -> dict[str, Any]:
    """A request for the summer, of a requirement that permits it."""
    bus = world.bus()
    requirement = await bus.execute(a_new_requirement(terms=PERMISSIVE), Actor.system())
    await bus.execute(ApproveVersion(requirement.id, 1), SECOND)
    user = await api.user()
    return {"user_id": user["id"], "requirement_id": str(requirement.id), **SUMMER}


async def test_relief_from_the_request_to_its_end(world: World, api: Api) -> None:
    request = await asked(world, api)
    added = await api.post("/v1/relief", json=request)
    path = added.headers["location"]
    assert (added.status_code, path) == (201, f"/v1/relief/{added.json()['id']}")
    twice = await api.post("/v1/relief", json=request)
    assert (twice.status_code, twice.json()["code"]) == (409, "relief-requested-before")
    own = await api.post(f"{path}/approve")
    assert (own.status_code, own.json()["code"]) == (403, "own-relief")
    silent = await api.post(f"{path}/reject", json={"note": " "})
    assert (silent.status_code, silent.json()["errors"][0]["pointer"]) == (422, "/note")

    as_second = world.client(authenticate=_second)
    approved = await as_second.post(f"{path}/approve", json={"note": "Get well."})
    assert (approved.status_code, approved.json()["status"], approved.json()["version"]) == (200, "approved", 2)
    late = await as_second.post(f"{path}/reject", json={"note": "No."})
    assert (late.status_code, late.json()["code"]) == (409, "relief-decided")

    ended = await api.post(f"{path}/end", json={"last_day": "2026-07-10"})
    assert (ended.json()["until"], ended.json()["requested_until"]) == ("2026-07-10", "2026-08-31")
    assert [each["outcome"] for each in (await api.get(path)).json()["decisions"]] == ["approved", "ended"]
    longer = await api.post(f"{path}/end", json={"last_day": "2026-08-01"})
    assert (longer.status_code, longer.json()["code"]) == (409, "relief-not-in-force")
    listed = await api.get("/v1/relief", params={"status": "approved", "user_id": request["user_id"]})
    assert [each["id"] for each in listed.json()["items"]] == [added.json()["id"]]


async def test_a_decree_with_an_audience(world: World, api: Api) -> None:
    request = await asked(world, api)
    del request["user_id"]
    source = {"text": "Disaster proclamation of May 30, 2026", "basis": "policy", "jurisdiction": "TX"}
    order = {**request, "source": source, "audience": {"field": "employment_state", "is": ["employed"]}}
    wrong = await api.post("/v1/relief/decree", json={**order, "audience": {"field": "color", "is": ["red"]}})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/audience/field")
    neither = await api.post("/v1/relief/decree", json={**request, "source": source})
    assert (neither.status_code, neither.json()["errors"][0]["pointer"]) == (422, "/user_ids")

    decreed = await api.post("/v1/relief/decree", json={**order, "audience": {"all": []}})
    path = decreed.headers["location"]
    assert (decreed.status_code, decreed.json()["requested"], decreed.json()["refused"]) == (201, 2, [])
    assert path == f"/v1/decrees/{decreed.json()['id']}"
    as_second = world.client(authenticate=_second)
    assert (await as_second.post(f"{path}/approve")).json()["approved"] == 2
    assert (await api.get(path)).json()["source"]["text"] == source["text"]
    assert (await as_second.post(f"{path}/reject", json={"note": "No."})).json()["code"] == "relief-decided"


async def _second(*given: Any, **more: Any) -> Actor:
    return SECOND
