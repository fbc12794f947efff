"""What progress rests on beside the enrollment: prerequisites that are missing, and what was made of each quiz."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Uuid,
    bindparam,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from adapters.sql.attempts import attempts
from adapters.sql.cycles import grants
from adapters.sql.expressions import among
from adapters.sql.modules import modules
from adapters.sql.reads import Row
from adapters.sql.records import records
from adapters.sql.types import Moment
from domain.attempts import AttemptStatus
from domain.completion import Hurdles, Tries
from domain.module_life import ModuleStatus

PREREQUISITE, TRIES, DONE, GRANTS = "prerequisite", "tries", "done", "grants"
"""What a mark tells of: a module that comes first, the graded attempts at a section's quiz, a completed section, the
cycles that were granted."""

MODULE_ID = bindparam("module_id", type_=Uuid())
USER_ID = bindparam("user_id", type_=Uuid())
TODAY = bindparam("today", type_=Date())


def mark(kind: str, key: ColumnElement[Any], at: ColumnElement[Any], count: ColumnElement[Any]) -> Select[Any]:
    """What has happened, to what, when, and how often; all marks have these columns."""
    return select(literal(kind).label("mark"), key.label("key"), at.label("at"), count.label("count"))


def missing_prerequisites() -> Select[Any]:
    """The published modules that come before this one and of which the user holds no valid record.

    What is not offered cannot be completed, and so must not keep anybody waiting.
    """
    owner = modules.alias("owner")
    held = exists().where(
        records.c.module_id == modules.c.id,
        records.c.user_id == USER_ID,
        records.c.valid_from <= TODAY,
        or_(records.c.valid_until.is_(None), records.c.valid_until >= TODAY),
    )
    return (
        mark(PREREQUISITE, modules.c.id, cast(null(), Moment()), literal(0, Integer()))
        .select_from(owner.join(modules, among(modules.c.id, owner.c.prerequisites)))
        .where(
            owner.c.id == MODULE_ID,
            modules.c.status == literal(ModuleStatus.PUBLISHED, modules.c.status.type),
            ~held,
        )
    )


NEWEST_GRANT = func.coalesce(
    select(func.max(grants.c.number))
    .where(grants.c.module_id == MODULE_ID, grants.c.user_id == USER_ID)
    .scalar_subquery(),
    0,
)
"""The number of the user's newest grant of a cycle of the module, 0 when there is none."""


def granted() -> Select[Any]:
    """How many cycles were granted."""
    return mark(GRANTS, cast(null(), Uuid()), cast(null(), Moment()), NEWEST_GRANT)


def tries_in(version_number: ColumnElement[Any]) -> Select[Any]:
    """The user's graded attempts at this version since the newest grant, by section, through all enrollments."""
    return (
        mark(TRIES, attempts.c.section_id, func.max(attempts.c.submitted_at, type_=Moment()), func.count())
        .where(
            attempts.c.module_id == MODULE_ID,
            attempts.c.user_id == USER_ID,
            attempts.c.version_number == version_number,
            attempts.c.grant_number == NEWEST_GRANT,
            attempts.c.status == literal(AttemptStatus.GRADED, attempts.c.status.type),
        )
        .group_by(attempts.c.section_id)
    )


def hurdles_from(marks: Iterable[Row]) -> Hurdles:
    """The hurdles that these marks tell of."""
    found = list(marks)
    return Hurdles(
        tuple(sorted(key for kind, key, _, _ in found if kind == PREREQUISITE)),
        {key: Tries(count, at) for kind, key, at, count in found if kind == TRIES},
        sum(count for kind, _, _, count in found if kind == GRANTS),
    )


HURDLES = select(
    union_all(missing_prerequisites(), tries_in(bindparam("version_number", type_=Integer())), granted()).subquery()
)
