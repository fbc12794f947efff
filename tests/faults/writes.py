"""Each kind of write that a client can ask for, what it leaves when it is done, and how it travels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from faults.ledger import a_draft
from integration.backends import SqlBackend
from integration.running import authorization

LEARNER = "learner@example.com"
ROSTER = "email,department\n" + "".join(f"person{number}@example.com,Hygiene\n" for number in range(20))
LESSON = {"title": "Read", "content": {"kind": "lesson", "markdown": "Wash your hands."}}
HELD = {"starts_at": "{school.held_at}", "ends_at": "{school.held_until}", "trainers": [{"name": "Dana"}]}


@dataclass(frozen=True)
class School:
    """The data that exist before the write. Ids are as in URLs."""

    client: httpx.AsyncClient
    draft: str
    """A module that has not been published."""
    lesson: str
    """A published module with one lesson, in which the learner is enrolled."""
    section: str
    """That lesson."""
    open: str
    """A published module in which nobody is enrolled."""
    quiz: str
    """A quiz of a published module, in which the learner is enrolled."""
    quiz_module: str
    learner: str
    as_learner: dict[str, str]
    people: tuple[str, ...]
    """Others, all of the department Lab."""
    held_at: str
    held_until: str
    """When a class on the module `open` was held: not before it was published, and not in the future."""


Ask = Callable[[School, dict[str, str]], Awaitable[httpx.Response]]


@dataclass(frozen=True)
class Write:
    """One kind of write: how to ask for it, and how many rows its `effect` counts when it is done."""

    ask: Ask
    effect: str
    rows: int
    event: str
    """The name of the event that it leaves, as often as `events`."""
    events: int = 1
    in_one_statement: bool = False
    """Whether one statement writes everything, without a transaction of its own, where the client sends no key."""
    repeated: int | None = None
    """The status of the same request without a key when the first one was done, where the data itself prevents
    doubles."""


def posting(path: str, body: Any = None, **more: Any) -> Ask:
    """Ask by POST. The path and the texts of the body may name what the school has."""

    async def ask(school: School, headers: dict[str, str]) -> httpx.Response:
        return await school.client.post(
            path.format(school=school), json=_filled(body, school), headers={**more, **headers}
        )

    return ask


def learning(path: str, body: Any = None) -> Ask:
    """The same as the learner."""

    async def ask(school: School, headers: dict[str, str]) -> httpx.Response:
        return await posting(path, body)(school, {**school.as_learner, **headers})

    return ask


def _filled(body: Any, school: School) -> Any:
    match body:
        case str():
            return body.format(school=school)
        case dict():
            return {name: _filled(value, school) for name, value in body.items()}
        case list():
            return [_filled(value, school) for value in body]
    return body


async def import_people(school: School, headers: dict[str, str]) -> httpx.Response:
    return await school.client.post("/v1/users/import", content=ROSTER, headers={"content-type": "text/csv", **headers})


WRITES: dict[str, Write] = {
    "draft": Write(
        # Without a slug of its own, so that one statement does it.
        posting("/v1/modules", {"title": "Cut"}),
        "SELECT count(*) FROM training_modules WHERE title = 'Cut'",
        1,
        "ModuleDrafted",
        in_one_statement=True,
    ),
    "add a section": Write(
        posting("/v1/modules/{school.draft}/sections", {**LESSON, "title": "More"}, **{"If-Match": "*"}),
        "SELECT count(*) FROM module_sections WHERE title = 'More'",
        1,
        "ModuleEdited",
    ),
    "publish": Write(
        posting("/v1/modules/{school.draft}/publish"),
        "SELECT count(*) FROM module_versions v JOIN training_modules m ON m.id = v.module_id WHERE m.slug = 'hands'",
        1,
        "ModulePublished",
    ),
    "register": Write(
        posting("/v1/users", {"email": "cut@example.com"}),
        "SELECT count(*) FROM users WHERE email = 'cut@example.com'",
        1,
        "UsersRegistered",
        in_one_statement=True,
        repeated=409,
    ),
    "import people": Write(
        import_people, "SELECT count(*) FROM users WHERE department = 'Hygiene'", 20, "RosterImported"
    ),
    "deactivate people": Write(
        posting("/v1/users/deactivate", {"user_ids": ["{school.people[0]}", "{school.people[1]}"]}),
        "SELECT count(*) FROM users WHERE department = 'Lab' AND NOT is_active",
        2,
        "UsersDeactivated",
    ),
    "enroll": Write(
        posting("/v1/modules/{school.open}/enrollments", {"user_id": "{school.learner}"}),
        "SELECT count(*) FROM module_enrollments e JOIN training_modules m ON m.id = e.module_id WHERE m.slug = 'open'",
        1,
        "UsersEnrolled",
        in_one_statement=True,
        repeated=409,
    ),
    "enroll people": Write(
        posting("/v1/modules/{school.open}/enrollments/bulk", {"departments": ["Lab"]}),
        "SELECT count(*) FROM module_enrollments e JOIN training_modules m ON m.id = e.module_id WHERE m.slug = 'open'",
        3,
        "UsersEnrolled",
    ),
    "complete the module": Write(
        learning("/v1/modules/{school.lesson}/enrollments/me/sections/{school.section}/complete"),
        "SELECT count(*) FROM training_records r JOIN certificates c ON c.record_id = r.id",
        1,
        "TrainingRecorded",
    ),
    "begin an attempt": Write(
        learning("/v1/modules/{school.quiz_module}/sections/{school.quiz}/attempts"),
        "SELECT count(*) FROM quiz_attempts",
        1,
        "AttemptStarted",
    ),
    "record a session": Write(
        posting("/v1/sessions", {**HELD, "module_id": "{school.open}", "attendees": [{"user_id": "{school.learner}"}]}),
        "SELECT count(*) FROM training_sessions s JOIN training_records r ON r.session_id = s.id",
        1,
        "TrainingRecorded",
        repeated=409,
    ),
    "record external training": Write(
        posting(
            "/v1/users/{school.learner}/records",
            {"title": "Basic life support", "issuer": "Red Cross", "completed_on": "2026-02-14"},
        ),
        "SELECT count(*) FROM training_records",
        1,
        "TrainingRecorded",
        repeated=409,
    ),
}


async def school_of(client: httpx.AsyncClient) -> School:
    """Make what the writes need. The learner has signed in."""
    made: dict[str, dict[str, Any]] = {}
    bodies = {
        "draft": a_draft("hands"),
        "lesson": {"title": "Lesson", "slug": "lesson", "sections": [LESSON]},
        "open": {"title": "Open", "slug": "open", "sections": [LESSON]},
        "quiz": a_draft("quiz"),
    }
    for name, body in bodies.items():
        made[name] = (await client.post("/v1/modules", json=body)).json()
        if name != "draft":
            answer = await client.post(f"/v1/modules/{made[name]['id']}/publish")
            assert answer.status_code == 200, answer.text
            made[name] = answer.json()
    published = datetime.fromisoformat(made["open"]["published_at"])
    people = [await _registered(client, f"lab{number}@example.com", "Lab") for number in range(3)]
    learner = await _registered(client, LEARNER, "Front desk")
    for name in ("lesson", "quiz"):
        path = f"/v1/modules/{made[name]['id']}/enrollments"
        assert (await client.post(path, json={"user_id": learner})).status_code == 201
    as_learner = authorization(LEARNER)
    read = f"/v1/modules/{made['quiz']['id']}/enrollments/me/sections/{made['quiz']['sections'][0]['id']}/complete"
    assert (await client.post(read, headers=as_learner)).status_code == 200
    return School(
        client,
        draft=made["draft"]["id"],
        lesson=made["lesson"]["id"],
        section=made["lesson"]["sections"][0]["id"],
        open=made["open"]["id"],
        quiz=made["quiz"]["sections"][1]["id"],
        quiz_module=made["quiz"]["id"],
        learner=learner,
        as_learner=as_learner,
        people=tuple(people),
        held_at=(published - timedelta(hours=1)).isoformat(),
        held_until=published.isoformat(),
    )


async def _registered(client: httpx.AsyncClient, email: str, department: str) -> str:
    body = {"email": email, "full_name": "Ana Ruiz", "department": department}
    answer = await client.post("/v1/users", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def effects(backend: SqlBackend, write: Write) -> int:
    """How many rows there are of what it leaves."""
    return int((await backend.sql(write.effect))[0][0])


async def events(backend: SqlBackend, write: Write) -> int:
    """How many events of its kind there are."""
    return [name for name, _, _ in await backend.outbox()].count(write.event)
