"""Routes of what was published."""

from __future__ import annotations

from application.catalogue.versions.queries import CompareVersions, ListVersions, ReadVersion
from entrypoints.http.kit.routing import query_route

TAG = "versions"
ALL = "/modules/{module_id}/versions"
ONE = f"{ALL}/{{number}}"

ROUTES = [
    query_route(ALL, ListVersions, tag=TAG, personal=False),
    query_route(ONE, ReadVersion, tag=TAG, personal=False),
    query_route(f"{ONE}/changes", CompareVersions, tag=TAG, personal=False),
]
