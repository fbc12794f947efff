"""Enrollments: mapping and repository."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Integer,
    String,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.util import identity_key

from adapters.registry import serves
from adapters.sql.catalogue.tables import modules
from adapters.sql.kit.columns import columns_of, maker, names_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.local_days import on
from adapters.sql.kit.mapping import map_class, maps, owns, stored
from adapters.sql.kit.types import Moment
from adapters.sql.kit.units import SqlUnit, violated
from adapters.sql.kit.writes import Guard
from adapters.sql.learning.eligibility import ELIGIBILITY, eligibility_from
from adapters.sql.learning.tables import completions, enrollments, grants
from adapters.sql.people.tables import users
from application.kernel.lists import Present
from application.learning.ports import EnrollmentBasis, Enrollments, GroupEnrollments
from domain.catalogue.module_life import ModuleNotFound, ModuleOffer
from domain.learning.bulk_enrollment import Candidate
from domain.learning.completion import Eligibility
from domain.learning.cycles import CycleGrant
from domain.learning.enrollment_events import EnrollmentNotFound
from domain.learning.enrollments import Enrollment, EnrollmentFacts
from domain.learning.section_completions import SectionCompletion
from domain.people.user_errors import UserNotFound


@maps
def map_enrollments() -> None:
    """Map the classes; an enrollment owns the section completions of its cycle."""
    map_class(SectionCompletion, completions)
    in_order = (completions.c.completed_at, completions.c.section_id)
    map_class(Enrollment, enrollments, versioned=True, completions=owns(SectionCompletion, *in_order))


MODULE_ID = bindparam("module_id", type_=Uuid())
USER_ID = bindparam("user_id", type_=Uuid())
OFFERED = columns_of(ModuleOffer, modules, but=("archived_at",))
USER_IS_ACTIVE = select(users.c.is_active).where(users.c.id == USER_ID).scalar_subquery()
# One who was merged into another has none, so that managers do not see that user.
USER_DEPARTMENT = (
    select(users.c.department).where(users.c.id == USER_ID, users.c.merged_into.is_(None)).scalar_subquery()
)
USER_MERGED_INTO = select(users.c.merged_into).where(users.c.id == USER_ID).scalar_subquery()
OTHER_FACTS = columns_of(
    EnrollmentFacts,
    but=("offer",),
    user_is_active=USER_IS_ACTIVE,
    already_enrolled=exists().where(enrollments.c.module_id == MODULE_ID, enrollments.c.user_id == USER_ID),
    user_department=USER_DEPARTMENT,
    user_merged_into=USER_MERGED_INTO,
)
FACTS = select(
    *(select(column).where(modules.c.id == MODULE_ID).scalar_subquery().label(column.key) for column in OFFERED),
    *OTHER_FACTS,
)
_offer_from = maker(ModuleOffer, *names_of(OFFERED), "archived_at")
_facts_from = maker(EnrollmentFacts, *names_of(OTHER_FACTS), "offer")
CANDIDATES = (
    select(
        *columns_of(
            Candidate,
            users,
            user_id=users.c.id,
            already_enrolled=enrollments.c.user_id.is_not(None),
            department=case((users.c.merged_into.is_(None), users.c.department)),
        ),
    )
    .select_from(
        users.outerjoin(enrollments, and_(enrollments.c.user_id == users.c.id, enrollments.c.module_id == MODULE_ID))
    )
    .where(
        or_(
            any_of(users.c.id, "user_ids"),
            and_(any_of(users.c.department, "departments"), users.c.merged_into.is_(None)),
        )
    )
    .order_by(users.c.id)
)


OFFER = select(*columns_of(ModuleOffer, modules)).where(modules.c.id == MODULE_ID).with_for_update(read=True)
# With a shared lock: publishing with a move and enrolling wait for each other.
OFFERED_STILL = (
    select(modules.c.id)
    .where(
        modules.c.id == MODULE_ID,
        modules.c.status == bindparam("module_status", type_=modules.c.status.type),
        modules.c.version_number == bindparam("version_number", type_=Integer()),
    )
    .with_for_update(read=True)
    .scalar_subquery()
)
# The lock, which the foreign key takes anyway, lets enrolling somebody and merging that user wait for each other.
ACTIVE_STILL = (
    select(users.c.is_active).where(users.c.id == USER_ID).with_for_update(read=True, key_share=True).scalar_subquery()
)
UNCHANGED = and_(
    OFFERED_STILL.is_not(None),
    ACTIVE_STILL.is_not_distinct_from(bindparam("user_is_active", type_=Boolean())),
    USER_DEPARTMENT.is_not_distinct_from(bindparam("user_department", type_=String())),
)


@serves(Enrollments)
@serves(EnrollmentBasis)
@serves(GroupEnrollments)
class SqlEnrollments:
    """Enrollments in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit
        self._seen: dict[tuple[UUID, UUID], EnrollmentFacts] = {}
        dialect = postgresql if unit.dialect == "postgresql" else sqlite
        self._insert: Any = dialect.insert

    async def facts(self, module_id: UUID, user_id: UUID) -> EnrollmentFacts:
        rows = await self._unit.fetch(FACTS, module_id=module_id, user_id=user_id)
        offered, others = rows[0][: len(OFFERED)], rows[0][len(OFFERED) :]
        offer = None if offered[0] is None else _offer_from((*offered, None))
        facts = self._seen[module_id, user_id] = _facts_from((*others, offer))
        return facts

    async def candidates(
        self, module_id: UUID, user_ids: Sequence[UUID], departments: Sequence[str]
    ) -> list[Candidate]:
        rows = await self._unit.fetch(CANDIDATES, module_id=module_id, user_ids=user_ids, departments=departments)
        return [Candidate(*row) for row in rows]

    async def get(self, module_id: UUID, user_id: UUID) -> Enrollment:
        enrollment = await (await self._unit.session()).get(stored(Enrollment), (module_id, user_id))
        if enrollment is None:
            raise EnrollmentNotFound
        return self._unit.touch(enrollment)

    async def add(self, enrollment: Enrollment) -> None:
        guard = self._guard(enrollment.module_id, enrollment.user_id)
        await self._unit.add(enrollment, guard, self._add_now)

    async def _add_now(self, session: AsyncSession, enrollment: Enrollment) -> None:
        values = {column.name: getattr(enrollment, column.name) for column in enrollments.c}
        try:
            await session.execute(insert(enrollments).values(values))
        except IntegrityError as error:
            if violated(error):
                raise
            # SQLite does not name the violated foreign key.
            facts = await self.facts(enrollment.module_id, enrollment.user_id)
            raise (ModuleNotFound if facts.offer is None else UserNotFound) from error

    async def offer(self, module_id: UUID) -> ModuleOffer | None:
        session = await self._unit.session()
        row = (await session.execute(OFFER, {"module_id": module_id})).first()
        return None if row is None else ModuleOffer(*row)

    async def many(self, module_id: UUID, user_ids: Sequence[UUID]) -> dict[UUID, Enrollment]:
        session = await self._unit.session()
        kind = stored(Enrollment)
        known = (session.identity_map.get(identity_key(kind, (module_id, user_id))) for user_id in user_ids)
        found: dict[UUID, Enrollment] = {each.user_id: each for each in known if isinstance(each, Enrollment)}
        if missing := [user_id for user_id in user_ids if user_id not in found]:
            statement = select(kind).where(enrollments.c.module_id == module_id, any_of(enrollments.c.user_id, "who"))
            found |= {each.user_id: each for each in await session.scalars(statement, {"who": missing})}
        return found

    async def for_learning(self, module_id: UUID, user_id: UUID) -> Enrollment:
        session = await self._unit.session()
        enrollment = await session.get(
            stored(Enrollment), (module_id, user_id), with_for_update=True, populate_existing=True
        )
        if enrollment is None:
            raise EnrollmentNotFound
        return self._unit.touch(enrollment)

    async def eligibility(self, enrollment: Enrollment, at: Present) -> Eligibility:
        rows = await self._unit.fetch(
            ELIGIBILITY,
            module_id=enrollment.module_id,
            user_id=enrollment.user_id,
            version_number=enrollment.version_number,
            **on(at),
        )
        return eligibility_from(rows, completed=enrollment.completed_at is not None)

    def _guard(self, module_id: UUID, user_id: UUID) -> Guard | None:
        seen = self._seen.get((module_id, user_id))
        if seen is None:
            return None
        return Guard(
            UNCHANGED,
            {
                "module_id": module_id,
                "user_id": user_id,
                "module_status": seen.offer and seen.offer.status,
                "version_number": seen.offer and seen.offer.version_number,
                "user_is_active": seen.user_is_active,
                "user_department": seen.user_department,
            },
        )

    async def add_many(
        self,
        module_id: UUID,
        user_ids: Sequence[UUID],
        *,
        version_number: int,
        enrolled_by: UUID | None,
        now: datetime,
    ) -> frozenset[UUID]:
        if not user_ids:
            return frozenset()
        some = select(
            literal(module_id, Uuid()),
            users.c.id,
            literal(version_number, Integer()),
            literal(enrolled_by, Uuid()),
            literal(now, Moment()),
            literal(now, Moment()),
        )
        # Locked as by `ACTIVE_STILL`.
        who = some.where(any_of(users.c.id, "user_ids"), users.c.merged_into.is_(None)).with_for_update(
            read=True, key_share=True
        )
        statement = (
            self._insert(enrollments)
            .from_select(["module_id", "user_id", "version_number", "enrolled_by", "enrolled_at", "updated_at"], who)
            .on_conflict_do_nothing()
            .returning(enrollments.c.user_id)
        )
        session = await self._unit.session()
        return frozenset(await session.scalars(statement, {"user_ids": user_ids}))

    async def keep_grant(self, grant: CycleGrant) -> None:
        await self._unit.insert(grants, [{column.name: getattr(grant, column.name) for column in grants.c}])

    async def remove(self, enrollment: Enrollment) -> None:
        session = await self._unit.session()
        await session.delete(enrollment)
        await session.flush()
