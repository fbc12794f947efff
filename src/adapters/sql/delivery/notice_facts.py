"""What is true when a notice is to be sent: of the person, and of what it is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, Uuid, and_, bindparam, case, cast, exists, func, or_, select

from adapters.registry import serves
from adapters.sql.catalogue.tables import modules
from adapters.sql.compliance.obligation_reader import DAY, ON_DAY, STATES, WHO
from adapters.sql.compliance.obligation_tables import CURRENT, obligation_states
from adapters.sql.compliance.requirement_tables import requirement_versions, requirements
from adapters.sql.compliance.requirements import terms_of
from adapters.sql.delivery.notice_candidates import IS_ANNOUNCEMENT, is_replaced
from adapters.sql.delivery.notice_tables import notice_settings, notices
from adapters.sql.evidence.credential_reader import superseded_by
from adapters.sql.evidence.tables import certificates, credentials, records
from adapters.sql.kit.expressions import among, any_of
from adapters.sql.kit.intervals import covers
from adapters.sql.kit.reads import Reads, Row
from adapters.sql.learning.tables import enrollments, module_due_days
from adapters.sql.people.history_tables import employment_states
from adapters.sql.people.locations import locations
from adapters.sql.people.merged import person_of
from adapters.sql.people.tables import users
from application.delivery.notices.ports import NoticeFacts, SubjectFacts
from domain.compliance.citations import Basis
from domain.compliance.standing import STOPPED
from domain.delivery.notices import SubjectKind
from domain.delivery.recipients import Recipient
from domain.evidence.credentials import CredentialStatus
from domain.kernel.roles import Role
from domain.people.employment import ORDER, EmploymentState
from domain.people.users import FICTITIOUS

BY_LAW = (Basis.STATUTE, Basis.REGULATION)
ZONES = select(locations.c.time_zone).distinct().order_by(locations.c.time_zone)


def _employment() -> ColumnElement[Any]:
    """The last state that had begun by the day, as `employment_on` in `domain.people.employment` says."""
    later, states = employment_states.alias("later"), employment_states.c
    rank = case(*((states.state == state, place) for state, place in ORDER.items()), else_=-1)
    return (
        select(states.state)
        .where(
            states.user_id == users.c.id,
            states.withdrawn.is_(False),
            states.from_day <= DAY,
            ~exists().where(later.c.supersedes == states.id),
        )
        .order_by(states.from_day.desc(), rank.desc(), states.id.desc())
        .limit(1)
        .correlate(users)
        .scalar_subquery()
    )


RECIPIENT = (
    select(
        *(users.c.id, users.c.email, users.c.full_name, locations.c.time_zone, users.c.is_active),
        users.c.erased_at.is_not(None),
        or_(users.c.demonstration, users.c.email.is_not(None) & users.c.email.endswith(FICTITIOUS)),
        _employment(),
        *(notice_settings.c.declined, notice_settings.c.refused_address),
        *(users.c.managed_departments, users.c.role == Role.MANAGER),
    )
    .select_from(
        users.outerjoin(locations, locations.c.id == users.c.location_id).outerjoin(
            notice_settings, notice_settings.c.user_id == users.c.id
        )
    )
    .where(users.c.id == person_of(WHO))
)


ANNOUNCED_AT = (
    select(func.max(notices.c.decided_at))
    .select_from(
        notices.join(
            obligation_states,
            and_(STATES.user_id == notices.c.user_id, STATES.requirement_id == notices.c.object_id, CURRENT, ON_DAY),
        )
    )
    .where(
        notices.c.user_id == WHO,
        notices.c.subject == SubjectKind.OBLIGATION,
        IS_ANNOUNCEMENT,
        among(bindparam("module_id", type_=Uuid()), STATES.modules),
    )
)


@cache
def _subjects(kind: SubjectKind) -> Select[Any]:
    """The id, the title and what `_facts` needs of each of the parameter `ids`."""
    match kind:
        case SubjectKind.OBLIGATION:
            here = and_(STATES.requirement_id == requirements.c.id, STATES.user_id == WHO, CURRENT, ON_DAY)
            version = and_(
                requirement_versions.c.requirement_id == requirements.c.id,
                requirement_versions.c.number == STATES.version,
            )
            return (
                select(
                    *(requirements.c.id, requirements.c.title, STATES.is_open, STATES.relief, STATES.due_on),
                    *(STATES.cycle, cast(requirement_versions.c.terms, Text())),
                )
                .select_from(requirements.join(obligation_states, here).join(requirement_versions, version))
                .where(any_of(requirements.c.id, "ids"))
            )
        case SubjectKind.ENROLLMENT:
            own = and_(enrollments.c.module_id == modules.c.id, enrollments.c.user_id == WHO)
            due = and_(
                module_due_days.c.module_id == modules.c.id,
                module_due_days.c.user_id == WHO,
                covers(module_due_days.c.from_day, module_due_days.c.until, DAY),
            )
            return (
                select(modules.c.id, modules.c.title, enrollments.c.completed_at, module_due_days.c.due_on)
                .select_from(modules.join(enrollments, own).outerjoin(module_due_days, due))
                .where(any_of(modules.c.id, "ids"))
            )
        case SubjectKind.CERTIFICATE:
            return (
                select(
                    *(certificates.c.record_id, records.c.title, certificates.c.revoked_at, certificates.c.valid_until),
                    *(certificates.c.serial, is_replaced()),
                )
                .select_from(certificates.join(records, records.c.id == certificates.c.record_id))
                .where(any_of(certificates.c.record_id, "ids"))
            )
        case _:
            return select(
                *(credentials.c.id, credentials.c.issuer, credentials.c.type, credentials.c.status),
                *(credentials.c.expires_on, superseded_by(), credentials.c.decision_reason),
            ).where(any_of(credentials.c.id, "ids"))


@serves(NoticeFacts)
class SqlNoticeFacts:
    """What is true now, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def zones(self) -> list[str | None]:
        return [*(zone for (zone,) in await self._reads.rows(ZONES)), None]

    async def recipient(self, user_id: UUID, day: date) -> Recipient | None:
        rows = await self._reads.rows(RECIPIENT, user_id=user_id, day=day)
        if not rows:
            return None
        id, email, name, zone, is_active, is_erased, is_invented, state, declined, refused, *managing = rows[0]
        on_leave = state is EmploymentState.ON_LEAVE
        of_now = is_active, is_erased, bool(is_invented), on_leave
        return Recipient(id, email, name, zone, *of_now, declined or (), refused, *managing)

    async def announced_at(self, user_id: UUID, module_id: UUID, day: date) -> datetime | None:
        rows = await self._reads.rows(ANNOUNCED_AT, user_id=user_id, module_id=module_id, day=day)
        found: datetime | None = rows[0][0]
        return found

    async def subjects(
        self, user_id: UUID, kind: SubjectKind, ids: Collection[UUID], day: date
    ) -> Mapping[UUID, SubjectFacts]:
        given: dict[str, Any] = {"ids": sorted(ids)}
        if kind in (SubjectKind.OBLIGATION, SubjectKind.ENROLLMENT):
            given |= {"user_id": user_id, "day": day}
        rows = await self._reads.rows(_subjects(kind), **given)
        return {row[0]: _facts(kind, row[1:]) for row in rows}


