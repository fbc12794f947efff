"""Routes of reports."""

from __future__ import annotations

from application.reporting.queries import ReadParticipation
from entrypoints.http.kit.routing import Tag, query_route

TAG = Tag("reports", "Counts for managers and the group's leaders.")

ROUTES = [query_route("/reports/participation", ReadParticipation, tag=TAG)]
