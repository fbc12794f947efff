"""Routes of histories: positions and employment of people in time."""

from __future__ import annotations

from application.people.histories.commands import (
    AddPosition,
    CorrectEmployment,
    CorrectPosition,
    EndPosition,
    RecordEmployment,
    WithdrawEmployment,
    WithdrawPosition,
)
from application.people.histories.queries import ListEmployment, ListPositions, ReadHistory
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("histories", "Where people worked, as what, and since when that is known.")
PERSON = "/users/{user_id}"
POSITIONS, EMPLOYMENT = f"{PERSON}/positions", f"{PERSON}/employment"
POSITION, STATE = f"{POSITIONS}/{{position_id}}", f"{EMPLOYMENT}/{{state_id}}"

WHEN = {
    "as_of": "The day that is shown; by default today.",
    "known_at": "Only what was recorded by this moment counts; by default the watermark.",
}
WHEN_EXAMPLES = {"as_of": "2026-03-01"}
NEW_POSITION = {
    "department": "Hygiene",
    "job_title": "Dental Hygienist",
    "location": "Austin North",
    "starts_on": "2026-03-02",
    "is_primary": False,
}
WHY = {"reason": "Entered for the wrong person."}
LEAVE = {"state": "on_leave", "from_day": "2026-03-02"}

ROUTES = [
    query_route(f"{PERSON}/history", ReadHistory, tag=TAG, words=WHEN, examples=WHEN_EXAMPLES),
    query_route(POSITIONS, ListPositions, tag=TAG),
    command_route(
        "POST", POSITIONS, AddPosition, status=201, location=f"/v1{POSITIONS}/{{id}}", tag=TAG, example=NEW_POSITION
    ),
    command_route("POST", f"{POSITION}/end", EndPosition, tag=TAG, example={"last_day": "2026-03-31"}),
    command_route("POST", f"{POSITION}/correct", CorrectPosition, tag=TAG, example={"starts_on": "2026-02-16", **WHY}),
    command_route("POST", f"{POSITION}/withdraw", WithdrawPosition, tag=TAG, example=WHY),
    query_route(EMPLOYMENT, ListEmployment, tag=TAG),
    command_route(
        "POST", EMPLOYMENT, RecordEmployment, status=201, location=f"/v1{EMPLOYMENT}/{{id}}", tag=TAG, example=LEAVE
    ),
    command_route("POST", f"{STATE}/correct", CorrectEmployment, tag=TAG, example={"from_day": "2026-03-03", **WHY}),
    command_route("POST", f"{STATE}/withdraw", WithdrawEmployment, tag=TAG, example=WHY),
]
