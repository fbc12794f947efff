"""A learner's progress, read in one statement."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, literal, select, true, union_all

from adapters.registry import serves
from adapters.sql.catalogue.tables import versions
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.local_days import on
from adapters.sql.kit.owned_lists import scope_parameters
from adapters.sql.kit.reads import Reads
from adapters.sql.learning.eligibility import (
    DONE,
    MODULE_ID,
    USER_ID,
    about_the_learner,
    attempts_in,
    eligibility_from,
    granted,
    mark,
    missing_prerequisites,
)
from adapters.sql.learning.tables import completions, enrollments
from adapters.sql.people.merged import of_person
from adapters.sql.people.tables import users, within
from application.kernel.access import Scope
from application.kernel.lists import Present
from application.learning.progress.queries import ConfirmedStatement, ProgressFacts, ProgressReader
from domain.learning.completion import LearnerStanding


@cache
def _progress(scoped: bool) -> Select[Any]:
    this = enrollments.alias("this")
    number = (
        select(this.c.version_number).where(this.c.module_id == MODULE_ID, this.c.user_id == USER_ID).scalar_subquery()
    )
    done = mark(DONE, completions.c.section_id, completions.c.completed_at, literal(1, Integer())).where(
        completions.c.module_id == MODULE_ID, completions.c.user_id == USER_ID
    )
    eligibility = (attempts_in(number), missing_prerequisites(), granted(), *about_the_learner())
    marks = union_all(done, *eligibility).subquery("marks")
    statement = (
        select(
            enrollments.c.version_number,
            enrollments.c.started_at,
            enrollments.c.completed_at,
            enrollments.c.settles_at,
            enrollments.c.record_id,
            enrollments.c.version,
            versions.c.settings,
            versions.c.outline,
            marks,
        )
        .select_from(
            enrollments.join(
                versions,
                (versions.c.module_id == enrollments.c.module_id) & (versions.c.number == enrollments.c.version_number),
            )
            .join(users, users.c.id == enrollments.c.user_id)
            .outerjoin(marks, true())
        )
        .where(enrollments.c.module_id == MODULE_ID, enrollments.c.user_id == USER_ID)
    )
    return statement.where(within()) if scoped else statement


CONFIRMED = (
    select(
        *columns_of(
            ConfirmedStatement,
            completions,
            statement=completions.c.attestation,
            confirmed_at=completions.c.completed_at,
        )
    )
    .where(of_person(completions.c.user_id, USER_ID), completions.c.attestation.is_not(None))
    .order_by(completions.c.completed_at.desc(), completions.c.section_id.desc())
)


@serves(ProgressReader)
class SqlProgressReader:
    """Progress, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def confirmed_by(self, user_id: UUID) -> list[ConfirmedStatement]:
        return [ConfirmedStatement(*row) for row in await self._reads.rows(CONFIRMED, user_id=user_id)]

    async def of(self, scope: Scope, module_id: UUID, user_id: UUID, at: Present) -> ProgressFacts | None:
        rows = await self._reads.rows(
            _progress(not scope.everyone),
            module_id=module_id,
            user_id=user_id,
            **on(at),
            **scope_parameters(scope),
        )
        if not rows:
            return None
        number, started_at, completed_at, settles_at, record_id, version, settings, outline, *_ = rows[0]
        marks = [row[8:] for row in rows]
        done = {key: at for kind, key, at, _ in marks if kind == DONE}
        eligibility = eligibility_from(marks, completed=completed_at is not None)
        standing = LearnerStanding(
            settings.rules, outline, started_at, done, eligibility, asks_for_names=settings.asks_for_names
        )
        return ProgressFacts(module_id, user_id, number, completed_at, settles_at, record_id, version, standing)
