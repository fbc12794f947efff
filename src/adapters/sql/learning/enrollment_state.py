"""How far somebody is in a module, as SQL. A contract suite compares it with the domain's rules.

The expressions are of a row of enrollments joined with all the tables of `joined`; `present` has their parameters.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    type_coerce,
)

from adapters.sql.assessment.tables import GRADED, attempts
from adapters.sql.catalogue.tables import modules, versions
from adapters.sql.evidence.counted_records import holds_record
from adapters.sql.evidence.tables import certificates, records
from adapters.sql.kit.document_expressions import items, number_within, text_within
from adapters.sql.kit.expressions import among, any_of, minutes_before
from adapters.sql.kit.intervals import covers
from adapters.sql.kit.local_days import lasts, on
from adapters.sql.kit.schema import ORDERED
from adapters.sql.kit.types import Moment, choice
from adapters.sql.learning.eligibility import is_offered, since_newest_grant
from adapters.sql.learning.tables import completions, enrollments, module_due_days
from adapters.sql.people.merged import of_person
from adapters.sql.people.tables import is_nameless, users
from adapters.sql.people.zones import zone_at
from application.kernel.lists import AFTER_ALL_DAYS, Present, Span
from domain.catalogue.versions import BLOODBORNE_PATHOGENS
from domain.kernel.validity import CertificateState
from domain.learning.completion import EnrollmentStatus

ZONE = zone_at(users.c.location_id)
"""Of the user, where it matters."""
DUE, TODAY = module_due_days.alias("due"), bindparam("today", type_=Date())
EARNED, CERTIFICATE = records.alias("earned"), certificates.alias("certificate")
NOW = bindparam("now", type_=Moment())


def present(at: Present) -> dict[str, Any]:
    """The parameters of the expressions."""
    return {"now": at.now, "today": at.day_in(None), **on(at)}


COMPLETED = enrollments.c.completed_at.is_not(None)
BEGUN = and_(enrollments.c.started_at.is_not(None), ~COMPLETED)
"""Only then sections, attempts and rules count. Most rows in a list are completed or not begun, and cost less."""


def joined() -> FromClause:
    """Enrollments with user and module, the version of those that are begun, and the certificate of the record that
    completed the others.
    """
    return (
        enrollments.join(users, users.c.id == enrollments.c.user_id)
        .join(modules, modules.c.id == enrollments.c.module_id)
        .outerjoin(
            versions,
            and_(
                versions.c.module_id == case((BEGUN, enrollments.c.module_id)),
                versions.c.number == enrollments.c.version_number,
            ),
        )
        .outerjoin(EARNED, EARNED.c.cycle_id == case((COMPLETED, enrollments.c.cycle_id)))
        .outerjoin(CERTIFICATE, CERTIFICATE.c.record_id == func.coalesce(enrollments.c.record_id, EARNED.c.id))
    )


def _rule(name: str) -> ColumnElement[int]:
    return number_within(versions.c.settings, "rules", name)


DONE = (
    select(func.count())
    .where(completions.c.module_id == enrollments.c.module_id, completions.c.user_id == enrollments.c.user_id)
    .correlate(enrollments)
    .scalar_subquery()
)
SECTIONS = items(versions.c.outline)
NONE, ALL = literal_column("0", Integer()), literal_column("100", Integer())
PERCENT = case(
    (COMPLETED, ALL),
    (enrollments.c.started_at.is_(None), NONE),
    else_=func.coalesce(ALL * DONE // func.nullif(SECTIONS, NONE, type_=Integer()), NONE),
)

ALLOWED, WAIT, MINIMUM = _rule("attempts_allowed"), _rule("wait_minutes"), _rule("minimum_minutes")


def _lacks_prerequisite() -> ColumnElement[bool]:
    first = modules.alias("first")
    return (
        exists()
        .where(
            among(first.c.id, modules.c.prerequisites),
            is_offered(first),
            ~holds_record(enrollments.c.user_id, first.c.id, zone=ZONE).correlate(enrollments, first, users),
        )
        .correlate(enrollments, modules, users)
    )


def _cannot_try_a_quiz() -> ColumnElement[bool]:
    """Whether all attempts at a quiz that remains are used, or the next one may not begin yet."""
    passed = exists().where(
        completions.c.module_id == enrollments.c.module_id,
        completions.c.user_id == enrollments.c.user_id,
        completions.c.section_id == attempts.c.section_id,
    )
    passed = passed.correlate(enrollments, attempts)
    tried = (
        select(attempts.c.section_id)
        .where(
            attempts.c.module_id == enrollments.c.module_id,
            of_person(attempts.c.user_id, enrollments.c.user_id),
            attempts.c.version_number == enrollments.c.version_number,
            since_newest_grant(enrollments.c.user_id),
            attempts.c.status == GRADED,
            ~passed,
        )
        .group_by(attempts.c.section_id)
        .having(
            or_(
                func.count() >= ALLOWED,
                and_(WAIT > NONE, func.max(attempts.c.submitted_at, type_=Moment()) > minutes_before(NOW, WAIT)),
            )
        )
        .correlate(enrollments, versions)
    )
    return and_(or_(ALLOWED.is_not(None), WAIT > NONE), tried.exists())


def _cannot_finish() -> ColumnElement[bool]:
    """Whether the module is not completed although every section is."""
    asks_for_names = text_within(versions.c.settings, "citation").contains(BLOODBORNE_PATHOGENS)
    return and_(
        DONE >= SECTIONS,
        or_(
            and_(MINIMUM.is_not(None), enrollments.c.started_at > minutes_before(NOW, MINIMUM)),
            and_(asks_for_names, is_nameless()),
        ),
    )


def _word(value: str) -> ColumnElement[str]:
    return literal_column(f"'{value}'")


STATUS = type_coerce(
    case(
        (COMPLETED, _word(EnrollmentStatus.COMPLETED)),
        (_lacks_prerequisite(), _word(EnrollmentStatus.BLOCKED)),
        (enrollments.c.started_at.is_(None), _word(EnrollmentStatus.NOT_STARTED)),
        (or_(_cannot_try_a_quiz(), _cannot_finish()), _word(EnrollmentStatus.BLOCKED)),
        else_=_word(EnrollmentStatus.IN_PROGRESS),
    ),
    choice(EnrollmentStatus, "enrollment_status"),
)
IS_DUE = and_(
    DUE.c.user_id == enrollments.c.user_id,
    DUE.c.module_id == enrollments.c.module_id,
    covers(DUE.c.from_day, DUE.c.until, TODAY),
)


def _of_due_day(column: ColumnElement[Any]) -> ColumnElement[Any]:
    # Not joined: of a join, PostgreSQL would expect many rows for each enrollment.
    return select(column).where(IS_DUE).limit(literal_column("1")).correlate(enrollments).scalar_subquery()


NOT_DUE = literal_column(f"'{AFTER_ALL_DAYS}'", ORDERED)
DUE_KEY = func.coalesce(_of_due_day(DUE.c.due_key), NOT_DUE, type_=ORDERED)
CERTIFICATE_STATE = type_coerce(
    case(
        (CERTIFICATE.c.serial.is_(None), literal_column("NULL")),
        (CERTIFICATE.c.revoked_at.is_not(None), _word(CertificateState.REVOKED)),
        (not_(lasts(CERTIFICATE.c.valid_until, ZONE)), _word(CertificateState.EXPIRED)),
        else_=_word(CertificateState.VALID),
    ),
    choice(CertificateState, "certificate_state"),
)
STATE = {
    "version_number": enrollments.c.version_number,
    "started_at": enrollments.c.started_at,
    "completed_at": enrollments.c.completed_at,
    "enrollment_status": STATUS,
    "percent": PERCENT,
    "certificate_serial": CERTIFICATE.c.serial,
    "certificate_state": CERTIFICATE_STATE,
    "certificate_valid_from": CERTIFICATE.c.valid_from,
    "certificate_valid_until": CERTIFICATE.c.valid_until,
    "due_on": _of_due_day(DUE.c.due_on),
}
"""The columns of a read model, by its fields."""


def _limit(column: ColumnElement[Any], name: str) -> dict[str, ColumnElement[bool]]:
    after, until = (bindparam(f"{name}_{end}", type_=Moment()) for end in ("after", "until"))
    return {f"{name}_after": column > after, f"{name}_until": column <= until}


CONDITIONS: dict[str, ColumnElement[bool]] = {
    "statuses": any_of(STATUS, "statuses"),
    **_limit(enrollments.c.enrolled_at, "enrolled"),
    **_limit(enrollments.c.completed_at, "completed"),
}
"""Conditions on enrollments."""


def within_spans(enrolled: Span, completed: Span) -> dict[str, Any]:
    """The parameters of the conditions on times."""
    return {
        "enrolled_after": enrolled.after,
        "enrolled_until": enrolled.until,
        "completed_after": completed.after,
        "completed_until": completed.until,
    }
