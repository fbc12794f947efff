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

DAYS = {
    "status": "Only enrollments with this status (`enrollment_status` in the items), or with one of these when it is "
    "repeated.",
    "enrolled_from": "Only enrollments of this day or later; days are those where the organization is.",
    "enrolled_to": "Only enrollments of this day or earlier.",
    "completed_from": "Only trainings completed on this day or later.",
    "completed_to": "Only trainings completed on this day or earlier.",
}
PEOPLE = {
    **DAYS,
    "user_id": "Only this person, or one of these when it is repeated.",
    "department": "Only people of this department, or of one of these when it is repeated.",
    "location": "Only people with this text as their location, or one of these when it is repeated.",
    "location_id": "Only people whose text means the location with this id, or one of these when it is repeated.",
    "job_code": "Only people who have this job code, or one of these when it is repeated.",
    "role": "Only people with this role, or with one of these when it is repeated.",
    "is_active": "Only people who are active, or only those who are not.",
    "q": "Only people in whose name, e-mail address, employee id or job title all these words occur, in any order; "
    "case and accents do not matter.",
}
MODULES = {
    **DAYS,
    "module_id": "Only this module, or one of these when it is repeated.",
    "tag": "Only modules with this tag, or with one of these when it is repeated.",
    "q": "Only modules in whose title, summary or slug all these words occur, in any order; case and accents do not "
    "matter.",
}
IN_SPRING = {
    "status": ["in_progress", "blocked"],
    "enrolled_from": "2026-03-01",
    "enrolled_to": "2026-05-31",
    "completed_from": "2026-03-01",
    "completed_to": "2026-05-31",
}
SOME_PEOPLE = {
    **IN_SPRING,
    "user_id": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"],
    "department": ["Hygiene", "Assisting"],
    "location": ["Austin North"],
    "location_id": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"],
    "job_code": ["hygienist"],
    "role": ["authenticated"],
    "is_active": True,
    "q": "ruiz ana",
    "sort": "name",
}
SOME_MODULES = {
    **IN_SPRING,
    "module_id": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"],
    "tag": ["osha", "annual"],
    "q": "pathogens bloodborne",
    "sort": "title",
}

ROUTES = [
    query_route(ALL, ListModuleEnrollments, tag=TAG, words=PEOPLE, examples=SOME_PEOPLE),
    command_route("POST", ALL, EnrollUser, status=201, location=f"/v1{ONE}", tag=TAG, example=USER),
    command_route("POST", f"{ALL}/bulk", EnrollUsers, tag=TAG, example=DEPARTMENTS, rule=SOMEONE, cost=2),
    query_route(ONE, ReadEnrollment, tag=TAG),
    command_route("DELETE", ONE, WithdrawEnrollment, status=204, tag=TAG),
    query_route("/users/{user_id}/enrollments", ListUserEnrollments, tag=TAG, words=MODULES, examples=SOME_MODULES),
]
