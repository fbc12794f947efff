"""Routes of job codes and of the titles that mean them."""

from __future__ import annotations

from typing import Any

from application.people.job_codes.commands import MapJobTitle, ReplaceJobCodes
from application.people.job_codes.queries import ListJobTitles, ListUnmappedTitles, ReadJobCodes
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("job codes", "What people work as, and which job titles mean it.")
CODES = "/job-codes"
TITLES = "/job-titles"

NEW_CODES: dict[str, list[dict[str, Any]]] = {
    "job_codes": [
        {"code": "dentist", "name": "Dentist"},
        {"code": "hygienist", "name": "Dental hygienist"},
        {"code": "radiographer", "name": "Radiographer", "retired": True},
    ]
}
MAPPING = {"title": "Dental Hygienist", "job_code": "hygienist"}
OF_CODE = {"job_code": "Only titles that mean this job code, or one of these when it is repeated."}

ROUTES = [
    query_route(CODES, ReadJobCodes, tag=TAG),
    command_route("PUT", CODES, ReplaceJobCodes, tag=TAG, example=NEW_CODES),
    query_route(TITLES, ListJobTitles, tag=TAG, words=OF_CODE, examples={"job_code": ["hygienist"]}),
    command_route("POST", TITLES, MapJobTitle, tag=TAG, example=MAPPING),
    query_route(f"{TITLES}/unmapped", ListUnmappedTitles, tag=TAG),
]
