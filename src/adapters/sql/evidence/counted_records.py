"""SQL for which records count, in this module only. A contract suite compares it with the domain's rule."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Exists, and_, case, exists, func, literal, select

from adapters.sql.evidence.tables import certificates, records, voids
from adapters.sql.kit.expressions import utc_day
from adapters.sql.kit.local_days import lasts
from adapters.sql.learning.tables import grants
from adapters.sql.people.merged import of_person
from adapters.sql.people.zones import zone_of
from domain.evidence.record_events import Delivery


def holds_record(
    user_id: ColumnElement[UUID],
    module_id: ColumnElement[UUID],
    *only: ColumnElement[bool],
    zone: ColumnElement[str | None] | None = None,
) -> Exists:
    """Whether the user holds a record of the module that counts at present, as `TrainingRecord.counts_on` defines it.

    `only` is an additional condition for the record. `zone` is the user's time zone, where the statement knows it.
    """
    return exists().where(
        of_person(records.c.user_id, user_id),
        records.c.module_id == module_id,
        lasts(records.c.valid_until, zone_of(user_id) if zone is None else zone),
        ~is_revoked(),
        ~is_void(),
        *only,
    )


def is_newest() -> ColumnElement[bool]:
    """Whether the grant is the newest of its module under its id."""
    other = grants.alias()
    number = select(func.max(other.c.number)).where(
        other.c.module_id == grants.c.module_id, other.c.user_id == grants.c.user_id
    )
    return grants.c.number == number.scalar_subquery()


def is_current(user_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether the record of this user belongs to the current cycle, as `TrainingRecorded.is_current` defines it."""
    elsewhere = records.c.delivery == literal(Delivery.EXTERNAL, records.c.delivery.type)
    before = case(
        (elsewhere, records.c.valid_from < func.coalesce(grants.c.granted_on, utc_day(grants.c.granted_at))),
        else_=and_(
            records.c.completed_at < grants.c.granted_at, records.c.cycle_id.is_distinct_from(grants.c.cycle_id)
        ),
    )
    return ~exists().where(
        grants.c.module_id == records.c.module_id, of_person(grants.c.user_id, user_id), is_newest(), before
    )


def format_of_record() -> ColumnElement[Any]:
    """The format of the record. Older ones have none, so that it follows from their delivery."""
    own, delivery = records.c.format, records.c.delivery
    known = [
        (delivery == literal(each, delivery.type), literal(each.usual_format, own.type))
        for each in Delivery
        if each.usual_format
    ]
    return func.coalesce(own, case(*known), type_=own.type)


def is_revoked() -> ColumnElement[Any]:
    """Whether the certificate of the record is revoked."""
    return exists().where(certificates.c.record_id == records.c.id, certificates.c.revoked_at.is_not(None))


def is_void() -> ColumnElement[Any]:
    """Whether the record is void."""
    return exists().where(voids.c.record_id == records.c.id)
