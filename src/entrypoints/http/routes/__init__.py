"""Every route of the API."""

from __future__ import annotations

from entrypoints.http.routes import (
    attempts,
    enrollments,
    evidence,
    learning,
    modules,
    questions,
    reports,
    sections,
    users,
    versions,
)

ROUTES = [
    *modules.ROUTES,
    *sections.ROUTES,
    *questions.ROUTES,
    *versions.ROUTES,
    *users.ROUTES,
    *enrollments.ROUTES,
    *learning.ROUTES,
    *attempts.ROUTES,
    *evidence.ROUTES,
    *reports.ROUTES,
]
