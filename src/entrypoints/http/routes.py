"""Every route of the API."""

from __future__ import annotations

from entrypoints.http import enrollments, modules, questions, reports, sections, users

ROUTES = [
    *modules.ROUTES,
    *sections.ROUTES,
    *questions.ROUTES,
    *users.ROUTES,
    *enrollments.ROUTES,
    *reports.ROUTES,
]
