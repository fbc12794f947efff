"""An operation takes as much JSON as its message could be made of, and no more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from application.assessment.commands import SaveAnswers
from entrypoints.http.kit.bodies import LARGE, MANY, Body
from entrypoints.http.kit.json_budgets import budget_of
from entrypoints.http.kit.problems import Problem
from entrypoints.http.kit.routing import Route, operation_id
from entrypoints.http.kit.strict_json import MAX_DEPTH, verify
from entrypoints.http.routes import ROUTES
from kit.about import for_each
from kit.examples import uid
from worlds.http import Api

ANSWERS = Body(SaveAnswers, frozenset({"attempt_id", "expected_versions"}), partial=True)
QUESTIONS = [str(uid(number)) for number in range(200)]


def read(document: Any, **options: Any) -> Any:
    return ANSWERS.read(json.dumps(document, **options).encode(), "application/json")


@for_each("route", [route for route in ROUTES if route.example and not route.upload], ids=operation_id)
def test_every_example_fits_with_space_for_people(route: Route) -> None:
    budget = budget_of(route.message, route.body_fields)
    spread = json.dumps(route.example, indent=4).encode()
    assert len(spread) <= budget.bytes
    verify(spread, budget.values)


@for_each(
    "answer",
    [
        "\U0001f9b7" * 80,
        ",;:[]{}" * 140,
        '"\\' * 500,
        [f"choice-{number:02}" for number in range(20)],
        {f"left-{number:02}": f"right-{number:02}" for number in range(20)},
        None,
    ],
)
@for_each("spread", [{}, {"indent": 2}, {"ensure_ascii": False}])
def test_a_whole_quiz_fits(answer: Any, spread: dict[str, Any]) -> None:
    document = {"answers": dict.fromkeys(QUESTIONS, answer)}
    assert len(json.dumps(document, **spread)) <= ANSWERS.budget.bytes
    read(document, **spread)


@for_each(
    "document",
    [
        pytest.param({"answers": {QUESTIONS[0]: ["a"] * 5_000}}, id="one long answer"),
        pytest.param({"answers": {question: ["a"] * 25 for question in QUESTIONS}}, id="long answers"),
        pytest.param({"answers": {f"x{number}": [1] for number in range(40_000)}}, id="many names"),
        pytest.param({"answers": {QUESTIONS[0]: {f"k{number}": 1 for number in range(40_000)}}}, id="many pairs"),
    ],
)
def test_more_values_than_a_quiz_could_have_are_refused_at_once(document: Any) -> None:
    with pytest.raises(Problem) as refused:
        read(document)
    assert [error["message"] for error in refused.value.errors] == ["must not have more than 4002 values"]


@for_each(
    ("text", "sound"),
    [
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, True),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), False),
        ('{"a": [' * 16 + "]}" * 16, True),
        ('{"a": [' * 17 + "]}" * 17, False),
        (json.dumps(["[" * 100, "\\" * 3 + '"' + "{" * 100]), True),
        (json.dumps([["["]] * 1_000), True),
        (json.dumps([[]] * 1_000 + [[[[[]]]]]), True),
    ],
)
def test_depth_is_that_of_the_document_and_not_of_its_texts(text: str, sound: bool) -> None:
    if sound:
        verify(text.encode())
        return
    with pytest.raises(Problem, match="nested deeper than 32 levels"):
        verify(text.encode())


async def test_an_operation_with_little_to_say_takes_little(api: Api) -> None:
    module = await api.module()
    path = f"/v1/modules/{module['id']}/sections/order"
    answer = await api.put(path, json={"section_ids": ["x" * 20_000]}, headers={"if-match": "*"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


@pytest.mark.parametrize("count", [1, MANY + 2])
@pytest.mark.parametrize("space", ["", " " * LARGE])
async def test_a_large_body_is_read_like_a_small_one(api: Api, count: int, space: str) -> None:
    body = json.dumps({"user_ids": [1] * count}) + space
    answer = await api.post("/v1/users/deactivate", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/user_ids/{number}" for number in range(count)]
