"""Routes of trying quizzes."""

from __future__ import annotations

from application.assessment.commands import SaveAnswers, StartAttempt, SubmitAttempt
from application.assessment.queries import ListAttempts, ReadAttempt, ReadItemStatistics
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("attempts", "Quiz attempts. Correct answers are shown only when the quiz allows it.")
QUIZ = "/modules/{module_id}/sections/{section_id}"
ONE = "/attempts/{attempt_id}"

ANSWERS = {"answers": {"0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f": "b", "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398e": True}}

ROUTES = [
    command_route("POST", f"{QUIZ}/attempts", StartAttempt, status=201, location="/v1/attempts/{id}", tag=TAG),
    query_route(f"{QUIZ}/statistics", ReadItemStatistics, tag=TAG),
    query_route("/modules/{module_id}/enrollments/{user_id}/attempts", ListAttempts, tag=TAG),
    query_route(ONE, ReadAttempt, tag=TAG),
    command_route("PATCH", ONE, SaveAnswers, tag=TAG, example=ANSWERS),
    command_route("POST", f"{ONE}/submit", SubmitAttempt, tag=TAG, example=ANSWERS),
]
