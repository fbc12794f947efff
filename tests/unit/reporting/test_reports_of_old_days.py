"""A report of an old day: who worked where is of that day, and names are those by which everybody knows them now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from application.compliance.obligations.marks import work_off
from application.kernel.access import Actor
from domain.kernel.roles import Role
from worlds.http import World


async def as_another_officer(request: Any) -> Actor:
    return Actor(UUID(int=77), Role.COMPLIANCE)


async def test_departments_and_locations_are_of_the_day_and_names_are_the_present_ones() -> None:
    world = World()
    api = world.client()
    places = {}
    for code, name in (("A", "Austin"), ("D", "Dallas")):
        body = {"code": code, "name": name, "city": name, "state": "TX", "time_zone": "America/Chicago"}
        places[name] = (await api.post("/v1/locations", json=body)).json()["id"]
    ana = await api.user("ana@example.com", full_name="Ana", department="Lab", location="Austin", hired_on="2026-01-05")
    terms = {
        "audience": {"all": []},
        "fulfillment": {"kind": "credential", "type": "bls"},
        "first_due": {"kind": "days_after", "anchor": "hire", "days": 10},
    }
    new = {"code": "bls", "title": "Card", "note": "New.", "effective_on": "2026-01-01", "terms": terms}
    path = (await api.post("/v1/requirements", json=new)).headers["location"]
    second = world.client(authenticate=as_another_officer)
    assert (await second.post(f"{path}/versions/1/approve", headers={"if-match": "*"})).status_code == 200
    await work_off(world.bus())
    move = {
        "starts_on": "2026-02-20",
        "department": "Front",
        "location": "Dallas",
        "transfer": True,
        "reason": "Moved.",
    }
    assert (await api.post(f"/v1/users/{ana['id']}/positions", json=move)).status_code == 201
    married = await api.patch(f"/v1/users/{ana['id']}", json={"full_name": "Ana Ruiz"}, headers={"if-match": "*"})
    assert married.status_code == 200
    renamed = await api.patch(
        f"/v1/locations/{places['Austin']}", json={"name": "Austin North"}, headers={"if-match": "*"}
    )
    assert renamed.status_code == 200, renamed.text

    async def where(day: str) -> list[tuple[str, ...]]:
        rows = (await api.get(f"/v1/reports/overdue?as_of={day}")).json()["items"]
        assert {each["user_id"] for each in rows if each["full_name"] == "Ana Ruiz"} == {ana["id"]}
        own = [each for each in rows if each["user_id"] == ana["id"]]
        return [(each["department"], each["location_id"], each["location_name"]) for each in own]

    assert await where("2026-02-19") == [("Lab", places["Austin"], "Austin North")]
    assert await where("2026-02-20") == [("Front", places["Dallas"], "Dallas")]
