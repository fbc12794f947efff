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
    and_,
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
from adapters.sql.expressions import among
from adapters.sql.modules import modules
from adapters.sql.reads import Row
from adapters.sql.records import records
from adapters.sql.types import Moment
from domain.attempts import AttemptStatus
from domain.completion import Hurdles, Tries
from domain.module_life import ModuleStatus

PREREQUISITE, TRIES, DONE = "prerequisite", "tries", "done"
"""What a mark tells of: a module that comes first, the graded attempts at a section's quiz, a completed section."""

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


def tries_in(cycle_id: ColumnElement[Any]) -> Select[Any]:
    """The graded attempts of the cycle, by section."""
    return (
        mark(TRIES, attempts.c.section_id, func.max(attempts.c.submitted_at, type_=Moment()), func.count())
        .where(
            and_(
                attempts.c.cycle_id == cycle_id,
                attempts.c.status == literal(AttemptStatus.GRADED, attempts.c.status.type),
            )
        )
        .group_by(attempts.c.section_id)
    )


def hurdles_from(marks: Iterable[Row]) -> Hurdles:
    """The hurdles that these marks tell of."""
    found = list(marks)
    return Hurdles(
        tuple(sorted(key for kind, key, _, _ in found if kind == PREREQUISITE)),
        {key: Tries(count, at) for kind, key, at, count in found if kind == TRIES},
    )


HURDLES = select(union_all(missing_prerequisites(), tries_in(bindparam("cycle_id", type_=Uuid()))).subquery())
