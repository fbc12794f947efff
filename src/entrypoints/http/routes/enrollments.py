"""Routes of who takes which module."""

from __future__ import annotations

from application.learning.enrollments.commands import EnrollUser, EnrollUsers, WithdrawEnrollment
from application.learning.enrollments.queries import ListModuleEnrollments, ListUserEnrollments, ReadEnrollment
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("enrollments", "The enrollments of users in modules.")
ALL = "/modules/{module_id}/enrollments"
ONE = f"{ALL}/{{user_id}}"

USER = {"user_id": "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"}
DEPARTMENTS = {"departments": ["Hygiene", "Assisting"]}
SOMEONE = {
    "anyOf": [{"required": [name], "properties": {name: {"minItems": 1}}} for name in ("user_ids", "departments")]
}

ROUTES = [
    query_route(ALL, ListModuleEnrollments, tag=TAG),
    command_route("POST", ALL, EnrollUser, status=201, location=f"/v1{ONE}", tag=TAG, example=USER),
    command_route("POST", f"{ALL}/bulk", EnrollUsers, tag=TAG, example=DEPARTMENTS, rule=SOMEONE, cost=2),
    query_route(ONE, ReadEnrollment, tag=TAG),
    command_route("DELETE", ONE, WithdrawEnrollment, status=204, tag=TAG),
    query_route("/users/{user_id}/enrollments", ListUserEnrollments, tag=TAG),
]
