"""Conditions on people, for lists of people and of their enrollments."""

from __future__ import annotations

from functools import reduce

from sqlalchemy import Boolean, ColumnElement, bindparam, case, func, literal, or_

from adapters.sql.kit.expressions import any_of, has_words
from adapters.sql.people.tables import users

MOST_HALVINGS = 8
"""Replacing each two hyphens by one so often leaves one of any number that an address can have in a row."""


def _folded_address() -> ColumnElement[str]:
    """`typography.folded` of the address, which is in lower case and ASCII: punycode domains begin with `xn--`."""
    email = func.coalesce(users.c.email, "")
    typed = func.replace(email, "`", "'")
    bare = reduce(lambda text, _: func.replace(text, "--", "-"), range(MOST_HALVINGS), typed)
    return case((or_(email.contains("--"), email.contains("`")), bare), else_=email)


SEARCHED = (
    _folded_address()
    + literal("\n")
    + func.coalesce(users.c.full_name_folded, "")
    + literal("\n")
    + func.coalesce(users.c.job_title_folded, "")
    + literal("\n")
    + func.coalesce(users.c.employee_id_folded, "")
)
PEOPLE = {
    "is_active": users.c.is_active == bindparam("is_active", type_=Boolean()),
    "departments": any_of(users.c.department_folded, "departments"),
    "locations": any_of(users.c.location_folded, "locations"),
    "location_ids": any_of(users.c.location_id, "location_ids"),
    "job_codes": any_of(users.c.job_code, "job_codes"),
    "roles": any_of(users.c.role, "roles"),
    "words": has_words(SEARCHED, "words"),
}
