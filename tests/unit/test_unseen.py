"""What somebody may not see is answered exactly like what does not exist, by every operation that can name it.

Each operation is sent twice, in the same words but for the ids: once with those of a draft or of a person whom the
actor may not see, once with ids that nothing has. Only those ids may tell the two answers apart.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.access import Actor
from application.attempts.commands import StartAttempt
from application.classroom.commands import NewAttendee, RecordSession
from application.enrollments.commands import EnrollUser
from application.messages import Command
from application.modules.commands import CreateModule, NewQuestion, NewSection, PublishModule
from application.questions.queries import ListQuestions
from application.records.queries import ListRecords
from application.users.commands import RegisterUser
from contracts.backend import sections_of
from domain.certificates import serial_of
from domain.completion import CompletionRules
from domain.people import Trainer
from domain.questions import TrueFalse
from domain.sections import Lesson, Quiz
from domain.users import Role
from entrypoints.http.routes import ROUTES
from entrypoints.http.routing import Route, operation_id
from http_world import Api, World
from support import FixedClock

SECTIONS = (NewSection("Read", Lesson("Text")), NewSection("Check", Quiz(), (NewQuestion("True?", TrueFalse(True)),)))
NOTHING = UUID("0190b5f0-7a1c-7cc3-98c4-00000000dead")
ACTORS = {"learner": Role.AUTHENTICATED, "author": Role.AUTHOR, "manager": Role.MANAGER}


@dataclass(frozen=True)
class Names:
    """What a request names."""

    module_id: UUID
    section_id: UUID
    question_id: UUID
    user_id: UUID
    attempt_id: UUID = NOTHING
    record_id: UUID = NOTHING
    session_id: UUID = NOTHING
    serial: str = serial_of(2**79)
    number: int = 1


@dataclass
class Stage:
    """A published module and a draft, and two people who have done everything in the one that is published."""

    api: Api
    actor: list[Actor]
    """Who asks, as the only item."""
    names: dict[str, Names] = field(default_factory=dict)


@pytest.fixture(scope="module")
def stage() -> Stage:
    """One for all: what is refused changes nothing."""
    return asyncio.run(staged())


async def staged() -> Stage:
    """`seen` is of Hygiene, which the manager manages, `hidden` of the lab; `missing` is nothing."""
    world, actor = World(), [Actor.system()]

    async def authenticate(request: Any) -> Actor:
        return actor[0]

    bus = world.bus()

    async def do(command: Command[Any], learner: UUID | None = None) -> Any:
        return await bus.execute(command, Actor(learner, Role.AUTHENTICATED) if learner else Actor.system())

    async def written(module_id: UUID) -> tuple[UUID, UUID]:
        questions = await bus.ask(ListQuestions(module_id, sections_of(modules[module_id])[1].id), Actor.system())
        return questions.items[0].section_id, questions.items[0].id

    rules = CompletionRules(sections_in_order=False)
    published, draft = [await do(CreateModule(title, sections=SECTIONS, rules=rules)) for title in ("Out", "In work")]
    modules = {published.id: published, draft.id: draft}
    await do(PublishModule(published.id))
    stage = Stage(world.client(authenticate=authenticate), actor)
    for name, department in (("seen", "Hygiene"), ("hidden", "Lab")):
        user = await do(RegisterUser(f"{name}@example.com", full_name="Ana Ruiz", department=department))
        await do(EnrollUser(published.id, user.id))
        section, question = await written(published.id)
        attempt = await do(StartAttempt(published.id, section), user.id)
        times = FixedClock().now() - timedelta(hours=2), FixedClock().now() - timedelta(hours=1)
        held = await do(RecordSession(published.id, *times, (Trainer("Dana"),), (NewAttendee(user.id),)))
        (record,) = (await bus.ask(ListRecords(user.id), Actor.system())).items
        assert record.certificate_serial is not None
        stage.names[name] = Names(
            published.id, section, question, user.id, attempt.id, record.id, held.id, record.certificate_serial
        )
    stage.names["draft"] = Names(draft.id, *await written(draft.id), stage.names["seen"].user_id)
    stage.names["missing"] = Names(NOTHING, NOTHING, NOTHING, NOTHING)
    oneself = await do(RegisterUser("oneself@example.com", full_name="Mo Lind", department="Office"))
    stage.names["oneself"] = Names(NOTHING, NOTHING, NOTHING, oneself.id)
    return stage


BODIES: dict[str, Any] = {
    "set_prerequisites": lambda names: {"prerequisites": []},
    "record_session": lambda names: {
        "module_id": str(names.module_id),
        "starts_at": "2026-03-02T07:00:00Z",
        "ends_at": "2026-03-02T08:00:00Z",
        "trainers": [{"name": "Dana"}],
        "attendees": [{"user_id": str(names.user_id)}],
    },
    "enroll_user": lambda names: {"user_id": str(names.user_id)},
    "enroll_users": lambda names: {"user_ids": [str(names.user_id)]},
    "deactivate_users": lambda names: {"user_ids": [str(names.user_id)]},
    "save_answers": lambda names: {"answers": {}},
    "submit_attempt": lambda names: {},
    "reorder_sections": lambda names: {"section_ids": [str(names.section_id)]},
}
"""Bodies that name something; of every other operation the example in the API document is sent."""


def replaced(names: Names, by: Names, *fields: str) -> Names:
    """The names, but for these fields, which are as in the others."""
    return replace(names, **{each: getattr(by, each) for each in fields})


OF_PERSON = ("user_id", "attempt_id", "record_id", "session_id", "serial")


def names_a_person(route: Route) -> bool:
    """Whether the request names somebody, or what is somebody's."""
    return bool({*OF_PERSON, "user_ids", "attendees"} & {*route.path_fields, *route.body_fields})


