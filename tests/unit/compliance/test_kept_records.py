"""How long records are kept by the requirements that concern a person, over HTTP and in the domain."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from application.compliance.obligations.marks import work_off
from application.kernel.access import Actor
from domain.compliance.facts import Proof
from domain.compliance.kept_records import kept_by, kept_until
from domain.compliance.rule_retention import Retention, RetentionFrom
from domain.kernel.roles import Role
from kit.compliance import COURSES, day, rule
from kit.examples import uid
from worlds.http import Api, World

TRAINED, ANY = day("2026-02-10"), {"if-match": "*"}
PROOF = Proof(uid(1), TRAINED, module_id=COURSES["A"])
FIVE, LAST = Retention(5), Retention(6, RetentionFrom.LAST_IN_EFFECT)


def until(*versions: Any, retired_on: date | None = None, proof: Proof = PROOF) -> date | str | None:
    kept = kept_by(versions, retired_on, proof, None)
    return "not by it" if kept is None else kept.until


def test_training_that_could_count_is_kept_by_the_version_that_keeps_it_longest() -> None:
    assert until(rule(retention=FIVE)) == day("2031-02-10")
    assert until(rule(retention=FIVE), rule(number=2, since="2026-05-01", retention=Retention(7))) == day("2033-02-10")
    assert until(rule()) == "not by it"
    other = Proof(uid(1), TRAINED, module_id=COURSES["B"])
    assert until(rule(retention=FIVE), proof=other) == "not by it"


def test_years_from_the_last_day_in_effect_begin_when_the_version_is_replaced_or_retired() -> None:
    assert until(rule(retention=LAST)) is None
    assert until(rule(retention=LAST), retired_on=day("2027-01-01")) == day("2032-12-31")
    assert until(rule(retention=LAST), rule(number=2, since="2026-05-01")) == day("2032-04-30")
    # It had ended before the training.
    assert until(rule(retention=LAST), rule(number=2, since="2026-01-01")) == "not by it"


def test_the_longest_counts_and_nothing_ends_while_a_day_is_not_known() -> None:
    kept = [kept_by([rule(retention=each)], None, PROOF, None) for each in (FIVE, LAST)]
    some = [each for each in kept if each is not None]
    assert kept_until(day("2032-02-10"), some[:1]) == day("2032-02-10")
    assert kept_until(day("2029-02-10"), some[:1]) == day("2031-02-10")
    assert kept_until(day("2029-02-10"), some) is None


async def as_another_officer(request: Any) -> Actor:
    return Actor(UUID(int=77), Role.COMPLIANCE)


async def approved(world: World, api: Api, code: str, department: str, module_id: str, retention: Any) -> None:
    terms = {
        "audience": {"field": "department", "is": department},
        "fulfillment": {"kind": "courses", "initial": {"modules": [module_id]}},
        "first_due": {"kind": "days_after", "anchor": "hire", "days": 30},
        "retention": retention,
    }
    new = {"code": code, "title": code, "note": "New.", "effective_on": "2026-01-01", "terms": terms}
    path = (await api.post("/v1/requirements", json=new)).headers["location"]
    second = world.client(authenticate=as_another_officer)
    assert (await second.post(f"{path}/versions/1/approve", headers=ANY)).status_code == 200
    await work_off(world.bus())


async def test_a_record_says_until_when_it_is_kept_and_by_which_rules() -> None:
    world = World()
    api = world.client()
    module = await api.published()
    ana = (await api.user("ana@example.com", department="Hygiene", hired_on="2026-01-05"))["id"]
    body = {"module_id": module["id"], "title": "Sharps", "issuer": "OSHA", "completed_on": "2026-02-10"}
    record = (await api.post(f"/v1/users/{ana}/records", json=body)).json()
    path = f"/v1/records/{record['id']}/retention"

    async def transcript() -> tuple[Any, Any]:
        (line,) = (await api.get(f"/v1/reports/transcript/{ana}")).json()["items"]
        return line["kept_until"], line["kept_by"]

    own = {"record_id": record["id"], "retention_until": "2032-02-10"}
    assert (await api.get(path)).json() == {**own, "kept_until": "2032-02-10", "kept_by": []}
    assert await transcript() == ("2032-02-10", [])

    await approved(world, api, "sharps", "Hygiene", module["id"], {"years": 10})
    # It concerns others, and asks nothing of this record.
    await approved(world, api, "front", "Front", module["id"], {"years": 50})
    shown = (await api.get(path)).json()
    assert (shown["kept_until"], [each["requirement_code"] for each in shown["kept_by"]]) == ("2036-02-10", ["sharps"])
    assert (shown["kept_by"][0]["years"], shown["kept_by"][0]["until"]) == (10, "2036-02-10")
    assert await transcript() == ("2036-02-10", ["sharps"])

    await approved(world, api, "policy", "Hygiene", module["id"], {"years": 2, "counted_from": "employment_end"})
    assert (await api.get(path)).json()["kept_until"] is None
    assert await transcript() == (None, ["policy", "sharps"])
    left = {"state": "left", "from_day": "2026-02-21"}
    assert (await api.post(f"/v1/users/{ana}/employment", json=left)).status_code == 201
    shown = (await api.get(path)).json()
    assert [each["until"] for each in shown["kept_by"]] == ["2028-02-20", "2036-02-10"]
    assert shown["kept_until"] == "2036-02-10"

    void = await api.post(f"/v1/records/{record['id']}/void", json={"reason": "Wrong person."})
    assert void.status_code == 200
    assert (await api.get(path)).json() == {**own, "kept_until": "2032-02-10", "kept_by": []}
    assert (await api.get(f"/v1/records/{ana}/retention")).json()["code"] == "record-not-found"
