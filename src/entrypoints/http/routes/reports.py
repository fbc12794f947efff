"""Routes of reports."""

from __future__ import annotations

from application.reporting.queries import ReadParticipation
from entrypoints.http.kit.routing import query_route

ROUTES = [query_route("/reports/participation", ReadParticipation, tag="reports")]
