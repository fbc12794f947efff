"""What people may have to be notified of, in order of their ids."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    String,
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

from adapters.registry import serves
from adapters.sql.compliance.obligation_reader import DAY, ON_DAY, STATES
from adapters.sql.compliance.obligation_tables import CURRENT, obligation_states
from adapters.sql.delivery.notice_tables import notices
from adapters.sql.evidence.credential_reader import superseded_by
from adapters.sql.evidence.tables import VERIFIED, certificates, credentials, records
from adapters.sql.kit.expressions import among, any_of, joined_texts
from adapters.sql.kit.pages import at_most
from adapters.sql.kit.reads import Reads, Row
from adapters.sql.people.locations import locations
from adapters.sql.people.merged import of_person, person_of
from adapters.sql.people.tables import users
from application.delivery.notices.ports import NoticeCandidates, Window
from domain.compliance.standing import STOPPED
from domain.delivery.notices import NoticeKind, NoticeState, SubjectKind
from domain.delivery.reminders import Candidate
from domain.kernel.roles import Role

ZONE = bindparam("zone", type_=String())
AFTER = users.c.id > bindparam("after", type_=Uuid())
PLACE, HOME = locations.alias("its_place"), locations.alias("home")
IS_THERE = and_(users.c.is_active, users.c.erased_at.is_(None), users.c.merged_into.is_(None))


def causes(object_id: ColumnElement[UUID]) -> ColumnElement[str | None]:
    """The causes of notices to the user about this, with commas between them."""
    known = select(joined_texts(notices.c.cause)).where(
        notices.c.user_id == users.c.id, notices.c.object_id == object_id
    )
    return known.correlate_except(notices).scalar_subquery()


IS_ANNOUNCEMENT = and_(
    notices.c.kind == NoticeKind.ASSIGNED,
    or_(notices.c.state == NoticeState.WAITING, notices.c.state == NoticeState.SENT),
)


def _enrollment_on() -> ColumnElement[date | None]:
    """The last day on which the user was notified of an enrollment in a module that the obligation asks for."""
    told = select(func.max(notices.c.day)).where(
        notices.c.user_id == users.c.id,
        notices.c.subject == SubjectKind.ENROLLMENT,
        IS_ANNOUNCEMENT,
        among(notices.c.object_id, STATES.modules),
    )
    return told.correlate_except(notices).scalar_subquery()


def _in_zone(zone: ColumnElement[str | None], known: bool) -> ColumnElement[bool]:
    return zone == ZONE if known else zone.is_(None)


def _of_people(statement: Select[Any], zone: ColumnElement[Any], known: bool, after: bool) -> Select[Any]:
    statement = statement.where(IS_THERE, _in_zone(zone, known))
    return statement.where(AFTER) if after else statement


@cache
def _obligations(known: bool, after: bool) -> Select[Any]:
    due = STATES.due_on.between(bindparam("first_due", type_=Date()), bindparam("last_due", type_=Date()))
    statement = (
        select(
            *(users.c.id, literal(SubjectKind.OBLIGATION.value, String()), STATES.requirement_id),
            *(STATES.cycle, STATES.opened_on, STATES.due_on, causes(STATES.requirement_id), _enrollment_on()),
        )
        .select_from(
            obligation_states.join(users, users.c.id == STATES.user_id)
            .outerjoin(PLACE, PLACE.c.id == STATES.location_id)
            .outerjoin(HOME, HOME.c.id == users.c.location_id)
        )
        .where(
            *(CURRENT, ON_DAY, STATES.is_open, ~any_of(STATES.relief, "stopped")),
            or_(due, STATES.opened_on >= bindparam("opened_since", type_=Date())),
        )
        .order_by(users.c.id, STATES.requirement_id)
        .limit(at_most())
    )
    return _of_people(statement, func.coalesce(PLACE.c.time_zone, HOME.c.time_zone), known, after)


def is_replaced() -> ColumnElement[bool]:
    """Whether the person has another certificate of the same module that is valid longer."""
    newer, its_record = certificates.alias("newer"), records.alias("its_record")
    return (
        exists()
        .where(
            newer.c.record_id == its_record.c.id,
            newer.c.record_id != certificates.c.record_id,
            newer.c.revoked_at.is_(None),
            its_record.c.module_id == records.c.module_id,
            of_person(newer.c.user_id, person_of(certificates.c.user_id)),
            or_(newer.c.valid_until.is_(None), newer.c.valid_until > certificates.c.valid_until),
        )
        .correlate(certificates, records)
    )


def _ending() -> FromClause:
    """Certificates and credentials that end on one of these days."""
    until = bindparam("until", type_=Date())
    certified = (
        select(
            person_of(certificates.c.user_id).label("user_id"),
            literal(SubjectKind.CERTIFICATE.value, String()).label("subject"),
            certificates.c.record_id.label("object_id"),
            certificates.c.valid_from.label("opened_on"),
            certificates.c.valid_until.label("ends_on"),
        )
        .select_from(certificates.join(records, records.c.id == certificates.c.record_id))
        .where(certificates.c.revoked_at.is_(None), certificates.c.valid_until.between(DAY, until), ~is_replaced())
    )
    held = select(
        person_of(credentials.c.user_id),
        literal(SubjectKind.CREDENTIAL.value, String()),
        credentials.c.id,
        credentials.c.issued_on,
        credentials.c.expires_on,
    ).where(credentials.c.status == VERIFIED, credentials.c.expires_on.between(DAY, until), superseded_by().is_(None))
    return union_all(certified, held).subquery("ending")


@cache
def _expiring(known: bool, after: bool) -> Select[Any]:
    ending = _ending()
    statement = (
        select(
            *(users.c.id, ending.c.subject, ending.c.object_id, literal(0, Integer())),
            *(ending.c.opened_on, ending.c.ends_on, causes(ending.c.object_id), cast(null(), Date())),
        )
        .select_from(
            ending.join(users, users.c.id == ending.c.user_id).outerjoin(HOME, HOME.c.id == users.c.location_id)
        )
        .order_by(users.c.id, ending.c.object_id)
        .limit(at_most())
    )
    return _of_people(statement, HOME.c.time_zone, known, after)


@cache
def _managers(known: bool, after: bool) -> Select[Any]:
    statement = (
        select(
            *(users.c.id, literal(SubjectKind.TEAM.value, String()), users.c.id.label("object_id")),
            *(
                literal(0, Integer()),
                literal(date.min, Date()),
                cast(null(), Date()),
                causes(users.c.id),
                cast(null(), Date()),
            ),
        )
        .select_from(users.outerjoin(HOME, HOME.c.id == users.c.location_id))
        .where(users.c.role == Role.MANAGER)
        .order_by(users.c.id)
        .limit(at_most())
    )
    return _of_people(statement, HOME.c.time_zone, known, after)


@serves(NoticeCandidates)
class SqlNoticeCandidates:
    """One statement per call, or a few where one person has more than that."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def obligations(
        self, zone: str | None, day: date, window: Window, after: UUID | None, limit: int
    ) -> list[Candidate]:
        given = {
            "day": day,
            "stopped": [each.value for each in STOPPED],
            "first_due": window.first_due,
            "last_due": window.last_due,
            "opened_since": window.opened_since,
        }
        return await self._read(_obligations, zone, after, limit, given)

    async def expiring(
        self, zone: str | None, day: date, until: date, after: UUID | None, limit: int
    ) -> list[Candidate]:
        return await self._read(_expiring, zone, after, limit, {"day": day, "until": until})

    async def managers(self, zone: str | None, after: UUID | None, limit: int) -> list[Candidate]:
        return await self._read(_managers, zone, after, limit, {})

    async def _read(
        self,
        statement: Callable[[bool, bool], Select[Any]],
        zone: str | None,
        after: UUID | None,
        limit: int,
        given: dict[str, Any],
    ) -> list[Candidate]:
        if zone is not None:
            given["zone"] = zone
        if after is not None:
            given["after"] = after
        chosen = statement(zone is not None, after is not None)
        return await whole_people(lambda most: self._reads.rows(chosen, limit=most, **given), limit)


async def whole_people(read: Callable[[int], Awaitable[Sequence[Row]]], limit: int) -> list[Candidate]:
    """Up to `limit` of what is read, without the last person, who may have more; more of one person alone."""
    while True:
        found = [_candidate(row) for row in await read(limit)]
        if len(found) < limit:
            return found
        if whole := [each for each in found if each.user_id != found[-1].user_id]:
            return whole
        limit *= 2


def _candidate(row: Row) -> Candidate:
    user_id, subject, object_id, cycle, opened_on, due_on, known, enrollment_on = row
    causes_known = frozenset(known.split(",") if known else ())
    about = (user_id, SubjectKind(subject), object_id, cycle, opened_on, due_on)
    return Candidate(*about, causes_known, enrollment_on)
