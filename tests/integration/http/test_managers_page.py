"""What a manager's page of 137 people needs: who is how far in a module, in one request and one statement."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.backend import change_enrollment, save
from contracts.learning.eligibility import LESSON, QUIZ, STATEMENT, begin
from contracts.make import a_user, an_enrollment, uid, user_id
from domain.learning.completion import Eligibility
from domain.learning.section_completions import QuizPass
from integration.backends import SqlBackend
from integration.http.test_requests import known
from integration.listening import Query, verbs

PEOPLE = 137
PAGE = f"/v1/modules/{uid(1)}/enrollments?limit=200&sort=name&include_total=true"


@pytest.fixture
def url(postgresql: str) -> str:
    return postgresql


@pytest.mark.parametrize("more", ["", "&department=Hygiene&status=not_started&status=in_progress", "&q=person+ANA"])
async def test_a_page_of_137_people_is_one_request_and_one_statement(backend: SqlBackend, url: str, more: str) -> None:
    version = await begin(backend)
    numbers = range(10, 10 + PEOPLE - 1)
    people = [a_user(n, full_name=f"Person {n} Aná", job_title="Hygienist", department="Hygiene") for n in numbers]
    await save(backend, *people)
    await save(backend, *(an_enrollment(1, n) for n in numbers))

    def learn(enrollment: Any) -> None:
        for section in (LESSON, QUIZ, STATEMENT):
            enrollment.pass_quiz(
                section, version, Eligibility(), QuizPass(uid(77), 1, 90, 80), now=enrollment.enrolled_at
            )

    await change_enrollment(backend, uid(1), user_id(10), learn)
    sent: list[Query] = []
    async with known(url, sent) as client:
        answer = await client.get(PAGE + more)
        assert verbs(sent) == ["SELECT"]
    page = answer.json()
    assert page["next_cursor"] is None
    assert page["total"] == len(page["items"]) == {"": PEOPLE, "&q=person+ANA": PEOPLE - 1}.get(more, PEOPLE - 2)
    assert {"enrollment_status", "percent", "started_at", "completed_at", "version_number", "certificate_state",
            "certificate_valid_until"} <= page["items"][0].keys()  # fmt: skip
    if not more:
        states = [item["enrollment_status"] for item in page["items"]]
        assert (states.count("completed"), states.count("not_started")) == (1, PEOPLE - 1)
