"""What somebody may not see is answered exactly like what does not exist, by every operation that can name it.

Each operation is sent twice, in the same words but for the ids: once with those of a draft or of a person whom the
actor may not see, once with ids that nothing has. Only those ids may tell the two answers apart.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from application.kernel.access import Actor, KeyRights
from domain.kernel.key_scopes import OF_DRAFTS, WHOLE_ORGANIZATION, KeyScope
from domain.kernel.roles import Role
from entrypoints.http.kit.routing import Route, operation_id
from entrypoints.http.routes import ROUTES
from kit.about import about
from worlds.http_stage import Names, Stage, staged

ACTORS = {"learner": Role.AUTHENTICATED, "author": Role.AUTHOR, "manager": Role.MANAGER}
ACCOUNTS = {
    "account of a department": KeyRights(UUID(int=9), frozenset(KeyScope) - WHOLE_ORGANIZATION, ("Hygiene",)),
    "account without drafts": KeyRights(UUID(int=9), frozenset(KeyScope) - OF_DRAFTS - {KeyScope.PEOPLE_WRITE}),
}


@pytest.fixture(scope="module")
def stage() -> Stage:
    """One for all: what is refused changes nothing."""
    return asyncio.run(staged())


DELAY = {"kind": "delay", "reason": "no_session", "from_day": "2026-06-01", "until": "2026-06-20"}
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
    "request_relief": lambda names: {
        "user_id": str(names.user_id),
        "requirement_id": str(names.requirement_id),
        **DELAY,
    },
    "decree_relief": lambda names: {
        "user_ids": [str(names.user_id)],
        "requirement_id": str(names.requirement_id),
        "source": {"text": "Handbook, page 12", "basis": "policy", "jurisdiction": "Unified Dental"},
        **DELAY,
    },
    "deactivate_users": lambda names: {"user_ids": [str(names.user_id)]},
    "save_answers": lambda names: {"answers": {}},
    "submit_attempt": lambda names: {},
    "reorder_sections": lambda names: {"section_ids": [str(names.section_id)]},
}
"""Bodies that name something; of every other operation the example in the API document is sent."""


OTHERS = {"requirement_id": UUID(int=404)}
"""What else paths name. Whether there is such a thing is said only to those who may see the person."""


def replaced(names: Names, by: Names, *fields: str) -> Names:
    """The names, but for these fields, which are as in the others."""
    return replace(names, **{each: getattr(by, each) for each in fields})


OF_PERSON = ("user_id", "attempt_id", "record_id", "session_id", "credential_id", "relief_id", "decree_id", "serial")


def names_a_person(route: Route) -> bool:
    """Whether the request names somebody, or what is somebody's."""
    return bool({*OF_PERSON, "user_ids", "attendees"} & {*route.path_fields, *route.body_fields})


NAMED = [
    route
    for route in ROUTES
    if not route.public and ("module_id" in (*route.path_fields, *route.body_fields) or names_a_person(route))
]


def conditions(route: Route) -> list[dict[str, str]]:
    """No condition, and each kind of condition that such a request can have."""
    header = "if-none-match" if route.method == "GET" else "if-match" if route.takes_versions else None
    return [{}, *({header: value} for value in ("*", '"1"', '"99"') if header)]


def request(route: Route, names: Names) -> dict[str, Any]:
    """What is sent, but for the headers."""
    operation = operation_id(route)
    content: dict[str, Any] = {}
    if route.method != "GET" and route.body_fields:
        content["json"] = BODIES[operation](names) if operation in BODIES else route.example
    elif route.upload:
        content = {"content": route.example}
    query = {"since": 1} if operation == "compare_versions" else None
    url = route.path.format_map({**OTHERS, **vars(names)})
    return {"method": route.method, "url": url, "params": query, **content}


async def told(stage: Stage, route: Route, names: Names, headers: dict[str, str]) -> tuple[int, str]:
    """The status, and the body without what tells the request itself."""
    ids = {name: str(value) for name, value in vars(names).items()}
    answer = await stage.api.request(**request(route, names), headers=headers)
    body = answer.text
    if answer.status_code >= 400:
        body = json.dumps({name: value for name, value in answer.json().items() if name != "request_id"})
    for name, value in ids.items():
        body = body.replace(value, name)
    return answer.status_code, body


def actor(who: str, oneself: Names) -> Actor:
    """The person, or the service account."""
    if who in ACCOUNTS:
        return Actor.machine(ACCOUNTS[who])
    return Actor(oneself.user_id, ACTORS[who], ("Hygiene",) if who == "manager" else ())


@pytest.mark.parametrize("route", NAMED, ids=operation_id)
async def test_what_may_not_be_seen_is_answered_like_nothing(stage: Stage, route: Route) -> None:
    for who in [*ACTORS, *ACCOUNTS]:
        with about(who):
            await require_equal_answers(stage, route, who)


async def require_equal_answers(stage: Stage, route: Route, who: str) -> None:
    seen, hidden, draft, missing, oneself = (
        stage.names[each] for each in ("seen", "hidden", "draft", "missing", "oneself")
    )
    stage.actors["nobody"] = actor(who, oneself)
    pairs = []
    if names_a_person(route) and who != "account without drafts":
        pairs.append((hidden, replaced(hidden, missing, *OF_PERSON)))
    if who != "author":
        oversees = who == "manager" or who in ACCOUNTS
        people = (seen if oversees else hidden, hidden, missing, oneself)
        pairs += [(replaced(draft, each, *OF_PERSON), replaced(missing, each, *OF_PERSON)) for each in people]
    # Pairs that differ only in what this request does not name are sent once.
    # A request is not compared with itself, which may succeed once only.
    differing = [each for each in pairs if request(route, each[0]) != request(route, each[1])]
    sent = {str((request(route, there), request(route, nowhere))): (there, nowhere) for there, nowhere in differing}
    for headers in conditions(route):
        for there, nowhere in sent.values():
            assert await told(stage, route, there, headers) == await told(stage, route, nowhere, headers)
