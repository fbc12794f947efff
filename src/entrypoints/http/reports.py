"""Routes of reports."""

from __future__ import annotations

from application.reports.queries import ReadParticipation
from entrypoints.http.routing import query_route

ROUTES = [query_route("/reports/participation", ReadParticipation, tag="reports")]
