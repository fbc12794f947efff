"""A learner's whole path over HTTP on the demonstration catalogue: enrolled, blocked, failed, passed, certified."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp

from entrypoints.bootstrap import bootstrap
from entrypoints.cli.importing import import_catalog
from integration.running import authorization, client_of, empty_url, settings_for
from kit.surroundings import FixedClock

CATALOG = Path(__file__).parents[3] / "src" / "entrypoints" / "demo" / "catalog"
MINUTE = timedelta(minutes=1)
RULES = {
    "sections_in_order": True,
    "minimum_minutes": 30,
    "pass_mark": 80,
    "attempts_allowed": 3,
    "wait_minutes": 15,
}
EVIDENCE = {"valid_months": 12, "retention_years": 3, "credit_hours": 1}


@dataclass
class School:
    """The API with its administrator and one learner, and the clock."""

    admin: httpx.AsyncClient
    clock: FixedClock
    learner: dict[str, str]
    user_id: str

    async def does(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """The administrator sends it."""
        return await self.admin.request(method, path, json=body, headers=headers)

    async def learns(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """The learner sends it."""
        return await self.admin.request(method, path, json=body, headers={**headers, **self.learner})


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return empty_url(request, request.param)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[School]:
    """The school on this database, with the demonstration catalogue."""
    clock = FixedClock()
    service = bootstrap(settings_for(url), clock=clock)
    assert await import_catalog(service, CATALOG, lambda line: None) == []
    async with client_of(service, clock) as admin:
        person = {
            "email": "ana.ruiz@unifieddental.example",
            "full_name": "Ana Ruiz-Nguyễn",
            "job_title": "Dental Assistant",
            "department": "Assisting",
            "location": "Austin North",
        }
        registered = await admin.post("/v1/users", json=person)
        learner = authorization(person["email"], clock)
        yield School(admin, clock, learner, registered.json()["id"])


async def module_of(school: School, slug: str) -> dict[str, Any]:
    found = await school.does("GET", f"/v1/modules?q={slug}")
    (module,) = [item for item in found.json()["items"] if item["slug"] == slug]
    detail: dict[str, Any] = (await school.does("GET", f"/v1/modules/{module['id']}")).json()
    return detail


def right_answer(metadata: dict[str, Any]) -> Any:
    match metadata["kind"]:
        case "short_text":
            return metadata["accepted"][0]
        case "numeric":
            return metadata["value"]
        case _:
            return metadata["correct"]


async def answers_to(school: School, module_id: str, section_id: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    questions = await school.does("GET", f"/v1/modules/{module_id}/sections/{section_id}/questions")
    key = {question["id"]: right_answer(question["metadata"]) for question in questions.json()["items"]}
    return {item["question_id"]: key[item["question_id"]] for item in items}


def rules_of(response: httpx.Response) -> dict[str, dict[str, Any]]:
    assert response.status_code == 409, response.text
    assert response.json()["code"] == "blocked"
    return {block["rule"]: block for block in response.json()["blocked_by"]}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_from_enrollment_to_a_verified_certificate(url: str) -> None:
    async with opened(url) as school:
        await certified(school)


async def certified(school: School) -> None:
    first = await module_of(school, "hazard-communication")
    module = await module_of(school, "bloodborne-pathogens")
    one = f"/v1/modules/{module['id']}"

    # The rules are made stricter, another module comes first, and that is published as version 2.
    changed = await school.does(
        "PATCH", one, {"rules": RULES, "evidence": EVIDENCE}, **{"if-match": f'"{module["version"]}"'}
    )
    before = await school.does(
        "PUT", f"{one}/prerequisites", {"prerequisites": [first["id"]]}, **{"if-match": changed.headers["etag"]}
    )
    assert before.status_code == 200, before.text
    circle = await school.does(
        "PUT",
        f"/v1/modules/{first['id']}/prerequisites",
        {"prerequisites": [module["id"]]},
        **{"if-match": f'"{first["version"]}"'},
    )
    assert circle.json()["code"] == "prerequisite-circle"
    published = await school.does(
        "POST", f"{one}/publish", {"change_note": "Stricter", "material": True, "reopens": "nobody"}
    )
    assert published.json()["version_number"] == 2
    compared = await school.does("GET", f"{one}/versions/2/changes?since=1")
    assert "rules" in compared.json()["settings"]

    enrolled = await school.does("POST", f"{one}/enrollments", {"user_id": school.user_id})
    assert (enrolled.status_code, enrolled.json()["version_number"]) == (201, 2)
    mine = f"{one}/enrollments/me"

    # What a learner sees of the version holds no right answer.
    shown = await school.learns("GET", f"{one}/versions/2")
    assert shown.status_code == 200
    assert '"correct"' not in shown.text
    sections = shown.json()["sections"]

    # Another module comes first; somebody brings a certificate of it from elsewhere.
    blocked = rules_of(await school.learns("POST", f"{mine}/sections/{sections[0]['id']}/complete"))
    assert blocked["prerequisites"]["missing"] == [first["id"]]
    external = {
        "title": "Hazard communication",
        "issuer": "Austin Community College",
        "completed_on": "2026-01-10",
        "valid_until": "2027-01-10",
        "module_id": first["id"],
    }
    recorded = await school.does("POST", f"/v1/users/{school.user_id}/records", external)
    assert recorded.status_code == 201, recorded.text

    # Sections come in order.
    blocked = rules_of(await school.learns("POST", f"{mine}/sections/{sections[1]['id']}/complete"))
    assert blocked["order"]["missing"] == [sections[0]["id"]]
    started = await school.learns("POST", f"{mine}/start")
    assert (started.json()["percent"], started.json()["next_section_id"]) == (0, sections[0]["id"])

    last, failed = sections[-1]["id"], False
    for section in sections:
        school.clock.advance(MINUTE)
        complete = f"{mine}/sections/{section['id']}/complete"
        if section["id"] == last and section["content"]["kind"] != "quiz":
            # Too early for the last one.
            blocked = rules_of(await school.learns("POST", complete, {"attestation": "x"}))
            school.clock.advance(moment(blocked["minimum_time"]["opens_at"]) - school.clock.now())
        match section["content"]["kind"]:
            case "quiz":
                assert "quiz" in rules_of(await school.learns("POST", complete))
                attempts = f"{one}/sections/{section['id']}/attempts"
                if section["id"] == last:
                    blocked = rules_of(await school.learns("POST", attempts))
                    school.clock.advance(moment(blocked["minimum_time"]["opens_at"]) - school.clock.now())
                if not failed:
                    attempt = (await school.learns("POST", attempts)).json()
                    assert all(item["result"] is None for item in attempt["items"])
                    failing = await school.learns("POST", f"/v1/attempts/{attempt['id']}/submit")
                    assert (failing.json()["passed"], failing.json()["percent"]) == (False, 0)
                    failed = True
                    opens_at = moment(rules_of(await school.learns("POST", attempts))["wait"]["opens_at"])
                    assert opens_at == school.clock.now() + 15 * MINUTE
                    school.clock.advance(opens_at - school.clock.now())
                attempt = (await school.learns("POST", attempts)).json()
                answers = await answers_to(school, module["id"], section["id"], attempt["items"])
                saved = await school.learns(
                    "PATCH",
                    f"/v1/attempts/{attempt['id']}",
                    {"answers": dict(list(answers.items())[:1])},
                    **{"if-match": f'"{attempt["version"]}"'},
                )
                assert saved.status_code == 200, saved.text
                graded = await school.learns("POST", f"/v1/attempts/{attempt['id']}/submit", {"answers": answers})
                assert (graded.json()["passed"], graded.json()["percent"]) == (True, 100), graded.text
            case "attestation":
                assert "attestation" in rules_of(await school.learns("POST", complete, {"attestation": "Yes."}))
                done = await school.learns("POST", complete, {"attestation": section["content"]["statement"]})
                assert done.status_code == 200, done.text
            case _:
                done = await school.learns("POST", complete)
                assert done.status_code == 200, done.text
                again = await school.learns("POST", complete)
                assert again.json() == done.json()
    assert failed

    progress = (await school.learns("GET", f"{mine}/progress")).json()
    assert (progress["percent"], progress["next_section_id"]) == (100, None)
    assert progress["completed_at"] is not None

    records = (await school.learns("GET", "/v1/users/me/records")).json()["items"]
    (record,) = [each for each in records if each["delivery"] == "online"]
    assert (record["full_name"], record["job_title"]) == ("Ana Ruiz-Nguyễn", "Dental Assistant")
    assert (record["version_number"], record["score"], record["pass_mark"]) == (2, 100, 80)
    assert (record["valid_until"], record["retention_until"]) == ("2027-03-02", "2029-03-02")
    assert record["content_hash"] == shown.json()["content_hash"]

    # The certificate, printed, and verified by somebody without a token.
    serial = record["certificate_serial"]
    printed = await school.learns("GET", f"/v1/certificates/{serial}.pdf")
    assert printed.headers["content-type"] == "application/pdf"
    (page,) = pypdfium2.PdfDocument(printed.content)
    assert "Ana Ruiz-Nguyễn" in page.get_textpage().get_text_bounded()
    (code,) = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    public = httpx.URL(code.text).path
    anybody = {"authorization": ""}
    verified = await school.admin.get(public, headers=anybody)
    assert verified.json() == {
        "serial": serial,
        "state": "valid",
        "full_name": "Ana Ruiz-Nguyễn",
        "title": module["title"],
        "completed_on": "2026-03-02",
        "valid_from": "2026-03-02",
        "valid_until": "2027-03-02",
        "issued_by": "Unified Dental",
    }
    school.clock.advance(timedelta(days=366))
    assert (await school.admin.get(public, headers=anybody)).json()["state"] == "expired"


async def test_a_revoked_certificate_says_so_and_leaves_its_record(url: str) -> None:
    async with opened(url) as school:
        await revoked(school)


async def revoked(school: School) -> None:
    module = await module_of(school, "bloodborne-pathogens")
    session = {
        "module_id": module["id"],
        "starts_at": "2026-03-02T07:00:00Z",
        "ends_at": "2026-03-02T08:30:00Z",
        "summary": "Exposure control plan, sharps, what to do after a needlestick.",
        "trainers": [{"name": "Dana Whitfield, RDH", "qualifications": "OSHA-authorized trainer"}],
        "attendees": [{"user_id": school.user_id}],
    }
    nameless = await school.does("POST", "/v1/sessions", {**session, "trainers": [{"name": "Dana"}], "summary": ""})
    assert (nameless.status_code, nameless.json()["code"]) == (422, "session-incomplete")
    assert {error["pointer"] for error in nameless.json()["errors"]} == {"/summary", "/trainers/0/qualifications"}

    held = await school.does("POST", "/v1/sessions", session)
    assert held.status_code == 201, held.text
    assert (await school.does("GET", held.headers["location"])).json() == held.json()
    (record,) = (await school.learns("GET", "/v1/users/me/records")).json()["items"]
    assert (record["delivery"], record["trainers"][0]["name"]) == ("classroom", "Dana Whitfield, RDH")

    serial = record["certificate_serial"]
    reason = {"reason": "Issued for the wrong person."}
    assert (await school.learns("POST", f"/v1/certificates/{serial}/revoke", reason)).status_code == 403
    assert (await school.does("POST", f"/v1/certificates/{serial}/revoke", reason)).status_code == 200
    again = await school.does("POST", f"/v1/certificates/{serial}/revoke", reason)
    assert again.json()["code"] == "certificate-revoked"
    assert (await school.learns("GET", f"/v1/certificates/{serial}.pdf")).status_code == 409
    verified = await school.admin.get(f"/v1/verify/{serial.lower().replace('-', '')}", headers={"authorization": ""})
    assert verified.json()["state"] == "revoked"
    (kept,) = (await school.learns("GET", "/v1/users/me/records")).json()["items"]
    assert record["revoked_at"] is None
    assert kept == {**record, "revoked_at": "2026-03-02T12:00:00Z"}