def _facts(kind: SubjectKind, row: Row) -> SubjectFacts:
    match kind:
        case SubjectKind.OBLIGATION:
            title, is_open, relief, due_on, cycle, terms = row
            citation = terms_of(terms).citation
            by_law = citation is not None and citation.basis in BY_LAW
            return SubjectFacts(title, is_open and relief not in STOPPED, due_on, cycle, by_law)
        case SubjectKind.ENROLLMENT:
            title, completed_at, due_on = row
            return SubjectFacts(title, completed_at is None, due_on)
        case SubjectKind.CERTIFICATE:
            title, revoked_at, valid_until, serial, replaced = row
            return SubjectFacts(title, revoked_at is None and not replaced, valid_until, serial=serial)
        case _:
            issuer, type_, status, expires_on, newer, reason = row
            is_open = is_told(status, newer is not None)
            return SubjectFacts(credential_title(issuer, type_), is_open, expires_on, reason=reason)


def credential_title(issuer: str, type_: str) -> str:
    """How a letter names a credential."""
    return f"{type_.replace('_', ' ')} of {issuer}"


def is_told(status: CredentialStatus, is_superseded: bool) -> bool:
    """Whether there is something to tell of a credential: that it was rejected, or that it expires."""
    return status is CredentialStatus.REJECTED or (status is CredentialStatus.VERIFIED and not is_superseded)
