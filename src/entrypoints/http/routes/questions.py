"""Routes of the questions of a quiz."""

from __future__ import annotations

from application.catalogue.questions.commands import AddQuestion, EditQuestion, RemoveQuestion
from application.catalogue.questions.queries import ListQuestions
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("questions", "The questions of a quiz, with the correct answers. A change increments the module's version.")
ALL = "/modules/{module_id}/sections/{section_id}/questions"
ONE = f"{ALL}/{{question_id}}"

NEW_QUESTION = {
    "prompt": "A medical evaluation after an exposure costs the employee nothing.",
    "metadata": {"kind": "true_false", "correct": True},
    "points": 1,
    "explanation": "29 CFR 1910.1030(f)(1)(ii)(A).",
}

ROUTES = [
    query_route(ALL, ListQuestions, tag=TAG, personal=False),
    command_route("POST", ALL, AddQuestion, status=201, location=f"/v1{ALL}/{{id}}", tag=TAG, example=NEW_QUESTION),
    command_route("PATCH", ONE, EditQuestion, tag=TAG, example={"points": 2}),
    command_route("DELETE", ONE, RemoveQuestion, status=204, tag=TAG),
]
