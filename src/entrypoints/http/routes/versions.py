"""Routes of what was published."""

from __future__ import annotations

from application.catalogue.versions.queries import CompareVersions, ListVersions, ReadVersion
from entrypoints.http.kit.routing import Tag, query_route

TAG = Tag("versions", "Published versions, which never change. Learners continue with the version that they began.")
ALL = "/modules/{module_id}/versions"
ONE = f"{ALL}/{{number}}"
NUMBERS = {
    "number": "The number of the version, from 1.",
    "since": "The number of the version to compare with.",
}

ROUTES = [
    query_route(ALL, ListVersions, tag=TAG, personal=False),
    query_route(ONE, ReadVersion, tag=TAG, personal=False, words=NUMBERS),
    query_route(f"{ONE}/changes", CompareVersions, tag=TAG, personal=False, words=NUMBERS),
]
