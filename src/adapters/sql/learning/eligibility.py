"""The facts that progress depends on beside the enrollment: missing prerequisites, and the attempts at each quiz."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    union_all,
)

from adapters.sql.assessment.tables import GRADED, attempts
from adapters.sql.catalogue.tables import modules
from adapters.sql.evidence.counted_records import holds_record, is_current
from adapters.sql.kit.expressions import among
from adapters.sql.kit.reads import Row
from adapters.sql.kit.types import Moment
from adapters.sql.learning.tables import grants
from adapters.sql.people.merged import of_person
from adapters.sql.people.tables import is_nameless, users
from domain.catalogue.module_life import ModuleStatus
from domain.learning.completion import AttemptCounts, Eligibility

PREREQUISITE, ATTEMPTS, DONE, GRANTS, NAMELESS, HELD = (
    "prerequisite",
    "attempt_counts",
    "done",
    "grants",
    "nameless",
    "held",
)
"""The kinds of marks: a missing prerequisite, the graded attempts at a section's quiz, a completed section, the granted
cycles, a user without a name, and a record of the current cycle that counts.
"""

MODULE_ID = bindparam("module_id", type_=Uuid())
USER_ID = bindparam("user_id", type_=Uuid())


def mark(kind: str, key: ColumnElement[Any], at: ColumnElement[Any], count: ColumnElement[Any]) -> Select[Any]:
    """A fact with its kind, object, time and count; all marks have these columns."""
    return select(literal(kind).label("mark"), key.label("key"), at.label("at"), count.label("count"))


def is_offered(module: FromClause) -> ColumnElement[bool]:
    """As `ModuleOffer.is_open` has it: others cannot be completed, and must not block anybody."""
    return module.c.status == literal(ModuleStatus.PUBLISHED, module.c.status.type)


def prerequisites() -> Select[Any]:
    """The published prerequisites of this module."""
    owner = modules.alias("owner")
    return (
        select(modules.c.id)
        .select_from(owner.join(modules, among(modules.c.id, owner.c.prerequisites)))
        .where(owner.c.id == MODULE_ID, is_offered(modules))
    )


def missing_prerequisites() -> Select[Any]:
    """The prerequisites of which the user holds no record that counts."""
    first = prerequisites().subquery("first")
    return mark(PREREQUISITE, first.c.id, cast(null(), Moment()), literal(0, Integer())).where(
        ~holds_record(USER_ID, first.c.id)
    )


NEWEST_GRANT = func.coalesce(
    select(func.max(grants.c.number))
    .where(grants.c.module_id == MODULE_ID, grants.c.user_id == USER_ID)
    .scalar_subquery(),
    0,
)
"""The number of the user's newest grant of a cycle of the module; 0 if there is none."""


def granted() -> Select[Any]:
    """The number of granted cycles."""
    return mark(GRANTS, cast(null(), Uuid()), cast(null(), Moment()), NEWEST_GRANT)


def since_newest_grant(user_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether the attempt of this user counts since the newest grant, as `cycles.is_current` defines it."""
    own, other = grants.alias(), grants.alias()
    newest = select(func.max(own.c.number)).where(
        own.c.module_id == attempts.c.module_id, own.c.user_id == attempts.c.user_id
    )
    granted_since = exists().where(
        other.c.module_id == attempts.c.module_id,
        of_person(other.c.user_id, user_id),
        other.c.user_id != attempts.c.user_id,
        other.c.granted_at > attempts.c.started_at,
    )
    return and_(attempts.c.grant_number == func.coalesce(newest.scalar_subquery(), 0), ~granted_since)


def attempts_in(version_number: ColumnElement[Any]) -> Select[Any]:
    """The person's graded attempts at this version since the newest grant, by section, across all enrollments."""
    return (
        mark(ATTEMPTS, attempts.c.section_id, func.max(attempts.c.submitted_at, type_=Moment()), func.count())
        .where(
            attempts.c.module_id == MODULE_ID,
            of_person(attempts.c.user_id, USER_ID),
            attempts.c.version_number == version_number,
            since_newest_grant(USER_ID),
            attempts.c.status == GRADED,
        )
        .group_by(attempts.c.section_id)
    )


def about_the_learner() -> tuple[Select[Any], Select[Any]]:
    """Whether the learner has no name, and whether the learner holds a record of the current cycle that counts."""
    nothing = cast(null(), Moment()), literal(0, Integer())
    nameless = mark(NAMELESS, users.c.id, *nothing).where(users.c.id == USER_ID, is_nameless())
    holds = holds_record(USER_ID, modules.c.id, is_current(USER_ID))
    held = mark(HELD, modules.c.id, *nothing).where(modules.c.id == MODULE_ID, holds)
    return nameless, held


def eligibility_from(marks: Iterable[Row], *, completed: bool) -> Eligibility:
    """The eligibility according to these marks; `completed` tells whether the training is completed."""
    found = list(marks)
    kinds = {kind for kind, *_ in found}
    return Eligibility(
        tuple(sorted(key for kind, key, _, _ in found if kind == PREREQUISITE)),
        {key: AttemptCounts(count, at) for kind, key, at, count in found if kind == ATTEMPTS},
        sum(count for kind, _, _, count in found if kind == GRANTS),
        nameless=NAMELESS in kinds,
        lapsed=completed and HELD not in kinds,
    )


ELIGIBILITY = select(
    union_all(
        missing_prerequisites(),
        attempts_in(bindparam("version_number", type_=Integer())),
        granted(),
        *about_the_learner(),
    ).subquery()
)
