"""What clients were promised while things went wrong, held against what is in the database afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from integration.backends import SqlBackend

QUESTION = {"prompt": "Soap?", "metadata": {"kind": "true_false", "correct": True}}


def a_draft(slug: str) -> dict[str, Any]:
    """The body of a module with two sections, one with two questions: what may come apart if anything does."""
    return {
        "title": "Hand hygiene",
        "slug": slug,
        "sections": [
            {"title": "Read", "content": {"kind": "lesson", "markdown": "Wash your hands."}},
            {"title": "Check", "content": {"kind": "quiz"}, "questions": [QUESTION, QUESTION]},
        ],
    }


@dataclass
class Ledger:
    """The answers to requests, each of which must be one that the API promises, whatever happens to the database."""

    acknowledged: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    """What 201 was answered for, by its id."""
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    """Requests whose connection to the service broke: the service was killed."""

    async def post(self, client: httpx.AsyncClient, path: str, body: Any, key: str | None = None) -> int | None:
        """Send it and take note of the answer; its status, None when the service broke the connection."""
        headers = {"Idempotency-Key": key} if key else {}
        return await self.send(client, "POST", path, json=body, headers=headers)

    async def send(self, client: httpx.AsyncClient, method: str, path: str, **options: Any) -> int | None:
        """Send any request and take note of the answer."""
        try:
            answer = await client.request(method, path, **options)
        except httpx.TransportError:
            self.lost += 1
            return None
        self.statuses[answer.status_code] += 1
        assert_promised(answer)
        if answer.status_code == 201:
            made = answer.json()
            self.acknowledged[UUID(made["id"])] = made
        return answer.status_code


def assert_promised(answer: httpx.Response) -> None:
    """The answer is a success, a problem of the client's, or 503 with Retry-After; every failure is a document."""
    status = answer.status_code
    assert status < 500 or status == 503, f"{answer.request.method} {answer.request.url}: {status} {answer.text}"
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        document = answer.json()
        assert document["status"] == status
        assert document["request_id"] == answer.headers["x-request-id"]
    if status == 503:
        assert int(answer.headers["retry-after"]) > 0


MODULES = "SELECT id, slug FROM training_modules"
SECTIONS = "SELECT module_id, count(*) FROM module_sections GROUP BY module_id"
QUESTIONS = """
SELECT s.module_id, count(*) FROM quiz_questions q JOIN module_sections s ON s.id = q.section_id GROUP BY s.module_id
"""
EVENTS = "SELECT subject_id, count(*) FROM outbox_events WHERE name = 'ModuleDrafted' GROUP BY subject_id"


async def assert_drafts_are_whole(backend: SqlBackend, ledger: Ledger) -> None:
    """Each module that was promised is there; each that is there is whole, has one event, and no slug twice."""
    stored = {_id(module_id): slug for module_id, slug in await backend.sql(MODULES)}
    missing = ledger.acknowledged.keys() - stored.keys()
    assert not missing, f"{len(missing)} acknowledged modules are gone"
    slugs = Counter(stored.values())
    assert not [slug for slug, count in slugs.items() if count > 1]
    for what, expected in ((SECTIONS, 2), (QUESTIONS, 2), (EVENTS, 1)):
        counts = {_id(module_id): count for module_id, count in await backend.sql(what)}
        assert counts == dict.fromkeys(stored, expected), what


async def figures(backend: SqlBackend, ledger: Ledger) -> dict[str, int]:
    """What was acknowledged, lost and doubled, and how many requests were refused with 503."""
    stored = {_id(module_id): slug for module_id, slug in await backend.sql(MODULES)}
    return {
        "acknowledged": len(ledger.acknowledged),
        "lost": len(ledger.acknowledged.keys() - stored.keys()),
        "duplicates": len(stored) - len(set(stored.values())),
        "answered_503": ledger.statuses[503],
    }


def _id(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))


def doubles(rows: Sequence[Any], of: Callable[[Any], object]) -> list[object]:
    """What is there more than once, by what makes two the same."""
    return [what for what, count in Counter(map(of, rows)).items() if count > 1]