NAMED = [
    route
    for route in ROUTES
    if not route.public and ("module_id" in (*route.path_fields, *route.body_fields) or names_a_person(route))
]


async def told(stage: Stage, route: Route, names: Names, headers: dict[str, str]) -> tuple[int, str]:
    """The status, and the body without what tells the request itself."""
    ids = {name: str(value) for name, value in asdict(names).items()}
    operation = operation_id(route)
    content: dict[str, Any] = {}
    if route.method != "GET" and route.body_fields:
        content["json"] = BODIES[operation](names) if operation in BODIES else route.example
    elif route.upload:
        content = {"content": route.example}
    query = {"since": 1} if operation == "compare_versions" else None
    answer = await stage.api.request(route.method, route.path.format_map(ids), params=query, headers=headers, **content)
    body = answer.text
    if answer.status_code >= 400:
        body = json.dumps({name: value for name, value in answer.json().items() if name != "request_id"})
    for name, value in ids.items():
        body = body.replace(value, name)
    return answer.status_code, body


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("route", NAMED, ids=operation_id)
async def test_what_may_not_be_seen_is_answered_like_nothing(stage: Stage, route: Route, who: str) -> None:
    seen, hidden, draft, missing, oneself = (
        stage.names[each] for each in ("seen", "hidden", "draft", "missing", "oneself")
    )
    stage.actor[0] = Actor(oneself.user_id, ACTORS[who], ("Hygiene",) if who == "manager" else ())
    pairs = []
    if names_a_person(route):
        pairs.append((hidden, replaced(hidden, missing, *OF_PERSON)))
    if who != "author":
        people = (seen if who == "manager" else hidden, hidden, missing, oneself)
        pairs += [(replaced(draft, each, *OF_PERSON), replaced(missing, each, *OF_PERSON)) for each in people]
    for condition in (None, "*", '"1"', '"99"'):
        name = "if-none-match" if route.method == "GET" else "if-match"
        headers: dict[str, str] = {} if condition is None else {name: condition}
        for there, nowhere in pairs:
            assert await told(stage, route, there, headers) == await told(stage, route, nowhere, headers)
