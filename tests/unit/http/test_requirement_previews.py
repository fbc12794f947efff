"""What a version of a requirement would change, before anything is written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from application.compliance.obligations.marks import work_off
from application.kernel.access import Actor
from domain.kernel.roles import Role
from worlds.http import Api, World

ALL, PREVIEW = "/v1/requirements", "/v1/requirements/preview"
ANY = {"if-match": "*"}
TODAY = "2026-03-02"
"""Of the clock of the world."""


async def as_another_officer(request: Any) -> Actor:
    return Actor(UUID(int=77), Role.COMPLIANCE)


def terms_of(module_id: str, department: str, **more: Any) -> dict[str, Any]:
    return {
        "audience": {"field": "department", "is": department},
        "fulfillment": {"kind": "courses", "initial": {"modules": [module_id]}},
        "first_due": {"kind": "days_after", "anchor": "hire", "days": 30},
        **more,
    }


async def people_of(api: Api) -> dict[str, str]:
    """Two in hygiene, one of them here for long, and one in claims."""
    hired = {"ana": ("Hygiene", "2026-02-20"), "ben": ("Hygiene", "2020-01-06"), "cy": ("Claims", "2026-02-20")}
    return {
        name: (await api.user(f"{name}@example.com", full_name=name.title(), department=department, hired_on=day))["id"]
        for name, (department, day) in hired.items()
    }


async def trained(api: Api, user_id: str, module_id: str, day: str) -> str:
    body = {"module_id": module_id, "title": "Sharps", "issuer": "OSHA", "completed_on": day}
    answer = await api.post(f"/v1/users/{user_id}/records", json=body)
    assert answer.status_code == 201, answer.text
    record: str = answer.json()["id"]
    return record


async def test_a_new_requirement_is_previewed_without_being_there() -> None:
    api = World().client()
    people, module = await people_of(api), await api.published()
    body = {"effective_on": "2026-03-01", "terms": terms_of(module["id"], "Hygiene")}
    shown = (await api.post(PREVIEW, json=body)).json()
    assert (shown["as_of"], shown["number"], shown["people"], shown["next_after"]) == (TODAY, 1, 2, None)
    assert {each["user_id"]: each["change"] for each in shown["items"]} == {
        people["ana"]: "comes",
        people["ben"]: "comes",
    }
    ana, ben = shown["items"]
    assert (ana["full_name"], ana["before"], ana["after"]["due_on"]) == ("Ana", None, "2026-03-22")
    assert ana["after"]["clause"] == "The department is Hygiene."
    assert (ben["after"]["label"], ben["after"]["exceptions"][0]["kind"]) == ("overdue", "due_before_opening")
    assert shown["counts"] == {
        "comes": 2,
        "leaves": 0,
        "changes": 0,
        "stays": 0,
        "comply": 0,
        "labels": [{"label": "overdue", "before": 0, "after": 1}, {"label": "due_soon", "before": 0, "after": 1}],
        "exceptions": [{"kind": "due_before_opening", "people": 1}],
    }
    assert (await api.get(ALL)).json()["items"] == []

    first = (await api.post(PREVIEW, json={**body, "limit": 1})).json()
    rest = (await api.post(PREVIEW, json={**body, "limit": 1, "after": first["next_after"]})).json()
    assert [*first["items"], *rest["items"]] == shown["items"]
    assert (rest["counts"], rest["next_after"]) == (shown["counts"], None)


async def test_a_draft_is_compared_with_what_is_in_effect() -> None:
    world = World()
    author, second = world.client(), world.client(authenticate=as_another_officer)
    people, module = await people_of(author), await author.published()
    record = await trained(author, people["ana"], module["id"], "2026-02-25")
    new = {"code": "sharps", "title": "Sharps", "note": "As OSHA asks.", "effective_on": "2026-01-01"}
    path = (await author.post(ALL, json={**new, "terms": terms_of(module["id"], "Hygiene")})).headers["location"]
    await second.post(f"{path}/versions/1/approve", headers=ANY)
    await work_off(world.bus())

    everybody = terms_of(module["id"], "Hygiene", audience={"any": [{"field": "department", "is": "Claims"}]})
    draft = {"effective_on": "2026-04-01", "note": "Claims alone.", "terms": everybody}
    requirement_id = (await author.post(f"{path}/versions", json=draft)).json()["id"]
    named = {"requirement_id": requirement_id, "number": 2}
    shown = (await author.post(PREVIEW, json=named)).json()
    found = {each["full_name"]: each for each in shown["items"]}
    assert {name: each["change"] for name, each in found.items()} == {"Ana": "leaves", "Ben": "leaves", "Cy": "comes"}
    assert (shown["as_of"], found["Ana"]["before"]["met_by"], found["Ana"]["after"]) == ("2026-04-01", [record], None)
    for running, changes in (("keep", "stays"), ("take", "leaves")):
        given = {"requirement_id": requirement_id, "effective_on": "2026-04-01", "terms": everybody, "running": running}
        shown = (await author.post(PREVIEW, json=given)).json()
        assert {each["full_name"]: each["change"] for each in shown["items"]}["Ana"] == changes, running

    # What was previewed is what then is recorded.
    await second.post(f"{path}/versions/2/approve", headers=ANY)
    await work_off(world.bus())
    owed = (await author.get(f"/v1/users/{people['cy']}/obligations?as_of=2026-04-01")).json()["items"]
    assert [(each["label"], each["due_on"]) for each in owed] == [
        (found["Cy"]["after"]["label"], found["Cy"]["after"]["due_on"])
    ]


async def test_what_cannot_be_previewed_is_said() -> None:
    world = World()
    author, second = world.client(), world.client(authenticate=as_another_officer)
    module = await author.published()
    terms = terms_of(module["id"], "Hygiene")
    new = {"code": "sharps", "title": "Sharps", "note": "As OSHA asks.", "effective_on": "2026-01-01", "terms": terms}
    added = await author.post(ALL, json=new)
    id, path = added.json()["id"], added.headers["location"]
    for body, pointer in (
        ({}, "/effective_on"),
        ({"effective_on": "2026-03-01"}, "/terms"),
        ({"number": 1}, "/requirement_id"),
        ({"requirement_id": id, "number": 1, "terms": terms, "effective_on": "2026-03-01"}, "/number"),
        (
            {"effective_on": "2026-03-01", "terms": {**terms, "audience": {"field": "job_code", "is": "hygeinist"}}},
            "/terms/audience/is",
        ),
    ):
        answer = await author.post(PREVIEW, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    await second.post(f"{path}/versions/1/approve", headers=ANY)
    early = {"requirement_id": id, "effective_on": "2026-01-01", "terms": terms}
    for body, code in (
        ({"requirement_id": str(UUID(int=404)), "number": 1}, "requirement-not-found"),
        ({"requirement_id": id, "number": 2}, "requirement-version-not-found"),
        ({"requirement_id": id, "number": 1}, "version-already-approved"),
        (early, "version-order"),
    ):
        assert (await author.post(PREVIEW, json=body)).json()["code"] == code
    await author.post(f"{path}/retire", json={"retired_on": "2027-01-01"})
    assert (await author.post(PREVIEW, json=early)).json()["code"] == "requirement-retired"
