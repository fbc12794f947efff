"""Conditions on people, for lists of people and of their enrollments."""

from __future__ import annotations

from sqlalchemy import Boolean, bindparam, func, literal

from adapters.sql.kit.expressions import any_of, has_words
from adapters.sql.people.tables import users

SEARCHED = (
    users.c.email  # in lower case, and ASCII
    + literal("\n")
    + func.coalesce(users.c.full_name_folded, "")
    + literal("\n")
    + func.coalesce(users.c.job_title_folded, "")
)
PEOPLE = {
    "is_active": users.c.is_active == bindparam("is_active", type_=Boolean()),
    "departments": any_of(users.c.department_folded, "departments"),
    "locations": any_of(users.c.location_folded, "locations"),
    "roles": any_of(users.c.role, "roles"),
    "words": has_words(SEARCHED, "words"),
}
