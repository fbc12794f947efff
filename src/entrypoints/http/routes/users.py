"""Routes of people."""

from __future__ import annotations

from application.people.roster import ImportRoster
from application.people.roster_lines import CHARSETS, RosterReadAs
from application.people.sign_ins.linking import LinkSignIn, UnlinkSignIn
from application.people.users.commands import DeactivateUsers, EditUser, RegisterUser
from application.people.users.queries import ListUsers, ReadUser
from application.privacy.merging import MergeUser, SeparateUser
from application.privacy.personal_data import EraseUser, ExportPersonalData
from entrypoints.http.kit.routing import Tag, Upload, command_route, query_route, upload_route

TAG = Tag("users", "People.")
FILTERS = {
    "id": "Only people with this id, or with one of these when it is repeated.",
    "is_active": "Only people who are active, or only those who are not.",
    "sign_in_requested": "Whether a sign-in waits until an administrator confirms it.",
    "has_email": "Only people with an e-mail address, or only those without one.",
    "department": "Only people of this department, or of one of these when it is repeated.",
    "location": "Only people with this text as their location, or one of these when it is repeated.",
    "location_id": "Only people whose text means the location with this id, or one of these when it is repeated.",
    "job_code": "Only people who have this job code, or one of these when it is repeated.",
    "role": "Only people with this role, or with one of these when it is repeated.",
    "employee_id": "Only the person with this employee id, or those with one of these; case does not matter.",
    "q": "Only people in whose name, e-mail address, employee id or job title all these words occur, in any order; "
    "case and accents do not matter. Metadata are not searched.",
    "metadata": "Only people whose profile metadata have this text at this path, such as `license_state:TX`.",
}
EXAMPLES = {
    "id": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"],
    "is_active": True,
    "department": ["Hygiene", "Assisting"],
    "location": ["Austin North"],
    "location_id": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"],
    "job_code": ["hygienist"],
    "role": ["manager", "compliance"],
    "employee_id": ["E-10472"],
    "q": "ruiz ana",
    "metadata": "license_state:TX",
    "sort": "name",
}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROSTER = Upload("file", ("text/csv", WORKBOOK), 64 * 2**20, CHARSETS, reading=RosterReadAs)

NEW_USER = {
    "email": "ana.ruiz@unifieddental.example",
    "full_name": "Ana Ruiz",
    "department": "Hygiene",
    "job_title": "Dental Hygienist",
    "location": "Cedar Park",
    "hired_on": "2026-03-02",
    "employee_id": "E-10472",
    "profile_metadata": {"license_state": "TX"},
}
WHO = {
    "anyOf": [
        {"required": [name], "properties": {name: {"type": "string"}}} for name in ("email", "employee_id", "full_name")
    ]
}
SIGN_IN = {"subject": "8f14e45f-ceea-467f-9c1b-6a2f5d6e0b11", "reason": "confirmed", "note": "Asked her in person."}
MERGE = {"into": "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f", "reason": "Hired twice by mistake.", "dry_run": True}
SEPARATE = {"reason": "Two people with the same name."}
LEAVERS = {"user_ids": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"]}
ROSTER_LINES = (
    "email,full_name,department,job_title,location,hired_on,license_state\n"
    "noor.haddad@unifieddental.example,Noor Haddad,Hygiene,Dental Hygienist,Austin North,2026-03-02,TX\n"
    "li.wei@unifieddental.example,Li Wei,Claims,Claims Specialist,Remote,2025-11-17,\n"
)
IMPORTING = {
    "sheet": "The sheet of a workbook; by default the first visible one.",
    "mapping": "Which column is which, and how dates are written, in YAML such as `dates: MM/DD/YYYY`.",
    "partial": "Whether to import the valid lines even if others are not.",
    "dry_run": "Whether to only say what would change, line by line, and change nothing.",
    "deactivate_missing": "Whether to deactivate people who were on a roster before and are not in this file.",
    "force": "Whether to deactivate even a larger part of the active people than the limit of the service allows.",
    "same_person": "Addresses of people whose name has changed in the file; repeatable.",
    "new_person": "Addresses that were given to another person, who has no records yet; repeatable.",
}

ROUTES = [
    query_route("/users", ListUsers, tag=TAG, words=FILTERS, examples=EXAMPLES),
    command_route(
        "POST",
        "/users",
        RegisterUser,
        status=201,
        location="/v1/users/{id}",
        tag=TAG,
        example=NEW_USER,
        rule=WHO,
    ),
    query_route("/users/{user_id}", ReadUser, tag=TAG),
    command_route("PATCH", "/users/{user_id}", EditUser, tag=TAG, example={"department": "Front Desk"}),
    query_route("/users/{user_id}/personal-data", ExportPersonalData, tag=TAG, cost=2),
    command_route("POST", "/users/{user_id}/erase", EraseUser, tag=TAG),
    command_route("POST", "/users/{user_id}/sign-in/link", LinkSignIn, tag=TAG, example=SIGN_IN),
    command_route("POST", "/users/{user_id}/sign-in/unlink", UnlinkSignIn, tag=TAG, example={"reason": "compromised"}),
    command_route("POST", "/users/{user_id}/merge", MergeUser, tag=TAG, example=MERGE),
    command_route("POST", "/users/{user_id}/separate", SeparateUser, tag=TAG, example=SEPARATE),
    command_route("POST", "/users/deactivate", DeactivateUsers, tag=TAG, example=LEAVERS, cost=2),
    upload_route("/users/import", ImportRoster, ROSTER, tag=TAG, example=ROSTER_LINES, words=IMPORTING, cost=6),
]
