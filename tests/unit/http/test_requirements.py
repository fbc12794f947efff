"""Requirements over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from application.kernel.access import Actor
from domain.kernel.roles import Role
from entrypoints.http.routes.requirements import NEW_REQUIREMENT, NEW_VERSION, TERMS
from worlds.http import Api, World

ALL = "/v1/requirements"
ANY = {"if-match": "*"}


async def as_another_officer(request: Any) -> Actor:
    return Actor(UUID(int=77), Role.COMPLIANCE)


def as_the_learner(user_id: str) -> Any:
    async def authenticate(request: Any) -> Actor:
        return Actor(UUID(user_id), Role.AUTHENTICATED)

    return authenticate


async def test_a_requirement_from_its_draft_to_its_end() -> None:
    world = World()
    author, second = world.client(), world.client(authenticate=as_another_officer)
    added = await author.post(ALL, json=NEW_REQUIREMENT)
    path = added.headers["location"]
    draft = added.json()["versions"][0]
    assert (added.status_code, path) == (201, f"{ALL}/{added.json()['id']}")
    assert (await author.get(path)).json() == added.json()
    assert (draft["number"], draft["terms"]["audience"]) == (1, TERMS["audience"])
    assert draft["terms"]["guards"] == dict.fromkeys(draft["terms"]["guards"])
    assert [each["code"] for each in (await author.get(f"{ALL}?has_draft=true")).json()["items"]] == [
        "basic_life_support"
    ]

    own = await author.post(f"{path}/versions/1/approve", headers=ANY)
    assert (own.status_code, own.json()["code"]) == (403, "approver-is-author")
    approved = await second.post(f"{path}/versions/1/approve", headers={"if-match": added.headers["etag"]})
    assert (approved.status_code, approved.json()["approved_number"], approved.json()["draft_number"]) == (200, 1, None)
    assert (await author.get(f"{ALL}?has_draft=true")).json()["items"] == []

    drafted = await author.post(f"{path}/versions", json=NEW_VERSION)
    assert (drafted.status_code, drafted.headers["location"]) == (201, f"{path}/versions/2")
    version = (await author.get(drafted.headers["location"])).json()
    assert (version["running"], version["transition_days"], version["approved_at"]) == ("next", 60, None)
    assert (await author.get(f"{path}/versions/3")).json()["code"] == "requirement-version-not-found"
    again = await author.post(f"{path}/versions", json=NEW_VERSION)
    assert (again.status_code, again.json()["code"]) == (409, "requirement-draft-exists")
    assert (await author.delete(f"{path}/versions/1", headers=ANY)).json()["code"] == "version-already-approved"
    assert (await author.delete(f"{path}/versions/2", headers=ANY)).status_code == 204

    retired = await author.post(f"{path}/retire", json={"retired_on": "2026-01-01"})
    assert (retired.status_code, retired.json()["retired_on"]) == (200, "2026-01-01")
    assert (await author.post(f"{path}/versions", json=NEW_VERSION)).json()["code"] == "requirement-retired"
    assert len((await author.get(f"{ALL}?is_retired=true")).json()["items"]) == 1


async def test_nobody_approves_what_has_not_been_read(api: Api) -> None:
    added = await api.post(ALL, json=NEW_REQUIREMENT)
    approve = f"{added.headers['location']}/versions/1/approve"
    assert (await api.post(approve)).status_code == 428
    await api.patch(added.headers["location"], json={"note": "Another."}, headers=ANY)
    late = await api.post(approve, headers={"if-match": added.headers["etag"]})
    assert (late.status_code, late.json()["code"]) == (412, "stale-version")


async def test_a_change_changes_the_draft_or_makes_one() -> None:
    world = World()
    author, second = world.client(), world.client(authenticate=as_another_officer)
    added = await author.post(ALL, json=NEW_REQUIREMENT)
    path = added.headers["location"]
    changed = await author.patch(path, json={"title": "BLS", "note": "As the board asks."}, headers=ANY)
    assert (changed.json()["title"], changed.json()["versions"][0]["note"]) == ("BLS", "As the board asks.")
    same = await author.patch(path, json={"title": "BLS", "note": "As the board asks."}, headers=ANY)
    assert same.json()["version"] == changed.json()["version"]
    await second.post(f"{path}/versions/1/approve", headers=ANY)

    lacking = await author.patch(path, json={"running": "take"}, headers=ANY)
    assert (lacking.status_code, lacking.json()["errors"][0]["pointer"]) == (422, "/effective_on")
    early = {"effective_on": "2026-06-01", "note": "Again."}
    assert (await author.patch(path, json=early, headers=ANY)).json()["code"] == "version-order"
    drafted = await author.patch(path, json={**early, "effective_on": "2026-07-01", "running": "take"}, headers=ANY)
    first, other = drafted.json()["versions"]
    assert (other["terms"], other["running"], other["number"]) == (first["terms"], "take", 2)


async def test_what_the_terms_name_must_exist(api: Api) -> None:
    nothing = "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"
    courses = {"kind": "courses", "initial": {"modules": [nothing]}}
    added = await api.post(ALL, json=NEW_REQUIREMENT)
    for terms, pointer in (
        ({"fulfillment": courses}, "/terms/fulfillment/initial/modules/0"),
        ({"audience": {"any": [{"field": "location", "is": nothing}]}}, "/terms/audience/any/0/is"),
        ({"audience": {"not": {"field": "job_code", "is": "hygeinist"}}}, "/terms/audience/not/is"),
    ):
        body = {"effective_on": "2027-01-01", "note": "Again.", "terms": {**TERMS, **terms}}
        for answer in (
            await api.post(ALL, json={**NEW_REQUIREMENT, "code": "other", **body}),
            await api.post(f"{added.headers['location']}/versions", json=body),
            await api.patch(added.headers["location"], json=body, headers=ANY),
        ):
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_draft_of_a_module_stays_while_it_is_asked_for(api: Api) -> None:
    module = await api.module()
    terms = {**TERMS, "fulfillment": {"kind": "courses", "initial": {"modules": [module["id"]]}}}
    added = await api.post(ALL, json={**NEW_REQUIREMENT, "terms": terms})
    refused = await api.delete(f"/v1/modules/{module['id']}", headers=ANY)
    assert (refused.status_code, refused.json()["code"]) == (409, "module-required")
    assert "basic_life_support" in refused.json()["detail"]
    assert (await api.delete(f"{added.headers['location']}/versions/1", headers=ANY)).status_code == 204
    assert (await api.delete(f"/v1/modules/{module['id']}", headers=ANY)).status_code == 204


async def test_a_job_code_stays_while_it_is_named(api: Api) -> None:
    added = await api.post(ALL, json=NEW_REQUIREMENT)
    codes = (await api.get("/v1/job-codes")).json()["job_codes"]
    fewer = {"job_codes": [each for each in codes if each["code"] != "hygienist"]}
    refused = await api.put("/v1/job-codes", json=fewer, headers=ANY)
    assert (refused.status_code, refused.json()["code"]) == (409, "job-code-required")
    assert "hygienist" in refused.json()["detail"]
    assert (await api.delete(f"{added.headers['location']}/versions/1", headers=ANY)).status_code == 204
    assert (await api.put("/v1/job-codes", json=fewer, headers=ANY)).status_code == 200


async def test_all_that_is_wrong_with_terms_is_said_with_its_place(api: Api) -> None:
    terms = {
        **TERMS,
        "audience": {"all": [{"field": "state", "is": "Texas"}]},
        "fulfillment": {"kind": "hours", "hours": 8.005},
        "repeats": {"kind": "from_expiry", "months": 2, "window_days": 60},
        "first_due": {"kind": "whenever"},
        "blocks": ["Radiographs"],
    }
    answer = await api.post(ALL, json={**NEW_REQUIREMENT, "terms": terms})
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json()["errors"]} == {
        "/terms/audience/all/0/is",
        "/terms/fulfillment/hours",
        "/terms/repeats/window_days",
        "/terms/first_due/kind",
        "/terms/blocks/0",
    }
    hours = {"kind": "hours", "hours": 8, "minima": [{"category": "infection", "hours": 9}]}
    answer = await api.post(ALL, json={**NEW_REQUIREMENT, "terms": {**TERMS, "fulfillment": hours}})
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/terms/fulfillment/minima"]


async def test_why_somebody_is_under_a_requirement() -> None:
    world = World()
    author, second = world.client(), world.client(authenticate=as_another_officer)
    ana = await author.user(job_title="Dental Hygienist", department="Hygiene", hired_on="2026-01-05")
    await author.post("/v1/job-titles", json={"title": "Dental Hygienist", "job_code": "hygienist"})
    path = (await author.post(ALL, json={**NEW_REQUIREMENT, "effective_on": "2026-01-01"})).headers["location"]
    why = f"{path}/people/{ana['id']}"
    as_ana = world.client(authenticate=as_the_learner(ana["id"]))
    assert (await as_ana.get(why)).json()["code"] == "requirement-version-not-found"
    assert (await author.get(why)).json()["number"] == 1

    await second.post(f"{path}/versions/1/approve", headers=ANY)
    told = (await as_ana.get(f"{path}/people/me")).json()
    (reason,) = told["reasons"]
    assert (told["is_under"], told["number"], reason["is_under"]) == (True, 1, True)
    assert reason["sentence"] == "The job code is hygienist."
    assert reason["clauses"] == [{"pointer": "", "words": "the job code is hygienist"}]

    dentists = {"all": [{"field": "department", "is": "Hygiene"}, {"field": "job_code", "is": "dentist"}]}
    await author.post(f"{path}/versions", json={**NEW_VERSION, "terms": {**TERMS, "audience": dentists}})
    other = (await author.get(f"{why}?number=2")).json()
    (reason,) = other["reasons"]
    assert (other["is_under"], other["number"]) == (False, 2)
    assert reason["clauses"] == [{"pointer": "/all/1", "words": "the job code is hygienist, not dentist"}]
    assert (await as_ana.get(f"{why}?number=2")).json()["code"] == "requirement-version-not-found"
    assert (await author.get(f"{why}?as_of=2025-01-01")).json()["is_under"] is False
    assert (await author.get(f"{path}/people/{UUID(int=404)}")).json()["code"] == "user-not-found"
    assert (await as_ana.get(f"{path}/people/{UUID(int=404)}")).json()["code"] == "user-not-found"
    assert (await author.get(f"{ALL}/{UUID(int=404)}/people/{ana['id']}")).json()["code"] == "requirement-not-found"
